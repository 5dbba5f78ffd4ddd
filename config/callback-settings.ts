import { z } from 'zod';
import { HOST_FORM, parseHost, type AllowedHost } from '../contract/allowed-host.js';
import { secretRef, type SecretRef } from '../providers/secret-ref.js';
import type { Problems } from './problems.js';

/** A host that callbacks may go to, with what they are signed with. */
export interface CallbackHost extends AllowedHost {
  readonly secret: SecretRef;
  /** The setting that refers to it, for errors. */
  readonly secretSetting: string;
}

export interface CallbackSettings {
  /** In the order of the config: the first that fits an address counts. */
  readonly hosts: readonly CallbackHost[];
}

const host = z
  .string()
  .refine((text) => parseHost(text) !== undefined, `must be ${HOST_FORM}`)
  .describe(`${HOST_FORM}. Without a port, the scheme's own is meant.`);

const secret = secretRef.describe(
  'What callbacks are signed with: one secret, whsec_ and 24 to 64 bytes in base64, or several with blanks between while they are changed.',
);

const hostSettings = z
  .strictObject({
    host,
    secret: secret.optional(),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Its address may be private, link-local or loopback. Left out: only public addresses.'),
    allowInsecure: z.boolean().default(false).describe('Plain http will do. Left out: only https.'),
  })
  .describe('A host with settings of its own.');

/** As it is checked: each host an object. */
const settings = z.strictObject({
  hosts: z.array(hostSettings, 'must be a list of hosts').min(1, 'must name at least one host'),
  secret: secret.optional(),
});

/** As it is written: a host without settings of its own is a text. */
export const callbacksSchema = settings
  .extend({ hosts: z.array(z.union([host, hostSettings])).min(1) })
  .describe('Where callbacks may go, and what they are signed with. Left out: there are none.');

/** Reads the config's `callbacks`. */
export function readCallbacks(given: unknown, problems: Problems): CallbackSettings | undefined {
  if (given === undefined) return undefined;
  const parsed = settings.safeParse(withHostObjects(given));
  if (!parsed.success) {
    problems.addIssues(['callbacks'], parsed.error.issues, settings);
    return undefined;
  }
  const hosts = parsed.data.hosts.flatMap(({ host: text, secret: own, ...rest }, place): CallbackHost[] => {
    const read = parseHost(text);
    const ref = own ?? parsed.data.secret;
    if (ref === undefined)
      problems.add(
        ['callbacks', 'hosts', place],
        'has no secret to sign with: give it one of its own, or give one for all as callbacks.secret',
      );
    if (read === undefined || ref === undefined) return [];
    const secretSetting = own === undefined ? 'callbacks.secret' : `callbacks.hosts.${place}.secret`;
    return [{ ...read, ...rest, secret: ref, secretSetting }];
  });
  return { hosts };
}

function withHostObjects(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || !('hosts' in given)) return given;
  const { hosts } = given;
  if (!Array.isArray(hosts)) return given;
  return {
    ...given,
    hosts: hosts.map((each: unknown) => (typeof each === 'string' ? { host: each } : each)),
  };
}

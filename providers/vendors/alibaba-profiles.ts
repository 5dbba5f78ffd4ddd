import { join } from 'node:path';
import { z } from 'zod';
import { isOn } from './alibaba-environment.js';
import type { AlibabaGrant } from './alibaba-grant.js';
import { regionalStsEndpoint, type AlibabaRole } from './alibaba-sts.js';
import { credentialError } from './credential-error.js';
import { malformedFile, readCredentialFile, readCredentialIni } from './credential-file.js';
import { ProfileFields } from './profile-fields.js';

type Modes = Readonly<Record<string, (profile: ProfileFields) => AlibabaGrant>>;

/** Modes of `~/.aliyun/config.json`, and the fields they have there. @see https://www.alibabacloud.com/help/en/cli/configure-credentials/ */
const CLI_MODES = {
  AK: keysOf,
  StsToken: (profile) => ({ keys: { ...keysOf(profile).keys, securityToken: profile.need('sts_token') } }),
  RamRoleArn: (profile) => {
    const securityToken = profile.text('sts_token'); // Where the keys that assume the role are temporary.
    const { keys } = keysOf(profile);
    return { role: cliRole(profile), from: { keys: { ...keys, ...(securityToken && { securityToken }) } } };
  },
  EcsRamRole: (profile) => ({ instanceRole: profile.text('ram_role_name') ?? true }),
  OIDC: (profile) => ({
    oidcRole: {
      ...cliRole(profile),
      providerArn: profile.need('oidc_provider_arn'),
      tokenFile: profile.need('oidc_token_file'),
    },
  }),
} as const satisfies Modes;

/** They run programs, open a browser or write the file back. Named, for an error that repeats nothing from the file. */
const REFUSED_CLI_MODES: readonly string[] = [
  'BearerToken',
  'ChainableRamRoleArn',
  'CloudSSO',
  'CredentialsURI',
  'External',
  'OAuth',
  'RamRoleArnWithRoleName',
  'RsaKeyPair',
];

/** Types of `~/.alibabacloud/credentials`. */
const INI_TYPES = {
  access_key: keysOf,
  ecs_ram_role: (profile) => ({ instanceRole: profile.text('role_name') ?? true }),
  ram_role_arn: (profile) => ({
    role: {
      roleArn: profile.need('role_arn'),
      sessionName: profile.text('role_session_name'),
      policy: profile.text('policy'),
    },
    from: keysOf(profile),
  }),
} as const satisfies Modes;

const cliConfig = z.object({
  current: z.string().optional(),
  profiles: z.array(z.looseObject({ name: z.string() })),
});

export interface ProfilePlaces {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The files that profiles are looked for in, in order. */
export function profileFiles({ home, env }: ProfilePlaces): string[] {
  const ini = env['ALIBABA_CLOUD_CREDENTIALS_FILE'] || join(home, '.alibabacloud', 'credentials');
  if (isOn(env['ALIBABA_CLOUD_CLI_PROFILE_DISABLED'])) return [ini];
  return [join(home, '.aliyun', 'config.json'), ini];
}

/**
 * What a profile grants; undefined when neither file has it.
 * @param name left out: the command line's current profile, then `[default]`.
 * @throws ProviderError when it is there and cannot be used.
 */
export async function profileGrant(
  name: string | undefined,
  places: ProfilePlaces,
): Promise<AlibabaGrant | undefined> {
  const files = profileFiles(places);
  const ini = files.at(-1) ?? '';
  const [cli] = files.slice(0, -1);
  const ofCli = cli === undefined ? undefined : await cliGrant(name, cli);
  return ofCli ?? iniGrant(name, ini);
}

async function cliGrant(name: string | undefined, path: string): Promise<AlibabaGrant | undefined> {
  const text = await readCredentialFile(path);
  if (text === undefined) return undefined;
  const { current, profiles } = parseCliConfig(text, path);
  const wanted = name ?? current;
  const found = profiles.find((each) => each.name === wanted);
  if (found === undefined) return undefined;
  const what = name === undefined ? 'The current profile' : `The profile "${name}"`;
  const profile = new ProfileFields(`${what} of ${path}`, (field) => found[field]);
  return grantOf(profile, 'mode', CLI_MODES, REFUSED_CLI_MODES);
}

async function iniGrant(name: string | undefined, path: string): Promise<AlibabaGrant | undefined> {
  const section = (await readCredentialIni(path))?.get(name ?? 'default');
  if (section === undefined) return undefined;
  const where = `The profile "${name ?? 'default'}" of ${path}`;
  return grantOf(new ProfileFields(where, (field) => section.get(field)), 'type', INI_TYPES, []);
}

function grantOf(
  profile: ProfileFields,
  field: string,
  modes: Modes,
  refused: readonly string[],
): AlibabaGrant {
  const mode = profile.text(field) ?? '';
  const grant = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (grant !== undefined) return grant(profile);
  const what = refused.includes(mode) ? `the ${field} ${mode}` : `a ${field} that is not known`;
  throw credentialError(
    'ProfileNotSupported',
    `${profile.where} has ${what}: use one with ${Object.keys(modes).join(', ')}, or name other credentials.`,
  );
}

function parseCliConfig(text: string, path: string): z.output<typeof cliConfig> {
  try {
    return cliConfig.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    // Neither error is told: JSON.parse quotes the text.
    throw malformedFile(path, 'it is not the JSON that `aliyun configure` writes');
  }
}

function keysOf(profile: ProfileFields) {
  const accessKeyId = profile.need('access_key_id');
  return { keys: { accessKeyId, accessKeySecret: profile.need('access_key_secret') } };
}

function cliRole(profile: ProfileFields): AlibabaRole {
  const region = profile.text('sts_region');
  const host = profile.text('sts_endpoint'); // Without a scheme, as the command line writes it.
  const ofRegion = region && regionalStsEndpoint(region, profile.isTrue('enable_vpc'));
  return {
    roleArn: profile.need('ram_role_arn'),
    sessionName: profile.text('ram_session_name'),
    externalId: profile.text('external_id'),
    policy: profile.text('policy'),
    durationSeconds: profile.number('expired_seconds'),
    stsEndpoint: host === undefined ? ofRegion : host.includes('://') ? host : `https://${host}`,
  };
}

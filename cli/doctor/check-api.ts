import { X509Certificate } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import { readKeysFile } from '../../api/keys-file.js';
import type { ApiSettings, OidcSettings } from '../../config/api-settings.js';
import { count } from '../text.js';
import { find, FoundProblem, type Finding } from './finding.js';

const ANSWER_WITHIN_MS = 5_000;
const RENEWED_BEFORE_MS = 7 * 24 * 60 * 60_000;

const MAKE_KEY = 'Make a key with `quiesce keys create`.';
const MEND_TLS = "Mend the config's api.tls, or the file's owner and mode.";

/** Somebody who listens on this machine takes a connection at once. */
const TAKEN_WITHIN_MS = 1_000;

/**
 * What the config says of the HTTP service, as far as it says it: files that can be used, an issuer that answers.
 * @param isForOthers this machine is there for something else, such as a Worker, or nobody can say what for: unless the service
 * runs here all the same, what only it mounts need not be here.
 */
export async function checkApi(settings: ApiSettings, isForOthers: boolean): Promise<Finding[]> {
  const { keysFile, tls, oidc } = settings;
  const isElsewhere = isForOthers && !(await isTaken(settings));
  const checkFiles = (check: string, paths: readonly string[], todo: string, look: () => Promise<string>) =>
    find(check, async () => {
      const missing = await firstMissing(paths);
      if (missing === undefined) return look();
      if (!isElsewhere) throw new FoundProblem(`${missing} does not exist.`, todo);
      return `${missing} is not here, but nor is the HTTP service, which alone needs it: where that runs, \`quiesce doctor\` looks at it.`;
    });
  return Promise.all([
    ...(keysFile === undefined
      ? []
      : [checkFiles('api keys', [keysFile], MAKE_KEY, () => checkKeys(keysFile))]),
    ...(tls === undefined ? [] : [checkFiles('api tls', [tls.cert, tls.key], MEND_TLS, () => checkTls(tls))]),
    ...(oidc === undefined ? [] : [find('api oidc', () => checkIssuer(oidc))]),
  ]);
}

/** Whether anybody listens where the HTTP service does. */
function isTaken({ host, port }: ApiSettings): Promise<boolean> {
  const socket = connect({ host, port, timeout: TAKEN_WITHIN_MS });
  return new Promise<boolean>((done) => {
    socket.once('connect', () => done(true));
    for (const event of ['timeout', 'error']) socket.once(event, () => done(false));
  }).finally(() => socket.destroy());
}

/** The first that does not exist; one that cannot be read does. */
async function firstMissing(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const code = await access(path).then(
      () => undefined,
      (thrown: NodeJS.ErrnoException) => thrown.code,
    );
    if (code === 'ENOENT') return path;
  }
  return undefined;
}

async function checkKeys(path: string): Promise<string> {
  const keys = await readKeysFile(path);
  const valid = keys.filter(({ expiresAt }) => expiresAt === undefined || Date.parse(expiresAt) > Date.now());
  if (valid.length > 0) return `${path} has ${count(valid.length, 'key')} that can be used.`;
  throw new FoundProblem(
    `${path} has no key that can be used: nobody can call the HTTP service by one.`,
    MAKE_KEY,
  );
}

async function checkTls({ cert, key }: NonNullable<ApiSettings['tls']>): Promise<string> {
  const [certText, keyText] = await Promise.all([cert, key].map((path) => readPem(path)));
  let certificate: X509Certificate;
  try {
    createSecureContext({ cert: certText, key: keyText });
    certificate = new X509Certificate(certText ?? '');
  } catch (thrown) {
    const { code = 'no PEM' } = thrown as NodeJS.ErrnoException;
    throw new FoundProblem(
      `${cert} and ${key} are no certificate and its key (${code}).`,
      'Put a PEM certificate, with the chain after it, and the private key it was made for there.',
    );
  }
  const endsAt = new Date(certificate.validTo);
  if (endsAt.getTime() - Date.now() > RENEWED_BEFORE_MS)
    return `${cert} is valid until ${endsAt.toISOString()}.`;
  const isOver = endsAt.getTime() < Date.now();
  throw new FoundProblem(
    `${cert} is valid until ${endsAt.toISOString()}${isOver ? ', which is over' : ''}.`,
    'Renew it.',
  );
}

function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new FoundProblem(`${path} cannot be read (${code}).`, MEND_TLS);
  });
}

async function checkIssuer({ issuer }: OidcSettings): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const todo = "Check the config's api.oidc.issuer, and the network from here.";
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(() => {
    throw new FoundProblem(`The issuer does not answer at ${url}.`, todo);
  });
  const body: unknown = await answer.json().catch(() => undefined);
  const told = typeof body === 'object' && body !== null && 'issuer' in body ? body.issuer : undefined;
  if (answer.ok && told === issuer) return `The issuer ${issuer} answers.`;
  throw new FoundProblem(`What answers at ${url} (${answer.status}) is not the issuer ${issuer}.`, todo);
}

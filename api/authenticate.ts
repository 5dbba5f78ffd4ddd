import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { ConfigError } from '../config/config-error.js';
import type { ApiSettings } from '../config/api-settings.js';
import { SCOPES, type Caller } from './caller.js';
import { KeyCallers } from './key-callers.js';
import { KEY_PREFIX } from './keys-file.js';
import { OidcCallers } from './oidc-callers.js';
import { ProblemError } from './problem.js';

/**
 * Finds out who is calling.
 * @throws ProblemError `unauthenticated`, or `authentication-unavailable`.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

type Listening = Pick<ApiSettings, 'host' | 'tls' | 'trustedHops' | 'keysFile' | 'oidc'>;

/**
 * How callers are recognized under these settings.
 * @param isOpen nobody is asked for a credential: the flag `--no-auth`.
 * @param page the origin of another's web pages, which may call an open service, too.
 * @throws ConfigError where that would leave the service open to others, or credentials to be read on their way.
 */
export function authenticationOf(settings: Listening, isOpen: boolean, page?: string): Authenticate {
  const { host, tls, trustedHops, keysFile, oidc } = settings;
  if (isOpen) {
    if (!isLoopback(host))
      throw new ConfigError(
        `--no-auth is for loopback addresses alone, and ${host} is none: listen on 127.0.0.1, or have callers authenticate (docs/api.md).`,
      );
    // Through a proxy, everybody comes from here.
    if (trustedHops > 0)
      throw new ConfigError(
        '--no-auth is for this machine alone, and api.trustedHops says that a proxy stands before the API: leave one of them out.',
      );
    return openTo(page);
  }
  if (keysFile === undefined && oidc === undefined)
    throw new ConfigError(
      'Nobody could call the API: set api.keysFile or api.oidc in the config (docs/api.md), or, on your own machine, use --no-auth.',
    );
  if (!isLoopback(host) && tls === undefined && trustedHops === 0)
    throw new ConfigError(
      `Credentials would cross the network in the clear on ${host}: set api.tls, or api.trustedHops where a proxy with TLS stands before the API.`,
    );
  return withCredentials(settings);
}

/** Whoever can reach the address may do all, but for pages of others in a browser of this machine. */
export const withoutAuthentication: Authenticate = openTo(undefined);

function openTo(page: string | undefined): Authenticate {
  return ({ hostname, host, headers }) => {
    // A web page whose name has been made to lead here is not whoever sits at this machine (DNS rebinding).
    if (!isLoopback(hostname))
      throw new ProblemError(
        'forbidden',
        `Without authentication the API answers on loopback names alone, not as ${hostname.slice(0, 100)}.`,
      );
    // Any page may send a POST without a body to any address: abort, start and resume need none.
    const { origin } = headers;
    if (origin !== undefined && origin !== page && !isOf(origin, host))
      throw new ProblemError(
        'forbidden',
        'Without authentication the API takes nothing from pages of others.',
      );
    return Promise.resolve({ name: 'anonymous', scopes: SCOPES });
  };
}

function isOf(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

function withCredentials({ keysFile, oidc }: Pick<ApiSettings, 'keysFile' | 'oidc'>): Authenticate {
  const keys = keysFile === undefined ? undefined : new KeyCallers(keysFile);
  const tokens = oidc === undefined ? undefined : new OidcCallers(oidc);
  return async (request) => {
    const { log } = request;
    const credential = bearerOf(request);
    if (credential === undefined)
      throw unauthenticated('This needs a credential, as the header `Authorization: Bearer …`.');
    const isKey = credential.startsWith(KEY_PREFIX);
    const caller = isKey ? await keys?.callerOf(credential, log) : await tokens?.callerOf(credential);
    if (caller === undefined)
      throw unauthenticated(
        isKey
          ? 'The API key is not known, has expired or was revoked.'
          : 'The credential is of no kind that is accepted here.',
      );
    return caller;
  };
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** The credential, where it takes more than a hash to find out whose it is: a token's signature is checked. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const credential = bearerOf(request);
  return credential?.startsWith(KEY_PREFIX) === false ? credential : undefined;
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } });
}

export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

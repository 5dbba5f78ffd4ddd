/** Where callbacks may go: one entry of the config's `callbacks.hosts`. */
export interface AllowedHost {
  /** In URL's normal form; of a wildcard, what must follow a dot. */
  readonly hostname: string;
  readonly isWildcard: boolean;
  /** Left out: the scheme's own port. */
  readonly port?: number;
  /** Whether it may be an address that is not public. */
  readonly allowPrivate: boolean;
  /** Whether plain http will do. */
  readonly allowInsecure: boolean;
}

export const HOST_FORM =
  'a host such as hooks.example.com, hooks.example.com:8443 or *.hooks.example.com, without scheme and path';

const SCHEME_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** Reads `host`, `host:port` or `*.suffix`; undefined when it is none of them. A wildcard needs two names after it: `*.com` is a mistake. */
export function parseHost(text: string): Pick<AllowedHost, 'hostname' | 'isWildcard' | 'port'> | undefined {
  const [, star, host = '', port] = /^(\*\.)?([^\s/?#@\\*]+?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const url = `https://${host}:${port ?? 443}`;
  if (host === '' || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  const isWildcard = star !== undefined;
  if (isWildcard && !/^[^.:[]+\.[^:]*[a-z]/.test(hostname)) return undefined;
  return { hostname, isWildcard, ...(port !== undefined && { port: Number(port) }) };
}

/**
 * The first entry that fits an address's host and port, or why none lets it be told. Whether its IP address may be connected to shows
 * only when it is.
 */
export function allowHost<Host extends AllowedHost>(
  hosts: readonly Host[],
  url: URL,
): { readonly host: Host } | { readonly refusal: string } {
  const schemePort = SCHEME_PORTS[url.protocol];
  const port = url.port === '' ? schemePort : Number(url.port);
  const host = hosts.find(
    ({ hostname, isWildcard, port: allowed = schemePort }) =>
      (isWildcard ? url.hostname.endsWith(`.${hostname}`) : url.hostname === hostname) && port === allowed,
  );
  if (host === undefined) return { refusal: `${url.host} is not among callbacks.hosts in the config.` };
  if (url.protocol === 'https:' || host.allowInsecure) return { host };
  return { refusal: `${url.host} may be told by https only, and the address is http.` };
}

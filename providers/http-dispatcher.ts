import { EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';

export interface ConnectionLimits {
  /** Until a connection stands, TLS included. */
  readonly connectMs: number;
  /** From the request's last byte to the end of the answer's headers. */
  readonly headersMs: number;
  /** Between two parts of the answer's body. */
  readonly bodyMs: number;
  readonly bodyBytes: number;
}

/** More calls than these wait their turn. */
const CONNECTIONS = 128;
/** Never proxied, as in Go and Chromium: no proxy reaches what runs on this machine, such as the simulator. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const PROXY_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'socks5:']);

/** Connections to a proxy. */
class ProxyPool extends Pool {
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(
    options: Dispatcher.ConnectOptions,
    ...rest: unknown[]
  ): Promise<Dispatcher.ConnectData> | void {
    if (rest.length > 0) throw new Error('undici’s ProxyAgent asks for a promise.');
    return super.connect(options).catch((thrown: NodeJS.ErrnoException) => {
      // Told as UND_ERR_SOCKET, a proxy that hangs up would be connected to again at once and for ever: undici takes
      // that code for a kept connection that was closed, and keeps the request.
      throw thrown.code === 'UND_ERR_SOCKET'
        ? Object.assign(new Error('the proxy closed the connection'), { code: 'ECONNRESET' })
        : thrown;
    });
  }
}

/**
 * One pool of kept connections to an origin, through the proxy that the environment names for it. An idle connection is
 * closed after undici's 4 seconds, or when the server said: a vendor that closes it first would reset the next request,
 * whose effect were then open.
 * @throws Error when the proxy's address cannot be used; it names the variable and not its value, which may hold a password.
 */
export function createDispatcher(origin: URL, limits: ConnectionLimits, env: NodeJS.ProcessEnv): Dispatcher {
  const connect = { timeout: limits.connectMs };
  const options: Pool.Options = {
    connections: CONNECTIONS,
    connect,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyMs,
    maxResponseSize: limits.bodyBytes,
  };
  const proxy = LOOPBACK.test(origin.hostname) ? '' : readProxy(`${origin.protocol.slice(0, -1)}_proxy`, env);
  if (proxy === '') return new Pool(origin.origin, options);
  return new EnvHttpProxyAgent({
    ...options,
    clientFactory: (proxyOrigin, poolOptions) => new ProxyPool(proxyOrigin, poolOptions),
    proxyTls: connect,
    requestTls: connect,
    // The origin has one scheme: the other's proxy is never asked.
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: readVariable('no_proxy', env),
  });
}

function readProxy(variable: string, env: NodeJS.ProcessEnv): string {
  const value = readVariable(variable, env);
  if (value === '') return '';
  const address = value.includes('://') ? value : `http://${value}`; // As curl reads `proxy.example.com:3128`.
  if (URL.canParse(address) && PROXY_PROTOCOLS.has(new URL(address).protocol)) return address;
  throw new Error(
    `${variable.toUpperCase()} is not the address of a proxy, such as http://proxy.example.com:3128.`,
  );
}

/** In small letters or capitals; the small ones win, as with curl. */
function readVariable(name: string, env: NodeJS.ProcessEnv): string {
  return env[name] ?? env[name.toUpperCase()] ?? '';
}

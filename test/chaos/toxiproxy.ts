import { setTimeout as sleep } from 'node:timers/promises';

/** What a connection suffers from; see https://github.com/Shopify/toxiproxy#toxics. */
export type Toxic =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  /** Nothing gets through, and the connection stays open. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: 0 } }
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** The connection ends after so many bytes, wherever in an answer that is. */
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } };

const TRIED_EVERY_MS = 50;
/** Of its metrics, one for each direction. */
const RECEIVED = /^toxiproxy_proxy_received_bytes_total\{.*\bproxy="([^"]+)".*\} (\S+)$/gm;
const DIRECTIONS = ['upstream', 'downstream'] as const;

/** A running toxiproxy, by its HTTP interface. */
export class Toxiproxy {
  #toxics = 0;

  constructor(private readonly url: string) {}

  async isReady(): Promise<boolean> {
    return fetch(`${this.url}/version`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Puts a proxy before an address. */
  async add(name: string, listen: string, upstream: string): Promise<void> {
    await this.#ask('POST', '/proxies', { name, listen, upstream, enabled: true });
  }

  /** Ends its connections and takes no new ones, until what this answers is called. */
  async cut(name: string): Promise<() => Promise<void>> {
    await this.#ask('POST', `/proxies/${name}`, { enabled: false });
    return () => this.#ask('POST', `/proxies/${name}`, { enabled: true });
  }

  /** Poisons both directions, until what this answers is called. */
  async poison(name: string, toxic: Toxic): Promise<() => Promise<void>> {
    const names: string[] = [];
    for (const stream of DIRECTIONS) {
      const toxicName = `${toxic.type}-${++this.#toxics}`;
      await this.#ask('POST', `/proxies/${name}/toxics`, { ...toxic, name: toxicName, stream });
      names.push(toxicName);
    }
    return async () => {
      for (const each of names) await this.#ask('DELETE', `/proxies/${name}/toxics/${each}`);
    };
  }

  /** Bytes that came from either side of each proxy so far. */
  async carried(): Promise<Map<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const carried = new Map<string, number>();
    for (const [, proxy = '', bytes = ''] of text.matchAll(RECEIVED))
      carried.set(proxy, (carried.get(proxy) ?? 0) + Number(bytes));
    return carried;
  }

  async #ask(method: string, path: string, body?: object): Promise<void> {
    for (;;) {
      const answer = await fetch(this.url + path, { method, ...(body && { body: JSON.stringify(body) }) });
      if (answer.ok) return;
      const text = await answer.text();
      // When it is opened again, a connection of somebody else may have the port for a moment.
      if (!text.includes('address already in use')) throw new Error(`${method} ${path}: ${text}`);
      await sleep(TRIED_EVERY_MS);
    }
  }
}

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
const RECEIVED = /^toxiproxy_proxy_received_bytes_total\{.*\bproxy="([^"]+)".*\} [1-9]/gm;
const COUNTED_WITHIN_MS = 500;
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

  /** Which of these proxies anything went through. It is counted when a connection ends: all of theirs are ended, for good. */
  async carriedBy(names: readonly string[]): Promise<Set<string>> {
    for (const name of names) await this.cut(name);
    await sleep(COUNTED_WITHIN_MS);
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return new Set(Array.from(text.matchAll(RECEIVED), ([, name = '']) => name));
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

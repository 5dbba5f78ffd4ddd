import { METHODS } from 'node:http';
import type { RouteOptions } from 'fastify';
import type { Api } from './api.js';
import { ProblemError } from './problem.js';

/** Which methods each address takes: of the routes that are registered after this. */
export class OtherMethods {
  readonly #known = new Map<string, Set<string>>();

  constructor(app: Api) {
    // Fastify knows the usual ones; to a method it does not know, no address would be there.
    for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
    app.addHook('onRoute', (route) => this.#add(route));
  }

  /** All others are refused with what the address takes (RFC 9110, 15.5.6), instead of as an address that is not there. */
  refuse(app: Api): void {
    for (const [url, known] of this.#known) {
      const allow = [...known].join(', ');
      const refuse = async ({ method }: { readonly method: string }): Promise<never> => {
        throw new ProblemError('method-not-allowed', `This address takes ${allow}, not ${method}.`, {
          headers: { allow },
        });
      };
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !known.has(method)),
        config: { scope: 'open' },
        schema: { hide: true },
        // Before the body is read, of which some methods must have one.
        onRequest: refuse,
        handler: refuse,
      });
    }
  }

  #add({ url, method }: RouteOptions): void {
    const known = this.#known.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    this.#known.set(url, known);
  }
}

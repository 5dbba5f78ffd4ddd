import { isDeepStrictEqual } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticate } from './authenticate.js';
import { ProblemError, toProblem } from './problem.js';
import { untilGone } from './until-gone.js';

/** A credential that counts no more is found out within it. */
const CHECK_EVERY_MS = 5_000;
/** An issuer or a file of keys may be away for so long: whoever was let in is not sent away for that. */
const UNKNOWN_FOR_MS = 60_000;
const COME_BACK_AFTER_S = 5;

export interface HeldOptions {
  readonly authenticate: Authenticate;
  /** The service is about to stop. */
  readonly closing: AbortSignal;
  /** Of one caller at a time; null for any number. */
  readonly mostPerCaller: number | null;
}

/** What waits or streams for long: so many for a caller, and only as long as its credential counts. */
export class HeldRequests {
  readonly #held = new Map<string, number>();

  constructor(private readonly options: HeldOptions) {}

  /**
   * Counts a request until its answer has been sent. The signal is aborted when the reader has gone, the service is about to stop, its
   * time is over, or the credential no longer stands for this caller: with a ProblemError as its reason then, and only then.
   * @throws ProblemError `rate-limited` when the caller holds too many.
   */
  hold(request: FastifyRequest, { raw }: FastifyReply, withinMs?: number): AbortSignal {
    // It will not close once more, and would be counted for ever.
    if (request.raw.socket.destroyed) return AbortSignal.abort();
    const { name } = request.caller;
    this.#count(name);
    const refused = new AbortController();
    let knownAtMs = Date.now();
    const check = async () => {
      const why = await this.#whyRefused(request);
      if (why === undefined) knownAtMs = Date.now();
      else if (why.status < 500 || Date.now() - knownAtMs > UNKNOWN_FOR_MS) refused.abort(why);
    };
    const checking = setInterval(() => void check(), CHECK_EVERY_MS);
    raw.once('close', () => {
      clearInterval(checking);
      this.#uncount(name);
    });
    return untilGone(raw, [this.options.closing, refused.signal], withinMs);
  }

  #count(name: string): void {
    const { mostPerCaller } = this.options;
    const held = this.#held.get(name) ?? 0;
    if (mostPerCaller !== null && held >= mostPerCaller)
      throw new ProblemError(
        'rate-limited',
        `No more than ${mostPerCaller} event streams and long polls at a time: let go of one first.`,
        { headers: { 'retry-after': String(COME_BACK_AFTER_S) } },
      );
    this.#held.set(name, held + 1);
  }

  #uncount(name: string): void {
    const held = this.#held.get(name) ?? 0;
    if (held > 1) this.#held.set(name, held - 1);
    else this.#held.delete(name);
  }

  async #whyRefused(request: FastifyRequest): Promise<ProblemError | undefined> {
    try {
      const caller = await this.options.authenticate(request);
      if (isDeepStrictEqual(caller, request.caller)) return undefined;
      return new ProblemError('forbidden', 'What the credential stands for has changed: ask again.');
    } catch (thrown) {
      return toProblem(thrown);
    }
  }
}

import type { Logger } from '@temporalio/common';
import type { CallGate } from '../providers/call-gate.js';
import { OUT_OF_TIME } from '../providers/out-of-time.js';
import { LONGEST_RETRY_AFTER_MS } from '../providers/pacing.js';
import { ProviderError } from '../providers/provider.js';
import type { Quota } from '../providers/quota.js';
import { callIsMade } from '../providers/stop-until-made.js';
import { CallQueue, type Refusal } from './call-queue.js';
import { CredentialBreaker, type Cooldowns } from './credential-breaker.js';
import { CredentialTurns } from './credential-turns.js';
import { EasedPace } from './eased-pace.js';
import { HeldBackError } from './held-back-error.js';
import { LeasedPace } from './leased-pace.js';
import type { Pace } from './pace.js';
import { QuotaLease } from './quota-lease.js';
import type { ConnectionKeeper } from './connection-keeper.js';
import type { WaitLimit } from './wait-limit.js';

export interface GateOptions {
  readonly connection: string;
  /** By operation; null, or none, is no limit. */
  readonly quotas: Readonly<Record<string, Quota | null>>;
  readonly keeper: ConnectionKeeper;
  /** Names this process to the keeper. */
  readonly holder: string;
  readonly waitLimit: WaitLimit;
  readonly logger: Logger;
  readonly cooldowns?: Cooldowns;
  readonly onRefused: () => void;
}

interface Line {
  readonly queue: CallQueue;
  readonly pace: Pace;
}

/** What stands before every vendor call of one connection in this process: its credential's breaker, then the queues. */
export class ConnectionGate implements CallGate {
  readonly #lines = new Map<string, Line>();
  readonly #lease: QuotaLease;
  readonly #turns: CredentialTurns;
  readonly #breaker: CredentialBreaker;

  constructor(private readonly options: GateOptions) {
    const { connection, holder, keeper, logger, onRefused, cooldowns } = options;
    this.#lease = new QuotaLease(connection, holder, keeper, (refused) => this.#breaker.heard(refused));
    this.#turns = new CredentialTurns(connection, holder, keeper);
    this.#breaker = new CredentialBreaker({
      connection,
      turns: this.#turns,
      logger,
      onRefused,
      ...cooldowns,
    });
  }

  pass<T>(operation: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const line = this.#line(operation);
    const startByMs = this.options.waitLimit.endsAtMs(signal);
    return this.#breaker.guard({ signal, startByMs }, async (stillAllowed) => {
      // The queue would say that others are ahead.
      if (performance.now() > startByMs) throw outOfTime(operation);
      this.#lease.want(operation);
      await line.queue.turn(signal, startByMs);
      stillAllowed();
      callIsMade(signal);
      return call().catch((thrown: unknown) => {
        if (thrown instanceof ProviderError && thrown.kind === 'throttled')
          this.#throttled(operation, line, thrown);
        throw thrown;
      });
    });
  }

  /** Makes the adapter, unless its credential is known to be refused. */
  connect<T>(connecting: () => Promise<T>): Promise<T> {
    return this.#breaker.prepare(connecting);
  }

  /** Sends away who waits, and tells the keeper that this process makes no more calls. */
  async close(): Promise<void> {
    for (const { queue } of this.#lines.values()) queue.close();
    this.#lease.close();
    this.#turns.close();
    const { keeper, connection, holder } = this.options;
    // What it holds ends by itself when the keeper cannot be told.
    if (this.#lease.hasAsked || this.#turns.hasAsked)
      await keeper.giveBack(connection, holder).catch(() => {});
  }

  #throttled(operation: string, { pace, queue }: Line, { context }: ProviderError): void {
    const retryAfterMs =
      context.retryAfterMs === undefined ? undefined : Math.min(context.retryAfterMs, LONGEST_RETRY_AFTER_MS);
    pace.throttled(retryAfterMs, performance.now());
    this.#lease.throttled(operation, retryAfterMs);
    queue.refresh();
  }

  #line(operation: string): Line {
    const known = this.#lines.get(operation);
    if (known !== undefined) return known;
    const { quotas } = this.options;
    const quota = (Object.hasOwn(quotas, operation) ? quotas[operation] : undefined) ?? null;
    const line = quota === null ? this.#unlimited(operation) : this.#limited(operation, quota);
    this.#lines.set(operation, line);
    return line;
  }

  #unlimited(operation: string): Line {
    const pace = new EasedPace();
    const refuse: Refusal = (ahead, retryAfterMs) =>
      new HeldBackError(
        'throttled',
        'Throttled',
        `the vendor throttled ${operation} lately, and ${ahead} calls are ahead of this one`,
        retryAfterMs,
      );
    return { pace, queue: new CallQueue(operation, pace, refuse) };
  }

  #limited(operation: string, quota: Quota): Line {
    const pace = new LeasedPace(quota);
    const refuse: Refusal = (ahead, retryAfterMs) => {
      const { trouble } = this.#lease;
      if (trouble === undefined) {
        const message = `${ahead} calls of ${operation} are ahead of this one`;
        return new HeldBackError('throttled', 'QuotaShare', message, retryAfterMs);
      }
      const message = `Temporal does not say how much of the quota of ${operation} this Worker may use: ${trouble}`;
      return new HeldBackError('unavailable', 'QuotaUnknown', message, retryAfterMs);
    };
    const queue = new CallQueue(operation, pace, refuse);
    this.#lease.add(operation, { quota, pace, queue });
    return { pace, queue };
  }
}

/** No HeldBackError: that would come back soon, and a look that does not fit into its time would be begun again and again. */
function outOfTime(operation: string): ProviderError {
  const message = `${operation} was not called: the time that one look has for all of its calls is over`;
  return new ProviderError('unavailable', OUT_OF_TIME, message);
}

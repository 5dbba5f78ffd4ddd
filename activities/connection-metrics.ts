import type { MetricMeter } from '@temporalio/common';
import type { ProviderErrorKind } from '../contract/failures.js';
import type { CancelAnswer, Observation } from '../contract/observation.js';
import type { ProviderError } from '../providers/provider.js';

/** Of a connection, the codes that its vendor answers are a few dozen; a proxy between may make up any. */
const MOST_CODES = 100;
/** The vendors' codes, and the transport's; what does not look like one is nobody's label. */
const CODE = /^[A-Za-z0-9][\w.:-]{0,79}$/;

export interface MeasuredConnection {
  readonly connection: string;
  readonly provider: string;
}

/**
 * What is counted and timed of one connection in this process. Labels are the connection, its provider, and words of tables: never
 * a task's id. docs/metrics.md has them all.
 */
export class ConnectionMetrics {
  readonly #calls;
  readonly #durations;
  readonly #waits;
  readonly #heldBack;
  readonly #asks;
  readonly #observations;
  readonly #codes = new Set<string>();

  constructor(meter: MetricMeter, labels: MeasuredConnection) {
    const own = meter.withTags({ ...labels });
    this.#calls = own.createCounter('quiesce_vendor_calls', '', 'Vendor calls that were made.');
    this.#durations = own.createHistogram(
      'quiesce_vendor_call_duration',
      'float',
      'seconds',
      'From a vendor call to its answer, or until it was given up.',
    );
    this.#waits = own.createHistogram(
      'quiesce_limiter_wait',
      'float',
      'seconds',
      'How long a vendor call that was made had waited for its turn.',
    );
    this.#heldBack = own.createCounter(
      'quiesce_held_back_calls',
      '',
      'Vendor calls that were not made, because their turn would have come too late or the credential is refused.',
    );
    this.#asks = own.createCounter('quiesce_asks', '', 'Cancel calls, by what became of them.');
    this.#observations = own.createCounter(
      'quiesce_observations',
      '',
      'Looks at a task, by what they showed.',
    );
  }

  /** A call is made, after it waited. */
  made(operation: string, waitedMs: number): void {
    this.#waits.record(waitedMs / 1_000, { operation });
  }

  /** A call has its answer. */
  answered(operation: string, tookMs: number, error?: ProviderError): void {
    this.#durations.record(tookMs / 1_000, { operation });
    const outcome = error?.kind ?? 'ok';
    this.#calls.add(1, { operation, outcome, code: this.#label(error?.code ?? '') });
  }

  /** A call was not made. */
  heldBack(operation: string, { kind, code }: ProviderError): void {
    this.#heldBack.add(1, { operation, outcome: kind, code: this.#label(code) });
  }

  asked(answer: CancelAnswer['kind'] | ProviderErrorKind): void {
    this.#asks.add(1, { answer });
  }

  observed({ state }: Pick<Observation, 'state'>): void {
    this.#observations.add(1, { state });
  }

  #label(code: string): string {
    if (code === '' || this.#codes.has(code)) return code;
    if (this.#codes.size >= MOST_CODES || !CODE.test(code)) return 'other';
    this.#codes.add(code);
    return code;
  }
}

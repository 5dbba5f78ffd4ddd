import type { FaultKind } from './control-requests.js';
import type { Effect, SimulatedCall } from './simulated-provider.js';

/** One call of a vendor operation. */
export interface JournalCall {
  /** From 1, without gaps. */
  readonly number: number;
  /** ISO 8601, real time: it can be laid beside a Workflow's history. */
  readonly at: string;
  readonly provider: string;
  readonly operation: string;
  readonly requestId: string;
  /** The HTTP status; null when no answer was sent. */
  readonly status: number | null;
  readonly errorCode?: string;
  readonly taskIds: readonly string[];
  readonly token?: string;
  readonly client?: string;
  /** Whether the call changed the state of a task, whatever its caller was told. */
  readonly effect: boolean;
  readonly fault?: FaultKind;
}

export interface EffectCount {
  readonly provider: string;
  readonly operation: string;
  readonly task: string;
  readonly token?: string;
  count: number;
}

export interface Summary {
  readonly totals: { readonly calls: number; readonly effects: number };
  /** By provider, operation and status; `none` is a call that got no answer. */
  readonly calls: Readonly<Record<string, Record<string, Record<string, number>>>>;
  /** By task and token: a count above 1 is a task that was changed twice. */
  readonly effects: readonly EffectCount[];
}

export interface Outcome {
  readonly status: number | null;
  readonly errorCode?: string | undefined;
  readonly effect?: Effect | undefined;
  readonly fault?: FaultKind | undefined;
}

type Recorded = Omit<JournalCall, 'at'> & { readonly at: number };

const CAPACITY = 100_000;

/** Every call in order; single calls are forgotten beyond a fixed number, the counts never. */
export class Journal {
  readonly #ring: Recorded[] = [];
  readonly #counts = new Map<string, number>();
  readonly #effects = new Map<string, EffectCount>();
  #calls = 0;
  #effectTotal = 0;

  record(provider: string, call: SimulatedCall, { status, errorCode, effect, fault }: Outcome): void {
    const number = ++this.#calls;
    this.#ring[(number - 1) % CAPACITY] = {
      number,
      at: Date.now(),
      provider,
      operation: call.operation,
      requestId: call.requestId,
      status,
      taskIds: call.taskIds,
      effect: effect !== undefined,
      ...(errorCode !== undefined && { errorCode }),
      ...(call.token !== undefined && { token: call.token }),
      ...(call.client !== undefined && { client: call.client }),
      ...(fault !== undefined && { fault }),
    };
    const key = JSON.stringify([provider, call.operation, String(status ?? 'none')]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (effect !== undefined) this.#recordEffect(provider, call.operation, effect);
  }

  /** Calls after number `after`, oldest first; only those still remembered. */
  *after(after: number): Generator<JournalCall> {
    for (let next = Math.max(after, this.forgotten); next < this.#calls; next++) {
      const recorded = this.#ring[next % CAPACITY];
      if (recorded !== undefined) yield { ...recorded, at: new Date(recorded.at).toISOString() };
    }
  }

  /** How many of the oldest calls are only counted by now. */
  get forgotten(): number {
    return Math.max(0, this.#calls - CAPACITY);
  }

  summary(): Summary {
    const calls: Record<string, Record<string, Record<string, number>>> = {};
    for (const [key, count] of this.#counts) {
      const [provider, operation, status] = JSON.parse(key) as [string, string, string];
      ((calls[provider] ??= {})[operation] ??= {})[status] = count;
    }
    const totals = { calls: this.#calls, effects: this.#effectTotal };
    return { totals, calls, effects: [...this.#effects.values()] };
  }

  #recordEffect(provider: string, operation: string, { task, token }: Effect): void {
    this.#effectTotal += 1;
    const key = JSON.stringify([provider, operation, task, token]);
    const known = this.#effects.get(key);
    if (known !== undefined) known.count += 1;
    else {
      const tokenField = token === undefined ? {} : { token };
      this.#effects.set(key, { provider, operation, task, ...tokenField, count: 1 });
    }
  }
}

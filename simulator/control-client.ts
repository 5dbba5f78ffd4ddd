import type {
  CallsQuery,
  FaultRequest,
  SeedRequest,
  SeedState,
  SettingsRequest,
  TasksQuery,
} from './control-requests.js';
import type { ScriptedFault } from './fault-script.js';
import type { JournalCall, Summary } from './journal.js';
import type { Settings } from './settings.js';

/** A task as it was seeded: the simulator's id and the vendor's. */
export interface SeededTask {
  readonly id: string;
  readonly ids: Readonly<Record<string, string>>;
}

/** A task as it truly is. */
export interface TrueTask extends SeededTask {
  readonly provider: string;
  readonly state: SeedState;
  readonly word: string;
  readonly createdAt: string;
  readonly cancelRequestedAt?: string;
  /** By real time, whatever the vendor's clock shows. */
  readonly endedAt?: string;
}

/** Cloud time, ISO 8601; how much of it was let pass; and how wrong the vendors' clocks are, below 0 behind. */
export interface ClockState {
  readonly now: string;
  readonly offsetMs: number;
  readonly skewMs: number;
}

/** Scripts a running simulator from a test, the demo or the bench. */
export class SimulatorControl {
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint.replace(/\/+$/, '');
  }

  async seed(request: SeedRequest): Promise<SeededTask[]> {
    return (await this.#ask<{ tasks: SeededTask[] }>('POST', 'tasks', request)).tasks;
  }

  /** All tasks that match; the first ten thousand unless `limit` and `offset` say otherwise. */
  async tasks(query: TasksQuery = {}): Promise<TrueTask[]> {
    return (await this.#ask<{ tasks: TrueTask[] }>('GET', `tasks${search(query)}`)).tasks;
  }

  /** Scripts a fault; resolves to its number. */
  async fault(request: FaultRequest): Promise<number> {
    return (await this.#ask<{ id: number }>('POST', 'faults', request)).id;
  }

  async faults(): Promise<Omit<ScriptedFault, 'taskIds'>[]> {
    return (await this.#ask<{ faults: ScriptedFault[] }>('GET', 'faults')).faults;
  }

  /** Ends the fault of that number, whatever is left of it. */
  async clearFault(id: number): Promise<void> {
    await this.#ask('DELETE', `faults${search({ id })}`);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', 'faults');
  }

  /** Every remembered call that matches, oldest first; at most `limit` when it is given. */
  async calls(query: CallsQuery = {}): Promise<JournalCall[]> {
    const all: JournalCall[] = [];
    for (let after = query.after ?? 0; ;) {
      const page = await this.#ask<{ calls: JournalCall[]; next: number }>(
        'GET',
        `calls${search({ ...query, after })}`,
      );
      all.push(...page.calls);
      if (page.next === after || query.limit !== undefined) return all;
      after = page.next;
    }
  }

  summary(): Promise<Summary> {
    return this.#ask('GET', 'summary');
  }

  /** Reads the settings of all providers. */
  settings(): Promise<Record<string, Settings>>;
  /** Changes one provider's settings; what is left out stays. */
  settings(change: SettingsRequest): Promise<Settings>;
  settings(change?: SettingsRequest): Promise<unknown> {
    return change === undefined ? this.#ask('GET', 'settings') : this.#ask('PUT', 'settings', change);
  }

  /** Lets cloud time pass at once. Signatures and quotas go by real time and do not notice. */
  advanceClock(advanceMs: number): Promise<ClockState> {
    return this.#ask('POST', 'clock', { advanceMs });
  }

  /**
   * Sets all vendors' clocks forward, or back where it is below 0, on top of how wrong they are already. They hold the dates of
   * signatures to it, and answer it in the header `Date`; tasks do not notice.
   */
  skewClock(skewMs: number): Promise<ClockState> {
    return this.#ask('POST', 'clock', { skewMs });
  }

  async reset(): Promise<void> {
    await this.#ask('POST', 'reset', {});
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#endpoint}/_simulator/${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const answer = (await response.json()) as T & { readonly error?: string };
    if (!response.ok)
      throw new Error(`The simulator refused ${method} ${path}: ${answer.error ?? response.status}`);
    return answer;
  }
}

function search(query: object): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

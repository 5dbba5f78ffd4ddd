import type { z } from 'zod';
import type { ProviderErrorKind } from '../contract/failures.js';
import type { CancelAnswer, Observation, RunningSubtasks } from '../contract/observation.js';
import type { SimulatedProvider } from '../simulator/simulated-provider.js';
import type { CallGate } from './call-gate.js';
import type { Pacing } from './pacing.js';
import type { Quota } from './quota.js';
import type { SimulatedCredentials } from './vendors/simulated-credentials.js';

/** The provider's own identifiers of one task, under its own names, and what hints it was given. */
export type TaskIds = Readonly<Record<string, string>>;

/** One identifier of a task: what the command line, the client and the Worker check it against. */
export interface TaskField {
  /** The vendor's own name for it, in camel case. */
  readonly name: string;
  readonly description: string;
  readonly pattern: RegExp;
  readonly maxLength: number;
  readonly example: string;
}

/**
 * One kind of remote task. To add one: a folder here, named like its id, and a line in `all.ts`.
 * A definition is plain data that a client may load; the vendor's SDK comes in with `connect` alone.
 */
export interface ProviderDefinition<Settings extends z.ZodObject = z.ZodObject> {
  /** Stored in Workflow ids and histories: never renamed. */
  readonly id: string;
  /** What a person calls it, for example in help texts. */
  readonly title: string;
  /** The ids that name one task, in the order of its URI. */
  readonly fields: readonly TaskField[];
  /** What else helps to find a task; each may be left out, and none is part of its identity. */
  readonly hints?: readonly TaskField[];
  /** The provider's own settings of a connection, beside those every connection has. */
  readonly settings: Settings;
  /** How often this vendor's task states are worth looking at. */
  readonly pacing: Pacing;
  /** Every operation the adapter calls, with the quota the vendor documents for it, or null where it documents none. */
  readonly operations: Readonly<Record<string, Quota | null>>;
  /** Of these, the one that asks for the end of a task and the one that looks at a batch of them: what a campaign's time is made of. */
  readonly calls: { readonly ask: string; readonly look: string };
  /**
   * What a cancel that succeeds leaves of the task: its record, with a state that says so, or nothing. In the second case
   * the end is proven by absence and told as `deleted`, and the same call erases the record of a task that has ended: it is
   * sent for one only when the caller asks for that.
   */
  readonly cancelLeaves: 'record' | 'nothing';
  /** The vendor's tasks have subtasks, and it may refuse to cancel one while some run: the adapter has {@link Provider.subtasks}. */
  readonly hasSubtasks?: true;
  /**
   * The vendor's reads may be old, by how much is in its documents. A task that seems active after it was asked may have ended
   * since: it is not asked again.
   */
  readonly readsMayBeOld?: true;
  /** What the tasks of a connection can be selected by. Left out: the vendor has no call that lists them. */
  readonly selectors?: Selectors;
  /**
   * Makes the adapter. Reads credentials where the settings say, at the latest with the first call. Every vendor call goes
   * through the gate, under the operation's name.
   */
  connect(settings: z.output<Settings>, gate: CallGate): Promise<Provider>;
  /** The provider's half of the simulator. */
  simulate(): Promise<SimulatedProvider>;
  /** A connection to that half of a running simulator, for `quiesce dev`, the demo and tests. */
  simulatedConnection(simulator: SimulatorAddress): SimulatedConnection;
}

/**
 * What the tasks of a connection can be selected by, in the vendor's own words: what a selector is checked against, and what
 * a shell completes.
 */
export interface Selectors {
  /** The vendor's name of the call that lists; one of the definition's `operations`. */
  readonly operation: string;
  /** The id of what the tasks belong to: a file system, a share. Left out: they belong to the account. */
  readonly fileSystem?: TaskField & {
    /** Whether the vendor lists the tasks of one alone. */
    readonly required: boolean;
  };
  /** Every word that the vendor documents for a task's state. */
  readonly states: readonly string[];
  /** Every word that it documents for a task's type. Left out: they are all of one. */
  readonly types?: readonly string[];
  /**
   * By how much older than asked a task may be and not be selected: what the vendor tells of its time leaves so much open. One
   * that is younger never is.
   */
  readonly ageSlackMs: number;
}

/** Where a simulator runs and what it accepts. */
export interface SimulatorAddress {
  readonly endpoint: string;
  readonly credentials: SimulatedCredentials;
}

/** What a config says to reach the simulator. */
export interface SimulatedConnection {
  /** What the connection is called. */
  readonly name: string;
  /** The provider's own settings; they name variables where they need secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those variables, for the Worker's environment alone. */
  readonly env: Readonly<Record<string, string>>;
}

export interface CallOptions {
  /** Aborts the call; a call aborted after it was sent may have had its effect. */
  readonly signal: AbortSignal;
}

export interface ObserveOptions extends CallOptions {
  /**
   * Told of each task as soon as it was seen, by its place in the question. Where a look takes several calls, what was seen
   * counts also when a later one fails.
   */
  readonly onSeen?: (index: number, observation: Observation) => void;
}

/** Which of a connection's tasks are listed; what is left out does not matter. All words are the vendor's own. */
export interface Selection {
  readonly fileSystem?: string;
  /** Left out: every state in which a task may be asked. */
  readonly states?: readonly string[];
  readonly types?: readonly string[];
  /** Epoch milliseconds. A task whose time of creation the vendor does not tell was never created before it. */
  readonly createdBeforeMs?: number;
}

export interface ListOptions extends CallOptions {
  /** The `next` of the page before, of the same selection. Left out: the first page. */
  readonly page?: string;
}

/** What of one page of the vendor's list was selected: perhaps nothing, though another page follows. */
export interface TaskPage {
  readonly tasks: readonly ListedTask[];
  /** Names the page after it; left out after the last. */
  readonly next?: string;
}

export interface ListedTask {
  /** All its ids, and the hints that the list gives. */
  readonly task: TaskIds;
  readonly observation: Observation;
  /** The vendor's words for its state; it is selected by each of them. */
  readonly states: readonly string[];
  readonly type?: string;
  /** Epoch milliseconds: when it was created at the latest. Left out where the vendor does not tell. */
  readonly createdByMs?: number;
}

/** One connection's live adapter. Every method throws {@link ProviderError} and nothing else on purpose. */
export interface Provider {
  /** How many tasks one `observe` may be given: what the vendor answers in one call, or in a few that share their answers. */
  readonly observeBatchSize: number;
  /** How many of them a call answers at best. Left out: all. */
  readonly observedPerCall?: number;
  /** Tasks with different keys cannot be answered by one call. Left out: any tasks can. */
  batchKey?(task: TaskIds): string;
  /**
   * Asks for the end of one task with exactly one vendor call, and does not wait for it.
   * A call whose effect is open (timeout, reset, 5xx) throws `unavailable`: look before asking again.
   */
  cancel(ids: TaskIds, options: CallOptions & { readonly clientToken: string }): Promise<CancelAnswer>;
  /** Looks at tasks; the answers come in the order of the question. `absent` only by the vendor's own word. */
  observe(tasks: readonly TaskIds[], options: ObserveOptions): Promise<Observation[]>;
  /** Asks the vendor whether it would cancel the task, and changes nothing. Left out: the vendor has no such call. */
  rehearse?(task: TaskIds, options: CallOptions): Promise<CancelAnswer>;
  /**
   * Reads one page of the vendor's list, and selects. A list may change between two pages, so that a task is on both or on
   * none: whoever needs them all reads it again. Left out where the definition has no `selectors`.
   */
  list?(selection: Selection, options: ListOptions): Promise<TaskPage>;
  /** Where the vendor refuses with `blocked`. */
  readonly subtasks?: Subtasks;
  /** One read-only call that proves endpoint, credential and permission to look. */
  check(options: CallOptions): Promise<{ readonly requestId?: string }>;
  close(): void;
}

/** The subtasks of a vendor whose tasks have some. */
export interface Subtasks {
  /** What runs of each task, in the order of the question; tasks of one {@link Provider.batchKey} only. */
  running(tasks: readonly TaskIds[], options: CallOptions): Promise<RunningSubtasks[]>;
  /** Asks for the end of one subtask with exactly one vendor call, and does not wait for it. */
  cancel(
    task: TaskIds,
    subtaskId: string,
    options: CallOptions & { readonly clientToken: string },
  ): Promise<CancelAnswer>;
}

/** The only error an adapter throws. Its message and context never hold a secret. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly kind: ProviderErrorKind,
    /** The vendor's own code, word for word, or the transport's. */
    readonly code: string,
    message: string,
    readonly context: {
      readonly requestId?: string;
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: context.cause });
  }
}

import { noopMetricMeter, type Logger, type MetricMeter } from '@temporalio/common';
import type { Connection } from '../config/load-config.js';
import type { Observation, RunningSubtasks } from '../contract/observation.js';
import type { TaskMask } from '../contract/task.js';
import type { Pacing } from '../providers/pacing.js';
import type { Provider, ProviderDefinition, ProviderError, TaskIds } from '../providers/provider.js';
import type { Quota } from '../providers/quota.js';
import { adapterErrors } from './adapter-errors.js';
import { AskSlots } from './ask-slots.js';
import { inBulk } from './bulk-calls.js';
import { ConnectionGate } from './connection-gate.js';
import { ConnectionMetrics } from './connection-metrics.js';
import type { Cooldowns } from './credential-breaker.js';
import type { ConnectionKeeper } from './connection-keeper.js';
import { HeldBackError } from './held-back-error.js';
import { lookAtMany, type LookResult } from './look-at-many.js';
import { RenewableAdapter } from './renewable-adapter.js';
import { SharedLooks, type SharedLooksOptions } from './shared-looks.js';
import { WaitLimit } from './wait-limit.js';
import { watchedGate } from './watched-gate.js';
import { watchedProvider } from './watched-provider.js';

/** One connection of the config with its adapter, made at the first call and then shared by all Activities. */
export interface LiveConnection {
  readonly name: string;
  readonly definition: ProviderDefinition;
  readonly pacing: Pacing;
  /** The quotas of the calls that ask and of those that look; null is no limit. */
  readonly limits: { readonly ask: Quota | null; readonly look: Quota | null };
  readonly cancelLeaves: ProviderDefinition['cancelLeaves'];
  readonly readsMayBeOld: boolean;
  /** What a campaign's asks need before they are made. */
  readonly askSlots: AskSlots;
  /** What names its tasks in Workflow ids, where they hide the ids. */
  readonly taskMask: TaskMask | undefined;
  /**
   * The adapter; taken anew for each call, for it is made anew when its credential was refused. A campaign marks the signal of
   * its calls by `inBulk`.
   */
  provider(): Promise<Provider>;
  /** Looks at a task, together with whoever wants to know at about the same time. */
  look(task: TaskIds, signal: AbortSignal): Promise<Observation>;
  /**
   * Looks at a campaign's tasks, in batches of its own; see {@link lookAtMany}.
   * @throws ProviderError when there is no adapter to look with.
   */
  lookMany(tasks: readonly TaskIds[], signal: AbortSignal): Promise<LookResult[]>;
  /** What a campaign's call threw; a bug of the adapter is in the log. */
  told(thrown: unknown): ProviderError;
  /** What runs of a task's subtasks, asked likewise; undefined where the vendor's tasks have none. */
  runningSubtasks(task: TaskIds, signal: AbortSignal): Promise<RunningSubtasks | undefined>;
  close(): Promise<void>;
}

export interface LiveConnectionOptions {
  readonly keeper: ConnectionKeeper;
  /** Names this process to the keeper. */
  readonly holder: string;
  readonly logger: Logger;
  /** Left out: Workflow ids show the tasks' ids. */
  readonly taskMask?: TaskMask | undefined;
  /** Where calls are counted; left out: nowhere. */
  readonly meter?: MetricMeter;
  /** How long an Activity's calls may wait for their turns: what its start-to-close leaves beside one vendor call. */
  readonly longestWaitMs?: number;
  /** Between the calls that try a refused credential again. */
  readonly cooldowns?: Cooldowns;
}

const LONGEST_WAIT_MS = 20_000;
/** Where a quota applies, the next call can as well wait for those who come meanwhile. */
const CALLS_AT_ONCE = { limited: 2, unlimited: 8 };
/** Of campaigns. Where asks have a quota, its queue decides whose turn it is. */
const UNLIMITED_ASKS_AT_ONCE = 100;

export function createLiveConnection(connection: Connection, options: LiveConnectionOptions): LiveConnection {
  const { name, pacing, quotas, provider: definition, settings } = connection;
  const { ask, look } = definition.calls;
  const limits = { ask: quotas[ask] ?? null, look: quotas[look] ?? null };
  const longestWaitMs = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const waitLimit = new WaitLimit(longestWaitMs);
  const pace = Object.values(quotas).some((quota) => quota !== null) ? 'limited' : 'unlimited';
  const sharing = { callsAtOnce: CALLS_AT_ONCE[pace], longestWaitMs };
  const onRefused = () => adapter.renew();
  const gate = new ConnectionGate({ ...options, connection: name, quotas, waitLimit, onRefused });
  const { meter = noopMetricMeter } = options;
  const labels = { connection: name, provider: definition.id };
  const metrics = new ConnectionMetrics(meter, labels);
  const told = adapterErrors(options.logger, labels);
  const watched = watchedGate(gate, metrics, labels);
  const adapter = new RenewableAdapter(async () => {
    const made = await gate
      .connect(() => definition.connect(settings, watched))
      .catch((thrown: unknown) => {
        if (thrown instanceof HeldBackError) metrics.heldBack('connect', thrown);
        throw thrown;
      });
    const provider = watchedProvider(made, metrics);
    return { provider, ...sharedLooks(provider, sharing) };
  });

  return {
    name,
    definition,
    pacing,
    limits,
    cancelLeaves: definition.cancelLeaves,
    askSlots: new AskSlots(limits.ask === null ? UNLIMITED_ASKS_AT_ONCE : Infinity),
    readsMayBeOld: definition.readsMayBeOld === true,
    taskMask: options.taskMask,
    provider: async () => (await adapter.get()).provider,
    async look(task, signal) {
      waitLimit.endsAtMs(signal); // What this look waits, a call after it cannot.
      return (await adapter.get()).looks.look(task, signal);
    },
    async lookMany(tasks, signal) {
      const { provider } = await adapter.get();
      return lookAtMany(tasks, inBulk(signal), {
        ...batchesOf(provider),
        callsAtOnce: sharing.callsAtOnce,
        look: async (batch, how) => (await adapter.get()).provider.observe(batch, how),
        told,
      });
    },
    told,
    async runningSubtasks(task, signal) {
      waitLimit.endsAtMs(signal);
      return (await adapter.get()).subtaskLooks?.look(task, signal);
    },
    async close() {
      await gate.close();
      await adapter.close();
    },
  };
}

type Sharing = Pick<SharedLooksOptions<unknown>, 'callsAtOnce' | 'longestWaitMs'>;

function sharedLooks(provider: Provider, sharing: Sharing) {
  const common = { ...sharing, ...batchesOf(provider) };
  const { subtasks } = provider;
  return {
    looks: new SharedLooks<Observation>({
      ...common,
      look: (tasks, options) => provider.observe(tasks, options),
    }),
    subtaskLooks:
      subtasks &&
      new SharedLooks<RunningSubtasks>({
        ...common,
        look: (tasks, { signal }) => subtasks.running(tasks, { signal }),
      }),
  };
}

function batchesOf(provider: Provider) {
  const keyOf = (task: TaskIds) => provider.batchKey?.(task) ?? '';
  return { keyOf, batchSize: provider.observeBatchSize };
}

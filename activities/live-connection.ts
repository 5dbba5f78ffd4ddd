import type { Logger } from '@temporalio/common';
import type { Connection } from '../config/load-config.js';
import type { Observation, RunningSubtasks } from '../contract/observation.js';
import type { Pacing } from '../providers/pacing.js';
import type { Provider, TaskIds } from '../providers/provider.js';
import { ConnectionGate } from './connection-gate.js';
import type { Cooldowns } from './credential-breaker.js';
import type { QuotaLender } from './quota-lender.js';
import { SharedLooks } from './shared-looks.js';
import { WaitLimit } from './wait-limit.js';

/** One connection of the config with its adapter, made at the first call and then shared by all Activities. */
export interface LiveConnection {
  readonly name: string;
  readonly pacing: Pacing;
  provider(): Promise<Provider>;
  /** Looks at a task, together with whoever wants to know at about the same time. */
  look(task: TaskIds, signal: AbortSignal): Promise<Observation>;
  /** What runs of a task's subtasks, asked likewise; undefined where the vendor's tasks have none. */
  runningSubtasks(task: TaskIds, signal: AbortSignal): Promise<RunningSubtasks | undefined>;
  close(): Promise<void>;
}

export interface LiveConnectionOptions {
  readonly lender: QuotaLender;
  /** Names this process to the lender. */
  readonly holder: string;
  readonly logger: Logger;
  /** How long an Activity's calls may wait for their turns: what its start-to-close leaves beside one vendor call. */
  readonly longestWaitMs?: number;
  /** Between the calls that try a refused credential again. */
  readonly cooldowns?: Cooldowns;
}

const LONGEST_WAIT_MS = 20_000;
/** Calls of an adapter that is given up end by then. */
const LONGEST_CALL_MS = 60_000;
/** Where a quota applies, the next call can as well wait for those who come meanwhile. */
const CALLS_AT_ONCE = { limited: 2, unlimited: 8 };

interface Adapter {
  readonly provider: Provider;
  readonly looks: SharedLooks<Observation>;
  readonly subtaskLooks?: SharedLooks<RunningSubtasks>;
}

export function createLiveConnection(connection: Connection, options: LiveConnectionOptions): LiveConnection {
  const { name, pacing, quotas, provider: definition, settings } = connection;
  const longestWaitMs = options.longestWaitMs ?? LONGEST_WAIT_MS;
  const waitLimit = new WaitLimit(longestWaitMs);
  const gate = new ConnectionGate({ ...options, connection: name, quotas, waitLimit, onRefused: forget });
  const isLimited = Object.values(quotas).some((quota) => quota !== null);
  const callsAtOnce = isLimited ? CALLS_AT_ONCE.limited : CALLS_AT_ONCE.unlimited;
  let adapter: Promise<Adapter> | undefined;
  const forgotten = new Set<Provider>();

  async function connect(): Promise<Adapter> {
    const provider = await gate.connect(() => definition.connect(settings, gate));
    const keyOf = (task: TaskIds) => provider.batchKey?.(task) ?? '';
    const sharing = { batchSize: provider.observeBatchSize, keyOf, callsAtOnce, longestWaitMs };
    const { subtasks } = provider;
    return {
      provider,
      looks: new SharedLooks({ ...sharing, look: (tasks, signal) => provider.observe(tasks, { signal }) }),
      ...(subtasks !== undefined && {
        subtaskLooks: new SharedLooks({
          ...sharing,
          look: (tasks, signal) => subtasks.running(tasks, { signal }),
        }),
      }),
    };
  }

  function connected(): Promise<Adapter> {
    if (adapter !== undefined) return adapter;
    const connecting = connect();
    adapter = connecting;
    // A failed connect is forgotten, so that the next attempt reads a mended credential file.
    connecting.catch(() => {
      if (adapter === connecting) adapter = undefined;
    });
    return connecting;
  }

  /** The next call makes a new adapter, which reads the credential anew: an SDK may keep what it has read for long. */
  function forget(): void {
    const retire = ({ provider }: Adapter) => {
      forgotten.add(provider);
      setTimeout(() => forgotten.delete(provider) && provider.close(), LONGEST_CALL_MS).unref();
    };
    adapter?.then(retire, () => {}); // One that never was need not be closed.
    adapter = undefined;
  }

  return {
    name,
    pacing,
    provider: async () => (await connected()).provider,
    async look(task, signal) {
      waitLimit.endsAtMs(signal); // What this look waits, a call after it cannot.
      return (await connected()).looks.look(task, signal);
    },
    async runningSubtasks(task, signal) {
      waitLimit.endsAtMs(signal);
      return (await connected()).subtaskLooks?.look(task, signal);
    },
    async close() {
      await gate.close();
      const live = await adapter?.catch(() => undefined);
      live?.provider.close();
      for (const provider of forgotten) provider.close();
    },
  };
}

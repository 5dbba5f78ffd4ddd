import { z } from 'zod';
import type {
  ProviderSimulation,
  SimulatedCall,
  SimulatedWorld,
  TaskSeed,
  WireRequest,
} from '../../../simulator/simulated-provider.js';
import { HuaweiRefusal, type HuaweiOutput } from './simulate-answer.js';
import { readByRoute, THROTTLED, type HuaweiCall, type HuaweiRoute } from './simulate-routes.js';
import { refusal } from './simulate-sfs-turbo-delete.js';
import { SfsTurboTaskTable, type SfsTurboTask } from './simulate-sfs-turbo-task.js';
import { shareIdSchema, type SfsTurboSwitches } from './simulate-sfs-turbo-switches.js';
import { SIMULATED_CREDENTIALS } from '../simulated-credentials.js';

/** Huawei's own example: https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteHpcCacheTask.html */
const SHARE = '77ba6f4b-6365-4895-8dda-bc7142af4dde';

/** What both simulations are alike in. */
export const SFS_TURBO_SIMULATED = {
  /** The documents' examples have both forms: without dashes in the paths, with them for a list's marker. */
  idPattern: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/,
  /** No quota is published; a test sets its own. */
  throttled: THROTTLED,
  outage: { status: 500, code: 'SFS.TURBO.0005', message: 'Internal server error' },
} as const;

/** What a seed of either kind of task may say. */
export const sfsTurboSeedDetails = z.object({
  shareId: shareIdSchema.default(SHARE),
  failureMessage: z.string().default('The simulated task failed.'),
});

/** What one operation on the tasks of a file system works on. */
export interface SfsTurboCall<
  Switches extends SfsTurboSwitches,
  Task extends SfsTurboTask,
> extends HuaweiCall<Switches> {
  readonly tasks: SfsTurboTaskTable<Task>;
  readonly shareId: string;
}

export type SfsTurboRoute<Switches extends SfsTurboSwitches, Task extends SfsTurboTask> = Omit<
  HuaweiRoute<Switches>,
  'run'
> & { run(call: SfsTurboCall<Switches, Task>): HuaweiOutput };

interface Parts<Switches extends SfsTurboSwitches, Task extends SfsTurboTask, Details> {
  /** Their paths have the parts `projectId` and `shareId`. */
  readonly routes: readonly SfsTurboRoute<Switches, Task>[];
  /** What is answered beside them. */
  readonly others?: readonly HuaweiRoute<Switches>[];
  readonly make: (seed: TaskSeed<Details>) => Task;
}

/** One kind of task of all file systems of the one project. */
export class SfsTurboSimulation<
  Switches extends SfsTurboSwitches,
  Task extends SfsTurboTask,
  Details,
> implements ProviderSimulation<Details> {
  readonly #world: SimulatedWorld<Switches>;
  readonly #tasks = new SfsTurboTaskTable<Task>();
  readonly #routes: readonly HuaweiRoute<Switches>[];
  readonly #make: (seed: TaskSeed<Details>) => Task;

  constructor(
    world: SimulatedWorld<Switches>,
    { routes, others = [], make }: Parts<Switches, Task, Details>,
  ) {
    this.#world = world;
    this.#make = make;
    const onShares = routes.map((route) => ({
      ...route,
      run: (call: HuaweiCall<Switches>) =>
        route.run({ ...call, tasks: this.#tasks, shareId: existingShare(call) }),
    }));
    this.#routes = [...onShares, ...others];
  }

  read(request: WireRequest): SimulatedCall | undefined {
    return readByRoute(request, this.#routes, this.#world);
  }

  seed(seed: TaskSeed<Details>): Task {
    return this.#tasks.add(this.#make(seed));
  }

  find(id: string): Task | undefined {
    return this.#tasks.find(id);
  }

  tasks(): Iterable<Task> {
    return this.#tasks.all;
  }
}

/**
 * Both providers' check. It is answered for both by one of them, since nothing in it tells them apart.
 * @see https://support.huaweicloud.com/api-sfsturbo/ListShares.html
 */
export function listSharesRoute<Switches extends SfsTurboSwitches>(): HuaweiRoute<Switches> {
  return {
    operation: 'ListShares',
    method: 'GET',
    path: /^\/v1\/(?<projectId>[^/]+)\/sfs-turbo\/shares\/detail$/,
    run(call) {
      checkProject(call);
      const shares = call.world.settings.switches.missingShares.includes(SHARE)
        ? []
        : [{ id: SHARE, name: 'sfs-turbo-simulated', status: '200', share_proto: 'NFS' }];
      return { status: 200, output: { shares, count: shares.length } };
    },
  };
}

/** The error for input the documents do not allow. */
export function invalidParameter(): HuaweiRefusal {
  return refusal('SFS.TURBO.0001');
}

/** A query parameter that is a whole number of at least `least`. */
export function wholeNumber(query: URLSearchParams, name: string, fallback: number, least: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw invalidParameter();
  return Number(text);
}

const noPrivileges = () => new HuaweiRefusal(403, 'SFS.TURBO.9000', 'no privileges to operate');

/** That another project's id in the path is answered like this is not documented. */
function checkProject({ path }: HuaweiCall<SfsTurboSwitches>): void {
  if (path['projectId'] !== SIMULATED_CREDENTIALS.huawei.projectId) throw noPrivileges();
}

function existingShare(call: HuaweiCall<SfsTurboSwitches>): string {
  checkProject(call);
  const share = shareIdSchema.safeParse(call.path['shareId']);
  if (!share.success) throw invalidParameter();
  const { missingShares, missingShareAnswer } = call.world.settings.switches;
  if (!missingShares.includes(share.data)) return share.data;
  throw missingShareAnswer === 'SFS.TURBO.9000'
    ? noPrivileges()
    : new HuaweiRefusal(404, missingShareAnswer, 'Cluster not found');
}

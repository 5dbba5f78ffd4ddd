import type {
  ProviderSimulation,
  SimulatedCall,
  SimulatedProvider,
  SimulatedWorld,
  TaskSeed,
  WireRequest,
} from '../../simulator/simulated-provider.js';
import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import { AlibabaGateway, THROTTLED } from '../vendors/alibaba/simulate-gateway.js';
import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';
import { cancelTask } from './simulate-cancel.js';
import { pollTaskResult, queryTaskDetailHistory, queryTaskDetailList } from './simulate-details.js';
import { queryTaskInfoHistory, queryTaskList } from './simulate-list.js';
import { domainSwitches, type DomainSwitches } from './simulate-switches.js';
import { DomainTaskTable } from './simulate-table.js';
import { domainSeedDetails, DomainTask, type DomainSeedDetails } from './simulate-task.js';

/** What one operation works on. */
export interface DomainCall {
  readonly world: SimulatedWorld<DomainSwitches>;
  readonly table: DomainTaskTable;
  readonly request: AlibabaRequest;
  readonly requestId: string;
}

const VERSION = '2018-01-29';

const OPERATIONS: Readonly<Record<string, (call: DomainCall) => AlibabaOutput>> = {
  CancelTask: cancelTask,
  PollTaskResult: pollTaskResult,
  QueryTaskDetailHistory: queryTaskDetailHistory,
  QueryTaskDetailList: queryTaskDetailList,
  QueryTaskInfoHistory: queryTaskInfoHistory,
  QueryTaskList: queryTaskList,
};

/** Domain's tasks, in JSON and XML and with either signature. All belong to one account. */
export const alibabaDomainSimulation: SimulatedProvider<typeof domainSwitches, typeof domainSeedDetails> = {
  provider: 'alibaba-domain',
  switches: domainSwitches,
  seedDetails: domainSeedDetails,
  idPattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  operations: { cancel: 'CancelTask', observe: ['QueryTaskList'] },
  throttled: THROTTLED,
  // https://github.com/AlibabaCloudDocs/domain, common errors: this code and status.
  outage: {
    status: 500,
    code: 'InternalError',
    message: 'The request processing has failed due to some unknown error, exception or failure.',
  },
  start: (world) => new DomainSimulation(world),
};

class DomainSimulation implements ProviderSimulation<DomainSeedDetails> {
  readonly #world: SimulatedWorld<DomainSwitches>;
  readonly #gateway: AlibabaGateway;
  readonly #table = new DomainTaskTable();

  constructor(world: SimulatedWorld<DomainSwitches>) {
    this.#world = world;
    this.#gateway = new AlibabaGateway(
      VERSION,
      () => world.settings.switches,
      () => world.shown(),
    );
  }

  read(wire: WireRequest): SimulatedCall | undefined {
    const request = this.#gateway.read(wire);
    if (request === undefined) return undefined;
    const { action, parameters } = request;
    const named = parameters['TaskNo'];
    const run = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
    const call = { world: this.#world, table: this.#table, request };
    return this.#gateway.call(request, run && ((requestId) => run({ ...call, requestId })), {
      // A known id is the table's own string: a hundred thousand journal entries share it.
      taskIds: named === undefined ? [] : [this.#table.find(named)?.id ?? named],
    });
  }

  seed(seed: TaskSeed<DomainSeedDetails>): DomainTask {
    return this.#table.add(new DomainTask(seed));
  }

  find(id: string): DomainTask | undefined {
    return this.#table.find(id);
  }

  tasks(): Iterable<DomainTask> {
    return this.#table.all();
  }
}

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
import { createTask } from './simulate-create.js';
import { describeTasks } from './simulate-describe.js';
import { createFlow, describeFlows } from './simulate-flows.js';
import { readFilters } from './simulate-parameters.js';
import { describeRegions } from './simulate-regions.js';
import { cancelSubtask, createSubtask, describeSubtasks } from './simulate-subtasks.js';
import { cpfsSwitches, type CpfsSwitches } from './simulate-switches.js';
import { CpfsTable } from './simulate-table.js';
import { cpfsSeedDetails, CpfsTask, type CpfsSeedDetails } from './simulate-task.js';
import { TokenMemory } from './simulate-token-memory.js';

/** What one operation works on. */
export interface CpfsCall {
  readonly world: SimulatedWorld<CpfsSwitches>;
  readonly table: CpfsTable;
  readonly request: AlibabaRequest;
}

const VERSION = '2017-06-26';

const OPERATIONS = {
  CancelDataFlowSubTask: cancelSubtask,
  CancelDataFlowTask: cancelTask,
  CreateDataFlow: createFlow,
  CreateDataFlowSubTask: createSubtask,
  CreateDataFlowTask: createTask,
  DescribeDataFlows: describeFlows,
  DescribeDataFlowSubTasks: describeSubtasks,
  DescribeDataFlowTasks: describeTasks,
  DescribeRegions: describeRegions,
} as const satisfies Record<string, (call: CpfsCall) => AlibabaOutput>;

const tasksQuota = { calls: 120, perMs: 60_000 };
const subtasksQuota = { calls: 100, perMs: 1_000 };

/** CPFS's data flow tasks, as a part of NAS. Regions share their tasks; a file system is there once a data flow of it is. */
export const alibabaCpfsSimulation: SimulatedProvider<typeof cpfsSwitches, typeof cpfsSeedDetails> = {
  provider: 'alibaba-cpfs',
  switches: cpfsSwitches,
  seedDetails: cpfsSeedDetails,
  idPattern: /^task(Id)?-[0-9a-z]{1,59}$/,
  operations: { cancel: 'CancelDataFlowTask', observe: ['DescribeDataFlowTasks'] },
  // https://help.aliyun.com/zh/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-quota-bmcpfs
  quotas: {
    CancelDataFlowTask: tasksQuota,
    DescribeDataFlowTasks: tasksQuota,
    CreateDataFlowTask: tasksQuota,
    CreateDataFlow: tasksQuota,
    DescribeDataFlows: tasksQuota,
    CreateDataFlowSubTask: subtasksQuota,
    DescribeDataFlowSubTasks: subtasksQuota,
    CancelDataFlowSubTask: subtasksQuota,
  },
  throttled: THROTTLED,
  // https://help.aliyun.com/document_detail/62603.html
  outage: {
    status: 500,
    code: 'InternalError',
    message: 'The request processing has failed due to some unknown error.',
  },
  start: (world) => new CpfsSimulation(world),
};

class CpfsSimulation implements ProviderSimulation<CpfsSeedDetails> {
  readonly #world: SimulatedWorld<CpfsSwitches>;
  readonly #gateway: AlibabaGateway;
  readonly #table = new CpfsTable();
  readonly #tokens: TokenMemory;

  constructor(world: SimulatedWorld<CpfsSwitches>) {
    this.#world = world;
    this.#tokens = new TokenMemory(world);
    this.#gateway = new AlibabaGateway(
      VERSION,
      () => world.settings.switches,
      () => world.shown(),
    );
  }

  read(wire: WireRequest): SimulatedCall | undefined {
    const request = this.#gateway.read(wire);
    if (request === undefined) return undefined;
    return this.#gateway.call(request, this.#operation(request), {
      taskIds: this.#taskIds(request),
      token: request.parameters['ClientToken'],
    });
  }

  seed(seed: TaskSeed<CpfsSeedDetails>): CpfsTask {
    const now = this.#world.now();
    const { fileSystemId, dataFlowId } = seed.details;
    if (!this.#table.hasFlow(fileSystemId, dataFlowId)) {
      this.#table.addFlow({
        id: dataFlowId,
        fileSystemId,
        createdAt: now,
        sourceStorage: 'oss://simulated-bucket',
      });
    }
    const task = this.#table.addTask(new CpfsTask(seed));
    task.startSubtasks(now, this.#world.settings.delays);
    return task;
  }

  find(id: string): CpfsTask | undefined {
    return this.#table.find(id);
  }

  tasks(): Iterable<CpfsTask> {
    return this.#table.tasks;
  }

  #operation(request: AlibabaRequest): (() => AlibabaOutput) | undefined {
    const { action } = request;
    if (!Object.hasOwn(OPERATIONS, action)) return undefined;
    const operation = OPERATIONS[action as keyof typeof OPERATIONS];
    const call = { world: this.#world, table: this.#table, request };
    return () => this.#tokens.run(request, () => operation(call));
  }

  /** The ids a call names. Known ones are the table's own strings: a hundred thousand journal entries share them. */
  #taskIds(request: AlibabaRequest): string[] {
    const { TaskId, DataFlowTaskId } = request.parameters;
    const filtered = readFilters(request)
      .filter(({ key }) => key === 'TaskIds' || key === 'DataFlowTaskIds')
      .flatMap(({ value }) => value.split(','));
    const named = [TaskId ?? '', DataFlowTaskId ?? '', ...filtered].filter((id) => id !== '');
    return named.map((id) => this.#table.find(id)?.id ?? id);
  }
}

import { randomUUID } from 'node:crypto';
import type {
  ProviderSimulation,
  SimulatedCall,
  SimulatedProvider,
  SimulatedWorld,
  TaskSeed,
  WireRequest,
} from '../../simulator/simulated-provider.js';
import { readAwsCaller } from '../vendors/aws/authorization.js';
import { AwsSignatureCheck } from '../vendors/aws/signature.js';
import { SIMULATED_CREDENTIALS } from '../vendors/simulated-credentials.js';
import { answerWith, FsxRefusal, refuseWith } from './simulate-answer.js';
import { cancelTask } from './simulate-cancel.js';
import { createTask } from './simulate-create.js';
import { asSwitched, authenticationError, THROTTLED } from './simulate-common-errors.js';
import { describeTasks } from './simulate-describe.js';
import { fsxSwitches, type FsxSwitches } from './simulate-switches.js';
import { FsxTaskTable } from './simulate-table.js';
import { fsxSeedDetails, FsxTask, type FsxSeedDetails } from './simulate-task.js';

/** What one operation works on. */
export interface FsxCall {
  readonly world: SimulatedWorld<FsxSwitches>;
  readonly table: FsxTaskTable;
  readonly region: string;
  readonly input: unknown;
}

const TARGET_PREFIX = 'AWSSimbaAPIService_v20180301.';

const OPERATIONS = {
  CancelDataRepositoryTask: cancelTask,
  CreateDataRepositoryTask: createTask,
  DescribeDataRepositoryTasks: describeTasks,
} as const satisfies Record<string, (call: FsxCall) => ReturnType<typeof cancelTask>>;

const signatures = new AwsSignatureCheck(SIMULATED_CREDENTIALS.aws, 'fsx');

/** FSx's data repository tasks in AWS JSON 1.1. Every well-formed file system id exists; regions share their tasks. */
export const awsFsxSimulation: SimulatedProvider<typeof fsxSwitches, typeof fsxSeedDetails> = {
  provider: 'aws-fsx',
  switches: fsxSwitches,
  seedDetails: fsxSeedDetails,
  idPattern: /^task-[0-9a-f]{17,123}$/,
  operations: { cancel: 'CancelDataRepositoryTask', observe: ['DescribeDataRepositoryTasks'] },
  // FSx publishes no API rates; a test sets its own.
  // https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
  throttled: THROTTLED,
  outage: {
    status: 500,
    code: 'InternalServerError',
    message: 'A generic error indicating a server-side failure.',
  },
  start: (world) => new FsxSimulation(world),
};

class FsxSimulation implements ProviderSimulation<FsxSeedDetails> {
  readonly #world: SimulatedWorld<FsxSwitches>;
  readonly #table = new FsxTaskTable();

  constructor(world: SimulatedWorld<FsxSwitches>) {
    this.#world = world;
  }

  read(request: WireRequest): SimulatedCall | undefined {
    const target = request.headers['x-amz-target'];
    if (typeof target !== 'string' || !target.startsWith(TARGET_PREFIX)) return undefined;
    const operation = target.slice(TARGET_PREFIX.length);
    const requestId = randomUUID();
    const { accessKeyId, region = 'us-east-1' } = readAwsCaller(request);
    const input = parse(request.body);
    const token = stringOf(input?.['ClientRequestToken']);
    return {
      operation,
      requestId,
      taskIds: this.#taskIds(input ?? {}),
      ...(token !== undefined && { token }),
      ...(accessKeyId !== undefined && { client: accessKeyId }),
      authenticate: async () => {
        const refused = await signatures.refusal(request, this.#world.shown());
        return refused && authenticationError(refused, this.#world.settings.switches);
      },
      refuse: (error) => refuseWith(requestId, asSwitched(error, this.#world.settings.switches)),
      answer: () => {
        try {
          const { output, effect } = this.#run(operation, {
            world: this.#world,
            table: this.#table,
            region,
            input,
          });
          return answerWith(requestId, output, effect);
        } catch (error) {
          if (error instanceof FsxRefusal) return refuseWith(requestId, error, error.fields);
          throw error;
        }
      },
    };
  }

  seed(seed: TaskSeed<FsxSeedDetails>): FsxTask {
    return this.#table.add(new FsxTask(seed));
  }

  find(id: string): FsxTask | undefined {
    return this.#table.find(id);
  }

  tasks(): Iterable<FsxTask> {
    return this.#table.all;
  }

  #run(operation: string, call: FsxCall) {
    if (!Object.hasOwn(OPERATIONS, operation)) {
      throw new FsxRefusal('UnknownOperationException', `The simulator has no operation ${operation}.`);
    }
    if (call.input === undefined)
      throw new FsxRefusal('SerializationException', 'The body is not a JSON object.');
    return OPERATIONS[operation as keyof typeof OPERATIONS](call);
  }

  /** The ids a call names. Known ones are the table's own strings: a hundred thousand journal entries share them. */
  #taskIds(input: Readonly<Record<string, unknown>>): string[] {
    const named = Array.isArray(input['TaskIds'])
      ? (input['TaskIds'] as unknown[]).slice(0, 100)
      : [input['TaskId']];
    return named.filter((id) => typeof id === 'string').map((id) => this.#table.find(id)?.id ?? id);
  }
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

import { taskUri, type TaskRef } from '../../contract/task.js';
import type { Connection } from '../../config/load-config.js';
import type { ProviderDefinition, TaskIds } from '../../providers/provider.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { SimulatorControl, type SeededTask, type TrueTask } from '../../simulator/control-client.js';
import type { JournalCall } from '../../simulator/journal.js';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';
import type { RunningSimulator } from '../../simulator/start-simulator.js';
import { OPEN_GATE } from '../../providers/call-gate.js';

/** One provider of the registry with its simulated cloud. Nothing here knows which one it is. */
export interface Cloud {
  readonly definition: ProviderDefinition;
  readonly connection: Connection;
  readonly simulated: SimulatedProvider;
  readonly control: SimulatorControl;
  /** What its adapter can that not every adapter can. */
  readonly rehearses: boolean;
  readonly hasSubtasks: boolean;
  /** Whether its vendor has a word of its own for a task that is being canceled. */
  readonly showsCanceling: boolean;
  /** Whether it has one for a task that failed. */
  readonly tellsFailed: boolean;
}

/** A task in a simulated cloud, as its simulator and as Quiesce name it. */
export interface CloudTask {
  readonly id: string;
  readonly ref: TaskRef;
  readonly uri: string;
}

export type SeedOptions = Omit<Partial<SeedRequest>, 'provider'>;

/** Every provider with its cloud; quotas are lifted, since a suite of sixty stories in a minute is over any of them. */
export async function openClouds(
  control: SimulatorControl,
  connections: readonly Connection[],
): Promise<Cloud[]> {
  return Promise.all(connections.map((connection) => openCloud(control, connection)));
}

async function openCloud(control: SimulatorControl, connection: Connection): Promise<Cloud> {
  const { provider: definition } = connection;
  await liftQuotas(control, definition);
  const simulated = await definition.simulate();
  const adapter = await definition.connect(connection.settings, OPEN_GATE);
  const cloud = { definition, connection, control, simulated };
  try {
    const [running, canceling, completed, failed] = await Promise.all(
      (['running', 'canceling', 'completed', 'failed'] as const).map((state) => seedTask(cloud, { state })),
    );
    const wordOf = async (task: CloudTask | undefined) => (await truthOf(cloud, task!.id))!.word;
    return {
      ...cloud,
      rehearses: 'rehearse' in adapter,
      hasSubtasks: 'subtasks' in adapter,
      showsCanceling: (await wordOf(canceling)) !== (await wordOf(running)),
      tellsFailed: (await wordOf(failed)) !== (await wordOf(completed)),
    };
  } finally {
    adapter.close();
  }
}

/**
 * The same cloud in a simulator of its own. Looks at several tasks are made together, and may name none: a fault on one
 * would be met by every story that is told at the time.
 */
export async function openAnother(cloud: Cloud, simulator: RunningSimulator, name: string): Promise<Cloud> {
  const control = new SimulatorControl(simulator.endpoint);
  await liftQuotas(control, cloud.definition);
  const { settings } = cloud.definition.simulatedConnection(simulator);
  return {
    ...cloud,
    control,
    connection: { ...cloud.connection, name, settings: cloud.definition.settings.parse(settings) },
  };
}

/** Of the settings of a simulated cloud: all quotas lifted. */
export function noQuotas({ operations }: ProviderDefinition): Record<string, null> {
  return Object.fromEntries(Object.keys(operations).map((operation) => [operation, null]));
}

async function liftQuotas(control: SimulatorControl, definition: ProviderDefinition): Promise<void> {
  await control.settings({ provider: definition.id, quotas: noQuotas(definition) });
}

type Cloudlet = Pick<Cloud, 'definition' | 'connection' | 'control'>;

export async function seedTask(cloud: Cloudlet, request: SeedOptions = {}): Promise<CloudTask> {
  const [task] = await seedTasks(cloud, request);
  return task!;
}

export async function seedTasks(cloud: Cloudlet, request: SeedOptions): Promise<CloudTask[]> {
  const { control, definition } = cloud;
  const seeded = await control.seed({ provider: definition.id, state: 'running', ...request });
  return seeded.map((task) => asCloudTask(cloud, task));
}

let absentTasks = 0;

/**
 * A task that its vendor has never had, beside one that it has: everything but its own id is true. No two have the same: stories
 * that are told at the same time would share a Workflow.
 */
export async function absentTask(cloud: Cloud): Promise<CloudTask> {
  const { id, ids } = (await cloud.control.seed({ provider: cloud.definition.id }))[0]!;
  const own = cloud.definition.fields.find(({ name }) => ids[name] === id)!;
  const number = String(++absentTasks).padStart(4, '0');
  const absent = `${own.example.slice(0, -number.length)}${number}`;
  return asCloudTask(cloud, { id: absent, ids: { ...ids, [own.name]: absent } });
}

function asCloudTask({ definition, connection }: Cloudlet, { id, ids }: SeededTask): CloudTask {
  const pick = (names: readonly { readonly name: string }[]) =>
    Object.fromEntries(names.flatMap(({ name }) => (ids[name] === undefined ? [] : [[name, ids[name]]])));
  const hints = pick(definition.hints ?? []);
  const ref = {
    provider: definition.id,
    connection: connection.name,
    ids: pick(definition.fields),
    ...(Object.keys(hints).length > 0 && { hints }),
  };
  return { id, ref, uri: taskUri(ref) };
}

/** The task as it truly is. */
export async function truthOf({ control, definition }: Cloudlet, id: string): Promise<TrueTask | undefined> {
  return (await control.tasks({ provider: definition.id, id }))[0];
}

/** The cancel calls for a task that reached the vendor, answered or not. */
export function asksFor({ control, definition, simulated }: Cloud, id: string): Promise<JournalCall[]> {
  return control.calls({
    provider: definition.id,
    operation: simulated.operations.cancel,
    taskId: id,
  });
}

/** A task as its adapter takes it. */
export function idsOf({ ref }: CloudTask): TaskIds {
  return { ...ref.ids, ...ref.hints };
}

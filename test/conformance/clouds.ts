import { taskUri, type TaskRef } from '../../contract/task.js';
import type { Connection } from '../../config/load-config.js';
import type { ProviderDefinition, TaskIds } from '../../providers/provider.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import type { SeededTask, SimulatorControl, TrueTask } from '../../simulator/control-client.js';
import type { JournalCall } from '../../simulator/journal.js';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';
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
  const settings = await control.settings();
  return Promise.all(
    connections.map(async (connection) => {
      const { provider: definition } = connection;
      const quotas = Object.keys(settings[definition.id]?.quotas ?? {}).map((name) => [name, null]);
      await control.settings({ provider: definition.id, quotas: Object.fromEntries(quotas) });
      const wordOf = async (state: SeedRequest['state']) => {
        const [task] = await control.seed({ provider: definition.id, state });
        return (await control.tasks({ provider: definition.id, id: task!.id }))[0]!.word;
      };
      const adapter = await definition.connect(connection.settings, OPEN_GATE);
      adapter.close();
      return {
        definition,
        connection,
        control,
        simulated: await definition.simulate(),
        rehearses: 'rehearse' in adapter,
        hasSubtasks: 'subtasks' in adapter,
        showsCanceling: (await wordOf('canceling')) !== (await wordOf('running')),
      };
    }),
  );
}

export async function seedTask(cloud: Cloud, request: SeedOptions = {}): Promise<CloudTask> {
  const [task] = await seedTasks(cloud, request);
  return task!;
}

export async function seedTasks(cloud: Cloud, request: SeedOptions): Promise<CloudTask[]> {
  const { control, definition } = cloud;
  const seeded = await control.seed({ provider: definition.id, state: 'running', ...request });
  return seeded.map((task) => asCloudTask(cloud, task));
}

/** A task that its vendor has never had, beside one that it has: everything but its own id is true. */
export async function absentTask(cloud: Cloud): Promise<CloudTask> {
  const { id, ids } = (await cloud.control.seed({ provider: cloud.definition.id }))[0]!;
  const own = cloud.definition.fields.find(({ name }) => ids[name] === id)!;
  return asCloudTask(cloud, { id: own.example, ids: { ...ids, [own.name]: own.example } });
}

function asCloudTask({ definition, connection }: Cloud, { id, ids }: SeededTask): CloudTask {
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
export async function truthOf({ control, definition }: Cloud, id: string): Promise<TrueTask | undefined> {
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

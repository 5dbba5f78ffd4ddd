import { taskUri } from '../../contract/task.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import type { SimulatorControl } from '../../simulator/control-client.js';
import type { Target } from './evidence.js';
import { STORIES, type StoryName, type TaskStory } from './stories.js';
import type { Vendor } from './vendors.js';

/** A task in a cloud, and how Quiesce is told of it. */
export interface Seeded {
  readonly target: Omit<Target, 'trigger'>;
  /** With hints, where the vendor needs some. */
  readonly named: string;
}

/** Of a campaign's targets, the others; what is left cancels. */
const IN_A_CAMPAIGN: Readonly<Partial<Record<StoryName, number>>> = {
  'cancels while it waits': 0.05,
  'finishes first': 0.02,
  'fails first': 0.02,
  'finishes meanwhile': 0.05,
  'is refused': 0.01,
  'is canceling already': 0.02,
  'has finished': 0.02,
};
/** Of each vendor. */
const SINGLES: readonly StoryName[] = [
  'cancels',
  'cancels',
  'cancels',
  'cancels while it waits',
  'finishes first',
  'fails first',
  'finishes meanwhile',
  'finishes meanwhile',
  'is refused',
  'is canceling already',
  'is stuck',
];
const STUCK_IN_A_CAMPAIGN = 2;

/** Makes tasks in the clouds. */
export class Seeding {
  readonly all: Seeded[] = [];

  constructor(
    private readonly simulator: SimulatorControl,
    private readonly vendors: readonly Vendor[],
  ) {}

  /** So many of all vendors, of all that may happen in a campaign. */
  async campaign(targets: number): Promise<Seeded[]> {
    return (await Promise.all(this.vendors.map((vendor) => this.#seedShare(vendor, targets)))).flat();
  }

  /** A few that never end. */
  async stuck(): Promise<Seeded[]> {
    const seeded = this.vendors.map((vendor) => this.#seed(vendor, 'is stuck', STUCK_IN_A_CAMPAIGN));
    return (await Promise.all(seeded)).flat();
  }

  /** Some that cancel, as few of each vendor. */
  aborted(each: number): Promise<Seeded[]> {
    return this.plain(new Map(this.vendors.map((vendor) => [vendor, each])));
  }

  async singles(): Promise<Seeded[]> {
    return inTurns(await Promise.all(this.vendors.map((vendor) => this.#seedSingles(vendor))));
  }

  /** Those that cancel, so many of each vendor. */
  async plain(counts: ReadonlyMap<Vendor, number>): Promise<Seeded[]> {
    const seeded = [...counts].map(([vendor, count]) => this.#seed(vendor, 'cancels', count));
    return inTurns(await Promise.all(seeded));
  }

  async #seedShare(vendor: Vendor, targets: number): Promise<Seeded[]> {
    const all = Math.round(targets * vendor.about.share);
    const others = Object.entries(IN_A_CAMPAIGN).map(
      ([story, share]) => [story as StoryName, Math.ceil(all * share)] as const,
    );
    const rest = others.reduce((left, [, count]) => left - count, all);
    const seeded: Seeded[] = [];
    for (const [story, count] of [...others, ['cancels', rest] as const])
      seeded.push(...(await this.#seed(vendor, story, count)));
    return seeded;
  }

  async #seedSingles(vendor: Vendor): Promise<Seeded[]> {
    const seeded = await Promise.all(SINGLES.map((story) => this.#seed(vendor, story, 1)));
    const { subtasks } = vendor.about;
    if (subtasks !== undefined) seeded.push(await this.#seed(vendor, 'cancels', 2, subtasks));
    return seeded.flat();
  }

  async #seed(
    { definition }: Vendor,
    story: StoryName,
    count: number,
    details: object = {},
  ): Promise<Seeded[]> {
    const { seed }: TaskStory = STORIES[story];
    const provider = definition.id;
    const tasks = await this.simulator.seed({ ...seed, provider, count, details: { ...details } });
    const { name: connection } = definition.simulatedConnection({
      endpoint: '',
      credentials: SIMULATED_CREDENTIALS,
    });
    const seeded = tasks.map(({ id, ids }): Seeded => {
      const pick = (fields: readonly { readonly name: string }[]) =>
        Object.fromEntries(
          fields.flatMap(({ name }) => (ids[name] === undefined ? [] : [[name, ids[name]]])),
        );
      const uri = taskUri({ provider, connection, ids: pick(definition.fields) });
      const hints = new URLSearchParams(pick(definition.hints ?? [])).toString();
      return {
        target: { uri, provider, id, story },
        named: hints === '' ? uri : `${uri}?${hints}`,
      };
    });
    this.all.push(...seeded);
    return seeded;
  }
}

function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) =>
    lists.flatMap((list) => list.slice(place, place + 1)),
  ).flat();
}

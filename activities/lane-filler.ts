import { createHash } from 'node:crypto';
import { LANE_SIZE, LONGEST_TARGET } from '../contract/campaign.js';
import {
  ProviderError,
  type ListedTask,
  type ProviderDefinition,
  type TaskField,
  type TaskIds,
} from '../providers/provider.js';

/** Enough that no two of a hundred thousand tasks are taken for one. */
const HASH_LENGTH = 16;

/** Half a character, which no path can hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Puts tasks into lanes, each of them once. */
export class LaneFiller {
  targets = 0;
  lanes = 0;
  /** Short hashes: a hundred thousand targets are a few megabytes. */
  readonly #known = new Set<string>();
  #paths: string[] = [];

  /** @param load is given a lane's paths. */
  constructor(
    private readonly definition: Pick<ProviderDefinition, 'fields' | 'hints'>,
    private readonly load: (paths: readonly string[]) => Promise<void>,
  ) {}

  /**
   * Whether one of them was new.
   * @throws ProviderError `unrecognized` of an id that no lane can hold. One that is merely wrong is its target's error.
   */
  async take(tasks: readonly ListedTask[]): Promise<boolean> {
    const before = this.#known.size;
    for (const { task } of tasks) {
      const path = this.definition.fields.map((field) => encodeURIComponent(idOf(task, field))).join('/');
      const known = this.#known.size;
      this.#known.add(createHash('sha256').update(path).digest('base64').slice(0, HASH_LENGTH));
      if (this.#known.size === known) continue;
      this.#paths.push(checkedPath(`${path}${this.#hintsOf(task)}`));
      if (this.#paths.length === LANE_SIZE) await this.flush();
    }
    return this.#known.size > before;
  }

  /** Loads what fills no whole lane. */
  async flush(): Promise<void> {
    const paths = this.#paths;
    if (paths.length === 0) return;
    this.#paths = [];
    await this.load(paths);
    this.targets += paths.length;
    this.lanes += 1;
  }

  #hintsOf(task: TaskIds): string {
    const hints = new URLSearchParams();
    for (const field of this.definition.hints ?? [])
      if (task[field.name] !== undefined) hints.set(field.name, idOf(task, field));
    return hints.size === 0 ? '' : `?${hints.toString()}`;
  }
}

function idOf(task: TaskIds, { name, maxLength }: TaskField): string {
  const id = task[name] ?? '';
  if (id.length <= maxLength && !LONE_SURROGATE.test(id)) return id;
  throw unusableId(`The list has a task whose ${name} cannot be one: it has ${id.length} characters.`);
}

/** One character of an id may be nine of its path: a lane would refuse all that is loaded with it. */
function checkedPath(path: string): string {
  if (path.length <= LONGEST_TARGET) return path;
  throw unusableId(
    `The list has a task whose ids no lane can hold: they make a path of ${path.length} characters, and ${LONGEST_TARGET} is the most.`,
  );
}

function unusableId(message: string): ProviderError {
  return new ProviderError('unrecognized', 'UnusableId', message);
}

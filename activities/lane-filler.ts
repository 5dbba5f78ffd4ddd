import { createHash } from 'node:crypto';
import { LANE_SIZE } from '../contract/campaign.js';
import type { ListedTask, ProviderDefinition, TaskIds } from '../providers/provider.js';

/** Enough that no two of a hundred thousand tasks are taken for one. */
const HASH_LENGTH = 16;

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

  /** Whether one of them was new. */
  async take(tasks: readonly ListedTask[]): Promise<boolean> {
    const before = this.#known.size;
    for (const { task } of tasks) {
      const path = this.definition.fields.map(({ name }) => encodeURIComponent(task[name] ?? '')).join('/');
      const known = this.#known.size;
      this.#known.add(createHash('sha256').update(path).digest('base64').slice(0, HASH_LENGTH));
      if (this.#known.size === known) continue;
      this.#paths.push(`${path}${this.#hintsOf(task)}`);
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
    for (const { name } of this.definition.hints ?? []) {
      const hint = task[name];
      if (hint !== undefined) hints.set(name, hint);
    }
    return hints.size === 0 ? '' : `?${hints.toString()}`;
  }
}

import { totalmem } from 'node:os';
import { ConfigError } from '../config/config-error.js';
import { formatMemory } from '../config/memory-size.js';
import { SMALLEST_MEMORY_BYTES } from '../config/worker-settings.js';

/** What a Worker does about its memory: all that follows from a ceiling, or from there being none. */
export interface MemoryPlan {
  /** Of V8, to be set before the Workflows' thread is started. */
  readonly v8Flags: readonly string[];
  readonly cachedWorkflows: number;
  /** Left out: nothing bounds it. */
  readonly ceiling?: MemoryCeiling;
}

/** In bytes of the resident set. */
export interface MemoryCeiling {
  readonly bytes: number;
  /** From here on fewer Activities are begun … */
  readonly holdAtBytes: number;
  /** … until it is back below this. */
  readonly goOnBelowBytes: number;
}

const MIB = 2 ** 20;

/**
 * A campaign leaves much behind for V8's collector, which left to itself lets the heap grow to four times of what is in use, and gives young
 * objects 32 MB in each of a Worker's two heaps.
 */
const COLLECT_SOONER = [
  '--heap-growing-percent=35',
  '--max-semi-space-size=8',
  // The main heap is made before any flag is set, and its young objects would get 16 MB, and 32 with Node 24.
  '--semi-space-growth-factor=1',
];

/**
 * Without a ceiling, and the most with one. Whoever is not in the cache is replayed, and pushes out another: a Worker that has more
 * under way than that has less to give to each, and once behind, stays behind.
 */
const CACHED_WORKFLOWS = 2_000;

export const NO_CEILING: MemoryPlan = { v8Flags: COLLECT_SOONER, cachedWorkflows: CACHED_WORKFLOWS };

/**
 * The plan for a ceiling in bytes: the one that the config names, else the limit of this process's container, else none. Each figure's
 * reason and what was measured: docs/workers.md#memory.
 * @param containerBytes what `process.constrainedMemory()` tells.
 * @throws ConfigError when the container is too small for a Worker, or for what the config names.
 */
export function planMemory(configuredBytes: number | undefined, containerBytes?: number): MemoryPlan {
  const limitBytes = limitOf(containerBytes);
  const bytes = configuredBytes ?? limitBytes;
  if (bytes === undefined) return NO_CEILING;
  if (limitBytes !== undefined && bytes > limitBytes)
    throw new ConfigError(
      `worker.memory is ${formatMemory(bytes)}, and the container's limit is ${formatMemory(limitBytes)}: lower the one, or raise the other.`,
    );
  if (bytes < SMALLEST_MEMORY_BYTES)
    throw new ConfigError(
      `The container's limit of memory is ${formatMemory(bytes)}, and a Worker needs ${formatMemory(SMALLEST_MEMORY_BYTES)}: give it more.`,
    );
  const mib = Math.floor(bytes / MIB);
  return {
    // V8 reads it when a heap is made. The main thread's is: Node has given it half of a container's limit, too.
    v8Flags: [...COLLECT_SOONER, `--max-old-space-size=${Math.floor(mib / 2)}`],
    // An idle Worker has 190 MiB, and a campaign takes 65. A cached cancellation takes up to half a MiB.
    cachedWorkflows: Math.min(CACHED_WORKFLOWS, mib - 256),
    ceiling: { bytes, holdAtBytes: 0.8 * bytes, goOnBelowBytes: 0.75 * bytes },
  };
}

/** Where there is none, cgroups tell a number near 2^63 or 2^64, and other systems 0 or nothing. */
function limitOf(containerBytes: number | undefined): number | undefined {
  return containerBytes !== undefined && containerBytes > 0 && containerBytes < totalmem()
    ? containerBytes
    : undefined;
}

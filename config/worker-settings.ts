import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from '../contract/duration.js';
import { formatMemory, MEMORY_SIZE_FORM, parseMemoryBytes } from './memory-size.js';

const SHORTEST_DRAIN_MS = 1_000;
const LONGEST_DRAIN_MS = 60 * 60_000;

const drainWithin = z
  .string()
  .refine((text) => {
    const ms = parseDurationMs(text) ?? 0;
    return ms >= SHORTEST_DRAIN_MS && ms <= LONGEST_DRAIN_MS;
  }, `must be ${DURATION_FORM}, from 1s to 1h`)
  .default('30s')
  .describe(
    'After SIGINT or SIGTERM a Worker has so long to finish what it is at. Calls to a vendor may take 20s: with less than 21s, one may be cut off.',
  );

/** Below it a Worker that has hardly begun is at its ceiling: docs/workers.md#memory. */
export const SMALLEST_MEMORY_BYTES = 448 * 2 ** 20;

const memory = z
  .string()
  .refine(
    (text) => (parseMemoryBytes(text) ?? 0) >= SMALLEST_MEMORY_BYTES,
    `must be ${MEMORY_SIZE_FORM}, and at least ${formatMemory(SMALLEST_MEMORY_BYTES)}, which is what a Worker needs`,
  )
  .describe(
    'What a Worker may take: its resident set stays below. Left out: the limit of its container, if that has one.',
  );

const healthSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address it listens on.'),
    port: z.int().min(0).max(65_535).describe('0 for any free port.'),
  })
  .describe(
    'Where a Worker says how it is: /healthz while it runs, /readyz while it polls. Left out: it listens on no port.',
  );

/** The server joins the two by a dot or a colon, and names of its own begin with underscores. */
const DEPLOYMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
const BUILD_ID = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,62}$/;

const deploymentName = z
  .string()
  .regex(DEPLOYMENT_NAME, 'must be at most 63 letters, digits, dashes and underscores');
const buildId = z
  .string()
  .regex(BUILD_ID, 'must be at most 63 letters, digits, dots, pluses, dashes and underscores');

export const deploymentSchema = z
  .strictObject({
    name: deploymentName.describe("The Worker Deployment's name; TEMPORAL_DEPLOYMENT_NAME goes before it."),
    buildId: buildId
      .optional()
      .describe(
        "This build's id; TEMPORAL_WORKER_BUILD_ID goes before it. Left out: the version of Quiesce.",
      ),
    oldRuns: z
      .enum(['upgrade', 'stay'])
      .default('upgrade')
      .describe(
        'What becomes of cancellations and campaigns that run when another build becomes the current one: they go on with that (AUTO_UPGRADE), or end with theirs (PINNED), whose Workers must stay for so long.',
      ),
  })
  .describe('Worker Versioning. Left out: none, and every Worker takes all work.');

/** The section `worker` of the config. */
export const workerSchema = z
  .strictObject({
    drainWithin,
    memory: memory.optional(),
    health: healthSchema.optional(),
    deployment: deploymentSchema.optional(),
  })
  .describe('The Workers, `quiesce worker`.');

export type DeploymentSettings = z.output<typeof deploymentSchema>;

export type HealthSettings = z.output<typeof healthSchema>;

export interface WorkerSettings extends Omit<z.output<typeof workerSchema>, 'drainWithin' | 'memory'> {
  readonly drainWithinMs: number;
  readonly memoryBytes?: number;
}

export function toWorkerSettings({
  drainWithin: text,
  memory: size = '',
  ...rest
}: z.output<typeof workerSchema>): WorkerSettings {
  const memoryBytes = parseMemoryBytes(size);
  return {
    ...rest,
    drainWithinMs: parseDurationMs(text) ?? 0,
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
}

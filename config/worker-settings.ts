import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from '../contract/duration.js';

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

const healthSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address it listens on.'),
    port: z.int().min(0).max(65_535).describe('0 for any free port.'),
  })
  .describe(
    'Where a Worker says how it is: /healthz while it runs, /readyz while it polls. Left out: it listens on no port.',
  );

/** The section `worker` of the config. */
export const workerSchema = z
  .strictObject({
    drainWithin,
    health: healthSchema.optional(),
  })
  .describe('The Workers, `quiesce worker`.');

export type HealthSettings = z.output<typeof healthSchema>;

export interface WorkerSettings extends Omit<z.output<typeof workerSchema>, 'drainWithin'> {
  readonly drainWithinMs: number;
}

export function toWorkerSettings({
  drainWithin: text,
  ...rest
}: z.output<typeof workerSchema>): WorkerSettings {
  return { ...rest, drainWithinMs: parseDurationMs(text) ?? 0 };
}

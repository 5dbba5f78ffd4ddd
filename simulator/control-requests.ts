import { z } from 'zod';

const ms = z.number().min(0).max(1e13);
const count = z.int().min(1).max(1_000_000);

const seedState = z.enum(['waiting', 'running', 'canceling', 'canceled', 'completed', 'failed']);

/** What a task does when it is canceled; see docs/simulator.md. */
const onCancel = z.enum([
  'cancel',
  'stuckCanceling',
  'finishFirst',
  'failFirst',
  'alreadyFinished',
  'unsupported',
]);

const delays = z.strictObject({ waitingMs: ms, runningMs: ms, cancelingMs: ms });

/** `POST /_simulator/tasks`. */
export const seedRequest = z
  .strictObject({
    provider: z.string(),
    count: count.optional(),
    ids: z.array(z.string()).min(1).max(1_000_000).optional(),
    state: seedState.optional(),
    endsAs: z.enum(['completed', 'failed']).optional(),
    onCancel: onCancel.optional(),
    word: z.string().min(1).optional(),
    delays: delays.partial().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .refine((seed) => seed.count === undefined || seed.ids === undefined, 'give either "count" or "ids"');

const match = z.strictObject({
  provider: z.string().optional(),
  operation: z.string().optional(),
  taskIds: z.array(z.string()).min(1).optional(),
});

const script = {
  match: match.optional(),
  times: z.union([count, z.literal('always')]).optional(),
  afterCalls: z.int().min(0).optional(),
};
const afterEffect = z.boolean().optional();
const status = z.int().min(200).max(599);

/** `POST /_simulator/faults`. */
export const faultRequest = z.discriminatedUnion('kind', [
  z.strictObject({ ...script, kind: z.literal('throttle'), retryAfterMs: ms.optional() }),
  z.strictObject({
    ...script,
    kind: z.literal('error'),
    afterEffect,
    status: status.optional(),
    code: z.string().min(1).optional(),
    message: z.string().optional(),
    retryAfterMs: ms.optional(),
  }),
  z.strictObject({ ...script, kind: z.literal('html'), afterEffect, status: status.optional() }),
  z.strictObject({ ...script, kind: z.literal('hang'), afterEffect, ms: ms.optional() }),
  z.strictObject({ ...script, kind: z.literal('reset'), afterEffect }),
  z.strictObject({
    ...script,
    kind: z.literal('malformed'),
    body: z.enum(['truncated', 'wrongTypes', 'empty']),
  }),
  z.strictObject({ ...script, kind: z.literal('latency'), afterEffect, ms }),
]);

/** The query of `DELETE /_simulator/faults`. */
export const faultsQuery = z.strictObject({ id: z.coerce.number().int().min(1).optional() });

/** A token bucket, or a window: at most so many calls in any stretch of so long. */
const quota = z.union(
  [
    z.strictObject({ perSecond: z.number().positive().max(1e6), burst: count }),
    z.strictObject({ calls: count, perMs: z.number().positive().max(1e13) }),
  ],
  { error: 'must be { perSecond, burst } or { calls, perMs }' },
);

/** `PUT /_simulator/settings`; what is left out stays as it is. */
export const settingsRequest = z.strictObject({
  provider: z.string(),
  delays: delays.partial().optional(),
  refreshMs: ms.optional(),
  latencyMs: ms.optional(),
  quotas: z.record(z.string(), quota.nullable()).optional(),
  switches: z.record(z.string(), z.unknown()).optional(),
});

/** `POST /_simulator/clock`. */
export const clockRequest = z.strictObject({
  advanceMs: ms.default(0),
  skewMs: z.number().min(-1e13).max(1e13).default(0),
});

const whole = z.coerce.number().int().min(0);

/** The query of `GET /_simulator/calls`. */
export const callsQuery = z.strictObject({
  after: whole.default(0),
  limit: whole.max(100_000).default(1_000),
  provider: z.string().optional(),
  operation: z.string().optional(),
  taskId: z.string().optional(),
});

/** The query of `GET /_simulator/tasks`. */
export const tasksQuery = z.strictObject({
  provider: z.string().optional(),
  id: z.string().optional(),
  offset: whole.default(0),
  limit: whole.max(100_000).default(10_000),
});

export type SeedState = z.output<typeof seedState>;
export type OnCancel = z.output<typeof onCancel>;
export type SeedRequest = z.output<typeof seedRequest>;
export type FaultRequest = z.output<typeof faultRequest>;
export type FaultKind = FaultRequest['kind'];
export type Quota = z.output<typeof quota>;
export type SettingsRequest = z.output<typeof settingsRequest>;
export type CallsQuery = Partial<z.output<typeof callsQuery>>;
export type TasksQuery = Partial<z.output<typeof tasksQuery>>;

import { z } from 'zod';
import { DURATION_FORM, formatDuration, parseDurationMs } from '../contract/duration.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { ProviderDefinition } from '../providers/provider.js';
import { NOT_LIKE_A_KEY } from '../providers/secret-ref.js';
import { callbacksSchema } from './callback-settings.js';
import { apiSchema } from './api-settings.js';
import { metricsSchema } from './metrics-settings.js';
import { workerSchema } from './worker-settings.js';

const SHORTEST_POLL_MS = 10;

/** A connection's name is part of Workflow ids, and is typed by people. */
export const CONNECTION_NAME = new RegExp(`^${NOT_LIKE_A_KEY}[a-z0-9][a-z0-9._-]{0,62}$`);

const pollEvery = z
  .string()
  .refine(
    (text) => (parseDurationMs(text) ?? 0) >= SHORTEST_POLL_MS,
    `must be ${DURATION_FORM}, and at least ${SHORTEST_POLL_MS}ms`,
  )
  .describe(
    "How often a task's state is looked at, for example 30s. Left out: the provider's own pacing, which fits the real cloud.",
  );

const quota = z
  .strictObject(
    {
      calls: z.int('must be a whole number').min(1, 'must be at least 1').describe('At most so many calls …'),
      per: z
        .string(`must be ${DURATION_FORM}`)
        .refine((text) => (parseDurationMs(text) ?? 0) > 0, `must be ${DURATION_FORM}`)
        .describe('… in any stretch of so long, for example 1m.'),
    },
    'must be calls and per, such as { calls: 60, per: 1m }, or null for no limit',
  )
  .nullable();

/** Instead of the vendor's documented quotas, by the names of the provider's operations. */
function quotasSchema({ operations }: ProviderDefinition) {
  const fields = Object.entries(operations).map(([name, known]) => {
    const standard = known === null ? 'no limit' : `${known.calls} calls in ${formatDuration(known.perMs)}`;
    return [name, quota.optional().describe(`Left out: ${standard}. null lifts it.`)] as const;
  });
  return z
    .strictObject(Object.fromEntries(fields), `must be one of ${Object.keys(operations).join(', ')}`)
    .describe(
      "This account's quotas where they differ from what the vendor documents, by operation; all Workers share them.",
    );
}

export type QuotaSettings = z.output<ReturnType<typeof quotasSchema>>;

/** The schema of one provider's connections: its own settings, and those that every connection has. */
export function connectionSchema(definition: ProviderDefinition) {
  return z
    .strictObject({
      provider: z.literal(definition.id).describe(definition.title),
      pollEvery: pollEvery.optional(),
      quotas: quotasSchema(definition).optional(),
      ...definition.settings.shape,
    })
    .describe(`A connection to one account and region: ${definition.title}.`);
}

/** The whole file, for editors; loading validates connection by connection, for better messages. */
export function configSchema() {
  const [first, ...others] = ALL_PROVIDERS.map(connectionSchema);
  const connection =
    first === undefined || others.length === 0 ? (first ?? z.never()) : z.union([first, ...others]);
  return z
    .strictObject({
      connections: z
        .record(z.string().regex(CONNECTION_NAME), connection)
        .describe('Connections by name. One account and region is one connection.'),
      callbacks: callbacksSchema.optional(),
      api: apiSchema.optional(),
      metrics: metricsSchema.optional(),
      worker: workerSchema.optional(),
    })
    .describe('quiesce.config.yaml');
}

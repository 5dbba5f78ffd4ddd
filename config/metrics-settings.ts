import { z } from 'zod';

/** The section `metrics` of the config: where each Worker shows its metrics. */
export const metricsSchema = z
  .strictObject({
    host: z
      .union([z.ipv4(), z.ipv6()], 'must be an IP address, such as 127.0.0.1 or 0.0.0.0')
      .default('127.0.0.1')
      .describe('The IP address it listens on.'),
    port: z.int().min(1).max(65_535).default(9464).describe('Each Worker of one machine needs its own.'),
  })
  .describe(
    'Where each Worker shows its metrics to Prometheus, at /metrics, to whoever reaches the address. Left out: nowhere.',
  );

export type MetricsSettings = z.output<typeof metricsSchema>;

import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import type { Api } from './api.js';

export type Metrics = Registry;

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** Counts and times every request; the answer is what `/metrics` shows. */
export function measure(app: Api): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const registers = [registry];
  const requests = new Counter({
    name: 'quiesce_api_requests_total',
    help: 'Requests answered.',
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: 'quiesce_api_request_duration_seconds',
    help: 'From the head of a request to the end of its answer; a long poll takes as long as it waits.',
    labelNames,
    registers,
    buckets: BUCKETS_S,
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const labels = { method, route: labelOf(routeOptions.url), status: String(reply.statusCode) };
    requests.inc(labels);
    durations.observe(labels, reply.elapsedTime / 1_000);
  });
  return registry;
}

/** A route's pattern and never an address: there is no end to those. */
function labelOf(pattern: string | undefined): string {
  return pattern === undefined ? 'none' : pattern.replaceAll(/\([^)]*\)/g, '').replaceAll('::', ':');
}

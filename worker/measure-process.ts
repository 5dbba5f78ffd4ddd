import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricMeter } from '@temporalio/common';
import type { MemoryCeiling } from './plan-memory.js';

const EVERY_MS = 5_000;
const NANOS = 1e9;

/** Measures this process every few seconds, until it is stopped: the SDK's metrics tell nothing of its memory. */
export function measureProcess(meter: MetricMeter, ceiling?: MemoryCeiling): { stop(): void } {
  const memory = meter.createGauge(
    'quiesce_worker_resident_memory_bytes',
    'float',
    'bytes',
    'The resident set.',
  );
  // Shown by a Worker that has one: without it no alert goes by it.
  const ceilingGauge =
    ceiling &&
    meter.createGauge(
      'quiesce_worker_memory_ceiling_bytes',
      'float',
      'bytes',
      'What the resident set stays below.',
    );
  const heap = meter.createGauge('quiesce_worker_heap_used_bytes', 'float', 'bytes', 'JavaScript objects.');
  const cpu = meter.createCounter('quiesce_worker_cpu_milliseconds', '', 'Time on a processor.');
  const lag = meter.createGauge(
    'quiesce_worker_event_loop_lag_seconds',
    'float',
    'seconds',
    'By how much timers were late, 99 % of them at most, in the last five seconds.',
  );
  const delays = monitorEventLoopDelay({ resolution: 20 });
  let before = process.cpuUsage();
  delays.enable();
  const measure = () => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    memory.set(rss);
    ceilingGauge?.set(ceiling?.bytes ?? 0);
    heap.set(heapUsed);
    cpu.add(Math.round((user + system) / 1_000));
    lag.set(delays.percentile(99) / NANOS);
    delays.reset();
  };
  measure();
  const timer = setInterval(measure, EVERY_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      delays.disable();
    },
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationHandle } from './cancellation-handle.js';
import type { CancellationStatus } from './types.js';

const DEFAULT_EVERY_MS = 1_000;

export interface WatchOptions {
  /** How often it is looked at, in milliseconds; 1,000. The end is told at once whatever this says. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/** The statuses of a cancellation as they change, to its end. */
export async function* watchStatus(
  handle: CancellationHandle,
  { everyMs = DEFAULT_EVERY_MS, signal }: WatchOptions,
): AsyncGenerator<CancellationStatus> {
  let told = '';
  let over: Promise<void> | undefined;
  while (signal?.aborted !== true) {
    const status = await handle.status();
    const text = JSON.stringify(status);
    if (text !== told) yield status;
    told = text;
    if (status.workflowStatus !== 'RUNNING') return;
    // However it ends, the next status tells how.
    over ??= handle.verdict().then(
      () => undefined,
      () => undefined,
    );
    const pause = new AbortController();
    const stop = signal === undefined ? pause.signal : AbortSignal.any([signal, pause.signal]);
    await Promise.race([over, sleep(everyMs, undefined, { signal: stop }).catch(() => undefined)]);
    pause.abort();
  }
}

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
  let isOver = false;
  while (signal?.aborted !== true) {
    const status = await handle.status();
    const text = JSON.stringify(status);
    if (text !== told) yield status;
    told = text;
    if (status.closedAt !== undefined) return;
    // However it ends, the next status tells how. Where that says it goes on, waiting for the end was lost: only looking is left.
    if (isOver) over = new Promise(() => {});
    const ended = () => void (isOver = true);
    over ??= handle.verdict().then(ended, ended);
    const pause = new AbortController();
    const stop = signal === undefined ? pause.signal : AbortSignal.any([signal, pause.signal]);
    await Promise.race([over, sleep(everyMs, undefined, { signal: stop }).catch(() => undefined)]);
    pause.abort();
  }
}

import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { formatDuration } from '../../contract/duration.js';
import { FoundProblem } from './finding.js';

/** Clocks that are kept differ by less than a second; vendors refuse signatures from five minutes on, and callbacks are old by then. */
const LONGEST_SKEW_MS = 30_000;
const MEND = `Let this machine, ${hostname()}, take its time from the network (NTP).`;

/** @throws FoundProblem when the other clock is off by more than clocks that are kept are. */
export function tellSkew(whose: string, aheadMs: number): string {
  const off = formatDuration(Math.abs(aheadMs));
  if (Math.abs(aheadMs) <= LONGEST_SKEW_MS)
    return `This machine's clock and that of ${whose} are less than ${formatDuration(LONGEST_SKEW_MS)} apart.`;
  throw new FoundProblem(
    `This machine's clock is ${off} ${aheadMs > 0 ? 'behind' : 'ahead of'} that of ${whose}.`,
    MEND,
  );
}

/** A Task Queue of its own, so that nobody's work is taken. */
const TASK_QUEUE = 'quiesce-doctor';
const ACTIVITIES = 2;
const ANSWER_WITHIN_MS = 4_000;
const ASK_EVERY_MS = 50;

/**
 * By how many milliseconds Temporal's clock is ahead of ours, to within the time of a call. No call tells the server's time, but
 * it notes when a Task Queue was last polled: this polls one that nobody uses, and asks for that.
 */
export async function temporalAheadMs(client: Client): Promise<number> {
  const { workflowService, options } = client;
  const { namespace } = options;
  const taskQueue = { name: TASK_QUEUE };
  const identity = `quiesce doctor ${randomUUID()}`;
  const polledAtMs = Date.now();
  const ask = <T>(call: () => Promise<T>) => client.withDeadline(polledAtMs + ANSWER_WITHIN_MS, call);
  const polled = ask(() => workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity }));
  const isOver = polled.then(() => true).catch(() => true);
  for (;;) {
    const { pollers } = await ask(() =>
      workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: ACTIVITIES }),
    );
    const at = (pollers ?? []).find((poller) => poller.identity === identity)?.lastAccessTime;
    if (at) return Number(at.seconds ?? 0) * 1_000 + (at.nanos ?? 0) / 1e6 - polledAtMs;
    await Promise.race([isOver, sleep(ASK_EVERY_MS)]);
  }
}

/** What undici tells of each answer: https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
interface HeadersMessage {
  readonly request: { readonly origin?: string | URL; readonly method: string };
  readonly response: { readonly headers: readonly Uint8Array[] };
}
const ANSWERS = 'undici:request:headers';

/** By how many milliseconds each host's clock is ahead of ours, to within two seconds, by the `Date` of its answers while `work` goes on. */
export async function hostsAheadMs(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const aheadMs = new Map<string, number>();
  const note = (message: unknown) => {
    const { request, response } = message as HeadersMessage;
    const serverMs = Date.parse(headerOf(response.headers, 'date') ?? '');
    // A proxy that is asked for a connection tells its own time.
    if (request.method === 'CONNECT' || request.origin === undefined || Number.isNaN(serverMs)) return;
    aheadMs.set(new URL(request.origin).host, serverMs - Date.now());
  };
  subscribe(ANSWERS, note);
  try {
    await work();
  } finally {
    unsubscribe(ANSWERS, note);
  }
  return aheadMs;
}

/** Names and values take turns. */
function headerOf(headers: readonly Uint8Array[], wanted: string): string | undefined {
  const texts = headers.map((each) => Buffer.from(each).toString('latin1'));
  const place = texts.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === wanted);
  return place === -1 ? undefined : texts[place + 1];
}

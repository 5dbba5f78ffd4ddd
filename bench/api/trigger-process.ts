import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { asChild } from '../processes/as-child.js';

export interface TriggerInput {
  /** Where the service listens. */
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sends each request with a key of its own. */
  readonly keyed: boolean;
  readonly perSecond: number;
  readonly seconds: number;
  /** All of a second at once, instead of one after the other. */
  readonly bursts: boolean;
  readonly connections: number;
  /** Eight hex digits; tells the tasks of one run from those of another. */
  readonly run: string;
}

/** What became of one request. */
export interface Triggered {
  readonly status: number;
  /** From when it was due, not from when it could be sent: what waits for a slow answer is late, too. */
  readonly latencyMs: number;
  readonly workflowId?: string;
}

export interface TriggerResult {
  /** In the order in which they were due. */
  readonly requests: readonly Triggered[];
  /** How late this process itself was with the latest of them. */
  readonly latestSendMs: number;
}

const NOT_ANSWERED = 0;

/** Asks for a cancellation of task after task, on a schedule that no answer changes. */
await asChild(async (input: TriggerInput) => {
  const pool = new Pool(input.origin, { connections: input.connections, pipelining: 1 });
  return async (): Promise<TriggerResult> => {
    const requests: Promise<Triggered>[] = [];
    const startedAt = performance.now();
    let latestSendMs = 0;
    for (let number = 0; number < input.perSecond * input.seconds; number++) {
      const dueAt = startedAt + dueAfterMs(number, input);
      while (performance.now() < dueAt) await sleep(dueAt - performance.now());
      latestSendMs = Math.max(latestSendMs, performance.now() - dueAt);
      requests.push(trigger(pool, input, { number, dueAt }));
    }
    return { requests: await Promise.all(requests), latestSendMs };
  };
});

function dueAfterMs(number: number, { perSecond, bursts }: TriggerInput): number {
  return bursts ? Math.floor(number / perSecond) * 1_000 : (number * 1_000) / perSecond;
}

async function trigger(
  pool: Pool,
  { path, headers, keyed, run }: TriggerInput,
  { number, dueAt }: { readonly number: number; readonly dueAt: number },
): Promise<Triggered> {
  const task = `aws-fsx://bench/task-${run}${number.toString(16).padStart(9, '0')}`;
  try {
    const { statusCode: status, body } = await pool.request({
      method: 'POST',
      path,
      headers: { ...headers, ...(keyed && { 'idempotency-key': `${run}-${number}` }) },
      body: JSON.stringify({ task, reason: 'bench' }),
    });
    const { workflowId } = (await body.json()) as { readonly workflowId?: string };
    return { status, latencyMs: performance.now() - dueAt, ...(workflowId !== undefined && { workflowId }) };
  } catch {
    return { status: NOT_ANSWERED, latencyMs: performance.now() - dueAt };
  }
}

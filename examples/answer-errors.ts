// What went wrong, and what a service can do about it: here as HTTP statuses.
import {
  CancellationFailedError,
  InvalidTaskError,
  NotSetUpError,
  Quiesce,
  TemporalConfigError,
  TemporalUnreachableError,
} from 'quiesce/client';

const [task = ''] = process.argv.slice(2);

/** Cancels a task and waits; the answer is what a caller of a service would get. */
async function cancel(): Promise<{ status: number; text: string }> {
  try {
    const quiesce = await Quiesce.connect();
    try {
      const cancellation = await quiesce.cancel(task, { deadlineAfterMs: 60_000 });
      return { status: 200, text: (await cancellation.verdict()).verdict };
    } finally {
      await quiesce.close();
    }
  } catch (thrown) {
    return answerTo(thrown);
  }
}

function answerTo(thrown: unknown): { status: number; text: string } {
  // The caller's mistake; the message says what a task looks like.
  if (thrown instanceof InvalidTaskError) return { status: 400, text: thrown.message };
  // Ended without a verdict: its failure type says why, for example Provider.denied or UnknownConnection.
  if (thrown instanceof CancellationFailedError)
    return { status: 502, text: `${thrown.failureType}: ${thrown.message}` };
  // To be tried again later: the same task is the same cancellation, so that nothing is done twice.
  if (thrown instanceof TemporalUnreachableError) return { status: 503, text: thrown.message };
  // For whoever runs the service.
  if (thrown instanceof TemporalConfigError || thrown instanceof NotSetUpError)
    return { status: 500, text: thrown.message };
  throw thrown;
}

const { status, text } = await cancel();
console.log(status, text);

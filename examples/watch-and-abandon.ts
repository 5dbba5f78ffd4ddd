// Tells how a cancellation goes, and gives up waiting after so many milliseconds.
import { CancellationEndedError, Quiesce } from 'quiesce/client';

const [task = '', patienceMs = '600000'] = process.argv.slice(2);

const quiesce = await Quiesce.connect();
try {
  const cancellation = await quiesce.cancel(task);

  const patience = AbortSignal.timeout(Number(patienceMs));
  for await (const { phase, progress, pending, result } of cancellation.watch({ signal: patience })) {
    // While it waits for the end, the last failure of the pending step is the cloud's last word.
    const seen = result?.evidence.lastState ?? pending?.lastFailure?.message;
    console.log(`${phase}: ${seen ?? progress?.observation?.rawState ?? 'not seen yet'}`);
  }

  if (patience.aborted) {
    const request = { by: 'import-service', reason: 'nobody waits for it any longer' };
    await cancellation.abandon(request).catch((thrown: unknown) => {
      if (!(thrown instanceof CancellationEndedError)) throw thrown; // It has ended just now.
    });
  }
  const { verdict, evidence } = await cancellation.verdict();
  console.log(`ended as ${verdict}${evidence.givenUp ? ` (${evidence.givenUp.reason})` : ''}`);
} finally {
  await quiesce.close();
}

// Cancels one task and waits for the proof of its end, for example of aws-fsx://fsx-prod/task-0123456789abcdef0.
import { Quiesce } from 'quiesce/client';

const [task = ''] = process.argv.slice(2);

const quiesce = await Quiesce.connect();
try {
  const cancellation = await quiesce.cancel(task, {
    reason: 'wrong bucket',
    requestedBy: 'import-service',
    deadlineAfterMs: 2 * 60 * 60_000,
  });
  console.log(cancellation.attached ? 'it is being canceled already' : `started ${cancellation.id}`);

  const { verdict, evidence } = await cancellation.verdict();
  console.log(`${verdict}, the cloud says ${evidence.lastState} (asked ${evidence.asks} times)`);
  // Only these are proofs of an end: of an unproven one, the task may still run.
  if (!['canceled', 'completed', 'failed', 'deleted'].includes(verdict)) process.exitCode = 1;
} finally {
  await quiesce.close();
}

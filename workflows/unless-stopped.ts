import { ActivityFailure, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { CampaignLedger } from './campaign-ledger.js';

/** Runs Activities that are cancelled once asking is over for good; undefined when they then have no result. */
export async function unlessStopped<T>(
  ledger: CampaignLedger,
  run: () => Promise<T>,
): Promise<T | undefined> {
  const isOver = () => ledger.stopping !== undefined;
  const scope = new CancellationScope();
  const running = scope.run(run);
  scope
    .run(() => condition(isOver))
    .then(
      () => scope.cancel(),
      () => {}, // `run` was done first.
    );
  try {
    return await running;
  } catch (thrown) {
    if (isOver() && (thrown instanceof ActivityFailure || isCancellation(thrown))) return undefined;
    throw thrown;
  } finally {
    scope.cancel();
  }
}

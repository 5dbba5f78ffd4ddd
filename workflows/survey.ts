import { ActivityCancellationType, ActivityFailure, proxyActivities, rootCause } from '@temporalio/workflow';
import type { EstimateActivities } from '../activities/estimate-activities.js';
import type { Estimate, Plan } from '../contract/campaign.js';
import type { Survey } from '../contract/campaign-lane.js';
import { campaignWorkflowId } from '../contract/names.js';
import type { Campaign } from './campaign.js';
import { byConnection, countStates, keepProblems } from './campaign-ledger.js';
import { unlessStopped } from './unless-stopped.js';

const { estimateCalls } = proxyActivities<EstimateActivities>({
  startToCloseTimeout: '1 minute',
  // A plan is worth more than what it costs.
  scheduleToCloseTimeout: '3 minutes',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  summary: 'estimate calls and duration',
});

/** Has every lane look at its targets, and makes the plan of it; how many are no longer as the survey before saw them. */
export async function survey(campaign: Campaign): Promise<number> {
  const { ledger } = campaign;
  for (const entry of campaign.lanes) delete entry.orders;
  ledger.isSurveying = true;
  campaign.enter('planning');
  const isDone = () =>
    ledger.stopping !== undefined ||
    campaign.lanes.every(
      ({ hasEnded, orders, report }) => hasEnded === true || isSurveyed(orders?.number, report),
    );
  await campaign.until(isDone);
  ledger.isSurveying = false;
  if (ledger.stopping !== undefined) return 0;
  const surveys = campaign.lanes.flatMap(({ report }) => report.survey ?? []);
  const sum = (of: keyof Survey) => surveys.reduce((before, each) => before + each[of], 0);
  const isSecond = ledger.plan !== undefined;
  const plan: Omit<Plan, 'estimates'> = {
    surveyedAtMs: Date.now(),
    wouldCancel: sum('wouldCancel'),
    hasEnded: sum('hasEnded'),
    isCanceling: sum('isCanceling'),
    notFound: sum('notFound'),
    wouldBeRefused: sum('wouldBeRefused'),
    protected: sum('protected') + protectedBefore(campaign),
    unknown: sum('unknown'),
    ...(isSecond && { drifted: sum('drifted') }),
  };
  ledger.plan = { ...plan, estimates: await estimates(campaign) };
  campaign.changed();
  return sum('drifted');
}

/** Lanes of which all is protected have ended before anybody could survey them. */
function protectedBefore({ lanes }: Campaign): number {
  return countStates(lanes.filter(({ report }) => report.survey === undefined)).protected ?? 0;
}

/** None when they cannot be made: that is noted, and a plan has to do without. */
async function estimates(campaign: Campaign): Promise<readonly Estimate[]> {
  const { ledger, id } = campaign;
  try {
    const made = await unlessStopped(ledger, () => estimateCalls({ connections: loads(campaign) }));
    return made ?? [];
  } catch (thrown) {
    if (!(thrown instanceof ActivityFailure)) throw thrown;
    const message = `The plan has no estimates: ${rootCause(thrown) ?? thrown.message}`.slice(0, 300);
    const subject = campaignWorkflowId(id);
    keepProblems(ledger, [{ subject, code: 'NotEstimated', message, atMs: Date.now() }]);
    return [];
  }
}

function isSurveyed(number: number | undefined, { surveyed }: { readonly surveyed?: number }): boolean {
  return number !== undefined && surveyed === number;
}

/** What is to be asked and proven on each connection. */
function loads({ ledger }: Campaign) {
  return byConnection(ledger).map(({ connection, provider, lanes }) => {
    const add = (of: (survey: Survey) => number) =>
      lanes.reduce((sum, { report }) => sum + (report.survey === undefined ? 0 : of(report.survey)), 0);
    return {
      connection,
      provider,
      toAsk: add(({ wouldCancel }) => wouldCancel),
      toProve: add(({ wouldCancel, isCanceling }) => wouldCancel + isCanceling),
    };
  });
}

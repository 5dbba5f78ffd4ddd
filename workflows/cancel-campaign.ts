import { allHandlersFinished, CancellationScope, condition, sleep, workflowInfo } from '@temporalio/workflow';
import {
  DEFAULT_MAX_DRIFT,
  PLAN_EXPIRES_AFTER_MS,
  type CampaignEnd,
  type CampaignInput,
  type CampaignResult,
} from '../contract/campaign.js';
import { Callbacks } from './callbacks.js';
import { Campaign } from './campaign.js';
import { countFailures, countTargets, mostFailures, wavesOf } from './campaign-ledger.js';
import { isWaveDone } from './campaign-orders.js';
import { toCampaignResult } from './campaign-progress.js';
import { asksNoMore, handleRequests, type Requests } from './campaign-requests.js';
import { checkedCampaignInput } from './checked-campaign-input.js';
import { gather } from './gather.js';
import { invalid } from './invalid.js';
import { rethrowUnlessCancelled } from './rethrow-unless-cancelled.js';
import { survey } from './survey.js';

const LONGEST_NOTE = 2_000;

/**
 * Cancels many remote tasks and proves how each ended: gathers them in lanes, plans, asks in waves, and waits for every lane.
 *
 * It orders its lanes about by Signals and hears from them by Signals; targets never pass through its own history.
 * Temporal's own cancel is an abort: what was asked is proven.
 */
export async function cancelCampaign(given: CampaignInput): Promise<CampaignResult> {
  const campaign = new Campaign(checkedCampaignInput(given, workflowInfo().workflowId));
  const callbacks = new Callbacks(campaign.input.callbackUrl);
  const requests = handleRequests(campaign);
  campaign.changed();
  void abortWhenCancelled(campaign);

  await CancellationScope.nonCancellable(async () => {
    const end = (await prepare(campaign, requests)) ?? (await run(campaign, requests));
    campaign.ledger.isSurveying = false;
    campaign.enter('proving');
    await campaign.until(() => campaign.haveLanesEnded);
    campaign.end = end;
    campaign.endedAtMs = Date.now();
    campaign.enter('ended');
    requests.start?.settle(invalid('The campaign has ended.'));
    await condition(allHandlersFinished);
  });
  const result = toCampaignResult(campaign);
  await callbacks.tell({ type: 'campaign.ended', timestamp: result.endedAt, data: toTold(result) });
  return result;
}

/** A callback is small; a note quotes whoever stopped the campaign, who may say much. */
function toTold(result: CampaignResult): CampaignResult {
  return { ...result, ...(result.note !== undefined && { note: result.note.slice(0, LONGEST_NOTE) }) };
}

/** Until it may ask; an end, when it never will. */
async function prepare(campaign: Campaign, requests: Requests): Promise<CampaignEnd | undefined> {
  const { ledger, input } = campaign;
  const refusal = await gather(campaign, requests);
  if (refusal !== undefined) {
    for (const entry of ledger.lanes) entry.isDiscarded = true;
    return discard(campaign, ledger.stopping?.end ?? 'refused', refusal);
  }
  if (input.startAtOnce === true) return undefined;
  await survey(campaign);
  const expiresAtMs = Date.now() + PLAN_EXPIRES_AFTER_MS;
  while (ledger.stopping === undefined) {
    campaign.enter('planned');
    const { start } = requests;
    if (start !== undefined) {
      const drifted = await survey(campaign);
      delete requests.start;
      if (ledger.stopping !== undefined) {
        start.settle(asksNoMore(ledger.stopping));
        break;
      }
      const mostDrifted = (ledger.options.maxDrift ?? DEFAULT_MAX_DRIFT) * countTargets(campaign.lanes);
      if (drifted <= mostDrifted) {
        start.settle();
        return undefined;
      }
      start.settle(tooMuchDrift(drifted, mostDrifted));
    } else if (!(await campaign.change(expiresAtMs - Date.now()))) {
      return discard(campaign, 'expired', 'Nobody started it in a day.');
    }
  }
  return undefined;
}

/** Asks, wave by wave, until all are asked or asking is over for good. */
async function run(campaign: Campaign, requests: Requests): Promise<CampaignEnd> {
  const { ledger } = campaign;
  const deadline = new CancellationScope();
  if (ledger.stopping === undefined) {
    ledger.startedAtMs = Date.now();
    void deadline.run(() => watchDeadline(campaign)).catch(rethrowUnlessCancelled);
  }
  const waves = wavesOf(ledger).length;
  while (ledger.stopping === undefined) {
    campaign.enter(ledger.isPaused ? 'paused' : 'running');
    await campaign.sendOrders();
    if (campaign.haveLanesEnded) break;
    if (isWaveDone(ledger) && ledger.wave < waves - 1) {
      await betweenWaves(campaign, requests);
      ledger.wave += 1;
      campaign.changed();
    } else {
      await campaign.change();
    }
    stopOnErrors(campaign);
  }
  deadline.cancel();
  if (ledger.stopping !== undefined) campaign.enter('stopping');
  return ledger.stopping?.end ?? 'done';
}

/** One timer: a wait with a timeout of its own would add one for every report. */
async function watchDeadline(campaign: Campaign): Promise<void> {
  await sleep(campaign.ledger.options.deadlineAfterMs ?? 0, { summary: 'deadline' });
  campaign.ledger.stopping ??= { end: 'out-of-time', note: 'The deadline came before the end.' };
  campaign.changed();
}

async function betweenWaves(campaign: Campaign, requests: Requests): Promise<void> {
  const { ledger } = campaign;
  const { pauseBetweenWavesMs = 0, approveEachWave = false } = ledger.options;
  requests.isWaveApproved = false;
  if (approveEachWave) campaign.enter('waiting-for-approval');
  const isOver = () => ledger.stopping !== undefined;
  if (approveEachWave) return condition(() => requests.isWaveApproved || isOver());
  if (pauseBetweenWavesMs <= 0) return;
  ledger.nextWaveAtMs = Date.now() + pauseBetweenWavesMs;
  campaign.changed();
  await condition(isOver, pauseBetweenWavesMs, { summary: 'pause between waves' });
  delete ledger.nextWaveAtMs;
}

function stopOnErrors({ ledger }: Campaign): void {
  const most = mostFailures(ledger);
  const failures = countFailures(ledger);
  if (most === undefined || failures <= most) return;
  const note = `Asking was stopped: ${failures} targets were refused or failed, and ${most} were allowed.`;
  ledger.stopping ??= { end: 'stopped-by-errors', note };
}

/** It never asked: its targets are left alone. */
function discard({ ledger }: Campaign, end: CampaignEnd, note: string): CampaignEnd {
  ledger.note = note;
  ledger.stopping ??= { end: 'aborted', note };
  return end;
}

async function abortWhenCancelled(campaign: Campaign): Promise<void> {
  try {
    await CancellationScope.current().cancelRequested;
  } catch (thrown) {
    rethrowUnlessCancelled(thrown);
    campaign.ledger.stopping ??= { end: 'aborted', note: 'Aborted by Temporal’s own cancel.' };
    campaign.changed();
  }
}

function tooMuchDrift(drifted: number, most: number): Error {
  return invalid(
    `${drifted} of the targets ${drifted === 1 ? 'is' : 'are'} no longer as the plan saw ${drifted === 1 ? 'it' : 'them'}, and ${Math.floor(most)} may have changed: look at the new plan, and start it again.`,
  );
}

import { workflowInfo } from '@temporalio/workflow';
import type { Amount, CampaignInput } from '../contract/campaign.js';
import { LONGEST_DEADLINE_AFTER_MS } from '../contract/cancellation.js';
import { invalid } from './campaign.js';

const LONGEST_REASON = 2_000;
const MOST_PROTECTED = 1_000;

/**
 * The input of a campaign that can be carried out. Clients check it, too; this is for those started with Temporal alone.
 * @throws ApplicationFailure `InvalidInput`.
 */
export function checkedCampaignInput(input: CampaignInput): CampaignInput {
  const { workflowId } = workflowInfo();
  if (!/^campaign\/[^/]+$/.test(workflowId))
    throw invalid('The Workflow id of a campaign must be campaign/<id>.');
  const { reason, selectors, options = {} } = input ?? {};
  if (typeof reason !== 'string' || reason.trim() === '') throw invalid('reason must say why.');
  if (selectors !== undefined && !(Array.isArray(selectors) && selectors.length > 0))
    throw invalid('selectors must hold at least one selector, or be left out.');
  const {
    deadlineAfterMs,
    maxTargets,
    maxDrift,
    callsPerSecond,
    errorThreshold,
    waves = [],
    protect = [],
  } = options;
  check(
    deadlineAfterMs,
    'deadlineAfterMs',
    (value) => value > 0 && value <= LONGEST_DEADLINE_AFTER_MS,
    'from 1 to a year',
  );
  check(maxTargets, 'maxTargets', (value) => value >= 1, 'of at least 1');
  check(maxDrift, 'maxDrift', (value) => value >= 0 && value <= 1, 'from 0 to 1');
  check(callsPerSecond, 'callsPerSecond', (value) => value > 0, 'above 0');
  if (!Array.isArray(protect) || protect.length > MOST_PROTECTED)
    throw invalid(`protect must be a list of at most ${MOST_PROTECTED}.`);
  if (errorThreshold !== undefined) checkAmount(errorThreshold, 'errorThreshold');
  for (const wave of waves) checkAmount(wave, 'each of waves');
  return { ...input, reason: reason.slice(0, LONGEST_REASON) };
}

function check(
  value: number | undefined,
  name: string,
  fits: (value: number) => boolean,
  what: string,
): void {
  if (value === undefined || (typeof value === 'number' && fits(value))) return;
  throw invalid(`${name} must be a number ${what}.`);
}

function checkAmount(amount: Amount, name: string): void {
  const value = 'count' in amount ? amount.count : amount.share;
  const fits = typeof value === 'number' && ('count' in amount ? value >= 0 : value >= 0 && value <= 1);
  if (!fits) throw invalid(`${name} must be { count } or { share } from 0 to 1.`);
}

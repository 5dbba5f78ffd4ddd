import { workflowInfo } from '@temporalio/workflow';
import type { CampaignInput, CampaignOptions } from '../contract/campaign.js';
import {
  LONGEST_DEADLINE_AFTER_MS,
  ON_RUNNING_SUBTASKS,
  type OnRunningSubtasks,
} from '../contract/cancellation.js';
import { isRecord, isText, must, withoutNulls } from './checks.js';

const LONGEST_REASON = 2_000;
const LONGEST_NAME = 200;
/** It is copied into the start of every lane: that of two hundred must stay below 2 MB. */
const MOST_PROTECT_CHARACTERS = 8_000;
const MOST_WAVES = 100;
const MOST_SELECTORS = 100;
/** Slower is not running. */
export const LEAST_CALLS_PER_SECOND = 0.001;

/**
 * The input of a campaign that can be carried out. Clients check it, too; this is for those started with Temporal alone.
 * @throws ApplicationFailure `InvalidInput`, so that the Workflow fails instead of its Workflow Task retrying for ever.
 */
export function checkedCampaignInput(given: CampaignInput | null | undefined): CampaignInput {
  const { workflowId } = workflowInfo();
  must(/^campaign\/[^/]+$/.test(workflowId), 'The Workflow id of a campaign must be campaign/<id>.');
  must(isRecord(given), 'The input must be an object with a reason.');
  const { options, selectors, ...input } = withoutNulls(given) as unknown as CampaignInput;
  const { reason, requestedBy, startAtOnce } = input;
  must(isText(reason), 'reason must say why.');
  must(
    requestedBy === undefined || isName(requestedBy),
    `requestedBy must be a text of at most ${LONGEST_NAME} characters.`,
  );
  must(isFlag(startAtOnce), 'startAtOnce must be true or false.');
  if (selectors !== undefined) checkSelectors(selectors);
  must(options === undefined || isRecord(options), 'options must be an object.');
  const checked = withoutNulls(options ?? {}) as CampaignOptions;
  checkOptions(checked);
  return {
    ...input,
    reason: reason.slice(0, LONGEST_REASON),
    ...(selectors !== undefined && { selectors: selectors.map((each) => withoutNulls(each) as typeof each) }),
    options: checked,
  };
}

function checkSelectors(selectors: unknown): void {
  const fits =
    Array.isArray(selectors) &&
    selectors.length > 0 &&
    selectors.length <= MOST_SELECTORS &&
    selectors.every((each) => isRecord(each) && isName(each['connection']) && isName(each['provider']));
  must(
    fits,
    `selectors must be 1 to ${MOST_SELECTORS} objects with connection and provider, or be left out.`,
  );
}

const NUMBERS = {
  deadlineAfterMs: [1, LONGEST_DEADLINE_AFTER_MS],
  maxTargets: [1, Number.MAX_SAFE_INTEGER],
  maxDrift: [0, 1],
  callsPerSecond: [LEAST_CALLS_PER_SECOND, 1_000_000],
  pauseBetweenWavesMs: [0, LONGEST_DEADLINE_AFTER_MS],
} as const satisfies Partial<Record<keyof CampaignOptions, readonly [number, number]>>;

function checkOptions(options: CampaignOptions): void {
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value: unknown = options[name as keyof typeof NUMBERS];
    const fits = value === undefined || (typeof value === 'number' && value >= least && value <= most);
    must(fits, `${name} must be a number from ${least} to ${most}.`);
  }
  const { errorThreshold, waves = [], protect = [], approveEachWave, onRunningSubtasks = 'wait' } = options;
  must(errorThreshold === undefined || isAmount(errorThreshold), `errorThreshold must be ${AN_AMOUNT}.`);
  must(
    Array.isArray(waves) && waves.length <= MOST_WAVES && waves.every(isAmount),
    `waves must be a list of ${AN_AMOUNT}.`,
  );
  must(isFlag(approveEachWave), 'approveEachWave must be true or false.');
  must(Array.isArray(protect) && protect.every(isText), 'protect must be a list of texts.');
  must(
    protect.join('').length <= MOST_PROTECT_CHARACTERS,
    `protect may have ${MOST_PROTECT_CHARACTERS} characters in all: use patterns, or leave the targets out of the list.`,
  );
  const ways: readonly OnRunningSubtasks[] = ON_RUNNING_SUBTASKS;
  must(ways.includes(onRunningSubtasks), `onRunningSubtasks must be one of ${ways.join(', ')}.`);
}

const AN_AMOUNT = '{ "count": number } or { "share": from 0 to 1 }';

function isAmount(amount: unknown): boolean {
  if (!isRecord(amount)) return false;
  const { count, share } = amount;
  if (typeof count === 'number') return count >= 0 && share === undefined;
  return typeof share === 'number' && share >= 0 && share <= 1;
}

function isName(value: unknown): boolean {
  return isText(value) && value.length <= LONGEST_NAME;
}

function isFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

import {
  LEAST_CALLS_PER_SECOND,
  whyTooMuchIsProtected,
  type CampaignInput,
  type CampaignOptions,
  type Selector,
} from '../contract/campaign.js';
import { CALLBACK_URL_FORM, isCallbackUrl } from '../contract/callback.js';
import { LONGEST_DEADLINE_AFTER_MS, ON_RUNNING_SUBTASKS } from '../contract/cancellation.js';
import { invalid } from './invalid.js';
import { isOptional, isRecord, isText, isTexts, withoutNulls } from './json-shapes.js';

/** Search Attributes are short, and a reason is carried through every page that shows it. */
const LONGEST = { reason: 2_000, requestedBy: 200 };

type Checks<T> = Readonly<Record<keyof T, readonly [fits: (value: unknown) => boolean, what: string]>>;

const INPUT = {
  reason: [isText, 'say why'],
  requestedBy: [
    (value) => typeof value === 'string' && value.length <= LONGEST.requestedBy,
    `be a text of at most ${LONGEST.requestedBy} characters`,
  ],
  selectors: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isRecord),
    'hold at least one selector, or be left out',
  ],
  startAtOnce: [isFlag, 'be true or false'],
  options: [isRecord, 'be an object'],
  callbackUrl: [isCallbackUrl, `be ${CALLBACK_URL_FORM}`],
} as const satisfies Checks<CampaignInput>;

const SELECTOR = {
  connection: [isText, 'be a text'],
  provider: [isText, 'be a text'],
  fileSystem: [isText, 'be a text'],
  states: [isTexts, 'be a list of texts'],
  types: [isTexts, 'be a list of texts'],
  olderThanMs: [isIn(0), 'be a number of milliseconds'],
} as const satisfies Checks<Selector>;

const OPTIONS = {
  onRunningSubtasks: [
    (value) => ON_RUNNING_SUBTASKS.some((way) => way === value),
    `be one of ${ON_RUNNING_SUBTASKS.join(', ')}`,
  ],
  deadlineAfterMs: [
    (value) => isIn(0, LONGEST_DEADLINE_AFTER_MS)(value) && value !== 0,
    'be a number of milliseconds from 1 to a year',
  ],
  maxTargets: [isIn(1), 'be a number of at least 1'],
  protect: [isTexts, 'be a list of texts'],
  errorThreshold: [isAmount, 'be { count } or { share } from 0 to 1'],
  waves: [
    (value) => Array.isArray(value) && value.every(isAmount),
    'be a list, each { count } or { share } from 0 to 1',
  ],
  pauseBetweenWavesMs: [isIn(0, LONGEST_DEADLINE_AFTER_MS), 'be a number of milliseconds from 0 to a year'],
  approveEachWave: [isFlag, 'be true or false'],
  callsPerSecond: [isIn(LEAST_CALLS_PER_SECOND), `be a number of at least ${LEAST_CALLS_PER_SECOND}`],
  maxDrift: [isIn(0, 1), 'be a number from 0 to 1'],
} as const satisfies Checks<CampaignOptions>;

/**
 * The input of a campaign that can be carried out. Clients check it, too; this is for those started with Temporal alone.
 * @throws ApplicationFailure `InvalidInput`.
 */
export function checkedCampaignInput(given: unknown, workflowId: string): CampaignInput {
  if (!/^campaign\/[^/]+$/.test(workflowId))
    throw invalid('The Workflow id of a campaign must be campaign/<id>.');
  const input = withoutNulls(given);
  if (!isRecord(input)) throw invalid('The input must be an object with a reason.');
  if (!isText(input['reason'])) throw invalid('reason must say why.');
  check<CampaignInput>(input, INPUT);
  for (const selector of input.selectors ?? []) {
    if (!isText(selector.connection) || !isText(selector.provider))
      throw invalid('Each of selectors must name a connection and its provider.');
    check<Selector>(selector, SELECTOR, ' of a selector');
  }
  check<CampaignOptions>(input.options ?? {}, OPTIONS);
  const tooMuch = whyTooMuchIsProtected(input.options?.protect ?? []);
  if (tooMuch !== undefined) throw invalid(tooMuch);
  return { ...input, reason: input.reason.slice(0, LONGEST.reason) };
}

/** What is left out fits. */
function check<T extends object>(value: object, checks: Checks<T>, where = ''): asserts value is T {
  for (const [name, [fits, what]] of Object.entries<Checks<T>[keyof T]>(checks))
    if (!isOptional((value as Record<string, unknown>)[name], fits))
      throw invalid(`${name}${where} must ${what}.`);
}

function isAmount(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return 'count' in value ? isIn(0)(value['count']) : isIn(0, 1)(value['share']);
}

function isIn(least: number, most = Number.MAX_VALUE): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && value >= least && value <= most;
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

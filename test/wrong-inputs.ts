/** A name, the input, and what the Workflow says of it. */
type WrongInput = readonly [name: string, input: unknown, message: RegExp];

export const SOME_TASK = {
  provider: 'aws-fsx',
  connection: 'sim',
  ids: { taskId: 'task-0123456789abcdef0' },
};

const task = SOME_TASK;
const selector = { connection: 'sim', provider: 'aws-fsx' };
const reason = 'a test';

/** Inputs of `cancelTask` that it refuses, and what it says. */
export const WRONG_CANCEL_INPUTS: readonly WrongInput[] = [
  ['no input', undefined, /must be an object/],
  ['null', null, /must be an object/],
  ['no task', {}, /task must be an object/],
  ['no ids', { task: { ...task, ids: {} } }, /task\.ids/],
  ['an id that is no text', { task: { ...task, ids: { taskId: 7 } } }, /task\.ids/],
  ['hints that are no texts', { task: { ...task, hints: { day: 7 } } }, /task\.hints/],
  ['a deadline in the past', { task, deadlineAfterMs: -1 }, /deadlineAfterMs/],
  ['a deadline beyond time', { task, deadlineAfterMs: 1e16 }, /to a year/],
  ['a deadline that is a text', { task, deadlineAfterMs: '3600000' }, /to a year/],
  ['a deadline that is a list', { task, deadlineAfterMs: [5] }, /to a year/],
  ['a campaign that is no text', { task, campaign: 7 }, /campaign must be a text/],
  ['a reason that is a book', { task, reason: 'x'.repeat(2_001) }, /reason must be .* 2000/],
  ['a way nobody knows', { task, onRunningSubtasks: 'kill' }, /wait, cancel, fail/],
  ['a flag that is no flag', { task, dryRun: 'yes' }, /true or false/],
];

/** Inputs of `cancelCampaign` that it refuses, and what it says. */
export const WRONG_CAMPAIGN_INPUTS: readonly WrongInput[] = [
  ['no input', undefined, /must be an object/],
  ['an input that is null', null, /must be an object/],
  ['no reason', { reason: null }, /reason must say why/],
  ['a requester that is no text', { reason, requestedBy: 5 }, /requestedBy must be a text/],
  ['options that are no object', { reason, options: 5 }, /options must be an object/],
  ['a selector without a connection', { reason, selectors: [{ provider: 'p' }] }, /must name a connection/],
  ['a selector that is null', { reason, selectors: [null] }, /selectors must hold/],
  ['a selector that is a number', { reason, selectors: [5] }, /selectors must hold/],
  ['states that are no list', { reason, selectors: [{ ...selector, states: 'x' }] }, /states of a selector/],
  ['waves that are no list', { reason, options: { waves: 5 } }, /waves must be a list/],
  ['a wave that is null', { reason, options: { waves: [null] } }, /waves must be a list/],
  ['a threshold of nothing', { reason, options: { errorThreshold: {} } }, /errorThreshold must be/],
  ['a threshold that is a text', { reason, options: { errorThreshold: 'x' } }, /errorThreshold must be/],
  ['a pause that is a text', { reason, options: { pauseBetweenWavesMs: 'x' } }, /pauseBetweenWavesMs must/],
  ['a flag that is no flag', { reason, options: { approveEachWave: 'yes' } }, /true or false/],
  ['a way nobody knows', { reason, options: { onRunningSubtasks: 'kill' } }, /wait, cancel, fail/],
  ['a rate of nearly nothing', { reason, options: { callsPerSecond: 1e-9 } }, /at least 0\.001/],
  ['protect that is no text', { reason, options: { protect: [5] } }, /protect must be a list of texts/],
  [
    'protect that is a book',
    { reason, options: { protect: ['x'.repeat(8_001)] } },
    /8000 bytes .* has 8001: .*patterns/,
  ],
];

// @ts-check
import { ask } from './ask.js';
import { confirmed } from './confirm.js';
import { h, show } from './elements.js';
import { repeat, tell } from './link.js';
import { facts, stateBadge, temporalLink, time } from './parts.js';
import { lacking } from './steering.js';
import * as words from './words.js';

/** @typedef {import('./ask.js').Cancellation} Cancellation */
/** @typedef {import('./ask.js').Caller} Caller */

/** Each look waits for the end for so long, and tells how it stands then: the end is seen at once, all else soon. */
const WAIT = '4s';

/**
 * One cancellation, as it goes on.
 * @param {HTMLElement} main
 * @param {{ id: string, runId: string | undefined, caller: Caller, signal: AbortSignal }} view
 */
export async function cancellationView(main, { id, runId, caller, signal }) {
  const host = h('div', {}, h('p', { class: 'empty' }, 'Loading…'));
  main.replaceChildren(h('p', {}, h('a', { href: '#/' }, '← All campaigns and cancellations')), host);
  const path = `v1/cancellations/${encodeURIComponent(id)}`;
  const over = new AbortController();
  /** @type {Cancellation | undefined} */
  let seen;
  const update = (/** @type {Cancellation} */ next) => {
    const was = seen;
    seen = next;
    if (was !== undefined && was.phase !== next.phase) tell(sentenceOf(next));
    const buttons = buttonsOf(next, caller, async (verb, body) =>
      update(await ask('POST', `${path}:${verb}?${ofRun(next.firstRunId)}`, { body })),
    );
    show(host, ...partsOf(next, caller, buttons));
    if (next.closedAt !== undefined) over.abort();
  };
  const look = async () => {
    const wait = seen === undefined ? '' : `&wait=${WAIT}`;
    update(await ask('GET', `${path}?${ofRun(seen?.firstRunId ?? runId)}${wait}`, { signal }));
  };
  await repeat(look, { everyMs: 500, signal: AbortSignal.any([signal, over.signal]) });
}

/** Of the one that is shown, and of no later cancellation of the same task. @param {string | undefined} runId */
function ofRun(runId) {
  return runId === undefined ? '' : `runId=${encodeURIComponent(runId)}`;
}

/** @param {Cancellation} cancellation */
function sentenceOf({ result, failure, phase, task }) {
  if (result !== undefined) return `${task}: ${result.verdict}, ${words.meaningOf(result.verdict)}.`;
  if (failure !== undefined) return `${task}: ended without a verdict.`;
  return `${task}: ${words.cancellationPhase(phase)}.`;
}

/**
 * @param {Cancellation} cancellation
 * @param {Caller} caller
 * @param {(verb: string, body?: unknown) => Promise<void>} act
 */
function buttonsOf({ task, closedAt }, { scopes }, act) {
  if (closedAt !== undefined) return [];
  if (!scopes.includes('cancel')) return [lacking('cancel', 'abandon cancellations')];
  const abandon = () =>
    confirmed(
      {
        title: 'Stop waiting for the end of this task?',
        happens: [
          `${task} is looked at once more. Unless that look proves its end, the cancellation ends as unproven: the task may still run, and nobody watches it any more.`,
          'What was asked of the vendor stays asked. The same task can be cancelled again at any time.',
        ],
        yes: 'Abandon the cancellation',
        no: 'Keep waiting',
        isGrave: true,
        reason: 'required',
      },
      async (reason) => {
        await act('abandon', { reason });
        tell('The cancellation has been abandoned.');
      },
    );
  return [h('button', { key: 'abandon', type: 'button', class: 'grave', onclick: abandon }, 'Abandon…')];
}

/**
 * @param {Cancellation} cancellation
 * @param {Caller} caller
 * @param {import('./elements.js').Child[]} buttons
 */
function partsOf(cancellation, caller, buttons) {
  const { task, result, failure, phase, workflowId, runId, progress } = cancellation;
  return [
    h(
      'div',
      { class: 'title', key: 'title' },
      h('h1', { class: 'uri' }, task),
      result === undefined
        ? h(
            'span',
            { class: 'phase' },
            failure === undefined ? words.cancellationPhase(phase) : 'ended without a verdict',
          )
        : stateBadge(result.verdict),
      h('div', { class: 'buttons' }, ...buttons, temporalLink(caller, workflowId, runId)),
    ),
    h('p', { key: 'reason', class: 'reason' }, result?.reason ?? progress?.reason ?? ''),
    result !== undefined &&
      h('p', { key: 'means', class: 'notice' }, capital(words.meaningOf(result.verdict)), '.'),
    failure !== undefined &&
      h('p', { key: 'failure', class: 'notice bad' }, `${failure.type}: ${failure.message}`),
    ...troubleOf(cancellation),
    result === undefined ? facts(factsUnderWay(cancellation)) : facts(factsOfEnd(result)),
    facts([
      ['Workflow', h('code', {}, workflowId)],
      ['Run', h('code', {}, runId)],
    ]),
  ];
}

/** What goes wrong at the moment; a poll that shows no end yet is no trouble. @param {Cancellation} cancellation */
function troubleOf({ closedAt, phase, progress, pending }) {
  if (closedAt !== undefined) return [];
  const last = pending?.lastFailure;
  const trouble =
    phase === 'waiting-for-worker'
      ? 'No Worker has taken it yet; one is started with quiesce worker.'
      : progress === undefined
        ? 'No Worker answers; it goes on once one runs (quiesce worker).'
        : last !== undefined && last.type !== 'StillWaiting' && `${last.type}: ${last.message}`;
  return trouble === false ? [] : [h('p', { key: 'trouble', class: 'notice warning' }, trouble)];
}

/** @typedef {readonly [name: string, value: import('./elements.js').Child]} Row */

/** @param {Cancellation} cancellation @returns {Row[]} */
function factsUnderWay({ progress, pending, phase, startedAt }) {
  const last = pending?.lastFailure;
  const polls = phase === 'proving' && pending !== undefined ? pending.attempt - 1 : 0;
  const deadline = progress && new Date(progress.deadlineAtMs).toISOString();
  return [
    ['The vendor says', last?.type === 'StillWaiting' ? last.message : progress?.observation?.rawState],
    ['Asked', progress && words.count(progress.asks, 'time')],
    ['Looks', progress && words.grouped(progress.observations + polls)],
    ['Requested by', progress?.requestedBy],
    ['Started', time(startedAt)],
    ['Deadline', time(deadline)],
    ['Client token', progress && codes(progress.clientTokens)],
    ['Request ids', progress && codes(progress.requestIds)],
  ];
}

/** @param {NonNullable<Cancellation['result']>} result @returns {Row[]} */
function factsOfEnd({ evidence, requestedBy, campaign, startedAt, endedAt, clientTokens }) {
  const { givenUp, answer, lastState, lastStateAt, taskEndedAt } = evidence;
  return [
    [
      'Last state',
      lastState &&
        h(
          'span',
          {},
          h('code', {}, lastState),
          lastStateAt === undefined ? '' : ', seen ',
          time(lastStateAt),
        ),
    ],
    ['The task ended', time(taskEndedAt)],
    ['The vendor said', evidence.message],
    [
      'Asked',
      h(
        'span',
        {},
        words.count(evidence.asks, 'time'),
        evidence.askedAt === undefined ? '' : ', last ',
        time(evidence.askedAt),
      ),
    ],
    [
      'Answer',
      answer &&
        [answer.kind, 'code' in answer ? `${answer.code}: ${answer.message}` : answer.rawState]
          .filter(Boolean)
          .join(', '),
    ],
    [
      'Unanswered',
      evidence.unansweredAsk === true &&
        'A cancel call was made, or may have been, whose answer never came: its effect is open.',
    ],
    ['Looks', words.grouped(evidence.observations)],
    ['Given up', givenUp && [givenUp.how, givenUp.by, givenUp.reason].filter(Boolean).join(', ')],
    ['Requested by', requestedBy],
    ['Campaign', campaign && h('a', { href: `#/campaigns/${encodeURIComponent(campaign)}` }, campaign)],
    ['Started', time(startedAt)],
    ['Ended', time(endedAt)],
    ['Client tokens', codes(clientTokens)],
    ['Request ids', codes(evidence.requestIds)],
  ];
}

/** @param {readonly string[]} texts */
function codes(texts) {
  return texts.length > 0 && h('span', { class: 'codes' }, ...texts.map((text) => h('code', {}, text)));
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

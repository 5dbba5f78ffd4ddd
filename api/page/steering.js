// @ts-check
import { ask } from './ask.js';
import { confirmed } from './confirm.js';
import { h } from './elements.js';
import { tell } from './link.js';
import { count, isOnTheWay, sumOf } from './words.js';

/** @typedef {import('./ask.js').Campaign} Campaign */
/** @typedef {import('./ask.js').Caller} Caller */
/** @typedef {import('./confirm.js').Step} Step */

/** @param {Campaign} campaign */
function counts({ states }) {
  const waiting = states['waiting'] ?? 0;
  return {
    waiting: count(waiting, 'target'),
    underWay: count(
      sumOf(states, (state) => isOnTheWay(state) && state !== 'waiting'),
      'target',
    ),
    ended: count(
      sumOf(states, (state) => !isOnTheWay(state)),
      'target',
    ),
  };
}

/**
 * What a campaign can be told, when, and what will happen then.
 * @type {Readonly<Record<string, { label: string, done: string, phases: readonly string[], step: (campaign: Campaign) => Step }>>}
 */
const VERBS = {
  start: {
    label: 'Start…',
    done: 'has been started',
    phases: ['planned'],
    step: (campaign) => ({
      title: `Start ${campaign.id}?`,
      happens: [
        `Each of its ${count(campaign.targets, 'target')} is looked at again; then those that are active, ${count(campaign.plan?.wouldCancel ?? 0, 'target')} when last looked at, are asked to cancel. That cannot be taken back.`,
        'When more have changed than the plan allows, nothing is asked, and the plan is made anew.',
      ],
      yes: 'Start cancelling',
      no: 'Leave it planned',
      isGrave: true,
      reason: 'optional',
    }),
  },
  approve: {
    label: 'Approve the next wave…',
    done: 'goes on with its next wave',
    phases: ['waiting-for-approval'],
    step: (campaign) => ({
      title: `Approve the next wave of ${campaign.id}?`,
      happens: [
        `It goes on to cancel. ${counts(campaign).waiting} wait to be asked, in this wave and those after it.`,
        `${counts(campaign).ended} have ended so far.`,
      ],
      yes: 'Approve the wave',
      no: 'Keep it waiting',
      reason: 'optional',
    }),
  },
  pause: {
    label: 'Pause…',
    done: 'has been paused',
    phases: ['running', 'waiting-for-approval'],
    step: (campaign) => ({
      title: `Pause ${campaign.id}?`,
      happens: [
        `Within seconds, no more cancel calls are made: ${counts(campaign).waiting} wait until it is resumed.`,
        `What was asked already stays asked: ${counts(campaign).underWay} are looked at until their end is proven. The deadline does not wait.`,
      ],
      yes: 'Pause the campaign',
      no: 'Keep it running',
      reason: 'optional',
    }),
  },
  resume: {
    label: 'Resume…',
    done: 'has been resumed',
    phases: ['paused'],
    step: (campaign) => ({
      title: `Resume ${campaign.id}?`,
      happens: [`It goes on where it was, and asks the ${counts(campaign).waiting} that wait.`],
      yes: 'Resume the campaign',
      no: 'Keep it paused',
      reason: 'optional',
    }),
  },
  abort: {
    label: 'Abort…',
    done: 'has been aborted',
    phases: ['gathering', 'planning', 'planned', 'running', 'paused', 'waiting-for-approval'],
    step: (campaign) => ({
      title: `Abort ${campaign.id} for good?`,
      happens: [
        `No more cancel calls, ever: ${counts(campaign).waiting} not asked yet will end as left-alone, and may go on running. An abort cannot be taken back; a new campaign can do the rest.`,
        `What was asked already stays asked, for vendors take no cancel back: ${counts(campaign).underWay} are looked at until their end is proven.`,
      ],
      yes: 'Abort the campaign',
      no: 'Do not abort',
      isGrave: true,
      reason: 'optional',
    }),
  },
};

/**
 * The buttons for what this campaign can be told now, by this caller.
 * @param {Campaign} campaign
 * @param {Caller} caller
 * @param {(after: Campaign) => void} onDone
 */
export function steeringButtons(campaign, { scopes }, onDone) {
  const possible = Object.entries(VERBS).filter(([, { phases }]) => phases.includes(campaign.phase));
  if (possible.length === 0) return [];
  if (!scopes.includes('campaign')) return [lacking('campaign', 'pause, resume or abort campaigns')];
  return possible.map(([verb, { label, done, step }]) => {
    const onclick = async () => {
      const path = `v1/campaigns/${encodeURIComponent(campaign.id)}:${verb}`;
      await confirmed(step(campaign), async (reason) =>
        onDone(await ask('POST', path, { body: reason === undefined ? {} : { reason } })),
      ).then((isDone) => isDone && tell(`${campaign.id} ${done}.`));
    };
    return h(
      'button',
      { key: verb, type: 'button', class: verb === 'abort' ? 'grave' : false, onclick },
      label,
    );
  });
}

/** @param {string} scope @param {string} what */
export function lacking(scope, what) {
  return h(
    'p',
    { key: 'lacking', class: 'quiet' },
    `This credential lacks the scope “${scope}”: it may not ${what}.`,
  );
}

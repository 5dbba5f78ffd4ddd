import { countStates, type Lane } from './lane.js';
import { code, escape, list } from './markdown.js';

/** A lane's current details in the Temporal UI. */
export function describeLane(lane: Lane): string {
  const { input, held, calls, targets } = lane;
  const states = list(Object.entries(countStates(lane)).map(([state, count]) => [state, `${count}`]));
  return [
    `Lane ${input.lane} of campaign ${code(input.campaign)}: ${input.targets} targets of ${code(input.connection)}${targets === undefined ? ', not loaded yet' : ''}.`,
    ...(held === undefined
      ? []
      : [`**Nothing is asked for now**: ${escape(held.code)}: ${escape(held.message)}`]),
    ...(states === '' ? [] : [states]),
    `${calls.asks} asks and ${calls.looks} looks were made, ${calls.throttled} throttled. How far a running Activity is shows under Pending Activities.`,
  ].join('\n\n');
}

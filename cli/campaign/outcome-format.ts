import { isOutcome, type TargetOutcome, type TargetState } from '../../contract/campaign.js';
import type { Format } from '../terminal.js';

const FORMATS = {
  canceled: 'green',
  completed: 'green',
  failed: 'yellow',
  deleted: 'green',
  protected: 'cyan',
  'not-found': 'red',
  refused: 'red',
  unproven: 'red',
  errored: 'red',
  'left-alone': 'yellow',
} as const satisfies Record<TargetOutcome, Format>;

/** The color of an outcome; none of what is on its way. */
export function outcomeFormat(state: TargetState): Format | undefined {
  return isOutcome(state) ? FORMATS[state] : undefined;
}

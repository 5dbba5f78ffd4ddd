import type { TargetOutcome } from '../../contract/campaign.js';

/** Where asking again may help. */
export const RETRIED_OUTCOMES: readonly TargetOutcome[] = ['unproven', 'refused', 'errored', 'left-alone'];

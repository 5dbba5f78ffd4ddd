import { activityInfo, heartbeat } from '@temporalio/activity';
import type { Observation } from '../contract/observation.js';

/** What a poll saw of a task: kept for when the task is gone. */
export interface Sighting {
  readonly rawState: string;
  readonly observedAt: string;
}

/** Keeps a state for the attempts to come. A heartbeat's details survive an attempt; it costs one for each new state. */
export function remember({ rawState, observedAt }: Observation): void {
  if (known()?.rawState !== rawState) heartbeat({ rawState, observedAt } satisfies Sighting);
}

/** The last state that an earlier attempt has kept. */
export function lastSighting(): { readonly lastSeen?: Sighting } {
  const lastSeen = known();
  return lastSeen === undefined ? {} : { lastSeen };
}

function known(): Sighting | undefined {
  return activityInfo().heartbeatDetails as Sighting | undefined;
}

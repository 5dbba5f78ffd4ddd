import { activityInfo, heartbeat } from '@temporalio/activity';

const EVERY_MS = 3_000;

type Activity = (...input: never[]) => Promise<unknown>;

/**
 * Activities that tell the server they are alive while they work. One whose Worker was killed is then tried again within
 * seconds, and one that is cancelled learns of it. What takes less than the interval costs no heartbeat.
 */
export function heartbeating<Activities extends Record<string, Activity>>(
  activities: Activities,
): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...input: never[]) => {
      // What an earlier attempt has kept in its details stays kept.
      const { heartbeatDetails } = activityInfo();
      const timer = setInterval(() => heartbeat(heartbeatDetails), EVERY_MS);
      try {
        return await activity(...input);
      } finally {
        clearInterval(timer);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

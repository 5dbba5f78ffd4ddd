import type { Timeline } from '../../simulator/timeline.js';
import type { CpfsSwitches } from './simulate-switches.js';

/** Whether a list still shows, as of `at`, a task or subtask with this life. */
export function isListed(
  { timeline }: { readonly timeline: Timeline },
  at: number,
  switches: CpfsSwitches,
): boolean {
  const { endedListedMs } = switches;
  const endedAt = timeline.endedAt(at);
  return endedAt === undefined || endedListedMs === 'forever' || at - endedAt < endedListedMs;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatorControl } from '../../simulator/control-client.js';
import type { FaultRequest } from '../../simulator/control-requests.js';
import type { JournalCall } from '../../simulator/journal.js';
import { taskKey } from './evidence.js';
import type { Stage } from './fault.js';
import type { StoryName } from './stories.js';

/** What the simulator says of a fault that was scripted. */
export interface Scripted {
  readonly id: number;
  readonly fault: FaultRequest;
  readonly applied: number;
}

/** Singles that are surely looked at and asked. */
const ASKED: readonly StoryName[] = [
  'cancels',
  'cancels while it waits',
  'finishes first',
  'fails first',
  'is refused',
];
const LOOKED_EVERY_MS = 100;

/** A vendor's single that is not triggered yet, and that no other fault is for. */
export async function singleToCome({ rig, load }: Stage, provider: string): Promise<string | undefined> {
  const scripted = await rig.simulator.faults();
  const taken = new Set(scripted.flatMap(({ fault }) => fault.match?.taskIds ?? []));
  const triggered = new Set(load.targets.map(taskKey));
  const found = load.seeded.find(
    ({ target }) =>
      target.provider === provider &&
      ASKED.includes(target.story) &&
      !taken.has(target.id) &&
      !triggered.has(taskKey(target)),
  );
  return found?.target.id;
}

/** Waits until each of them was met once, or nobody is left to meet it. */
export async function untilMet(
  simulator: SimulatorControl,
  numbers: readonly number[],
  isOver: AbortSignal,
): Promise<void> {
  for (;;) {
    const waiting = (await simulator.faults()).filter(
      ({ id, applied }) => numbers.includes(id) && applied === 0,
    );
    if (waiting.length === 0 || isOver.aborted) return;
    await sleep(LOOKED_EVERY_MS);
  }
}

/** Faults that did not strike as often as they were to, a sentence each. A single may meet another's in place of its own. */
export function unmet(scripted: readonly Scripted[], calls: readonly JournalCall[]): string[] {
  return scripted.flatMap(({ fault, applied }) => {
    const { kind, times = 1, match } = fault;
    const wanted = times === 'always' ? 1 : times;
    if (applied >= wanted || calls.some((call) => strikesInPlaceOf(fault, call))) return [];
    return [`the fault "${kind}" struck ${applied} of ${wanted} times: ${JSON.stringify(match)}`];
  });
}

/** Where a look lists whatever there is, its call names nobody; one that cannot be read ends the single before it is asked. */
function strikesInPlaceOf({ kind, match }: FaultRequest, call: JournalCall): boolean {
  if (match?.taskIds === undefined || call.provider !== match.provider) return false;
  if (call.taskIds.length === 0) return call.fault === kind;
  return call.fault !== undefined && call.taskIds.some((id) => match.taskIds?.includes(id));
}

import type { ObservedState } from '../contract/observation.js';
import type { ListedTask, Selection } from './provider.js';

/** Those of the listed tasks that are selected. Vendors filter by less than is asked, or match more: each is compared. */
export function selectTasks(tasks: readonly ListedTask[], selection: Selection): readonly ListedTask[] {
  return tasks.filter((task) => isSelected(task, selection));
}

function isSelected(
  { observation, states: shown, type, createdByMs }: ListedTask,
  { states, types, createdBeforeMs }: Selection,
): boolean {
  const inState =
    states === undefined ? observation.state === 'active' : shown.some((each) => states.includes(each));
  const ofType = types === undefined || (type !== undefined && types.includes(type));
  const oldEnough =
    createdBeforeMs === undefined || (createdByMs !== undefined && createdByMs < createdBeforeMs);
  return inState && ofType && oldEnough;
}

/** The words, of a vendor's table of states, of a task that may be asked: those a selection is of that names none. */
export function activeWords(states: Readonly<Record<string, { readonly state: ObservedState }>>): string[] {
  return Object.entries(states).flatMap(([word, { state }]) => (state === 'active' ? [word] : []));
}

/**
 * The task that one answer shows in two states, where there is one: of such an answer nothing is believed. A list that moves
 * between two pages may show a task on both, as it was and as it is; a page never does.
 */
export function contradiction(shown: Iterable<readonly [task: string, state: string]>): string | undefined {
  const states = new Map<string, string>();
  for (const [task, state] of shown) {
    if ((states.get(task) ?? state) !== state) return task;
    states.set(task, state);
  }
  return undefined;
}

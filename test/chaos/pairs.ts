import type { Evidence, Target, Told } from './evidence.js';

/** A task and who asked for its end: one verdict each. */
export function pair({ trigger, uri }: { readonly trigger: string; readonly uri: string }): string {
  return `${uri} of ${trigger}`;
}

export function tell({ trigger, word, lastState, note = '' }: Told, { uri, story }: Target): string {
  return `${uri} (${trigger}; ${story}) is told ${word}, ${lastState ?? 'never seen'} ${note}`;
}

/** Looks at all that was told, with the target that it was told of. */
export function withTarget(
  { targets, told }: Evidence,
  look: (told: Told, target: Target) => string[],
): string[] {
  const byPair = new Map(targets.map((target) => [pair(target), target]));
  return told.flatMap((each) => {
    const target = byPair.get(pair(each));
    return target === undefined ? [] : look(each, target);
  });
}

/** The config's messages show what is near to a word they know: no more than so many letters of it can be private. */
const FARTHEST = 3;

/** The candidate most like what was typed, when one is like enough to be meant. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const farthest = Math.min(FARTHEST, Math.max(1, Math.floor(typed.length / 3)));
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate;
}

/** ` (did you mean x?)`, or nothing. */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const match = nearest(typed, candidates);
  return match === undefined ? '' : ` (did you mean ${match}?)`;
}

/** Insertions, deletions and replacements between two short texts (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? a.length;
}

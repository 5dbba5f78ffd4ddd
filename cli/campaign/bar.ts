/** How much of a bar is full, half and empty. */
interface Marks {
  readonly done: string;
  readonly doing: string;
  readonly left: string;
}

const MARKS: Marks = { done: '█', doing: '▒', left: '░' };
const ASCII_MARKS: Marks = { done: '#', doing: '=', left: '.' };

/** A bar of exactly `width` marks: what has ended, what is on its way, what waits. Nothing at all is a bar of what waits. */
export function bar(
  { done, doing, of }: { readonly done: number; readonly doing: number; readonly of: number },
  width: number,
  unicode: boolean,
): string {
  const marks = unicode ? MARKS : ASCII_MARKS;
  // Counts that come from several lanes may be of different moments, and then add up to more than there is.
  const part = (amount: number) => (of === 0 ? 0 : Math.min(width, Math.floor((amount / of) * width)));
  const full = part(done);
  const begun = Math.max(full, part(done + doing));
  return marks.done.repeat(full) + marks.doing.repeat(begun - full) + marks.left.repeat(width - begun);
}

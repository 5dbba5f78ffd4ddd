/**
 * Does something for each, a few at a time, and tells the results in the order of what was given. What is not asked for any
 * more is not begun.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const working = work(item);
    // Whoever takes the result hears of a failure; until then it is nobody's.
    working.catch(() => {});
    underWay.push(working);
    if (underWay.length < atOnce) continue;
    const first = underWay.shift();
    if (first !== undefined) yield await first;
  }
  for (const working of underWay) yield await working;
}

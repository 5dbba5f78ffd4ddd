/** What a process of the bench says to the one that started it. */
export type ChildMessage =
  | 'ready'
  | { readonly kind: 'done'; readonly wallMs: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * Makes this process a child of the bench: it prepares itself from the JSON of its argument, says that it is ready, and
 * runs what `prepare` gave when it is told to go. It stays until its parent is gone, so that its memory can be read.
 */
export async function asChild(prepare: (input: never) => Promise<() => Promise<unknown>>): Promise<void> {
  const say = (message: ChildMessage) => void process.send?.(message);
  const fail = (thrown: unknown) =>
    say({
      kind: 'failed',
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    });
  process.once('disconnect', () => process.exit());
  try {
    const go = await prepare(JSON.parse(process.argv[2] ?? 'null') as never);
    process.once('message', () => {
      const startedAt = performance.now();
      go().then((result) => say({ kind: 'done', wallMs: performance.now() - startedAt, result }), fail);
    });
    say('ready');
  } catch (thrown) {
    fail(thrown);
  }
}

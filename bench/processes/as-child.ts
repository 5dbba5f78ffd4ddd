/** What a process of the bench says to the one that started it. */
export type ChildMessage =
  | 'ready'
  | { readonly kind: 'done'; readonly wallMs: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: string };

/** What a process of the bench is told by the one that started it: to do its work, on a list of targets where it takes one. */
export interface GoMessage {
  /** A file with the ids of one task a line. */
  readonly targets?: string | undefined;
}

/**
 * Makes this process a child of the bench: it prepares itself from the JSON of its argument, says that it is ready, and
 * runs what `prepare` gave each time it is told to go. It stays until its parent is gone, so that its memory can be read.
 */
export async function asChild(
  prepare: (input: never) => Promise<(targets: string) => Promise<unknown>>,
): Promise<void> {
  const say = (message: ChildMessage) => void process.send?.(message);
  const fail = (thrown: unknown) =>
    say({
      kind: 'failed',
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    });
  process.once('disconnect', () => process.exit());
  try {
    const go = await prepare(JSON.parse(process.argv[2] ?? 'null') as never);
    process.on('message', ({ targets = '' }: GoMessage) => {
      const startedAt = performance.now();
      go(targets).then(
        (result) => say({ kind: 'done', wallMs: performance.now() - startedAt, result }),
        fail,
      );
    });
    say('ready');
  } catch (thrown) {
    fail(thrown);
  }
}

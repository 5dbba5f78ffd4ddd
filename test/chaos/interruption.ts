import { setTimeout as sleep } from 'node:timers/promises';

/** Of what is open: the processes of a scenario are in groups of their own, and get no signal that is sent to us. */
const open = new Set<() => Promise<void>>();
/** What does not end by then ends with us, by its watchdog. */
const CLOSED_WITHIN_MS = 30_000;
/** By their numbers: a shell tells from the exit code which it was. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

let ending: Promise<never> | undefined;

/** Closes once, however often it is called; and also when a signal ends us before anybody has called it. */
export function closeOnce(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const once = () => (closing ??= close().finally(() => open.delete(once)));
  open.add(once);
  return once;
}

/** From now on, the first of these signals closes all that is open before it ends us; a second ends us at once. */
export function closeOnSignals(say: (line: string) => void): void {
  for (const [name, number] of Object.entries(SIGNALS))
    process.once(name, () => {
      say(`${name}: closing all that was started …`);
      ending ??= closeAll().then(() => process.exit(128 + number));
    });
}

/** What fails because all is being closed has not failed: it waits for our end. */
export async function unlessInterrupted<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (ending !== undefined) await ending;
    throw thrown;
  }
}

async function closeAll(): Promise<void> {
  const closed = Promise.allSettled([...open].map((close) => close()));
  await Promise.race([closed, sleep(CLOSED_WITHIN_MS)]);
}

import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, mock } from 'node:test';

/** More than any test waits. Then time stands still, and the test runner fails what still waits. */
const LONGEST_MS = 70_000;
/** What a process may have run for before: who confuses a time with a span of time is far off. */
const RUNS_SINCE_MS = 1_000_000;

/**
 * For a suite whose tests wait for nothing but timers: time passes by a millisecond with each turn of the event loop. A test then waits for
 * exactly as long as it says, on a slow machine, too, and is over at once. Timers, `Date` and `performance.now()` keep the same time.
 */
export function passTimeFast(): void {
  let turn: NodeJS.Immediate;

  beforeEach(() => {
    const startedAtMs = Date.now();
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: startedAtMs });
    mock.method(performance, 'now', () => Date.now() - startedAtMs + RUNS_SINCE_MS);
    // Else who has imported `setTimeout` of node:timers/promises by its name would keep the true one.
    syncBuiltinESMExports();
    const pass = () => {
      mock.timers.tick(1);
      if (Date.now() < startedAtMs + LONGEST_MS) turn = setImmediate(pass);
    };
    turn = setImmediate(pass);
  });

  afterEach(() => {
    clearImmediate(turn);
    mock.reset();
    syncBuiltinESMExports();
  });
}

import type { CancellationStatus } from '../client/types.js';
import type { CliContext } from './context.js';
import { createLiveRegion } from './live-region.js';
import type { OutputFormat } from './options.js';
import { changeLine, liveLines, problemOf } from './render-status.js';
import { timeOfDay } from './text.js';

/** Tells how a cancellation goes on while somebody waits for it. */
export interface Reporter {
  show(status: CancellationStatus): void;
  /** Takes away what is redrawn; what stays was printed. */
  close(): void;
}

const REDRAW_EVERY_MS = 100;
/** By a Worker that is there, busy as it may be. */
const TAKEN_WITHIN_MS = 2_000;

export function createReporter({ terminal }: CliContext, output: OutputFormat): Reporter {
  if (output === 'json') return problemReporter((problem) => terminal.err.write(`${problem}\n`));
  return terminal.live ? liveReporter(terminal) : lineReporter(terminal);
}

function liveReporter(terminal: CliContext['terminal']): Reporter {
  const region = createLiveRegion(terminal.out);
  // What went wrong stays above the lines that are redrawn: by the end it may be mended, and it still is part of the story.
  const problems = problemReporter((problem) => region.print([terminal.style('yellow', `! ${problem}`)]));
  let latest: CancellationStatus | undefined;
  const redraw = () => {
    if (latest !== undefined) region.draw(liveLines(latest, terminal, Date.now()));
  };
  const timer = setInterval(redraw, REDRAW_EVERY_MS);
  return {
    show(status) {
      latest = status;
      problems.show(status);
      redraw();
    },
    close() {
      clearInterval(timer);
      problems.close();
      region.clear();
    },
  };
}

function lineReporter(terminal: CliContext['terminal']): Reporter {
  const print = (line: string) => terminal.out.write(`${timeOfDay(new Date().toISOString())}  ${line}\n`);
  const problems = problemReporter((problem) => print(terminal.style('yellow', `! ${problem}`)));
  let told: string | undefined;
  return {
    show(status) {
      const line = changeLine(status);
      // Its end is told by the verdict.
      if (line !== told && status.phase !== 'ended') print(line);
      told = line;
      problems.show(status);
    },
    close() {
      problems.close();
      terminal.out.write('\n');
    },
  };
}

/** Each problem is told once, and again only after another or none. */
function problemReporter(tell: (problem: string) => void): Reporter {
  let shown: string | undefined;
  let late: NodeJS.Timeout | undefined;
  return {
    show(status) {
      const problem = problemOf(status);
      if (problem === shown) return;
      shown = problem;
      clearTimeout(late);
      if (problem === undefined) return;
      if (status.phase === 'waiting-for-worker') late = setTimeout(() => tell(problem), TAKEN_WITHIN_MS);
      else tell(problem);
    },
    close: () => clearTimeout(late),
  };
}

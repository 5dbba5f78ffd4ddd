import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm, too, passes on the Ctrl-C that the terminal has already sent to all of us: that is no second one. */
const SAME_PRESS_MS = 300;
const LOOK_FOR_PARENT_MS = 1_000;

/** Whether this command is to end, from whatever side that comes. */
export interface StopRequest {
  /** Aborted by the first Ctrl-C, SIGTERM, SIGHUP, or the end of the npm that started us. */
  readonly signal: AbortSignal;
  /** Called by every other: nobody wants to wait any more, and the process ends, unless this finds something it need not wait for. */
  onInsisted: () => 'hurries' | undefined;
  /** Goes back to how signals were before. */
  dispose(): void;
}

export function listenForStop(): StopRequest {
  const controller = new AbortController();
  let firstAt = 0;
  const request: StopRequest = { signal: controller.signal, onInsisted: () => undefined, dispose };

  function onSignal(name: NodeJS.Signals): void {
    if (!controller.signal.aborted) {
      firstAt = Date.now();
      controller.abort(new CliError('', name === 'SIGINT' ? EXIT.interrupted : EXIT.other));
    } else if (Date.now() - firstAt > SAME_PRESS_MS) {
      if (request.onInsisted() !== 'hurries') process.exit(EXIT.interrupted);
    }
  }

  const stopLooking = whenNpmEnds(() => onSignal('SIGTERM'));
  for (const name of SIGNALS) process.on(name, onSignal);

  function dispose(): void {
    stopLooking();
    for (const name of SIGNALS) process.off(name, onSignal);
  }
  return request;
}

/** npm and its shell end by a SIGTERM without passing it on to us; nobody could stop us from where we were started. */
function whenNpmEnds(ended: () => void): () => void {
  if (process.env['npm_lifecycle_event'] === undefined) return () => {};
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    ended();
  }, LOOK_FOR_PARENT_MS);
  timer.unref();
  return () => clearInterval(timer);
}

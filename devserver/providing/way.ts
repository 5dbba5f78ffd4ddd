import type { BinaryDescription, PinnedBuild } from './binary.js';
import type { ProvideTimeouts } from './timeouts.js';

/** The ways to an executable, in the order they are tried. */
export type WayName = 'environment' | 'path' | 'cache' | 'download' | 'wheel' | 'go-build';

/** What a way is given. */
export type WayContext = {
  readonly binary: BinaryDescription;
  /** Node's platform and architecture, known to us or not. */
  readonly platform: string;
  /** What is pinned for this platform, if anything. */
  readonly build: PinnedBuild | undefined;
  /** Where provided executables are kept. */
  readonly cacheFolder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeouts: ProvideTimeouts;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
};

/** An executable that is ready to run. */
export type FoundBinary = { readonly path: string; readonly version: string };

/** Finds the executable, or throws {@link WayClosedError}. */
export type Way = (context: WayContext) => Promise<FoundBinary>;

/** One way did not lead to the executable: why, and what the user can do about it. */
export class WayClosedError extends Error {
  override readonly name = 'WayClosedError';
  /** One sentence for the user. */
  readonly advice: string;
  /** True when nothing went wrong, such as a variable that is simply not set: not worth a line in the log. */
  readonly expected: boolean;

  constructor(reason: string, advice: string, options: ErrorOptions & { expected?: boolean } = {}) {
    super(reason, options);
    this.advice = advice;
    this.expected = options.expected ?? false;
  }
}

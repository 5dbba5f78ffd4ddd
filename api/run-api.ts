import { Quiesce } from '../client/index.js';
import type { Config } from '../config/load-config.js';
import type { Authenticate } from './authenticate.js';
import { createServer } from './create-server.js';

export interface RunApiOptions {
  readonly config: Config;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly authenticate: Authenticate;
  readonly log?: { write(line: string): void };
  /** Called once it listens. */
  readonly onReady?: (url: string) => void;
  /** Ends the service when aborted, politely. */
  readonly stop: AbortSignal;
}

/**
 * Runs the HTTP service until it is told to stop; what is under way then is answered.
 * @throws TemporalUnreachableError; TemporalConfigError.
 */
export async function runApi({ host, port, onReady, stop, ...options }: RunApiOptions): Promise<void> {
  const quiesce = await Quiesce.connect();
  try {
    const app = await createServer({ ...options, quiesce });
    onReady?.(await app.listen({ host, port }));
    await aborted(stop);
    await app.close();
  } finally {
    await quiesce.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { runApi } from '../../api/run-api.js';
import { loadConfig } from '../../config/load-config.js';
import { asChild } from '../processes/as-child.js';

export interface QuiesceInput {
  readonly configPath: string;
}

/** What `quiesce api` runs, its log on stderr; the Temporal of its environment. */
await asChild(async ({ configPath }: QuiesceInput) => {
  const config = await loadConfig({ path: configPath });
  return () =>
    new Promise((resolve, reject) => {
      runApi({
        config,
        isOpen: false,
        log: { write: (line) => void process.stderr.write(line) },
        onReady: (origin) => resolve({ origin }),
        stop: new AbortController().signal,
      }).catch(reject);
    });
});

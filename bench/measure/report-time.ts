import { join } from 'node:path';
import { startChild } from '../processes/start-child.js';
import type { Stage } from '../stage.js';
import type { Run } from './measure-run.js';

/** A hook that reads the report of a run's campaign, every target of it, in a process of its own. */
export function timeReport({ address, folder }: Stage) {
  return async ({ plan, result }: Run): Promise<{ readonly reportMs: number }> => {
    const { id } = result as { readonly id: string };
    const args = [JSON.stringify({ address, id, file: join(folder, `${id}.ndjson`) })];
    const reader = await startChild(new URL('../quiesce/report-process.js', import.meta.url), { args });
    try {
      const { wallMs, result: rows } = await reader.go();
      if (rows !== plan.tasks)
        throw new Error(`The report has ${String(rows)} rows for ${plan.tasks} tasks.`);
      return { reportMs: wallMs };
    } finally {
      await reader.stop();
    }
  };
}

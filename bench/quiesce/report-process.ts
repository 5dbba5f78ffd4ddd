import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Quiesce } from '../../client/index.js';
import { asChild } from '../processes/as-child.js';

export interface ReportProcessInput {
  readonly address: string;
  /** Of the campaign. */
  readonly id: string;
  /** Where the report is written, as NDJSON. */
  readonly file: string;
}

/** Writes the report of a campaign, a line for every target; its result is how many there were. */
await asChild(async ({ address, id, file }: ReportProcessInput) => {
  const quiesce = await Quiesce.connect({ address });
  return async () => {
    let rows = 0;
    async function* lines(): AsyncGenerator<string> {
      for await (const row of quiesce.campaigns.get(id).report()) {
        rows += 1;
        yield `${JSON.stringify(row)}\n`;
      }
    }
    await pipeline(Readable.from(lines()), createWriteStream(file));
    return rows;
  };
});

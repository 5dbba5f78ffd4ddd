import type { OutputFormat } from './options.js';
import type { Terminal } from './terminal.js';

/** A command's answer: one line of JSON, or text for a person. */
export function printAnswer(
  terminal: Terminal,
  output: OutputFormat,
  json: unknown,
  text: () => string,
): void {
  terminal.out.write(`${output === 'json' ? JSON.stringify(json) : text()}\n`);
}

/** One JSON array, written as it comes: a list may be long. */
export async function printArray(items: AsyncIterable<unknown>, out: Terminal['out']): Promise<void> {
  let separator = '[';
  for await (const item of items) {
    out.write(`${separator}${JSON.stringify(item)}`);
    separator = ',\n';
  }
  out.write(separator === '[' ? '[]\n' : ']\n');
}

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

/** The dev server did not start. The message says why, and ends with the server's own last lines, if any. */
export class DevServerStartError extends Error {
  override readonly name = 'DevServerStartError';
  /** What the server wrote last; empty when it was not even started. */
  readonly serverOutput: string;

  constructor(reason: string, serverOutput = '', options?: ErrorOptions) {
    const quoted = serverOutput === '' ? '' : ` Its last lines:\n${serverOutput.replaceAll(/^/gm, '  ')}`;
    super(`The Temporal dev server did not start: ${reason}.${quoted}`, options);
    this.serverOutput = serverOutput;
  }
}

/** No Temporal server answered. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';

  constructor(
    /** Where it was looked for. */
    readonly address: string,
    cause?: unknown,
  ) {
    super(
      `No Temporal server answers at ${address}${reasonOf(cause)}: start one (\`quiesce dev\`), or set TEMPORAL_ADDRESS to where yours is.`,
      { cause },
    );
  }
}

/** The native client wraps the system's message in several layers of its own. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  const innermost = /message: "([^"]+)"/.exec(cause.message)?.[1];
  return ` (${innermost ?? cause.message.split('\n', 1)[0] ?? ''})`;
}

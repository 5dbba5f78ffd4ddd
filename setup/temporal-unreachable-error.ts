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

/** Both clients wrap the system's message: the native one in text of its own, the other in causes and gRPC's code. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if (thrown.cause instanceof Error) return reasonOf(thrown.cause);
  const native = /message: "([^"]+)"/.exec(thrown.message)?.[1];
  const [line = ''] = thrown.message.split('\n', 1);
  return ` (${native ?? line.replace(/^\d+ [A-Z_]+: /, '')})`;
}

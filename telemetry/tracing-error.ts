/** OpenTelemetry's variables ask for what is not supported; the message says what is. */
export class TracingError extends Error {
  override readonly name = 'TracingError';
}

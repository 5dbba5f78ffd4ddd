/** The config cannot be used. The message is one sentence a problem, each with its place; it never holds a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

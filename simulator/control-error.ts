import type { z } from 'zod';

/** A control request that cannot be done, told in one sentence. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }

  static from(error: z.ZodError, under?: string): ControlError {
    const sentences = error.issues.map((issue) => {
      const path = [...(under === undefined ? [] : [under]), ...issue.path].join('.');
      return path === '' ? issue.message : `${path}: ${issue.message}`;
    });
    return new ControlError(sentences.join('; '));
  }
}

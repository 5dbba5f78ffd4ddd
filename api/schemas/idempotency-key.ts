import { z } from 'zod';

/** The header by which a caller may repeat a request without doing it twice. */
export const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .describe(
      'Names this request for 24 hours: the same key again gets what came of the first, and does nothing twice. With another body it is refused.',
    ),
});

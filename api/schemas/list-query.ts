import { z } from 'zod';

/** What every list's query has beside its own filters. */
export const LIST_QUERY = {
  running: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional()
    .describe('`true`: those that have not ended; `false`: those that have.'),
  cursor: z
    .string()
    .min(1)
    .max(4_000)
    .exactOptional()
    .describe('The `nextCursor` of the page before, with the same filters.'),
};

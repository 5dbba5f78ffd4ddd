import { z } from 'zod';

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));

/** Payloads in the JSON of Protobuf: https://docs.temporal.io/production-deployment/data-encryption#codec-server-setup. */
export const payloadsBody = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), bytes).default({}), data: bytes.optional() })),
});

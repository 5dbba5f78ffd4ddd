import { z } from 'zod';
import { CALLBACK_URL_FORM, isCallbackUrl, LONGEST_CALLBACK_URL } from '../../contract/callback.js';

export const callbackUrlSchema = z
  .string()
  .max(LONGEST_CALLBACK_URL)
  .refine((text) => isCallbackUrl(text) && URL.canParse(text), `must be ${CALLBACK_URL_FORM}`)
  .exactOptional()
  .meta({
    description:
      'Where the end is told by a signed POST. Its host must be one that the service allows. It is kept with the cancellation or campaign: let it hold no secret.',
    examples: ['https://hooks.example.com/quiesce'],
  });

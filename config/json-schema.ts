import { z } from 'zod';
import { configSchema } from './config-schema.js';

/** The JSON Schema of `quiesce.config.yaml`, as published in `schema/` for editors. */
export function configJsonSchema(): object {
  return {
    title: 'quiesce.config.yaml',
    ...z.toJSONSchema(configSchema(), { io: 'input', unrepresentable: 'any' }),
  };
}

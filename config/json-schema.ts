import { z } from 'zod';
import { configSchema } from './config-schema.js';

/** The JSON Schema of `quiesce.config.yaml`, as published in `schema/` for editors. */
export function configJsonSchema(): object {
  return {
    title: 'quiesce.config.yaml',
    ...z.toJSONSchema(configSchema(), { io: 'input', unrepresentable: 'any' }),
  };
}

/** Every key the config knows, at whatever depth; names of connections are not among them. */
export function knownKeys(): string[] {
  const keys = new Set<string>();
  JSON.stringify(configJsonSchema(), (name, value: unknown) => {
    if (name === 'properties') for (const key of Object.keys(value as object)) keys.add(key);
    return value;
  });
  return [...keys];
}

import { z } from 'zod';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';

/** Every value of every switch that has a finite number of them, and the examples of the others, but for the defaults. */
export function readings(simulated: SimulatedProvider): (readonly [name: string, value: unknown])[] {
  const defaults = simulated.switches.parse({});
  return Object.entries(simulated.switches.shape).flatMap(([name, schema]) =>
    valuesOf(schema)
      .filter((value) => value !== defaults[name])
      .map((value) => [name, value] as const),
  );
}

/** The values of an enumeration, of literals or of a boolean; of a number or a list, those its schema has as examples. */
function valuesOf(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return valuesOf(schema.unwrap());
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodLiteral) return [...schema.values];
  if (schema instanceof z.ZodBoolean) return [true, false];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(valuesOf);
  const examples = schema instanceof z.ZodType ? schema.meta()?.['examples'] : undefined;
  return Array.isArray(examples) ? examples : [];
}

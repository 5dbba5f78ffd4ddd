import { z } from 'zod';
import type { Selector } from '../contract/campaign.js';
import type { ProviderDefinition, Selectors } from './provider.js';

/** A selector may come from any language. Which connection it is for is another's question. */
const form = z.object({
  fileSystem: z.string().optional(),
  states: z.array(z.string()).min(1, 'names none: leave it out to select by none').optional(),
  types: z.array(z.string()).min(1, 'names none: leave it out to select by none').optional(),
  olderThanMs: z.number('must be a number of milliseconds').positive('must be above 0').optional(),
});

/** A message names what was written, and no more of it. */
const LONGEST_WORD = 100;

/** What is wrong with what a selector selects by, in one sentence; undefined when nothing is. */
export function selectorProblem(
  selector: Selector,
  { id, selectors }: Pick<ProviderDefinition, 'id' | 'selectors'>,
): string | undefined {
  if (selectors === undefined)
    return `Tasks of ${id} cannot be selected: their vendor has no call that lists them. Name each of them.`;
  const read = form.safeParse(selector);
  if (!read.success) {
    const [issue] = read.error.issues;
    return `${issue?.path.join('.') ?? 'The selector'} of a selector ${issue?.message ?? 'is wrong'}.`;
  }
  return (
    fileSystemProblem(id, selectors, read.data.fileSystem) ??
    unknownWord(id, 'state', selectors.states, read.data.states) ??
    unknownWord(id, 'type', selectors.types, read.data.types)
  );
}

function fileSystemProblem(
  id: string,
  { fileSystem: field }: Selectors,
  given: string | undefined,
): string | undefined {
  if (field === undefined)
    return given === undefined ? undefined : `Tasks of ${id} belong to no file system: leave fileSystem out.`;
  if (given === undefined)
    return field.required
      ? `Tasks of ${id} are listed by the ${field.name} they belong to: give one as fileSystem, such as ${field.example}.`
      : undefined;
  if (given.length <= field.maxLength && field.pattern.test(given)) return undefined;
  return `fileSystem is no ${field.name} of ${id}, which look like ${field.example}.`;
}

function unknownWord(
  id: string,
  what: 'state' | 'type',
  known: readonly string[] | undefined,
  given: readonly string[] = [],
): string | undefined {
  if (known === undefined)
    return given.length === 0 ? undefined : `All tasks of ${id} are of one ${what}: leave ${what}s out.`;
  const unknown = given.find((word) => !known.includes(word));
  if (unknown === undefined) return undefined;
  return `"${unknown.slice(0, LONGEST_WORD)}" is no ${what} of ${id}; its ${what}s are ${known.join(', ')}.`;
}

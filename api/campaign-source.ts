import { InvalidTaskError, openTargets, TargetFileError, type TargetFile } from '../client/index.js';
import type { TargetFormat } from '../client/target-format.js';
import { count, grouped } from '../client/count.js';
import { toTarget } from '../client/to-target.js';
import type { Selector } from '../contract/campaign.js';
import type { TaskRef } from '../contract/task.js';
import { selectorProblem } from '../providers/selector-problem.js';
import type { ConnectionNames } from './connection-names.js';
import type { Fault } from './problem.js';
import type { NewCampaignBody } from './schemas/new-campaign.js';

/** Of bad lines: an answer is no place for a hundred thousand. */
const MOST_TOLD = 1_000;

type NamedInJson = Pick<NewCampaignBody, 'selectors' | 'targets' | 'connection'>;

/**
 * What a JSON body names, checked as a whole.
 * @throws ProblemError `invalid-targets` or `forbidden` with all that is wrong with it.
 */
export function sourceInJson(
  { selectors = [], targets, connection }: NamedInJson,
  names: ConnectionNames,
): { readonly targets: readonly TaskRef[] } | { readonly selectors: readonly Selector[] } {
  const defaults = { ...(connection !== undefined && { connection }), providerOf: names.providerOf };
  if (targets !== undefined)
    return { targets: all('targets', targets, names, (row) => toTarget(row, defaults)) };
  return { selectors: all('selectors', selectors, names, (selector) => toSelector(selector, names)) };
}

function toSelector(
  { all: _, ...selector }: NonNullable<NewCampaignBody['selectors']>[number],
  names: ConnectionNames,
): Selector {
  const { provider } = names.connection(selector.connection);
  const checked = { ...selector, provider: provider.id };
  const problem =
    selector.provider === undefined || selector.provider === provider.id
      ? selectorProblem(checked, provider)
      : `Connection ${selector.connection} is of provider ${provider.id}, not ${selector.provider}.`;
  if (problem === undefined) return checked;
  throw new InvalidTaskError(problem);
}

function all<T, R>(
  list: 'targets' | 'selectors',
  items: readonly T[],
  names: ConnectionNames,
  check: (item: T) => R,
): R[] {
  const faults: Fault[] = [];
  const checked = items.flatMap((item, place) => {
    try {
      return [check(item)];
    } catch (thrown) {
      if (!(thrown instanceof InvalidTaskError)) throw thrown;
      faults.push({ at: `/${list}/${place}`, message: thrown.message });
      return [];
    }
  });
  if (faults.length === 0) return checked;
  throw names.problem(`${faults.length} of the ${list} cannot be used. Nothing was started.`, faults);
}

/**
 * What a list names that has arrived, checked as a whole. Whoever opens it closes it.
 * @throws ProblemError as above, with the number of each bad line, up to a thousand.
 */
export async function openList(
  path: string,
  { format, connection }: { readonly format: TargetFormat; readonly connection?: string | undefined },
  names: ConnectionNames,
): Promise<TargetFile> {
  const opening = openTargets(path, {
    name: 'The list of targets',
    format,
    providerOf: names.providerOf,
    ...(connection !== undefined && { connection }),
  });
  return opening.catch((thrown: unknown) => {
    if (!(thrown instanceof TargetFileError)) throw thrown;
    const { problems, more } = thrown;
    const bad = problems.length + more;
    const told = problems.slice(0, MOST_TOLD);
    const faults = told.map(({ line, message }) => ({ at: `line ${line}`, line, message }));
    const which = told.length === bad ? '' : ` The first ${grouped(told.length)} are told.`;
    throw names.problem(
      `The list of targets has ${count(bad, 'bad line')}.${which} Nothing was started.`,
      faults,
    );
  });
}

import type { Observation } from '../../contract/observation.js';
import type { ProviderErrorKind } from '../../contract/failures.js';
import { ProviderError } from '../provider.js';
import type { Sightings } from '../sightings.js';
import type { AlibabaClient } from '../vendors/alibaba/client.js';
import type { TaskRow } from './list-tasks.js';
import { readDetails } from './read-details.js';
import { mayHaveFinished } from './states.js';
import { toObservation } from './to-observation.js';

/** Details cost a call each. Where they are evidence, and no proof, a look at many tasks does with fewer. */
const MOST_FOR_EVIDENCE = 10;
const CALLS_AT_ONCE = 4;
/** Trouble that passes. After any other the two words are all there is. */
const PASSING: ReadonlySet<ProviderErrorKind> = new Set(['throttled', 'unavailable', 'unauthenticated']);

/** A row of a task that has ended, or may have. */
export interface EndedRow {
  readonly row: TaskRow;
  readonly requestId: string | undefined;
}

/**
 * Notes tasks with what became of their domains.
 *
 * What TaskCancelStatus says of a task that finished before a cancel came to anything is not documented: CANCELLING for ever, or
 * COMPLETE, are possible. A task whose every domain succeeded was kept from nothing, whatever the word is: it is `completed`. Of
 * any other the vendor's own word counts.
 * @throws ProviderError of a passing trouble, when it leaves open how a task ended; the others are noted.
 */
export async function noteEnded(
  client: AlibabaClient,
  rows: readonly EndedRow[],
  sightings: Sightings,
  signal: AbortSignal,
): Promise<void> {
  const evidenced = new Set(rows.filter(({ row }) => !mayHaveFinished(row)).slice(0, MOST_FOR_EVIDENCE));
  let open: ProviderError | undefined;
  const note = async (ended: EndedRow) => {
    const { row, requestId } = ended;
    const seen = toObservation(row, requestId);
    const isOpen = mayHaveFinished(row);
    if (!isOpen && !evidenced.has(ended)) return sightings.note(row.taskNo, seen);
    try {
      sightings.note(row.taskNo, await withDetails(client, row, seen, signal));
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      if (isOpen && PASSING.has(thrown.kind)) open = thrown;
      // The end is proven without its evidence.
      else sightings.note(row.taskNo, seen);
    }
  };
  for (let start = 0; start < rows.length && open === undefined; start += CALLS_AT_ONCE)
    await Promise.all(rows.slice(start, start + CALLS_AT_ONCE).map(note));
  if (open !== undefined) throw open;
}

async function withDetails(
  client: AlibabaClient,
  row: TaskRow,
  seen: Observation,
  signal: AbortSignal,
): Promise<Observation> {
  const { isDone, ...details } = await readDetails(client, row, signal);
  if (!mayHaveFinished(row) || !isDone) return seen.state === 'ended' ? { ...seen, ...details } : seen;
  const message = 'Every domain succeeded: there was nothing left that the cancel could stop.';
  return { ...seen, state: 'ended', end: 'completed', ...details, message };
}

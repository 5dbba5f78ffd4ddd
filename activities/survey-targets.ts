import { cancellationSignal } from '@temporalio/activity';
import { ProviderError } from '../providers/provider.js';
import { Heart } from './heart.js';
import type { LiveConnection } from './live-connection.js';
import { retryDelay, withRetryDelay } from './retry-delay.js';
import { isOfOneTask } from './shared-looks.js';
import { targetTask, type Targets } from './target-tasks.js';
import { taskIds } from './task-ids.js';

/**
 * One letter for each target, as a look shows it: `a`ctive, `c`anceling, `e`nded, `n`ot there, `i`naccessible, or `u`nknown,
 * which is also one that could not be looked at.
 */
export type SurveyLetters = string;

const LETTERS = {
  active: 'a',
  canceling: 'c',
  ended: 'e',
  absent: 'n',
  inaccessible: 'i',
  unknown: 'u',
} as const;

/** Looks once at each target, and changes nothing. */
export async function surveyTargets(connection: LiveConnection, input: Targets): Promise<SurveyLetters> {
  const heart = new Heart(() => undefined);
  try {
    return await withRetryDelay(connection, retryDelay(connection), async () => {
      const tasks = input.targets.map((path) => taskIds(targetTask(input, path)));
      const looks = await connection.lookMany(tasks, cancellationSignal());
      for (const look of looks) if (look instanceof ProviderError && !isOfOneTask(look)) throw look;
      return looks.map((look) => (look instanceof ProviderError ? 'u' : LETTERS[look.state])).join('');
    });
  } finally {
    heart.close();
  }
}

import type { CancelAnswer } from '../../../contract/observation.js';
import type { CallGate } from '../../call-gate.js';
import { jsonObject, type HttpAnswer } from '../../http.js';
import { orInaccessible } from '../../or-inaccessible.js';
import { ProviderError, type Provider, type TaskIds } from '../../provider.js';
import { requestIdOf, SfsTurboClient, type SfsTurboCall } from './sfs-turbo-client.js';
import type { SfsTurboSettings } from './sfs-turbo-connection.js';
import { cancelAnswerOf, isMissingShare } from './sfs-turbo-errors.js';
import { observeOnShare, type SfsTurboReads } from './sfs-turbo-observe.js';
import { taskPage } from './sfs-turbo-task-page.js';

/** As many as a few pages of the shorter list show. */
const OBSERVE_BATCH_SIZE = 200;

/** One of SFS Turbo's two APIs: how its tasks are deleted and read. */
export interface SfsTurboApi extends SfsTurboReads {
  delete(task: TaskIds): SfsTurboCall;
}

/**
 * Cancels tasks by deleting them, which leaves nothing: their end is proven by the vendor's own "no such task". There is no
 * ClientToken: repeats are made safe by looking first.
 */
export function createSfsTurboAdapter(
  api: SfsTurboApi,
  settings: SfsTurboSettings,
  gate: CallGate,
): Provider {
  const client = new SfsTurboClient(settings, gate);
  return {
    observeBatchSize: OBSERVE_BATCH_SIZE,
    batchKey: (task) => task['shareId'] ?? '',

    async cancel(task, options) {
      try {
        const call = api.delete(task);
        return accepted(call, await client.call(call, options));
      } catch (thrown) {
        return cancelAnswerOf(thrown, api.absentCode);
      }
    },

    observe: (tasks, options) =>
      orInaccessible(tasks, isMissingShare, () => observeOnShare(client, api, tasks, options)),
    list: (selection, options) => taskPage(client, api, selection, options),
    check: (options) => client.check(options),
    close: () => client.close(),
  };
}

/** The documents promise no body. A page with the promised status is something's that stands in between. */
function accepted({ operation }: SfsTurboCall, answer: HttpAnswer): CancelAnswer {
  if (answer.body.trim() === '' || jsonObject(answer) !== undefined) {
    return { kind: 'accepted', ...requestIdOf(answer) };
  }
  const message = `${operation} was answered with a body that is not the vendor's.`;
  throw new ProviderError('unrecognized', `HTTP ${answer.status}`, message, requestIdOf(answer));
}

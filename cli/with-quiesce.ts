import type { CancellationHandle, Quiesce } from '../client/index.js';
import { boundHeap } from './bound-heap.js';

/** Connects to Temporal, does the work, and closes; the client library is loaded by the commands that need it alone. */
export async function withQuiesce<T>(work: (quiesce: Quiesce) => Promise<T>): Promise<T> {
  boundHeap();
  const { Quiesce: Client } = await import('../client/index.js');
  const quiesce = await Client.connect();
  try {
    return await work(quiesce);
  } finally {
    await quiesce.close();
  }
}

/** The same for one cancellation. A URI that names no task is refused before anybody is connected to. */
export async function withCancellation<T>(
  idOrUri: string,
  work: (handle: CancellationHandle, quiesce: Quiesce) => Promise<T>,
): Promise<T> {
  const { taskNamedBy } = await import('../client/cancellation-id-of.js');
  taskNamedBy(idOrUri);
  return withQuiesce((quiesce) => work(quiesce.cancellation(idOrUri), quiesce));
}

import type { Quiesce } from '../client/index.js';

/** Connects to Temporal, does the work, and closes; the client library is loaded by the commands that need it alone. */
export async function withQuiesce<T>(work: (quiesce: Quiesce) => Promise<T>): Promise<T> {
  const { Quiesce: Client } = await import('../client/index.js');
  const quiesce = await Client.connect();
  try {
    return await work(quiesce);
  } finally {
    await quiesce.close();
  }
}

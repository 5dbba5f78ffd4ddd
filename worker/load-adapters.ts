import type { Connection } from '../config/load-config.js';
import { OPEN_GATE } from '../providers/call-gate.js';

/**
 * Loads the adapters' code, SDKs included, before the first cancellation has to wait for it. Nothing is called; an adapter that cannot
 * be made says so to whoever needs it.
 */
export async function loadAdapters(connections: Iterable<Connection>): Promise<void> {
  const ofEachProvider = new Map([...connections].map((each) => [each.provider, each]));
  const loading = [...ofEachProvider.values()].map(async ({ provider, settings }) => {
    const adapter = await provider.connect(settings, OPEN_GATE);
    adapter.close();
  });
  await Promise.allSettled(loading);
}

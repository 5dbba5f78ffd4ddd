import { hostname } from 'node:os';
import type { Quiesce } from '../../client/index.js';
import type { Config } from '../../config/load-config.js';
import { loadEncryptionKeys } from '../../encryption/encryption-keys.js';
import { verifySearchAttributes } from '../../setup/search-attributes.js';
import type { CliContext } from '../context.js';
import { readConfig } from '../read-config.js';
import { count } from '../text.js';
import { checkApi } from './check-api.js';
import { checkCallbackHost, checkCredential } from './check-connections.js';
import { checkTemporal } from './check-temporal.js';
import { checkWorkers, pollsFrom } from './check-workers.js';
import { hostsAheadMs, tellSkew, temporalAheadMs } from './clocks.js';
import { find, problem, type Finding } from './finding.js';

/** Looks at all that Quiesce needs from here; what needs something that is not well is left out. */
export async function* examine(context: CliContext, path: string | undefined): AsyncGenerator<Finding> {
  const read = await readConfig(context, path).catch((thrown: unknown) => ({ thrown }));
  yield 'thrown' in read
    ? problem('config', read.thrown)
    : find('config', () => `${read.path} has ${count(read.connections.size, 'connection')}.`);
  yield find('encryption', async () => {
    const keys = await loadEncryptionKeys(context.env);
    if (keys.ofPayloads.size === 0) return 'Payloads are in the clear.';
    return `Payloads are encrypted; ${count(keys.ofPayloads.size, 'key')} can be used.`;
  });
  const hasWorker = yield* examineTemporal();
  // Where Temporal cannot say it, that is the problem, and no other is to be made of it.
  if (!('thrown' in read)) yield* examineConfigured(read, hasWorker ?? true);
}

/** @returns whether a Worker polls from this machine, where Temporal can say it. */
async function* examineTemporal(): AsyncGenerator<Finding, boolean | undefined> {
  const { Quiesce: Client } = await import('../../client/index.js');
  const connected = await Client.connect().catch((thrown: unknown) => ({ thrown }));
  if ('thrown' in connected) {
    yield problem('temporal', connected.thrown);
    return undefined;
  }
  try {
    return yield* examineNamespace(connected);
  } finally {
    await connected.close();
  }
}

async function* examineNamespace(quiesce: Quiesce): AsyncGenerator<Finding, boolean | undefined> {
  const { client, namespace } = quiesce;
  const temporal = await find('temporal', () => checkTemporal(quiesce));
  yield temporal;
  if (!temporal.ok) return undefined;
  yield find('search attributes', async () => {
    await verifySearchAttributes(client.connection, namespace);
    return `The namespace "${namespace}" has all of them.`;
  });
  let aheadMs = 0;
  yield find('clock of temporal', async () => {
    aheadMs = await temporalAheadMs(client);
    return tellSkew('Temporal', aheadMs);
  });
  yield find('workers', () => checkWorkers(client, aheadMs));
  return pollsFrom(client, hostname(), aheadMs).catch(() => undefined);
}

async function* examineConfigured(
  { connections, callbacks, api }: Config,
  isForOthers: boolean,
): AsyncGenerator<Finding> {
  const findings: Finding[] = [];
  const aheadMs = await hostsAheadMs(async () => {
    findings.push(...(await Promise.all([...connections.values()].map(checkCredential))));
  });
  yield* findings;
  for (const [host, ms] of aheadMs) yield find(`clock of ${host}`, () => tellSkew(host, ms));
  yield* await Promise.all((callbacks?.hosts ?? []).map(checkCallbackHost));
  yield* await checkApi(api, isForOthers);
}

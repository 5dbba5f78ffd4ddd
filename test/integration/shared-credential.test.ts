import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancellationHandle } from '../../client/index.js';
import type { Connection } from '../../config/load-config.js';
import { quotaWorkflowId } from '../../contract/names.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import type { JournalCall } from '../../simulator/journal.js';
import { startStack, type Stack } from '../harness.js';

const PROVIDER = 'huawei-sfs-turbo-data';
const LOGIN = 'KeystoneCreateUserTokenByPassword';
const WORKERS = 3;
const TASKS = 30;
const COOLDOWN_MS = 2_000;
const WRONG = 'not-the-secret';
const AK = 'QUIESCE_TEST_SHARED_AK';
const SK = 'QUIESCE_TEST_SHARED_SK';
const PASSWORD = 'QUIESCE_TEST_SHARED_PASSWORD';

const definition = ALL_PROVIDERS.find(({ id }) => id === PROVIDER) as ProviderDefinition;
const { huawei } = SIMULATED_CREDENTIALS;

interface Kind {
  /** The variable that the connection's secret is in. */
  readonly variable: string;
  readonly right: string;
  readonly credentials: Readonly<Record<string, unknown>>;
  /** What the vendor counts towards a lock. */
  readonly isBad: (call: JournalCall) => boolean;
}

const { domainName, userName } = huawei;
/** By the connection's name. */
const KINDS: Readonly<Record<string, Kind>> = {
  'by-key': {
    variable: SK,
    right: huawei.sk,
    credentials: { ak: { env: AK }, sk: { env: SK } },
    isBad: ({ operation, status }) => operation !== LOGIN && status === 401,
  },
  'by-user': {
    variable: PASSWORD,
    right: huawei.password,
    credentials: { user: { domainName, userName, password: { env: PASSWORD } } },
    isBad: ({ operation, status }) => operation === LOGIN && status === 401,
  },
};

describe(`a secret that is wrong for ${WORKERS} Workers of a connection`, { concurrency: false }, () => {
  let stack: Stack;

  before(async () => {
    process.env[AK] = huawei.ak;
    for (const { variable } of Object.values(KINDS)) process.env[variable] = WRONG;
    stack = await startStack({
      cooldowns: { firstCooldownMs: COOLDOWN_MS, longestCooldownMs: COOLDOWN_MS },
      connect: ({ endpoint }) =>
        Object.entries(KINDS).map(([name, { credentials }]) => connectionTo(endpoint, name, credentials)),
    });
    // Each with gates of its own, as if in a process of its own.
    for (let n = 0; n < WORKERS; n++) await stack.startWorker();
  });
  after(() => stack.close());

  for (const [name, { variable, right, isBad }] of Object.entries(KINDS)) {
    let handles: CancellationHandle[];
    let earlierCalls = 0;
    const calls = async () => (await stack.simulator.calls()).slice(earlierCalls);
    const told = (level: string) =>
      stack.logs.filter((line) => line.startsWith(`${level} Connection "${name}": the vendor`));

    it(`(${name}) is tried by one call at a time, for all together, and told once`, async (t) => {
      earlierCalls = (await stack.simulator.calls()).length;
      const tasks = await stack.simulator.seed({ provider: PROVIDER, state: 'running', count: TASKS });
      handles = await Promise.all(
        tasks.map(({ ids }) =>
          stack.quiesce.cancel(
            { provider: PROVIDER, connection: name, ids: onlyFields(ids) },
            { deadlineAfterMs: 300_000 },
          ),
        ),
      );
      await Promise.all(handles.map((handle) => isUnauthenticated(handle)));
      await sleep(2 * COOLDOWN_MS);
      const made = await calls();
      const times = made.map(({ at }) => Date.parse(at) - Date.parse(made[0]!.at));
      t.diagnostic(`bad calls for ${TASKS} cancellations by ${WORKERS} Workers at ${times.join(', ')} ms`);
      assert.deepEqual(
        made.filter((call) => !isBad(call)),
        [],
      );
      assert.ok(times.length > 1, 'it was never tried again');
      for (const [n, time] of times.slice(1).entries())
        assert.ok(time - times[n]! >= COOLDOWN_MS - 50, `two within a pause: ${times.join(', ')}`);
      assert.equal(told('ERROR').length, 1, told('ERROR').join('\n'));
      assert.match(
        await currentDetails(stack, name),
        /### Credential of by-[^]*\*\*The vendor does not accept it\*\*: `/,
      );
    });

    it(`(${name}) lets all go on soon after it is mended, and is not locked`, async (t) => {
      process.env[variable] = right;
      const mendedAtMs = Date.now();
      const verdicts = await Promise.all(handles.map(async (handle) => (await handle.verdict()).verdict));
      assert.deepEqual(new Set(verdicts), new Set(['deleted']));
      const made = await calls();
      const good = made.find(({ operation, status }) => operation !== LOGIN && status === 200)!;
      t.diagnostic(`the first good call came ${Date.parse(good.at) - mendedAtMs} ms after it was mended`);
      assert.deepEqual(
        made.filter((call) => isBad(call) && call.number > good.number),
        [],
      );
      assert.deepEqual([told('ERROR').length, told('INFO').length], [1, 1]);
      assert.match(await currentDetails(stack, name), /The vendor accepts it/);
    });
  }
});

function connectionTo(endpoint: string, name: string, credentials: Kind['credentials']): Connection {
  const { settings } = definition.simulatedConnection({ endpoint, credentials: SIMULATED_CREDENTIALS });
  return {
    name,
    provider: definition,
    settings: definition.settings.parse({ ...settings, credentials }),
    pacing: [{ everyMs: 200 }],
    quotas: definition.operations,
  };
}

function onlyFields(ids: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(definition.fields.map(({ name }) => [name, ids[name]!]));
}

async function isUnauthenticated(handle: CancellationHandle): Promise<void> {
  for (;;) {
    const { pending } = await handle.status();
    const { type, message = '' } = pending?.lastFailure ?? {};
    if (type === 'Provider.unauthenticated') {
      assert.match(message, /The next call with it is made at 20/);
      return;
    }
    await sleep(100);
  }
}

async function currentDetails({ client }: Stack, connection: string): Promise<string> {
  const workflow = client.workflow.getHandle(quotaWorkflowId(connection));
  const metadata = await workflow.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails;
}

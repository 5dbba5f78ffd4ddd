import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { GRPC_INTERCEPTORS } from '../../client/grpc-interceptors.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { startDevServer, type DevServer } from '../../devserver/start-dev-server.js';
import { registerSearchAttributes } from '../../setup/search-attributes.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import type { JournalCall } from '../../simulator/journal.js';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.js';
import { SECRET_ENV, simulatedConnection } from '../harness.js';
import { checkEffects, fsxAsks, fsxLooks, fsxTargets, playCampaign } from './campaign-play.js';

const QUIESCE = join(import.meta.dirname, '../../../bin/quiesce.js');
const TARGETS = 2_000;
const KILLED_AT = 500;
/** A server may take seconds to come back: what is asked meanwhile must not be all there is. */
const CALLS_PER_SECOND = 200;
/** What was asked in the last seconds before may be looked at anew; asked are those alone whose call was under way. */
const MOST_ASKED_TWICE = 100;
/** Within seconds, that is; generous, for a busy machine starts a Worker in ten. How long it takes is measured in the bench. */
const GOES_ON_WITHIN_MS = 40_000;

describe('a campaign of two thousand', { timeout: 240_000 }, () => {
  let folder: string;
  let cloud: RunningSimulator;
  let simulator: SimulatorControl;
  let server: DevServer;
  let temporal: Connection;
  let client: Client;
  const children = new Set<ChildProcess>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quiesce-campaign-'));
    cloud = await startSimulator();
    simulator = new SimulatorControl(cloud.endpoint);
    server = await start({});
    temporal = await Connection.connect({ address: server.address, interceptors: GRPC_INTERCEPTORS });
    await registerSearchAttributes(temporal, 'default');
    client = new Client({ connection: temporal });
    simulatedConnection(cloud); // Sets its secrets in the environment.
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const settings = `provider: aws-fsx, region: eu-west-1, endpoint: "${cloud.endpoint}", pollEvery: 1s`;
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: { ${settings}, credentials: ${credentials} }\n`,
    );
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await temporal.close();
    await server.stop();
    await cloud.close();
    await rm(folder, { recursive: true });
  });

  async function start(where: { readonly port?: number }): Promise<DevServer> {
    const { path } = await provideTemporal({});
    return startDevServer({ path, uiPort: false, dbFilename: join(folder, 'temporal.db'), ...where });
  }

  function startWorker(): ChildProcess {
    const child = spawn(
      process.execPath,
      [QUIESCE, 'worker', '--config', join(folder, 'quiesce.config.yaml')],
      { env: { ...process.env, TEMPORAL_ADDRESS: server.address }, stdio: 'ignore' },
    );
    children.add(child);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await once(child, 'exit');
    children.delete(child);
  }

  const countAsks = async (paths: readonly string[]) =>
    [...(await fsxAsks({ simulator }, paths)).values()].flat().length;

  const crashes: [string, (worker: ChildProcess) => Promise<void>][] = [
    [
      'its Worker was killed with SIGKILL',
      async (worker) => {
        await kill(worker);
        startWorker();
      },
    ],
    [
      'the Temporal server was killed with SIGKILL',
      async () => {
        const port = Number(server.address.split(':').at(-1));
        process.kill(server.pid, 'SIGKILL');
        await server.exited;
        server = await start({ port });
      },
    ],
  ];
  for (const [what, crash] of crashes)
    it(`goes on by itself after ${what}, and changes no task twice`, async (t) => {
      const targets = await fsxTargets({ simulator }, { count: TARGETS, delays: { cancelingMs: 3_000 } });
      const worker = startWorker();
      const campaign = await playCampaign({ client }, [targets], {
        options: { callsPerSecond: CALLS_PER_SECOND },
      });
      while ((await countAsks(targets.paths)) < KILLED_AT) await sleep(50);
      await crash(worker);
      const restartedAtMs = Date.now();
      assert.ok((await countAsks(targets.paths)) < TARGETS, 'it was not in the middle');
      const { result } = await campaign.end();
      assert.deepEqual([result.end, result.verdicts], ['done', { canceled: TARGETS }]);
      const asks = await fsxAsks({ simulator }, targets.paths);
      checkEffects(asks);
      const twice = [...asks].filter(([, { length }]) => length > 1);
      t.diagnostic(`${twice.length} of ${TARGETS} were asked twice`);
      assert.ok(twice.length <= MOST_ASKED_TWICE, `${twice.length} were asked twice`);
      const looks = await fsxLooks({ simulator }, targets.paths);
      for (const [id, calls] of twice) checkLooksBetween(id, calls, looks.get(id) ?? []);
      const goesOnMs = firstAfter(restartedAtMs, [...asks.values()].flat()) - restartedAtMs;
      t.diagnostic(`it asked again ${goesOnMs} ms after the restart`);
      assert.ok(goesOnMs < GOES_ON_WITHIN_MS, `${goesOnMs} ms`);
      for (const child of children) await kill(child);
    });
});

/** Nobody asks anew without having looked meanwhile. */
function checkLooksBetween(id: string, asks: readonly JournalCall[], looks: readonly JournalCall[]): void {
  for (const [index, { number }] of asks.entries()) {
    const last = asks[index - 1];
    const looked =
      last === undefined || looks.some((look) => look.number > last.number && look.number < number);
    assert.ok(looked, `${id} was asked again without a look`);
  }
}

function firstAfter(ms: number, calls: readonly JournalCall[]): number {
  return Math.min(...calls.map(({ at }) => Date.parse(at)).filter((atMs) => atMs > ms));
}

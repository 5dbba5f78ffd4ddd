import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.js';
import { Quiesce } from '../../client/index.js';
import { provideTestServer } from '../../devserver/provide-test-server.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { createQuiesceWorker } from '../../worker/create-worker.js';
import { openConnections } from '../../worker/open-connections.js';
import { simulatedConnection } from '../harness.js';

const HOUR_MS = 3_600_000;
/** temporal.api.enums.v1.INDEXED_VALUE_TYPE_KEYWORD */
const KEYWORD = 2;

/** On Temporal's time-skipping server, with the pacing of the real cloud. */
describe('a cancellation that takes three days of cloud time', () => {
  let temporal: TestWorkflowEnvironment;
  let cloud: Awaited<ReturnType<typeof startSimulator>>;

  before(async () => {
    const { path } = await provideTestServer({});
    temporal = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path } },
    });
    // This server cannot list what is registered, which `registerSearchAttributes` does first.
    const searchAttributes = Object.fromEntries(
      Object.values(SEARCH_ATTRIBUTES).map((name) => [name, KEYWORD]),
    );
    await temporal.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
    cloud = await startSimulator({ port: 0 });
  });
  after(async () => {
    await cloud.close();
    await temporal.teardown();
  });

  it('is proved, with one ask, few looks and a small history', async () => {
    const simulator = new SimulatorControl(cloud.endpoint);
    const connection = simulatedConnection(cloud);
    const connections = openConnections({
      temporal: temporal.nativeConnection,
      namespace: 'default',
      connections: new Map([[connection.name, connection]]),
    });
    const worker = await createQuiesceWorker({
      temporal: temporal.nativeConnection,
      namespace: 'default',
      connections,
    });
    const [task] = await simulator.seed({
      provider: 'aws-fsx',
      state: 'running',
      delays: { runningMs: 1_000 * HOUR_MS, cancelingMs: 72 * HOUR_MS },
    });

    const result = await worker.runUntil(async () => {
      const quiesce = new Quiesce(temporal.client);
      const handle = await quiesce.cancel(`aws-fsx://sim/${task!.id}`, { deadlineAfterMs: 100 * HOUR_MS });
      for (let hour = 0; hour < 73; hour++) {
        await temporal.sleep(HOUR_MS);
        await simulator.advanceClock(HOUR_MS);
      }
      return handle.verdict();
    });
    await connections.close();

    assert.deepEqual([result.verdict, result.attempts, result.evidence.asks], ['canceled', 1, 1]);
    const tookMs = Date.parse(result.endedAt) - Date.parse(result.startedAt);
    assert.ok(tookMs >= 72 * HOUR_MS && tookMs < 75 * HOUR_MS, `${tookMs / HOUR_MS} hours`);
    assert.ok(result.evidence.observations < 1_500, `${result.evidence.observations} looks`);
    const { historyLength } = await temporal.client.workflow.getHandle(result.id).describe();
    assert.ok(historyLength <= 30, `${historyLength} events`);
  });
});

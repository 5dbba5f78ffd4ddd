import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { CallGate } from '../../providers/call-gate.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections } from '../harness.js';
import { idsOf, openClouds, seedTask, seedTasks, type Cloud } from './clouds.js';

const { signal } = new AbortController();
const clientToken = 'b'.repeat(64);

const simulator = await startSimulator();
const control = new SimulatorControl(simulator.endpoint);
const clouds = await openClouds(control, simulatedConnections(simulator));

/** Quotas are kept and a refused credential stops at the gate: a call that goes round it does neither. */
describe('the calls of an adapter', () => {
  after(() => simulator.close());

  for (const cloud of clouds) {
    const { definition, simulated } = cloud;

    it(`all go through the gate, each under its vendor's name of it (${definition.id})`, async () => {
      const { passed, arrived } = await makeEveryCall(cloud);
      assert.deepEqual(passed, arrived, 'what passed the gate, and what arrived at the vendor');
      const known = Object.keys(definition.operations);
      assert.deepEqual(
        passed.filter((operation) => !known.includes(operation)),
        [],
        'operations that the definition does not list',
      );
    });

    it(`are what the definition and the simulation list (${definition.id})`, () => {
      const { cancel, observe } = simulated.operations;
      for (const operation of [cancel, ...observe])
        assert.ok(Object.hasOwn(definition.operations, operation), operation);
    });
  }

  /** Every method of an adapter at least once; operations in the order they were called. */
  async function makeEveryCall(cloud: Cloud): Promise<{ passed: string[]; arrived: string[] }> {
    const passed: string[] = [];
    const gate: CallGate = {
      pass(operation, _signal, call) {
        passed.push(operation);
        return call();
      },
    };
    const adapter = await cloud.definition.connect(cloud.connection.settings, gate);
    const tasks = await seedTasks(cloud, { count: Math.min(adapter.observeBatchSize, 50) });
    const before = (await control.summary()).totals.calls;
    const [first] = tasks.map(idsOf);

    await adapter.check({ signal });
    await adapter.observe([first!], { signal });
    await adapter.observe(tasks.map(idsOf), { signal });
    await adapter.rehearse?.(first!, { signal });
    await adapter.cancel(first!, { signal, clientToken });
    if (adapter.subtasks !== undefined) {
      const blocked = idsOf(await seedTask(cloud, { details: { runningSubtasks: 1, subtaskMs: 60_000 } }));
      await adapter.cancel(blocked, { signal, clientToken: 'c'.repeat(64) });
      const [running] = await adapter.subtasks.running([blocked], { signal });
      assert.equal(running?.count, 1);
      await adapter.subtasks.cancel(blocked, running.ids[0]!, { signal, clientToken });
    }
    adapter.close();
    const arrived = (await control.calls({ after: before })).map(({ operation }) => operation);
    return { passed, arrived };
  }
});

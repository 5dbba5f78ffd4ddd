import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { CallGate } from '../../providers/call-gate.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections } from '../harness.js';
import { idsOf, openClouds, seedTask, seedTasks, type Cloud } from './clouds.js';

const { signal } = new AbortController();

const simulator = await startSimulator();
const control = new SimulatorControl(simulator.endpoint);
const clouds = await openClouds(control, simulatedConnections(simulator));
const before = new Map<Cloud, number>();

/** Quotas are kept and a refused credential stops at the gate: a call that goes round it does neither. */
describe('the calls of an adapter', () => {
  after(() => simulator.close());

  for (const cloud of clouds) {
    const { definition, simulated } = cloud;

    it(`all go through the gate, each under its vendor's name of it (${definition.id})`, async () => {
      const passes = await makeEveryCall(cloud);
      const known = Object.keys(definition.operations);
      for (const { operation, arrived } of passes) {
        assert.ok(known.includes(operation), `the definition does not list ${operation}`);
        // Before it there may be calls for its credential: they are no operations of tasks, and have no quota of theirs.
        assert.equal(arrived.at(-1), operation);
        assert.equal(arrived.filter((each) => known.includes(each)).length, 1, arrived.join());
      }
      const inside = passes.reduce((sum, { arrived }) => sum + arrived.length, 0);
      assert.equal(
        inside,
        (await control.summary()).totals.calls - before.get(cloud)!,
        'calls round the gate',
      );
    });

    it(`are what the definition and the simulation list (${definition.id})`, () => {
      const { cancel, observe } = simulated.operations;
      for (const operation of [cancel, ...observe])
        assert.ok(Object.hasOwn(definition.operations, operation), operation);
    });
  }

  /** Calls every method of an adapter; resolves to what passed its gate, and what arrived at the vendor meanwhile. */
  async function makeEveryCall(cloud: Cloud): Promise<Pass[]> {
    const passes: Pass[] = [];
    const gate: CallGate = {
      async pass(operation, _signal, call) {
        const { totals } = await control.summary();
        try {
          return await call();
        } finally {
          const arrived = (await control.calls({ after: totals.calls })).map((each) => each.operation);
          passes.push({ operation, arrived });
        }
      },
    };
    const adapter = await cloud.definition.connect(cloud.connection.settings, gate);
    const [first, ...others] = (await seedTasks(cloud, { count: 5 })).map(idsOf);
    before.set(cloud, (await control.summary()).totals.calls);

    await adapter.check({ signal });
    await adapter.observe([first!], { signal });
    await adapter.observe([first!, ...others], { signal });
    await adapter.rehearse?.(first!, { signal });
    await adapter.cancel(first!, { signal, clientToken: 'b'.repeat(64) });
    if (adapter.subtasks !== undefined) {
      const blocked = idsOf(await seedTask(cloud, { details: { runningSubtasks: 1, subtaskMs: 60_000 } }));
      await adapter.cancel(blocked, { signal, clientToken: 'c'.repeat(64) });
      const [running] = await adapter.subtasks.running([blocked], { signal });
      assert.equal(running?.count, 1);
      await adapter.subtasks.cancel(blocked, running.ids[0]!, { signal, clientToken: 'd'.repeat(64) });
    }
    adapter.close();
    return passes;
  }
});

/** One passage of the gate. */
interface Pass {
  readonly operation: string;
  readonly arrived: readonly string[];
}

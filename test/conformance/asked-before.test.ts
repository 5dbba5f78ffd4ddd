import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { AskTargetsInput, AskTargetsOutput } from '../../activities/ask-targets.js';
import { createCampaignActivities } from '../../activities/campaign-activities.js';
import { targetPath } from '../../contract/task.js';
import { SimulatorControl } from '../../simulator/control-client.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { simulatedConnections } from '../harness.js';
import { liveAlone, NOBODY_ELSE } from '../live-alone.js';
import { absentTask, openClouds } from './clouds.js';

const cloud = await startSimulator();
const connections = simulatedConnections(cloud);
const live = liveAlone(connections);
after(async () => {
  await live.close();
  await cloud.close();
});
const clouds = await openClouds(new SimulatorControl(cloud.endpoint), connections);
const activities = createCampaignActivities(live, NOBODY_ELSE);

/** A Worker was lost with what it had asked, and so was the attempt after it: the lane knows that asks may have been made, and no more. */
describe('a target of a lane that is not there, and may have been asked', () => {
  for (const each of clouds) {
    const { id, cancelLeaves } = each.definition;
    const stateOf = async (more: Partial<AskTargetsInput>) => {
      const { ref } = await absentTask(each);
      const input = {
        connection: ref.connection,
        provider: id,
        fields: each.definition.fields.map(({ name }) => name),
        targets: [targetPath(ref)],
        tokenSeed: 'a-run',
        sliceMs: 10_000,
        ...more,
      };
      const { changes } = (await new MockActivityEnvironment().run(
        (asked: AskTargetsInput) => activities.askTargets(asked),
        input,
      )) as AskTargetsOutput;
      return changes.map(([, { state }]) => state);
    };

    it(`of ${id}: never was, if nobody can have asked it`, async () => {
      assert.deepEqual(await stateOf({}), ['not-found']);
    });

    it(`of ${id}: ${cancelLeaves === 'nothing' ? 'may be gone by that' : 'never was, for a cancel leaves a record'}`, async () => {
      assert.deepEqual(await stateOf({ asked: [0] }), [cancelLeaves === 'nothing' ? 'open' : 'not-found']);
    });
  }
});

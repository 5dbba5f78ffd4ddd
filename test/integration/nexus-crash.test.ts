import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkerProcess, type WorkerProcess } from '../../cli/stack/worker-process.js';
import type { CampaignResult } from '../../contract/campaign.js';
import { campaignWorkflowId, laneWorkflowId } from '../../contract/names.js';
import { SECRET_ENV } from '../harness.js';
import { asFsxTargets, checkEffects, fsxAsks } from './campaign-play.js';
import { startNexusStack, type NexusStack } from './nexus-play.js';

const TARGETS = 1_000;

describe('a Worker killed with SIGKILL', { timeout: 300_000 }, () => {
  let stack: NexusStack;
  let folder: string;
  const workers: WorkerProcess[] = [];

  before(async () => {
    stack = await startNexusStack();
    await stack.worker.stop();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-nexus-'));
    const { id, secret } = SECRET_ENV;
    const credentials = `{ accessKeyId: { env: ${id} }, secretAccessKey: { env: ${secret} } }`;
    const settings = `provider: aws-fsx, region: eu-west-1, endpoint: "${stack.endpoint}", pollEvery: 200ms`;
    await writeFile(
      join(folder, 'quiesce.config.yaml'),
      `connections:\n  sim: { ${settings}, credentials: ${credentials} }\n`,
    );
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await stack.close();
    await rm(folder, { recursive: true });
  });

  async function startWorker(): Promise<WorkerProcess> {
    const worker = await startWorkerProcess({
      configPath: join(folder, 'quiesce.config.yaml'),
      env: { ...process.env, TEMPORAL_ADDRESS: stack.address },
      logPath: join(folder, `worker-${workers.length}.log`),
      signal: AbortSignal.timeout(60_000),
    });
    workers.push(worker);
    return worker;
  }

  const isThere = (workflowId: string) =>
    stack.client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );

  for (const [when, workflowId] of [
    ['as the campaign begins', campaignWorkflowId],
    ['as its first lane is loaded', (id: string) => laneWorkflowId(id, 1)],
  ] as const) {
    it(`${when}: the operation begins again, and each target is asked once`, async () => {
      const first = await startWorker();
      const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: TARGETS });
      const { paths } = asFsxTargets(tasks.map(({ id }) => id));
      const id = when.replaceAll(' ', '-');
      const targets = paths.map((path) => `aws-fsx://sim/${path}`);
      const call = await stack.call('orders', 'callStartCampaign', { id, reason: 'a test', targets });
      while (!(await isThere(workflowId(id)))) await sleep(1);
      first.kill();
      await first.exited;
      await startWorker();
      const result = (await call.result()) as CampaignResult;
      assert.deepEqual([result.end, result.verdicts], ['done', { canceled: TARGETS }]);
      checkEffects(await fsxAsks(stack, paths));
      await workers.at(-1)?.stop();
    });
  }
});

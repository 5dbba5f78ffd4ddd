import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LaneRows } from '../../contract/campaign-lane.js';
import type { CampaignProgress, CampaignResult } from '../../contract/campaign.js';
import type { CancelProgress, CancelResult, ExtendAnswer } from '../../contract/cancellation.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { ContractSchemas, ROOT } from '../contract-schemas.js';
import { simulatedConnection, startStack, type Stack } from '../harness.js';

const COMMANDS_TIMEOUT_MS = 60_000;
const CANCEL = 'CancelDataRepositoryTask';
/** Those that docs/contract.md is about. */
const TASK = 'task-0123456789abcdef0';
const STUCK = 'task-0fedcba9876543210';
const FILE_SYSTEM = 'fs-0123456789abcdef0';
const LISTED = ['task-0000000000000000a', 'task-0000000000000000b'];

/** Each command's output in a file of its own. */
const NUMBERED = 'n=0; temporal() { n=$((n + 1)); command temporal "$@" > "out.$n"; }';

/** The commands of docs/contract.md, as they stand there, in a shell that has nothing of ours. */
describe('with nothing but the temporal command line', { timeout: 300_000 }, () => {
  const schemas = new ContractSchemas();
  const page = readFileSync(join(ROOT, 'docs/contract.md'), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  let stack: Stack;
  let folder: string;

  before(async () => {
    stack = await startStack({
      everyMs: 100,
      connect: (cloud, everyMs) => [{ ...simulatedConnection(cloud, everyMs), name: 'fsx-prod' }],
    });
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-contract-'));
    const { path } = await provideTemporal({});
    await symlink(path, join(folder, 'temporal'));
  });
  after(async () => {
    await stack.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What each command printed, in order. */
  async function shell(commands: string): Promise<string[]> {
    const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, TEMPORAL_ADDRESS: stack.address };
    const options = { cwd: folder, env, timeout: COMMANDS_TIMEOUT_MS };
    await promisify(execFile)('sh', ['-euc', `rm -f out.*; ${NUMBERED}\n${commands}`], options);
    const printed: string[] = [];
    for (let n = 1; existsSync(join(folder, `out.${n}`)); n++)
      printed.push(readFileSync(join(folder, `out.${n}`), 'utf8'));
    return printed;
  }

  /** Runs the one block in which that stands. */
  function run(marker: string): Promise<string[]> {
    const [block, ...others] = blocks.filter((text) => text.includes(marker));
    assert.ok(block !== undefined && others.length === 0, `not one block of docs/contract.md has ${marker}`);
    blocks.splice(blocks.indexOf(block), 1);
    return shell(block);
  }

  /** This command line prints an empty list as null; no answer of ours has one. */
  function parsed(json: string | undefined): unknown {
    return JSON.parse(json ?? '', (_, value: unknown) => (value === null ? [] : value));
  }

  const resultOf = (json: string | undefined) => (parsed(json) as { readonly result: unknown }).result;
  const answerOf = (json: string | undefined) =>
    (parsed(json) as { readonly queryResult: readonly unknown[] }).queryResult[0];

  async function seed(request: object): Promise<void> {
    await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', ...request });
  }

  it('a task is canceled, and the result says so', async () => {
    await seed({ ids: [TASK], delays: { cancelingMs: 300 } });
    const [, json] = await run('workflow result --workflow-id cancel/');
    const result = resultOf(json) as CancelResult;
    schemas.fits('cancelTask', 'cancelTask', 'gives', result);
    assert.deepEqual(
      [result.verdict, result.evidence.lastState, result.requestedBy, result.reason],
      ['canceled', 'CANCELED', 'ada', 'wrong bucket'],
    );
    assert.equal((await stack.simulator.calls({ taskId: TASK, operation: CANCEL })).length, 1);
  });

  it('another is asked how it is, poked, given more time, and given up', async () => {
    await seed({ ids: [STUCK], onCancel: 'stuckCanceling' });
    await shell(`temporal workflow start --type cancelTask --task-queue quiesce -w cancel/aws-fsx/fsx-prod/${STUCK} \\
      --input '{"task": {"provider": "aws-fsx", "connection": "fsx-prod", "ids": {"taskId": "${STUCK}"}}}'`);
    while ((await stack.simulator.calls({ taskId: STUCK, operation: CANCEL })).length === 0) await sleep(50);
    const [progress, , extended, abandoned] = await run('--name pollNow');

    const story = answerOf(progress) as CancelProgress;
    schemas.fits('cancelTask', 'progress', 'gives', story);
    assert.equal(story.seen, true);
    const { deadlineAt } = resultOf(extended) as ExtendAnswer;
    schemas.fits('cancelTask', 'extendDeadline', 'gives', { deadlineAt });
    assert.equal(Date.parse(deadlineAt), story.deadlineAtMs + 3_600_000);
    schemas.fits('cancelTask', 'abandon', 'gives', resultOf(abandoned));
    const { verdict, evidence } = await stack.quiesce.cancellation(`aws-fsx://fsx-prod/${STUCK}`).verdict();
    assert.deepEqual([verdict, evidence.givenUp?.reason], ['unproven', 'the file system is gone']);
  });

  it('both are found by Search Attributes', async () => {
    type Found = { readonly execution: { readonly workflowId: string } }[];
    const ids = (json: string | undefined) =>
      (parsed(json) as Found).map(({ execution }) => execution.workflowId);
    const search = blocks.find((text) => text.includes('QuiesceTask=')) ?? '';
    // Visibility is behind by a moment.
    let found = await run('QuiesceTask=');
    while (found.some((json) => ids(json).length === 0)) {
      await sleep(200);
      found = await shell(search);
    }
    assert.deepEqual(found.map(ids), [
      [`cancel/aws-fsx/fsx-prod/${TASK}`],
      [`cancel/aws-fsx/fsx-prod/${STUCK}`],
    ]);
  });

  it('a campaign finds its targets, plans, is started and steered, and reports', async () => {
    await seed({ count: 3, details: { fileSystemId: FILE_SYSTEM }, delays: { cancelingMs: 500 } });
    await run('--search-attribute');
    const phase = async () => (await stack.quiesce.campaigns.get('tuesday').progress()).phase;
    while ((await phase()) !== 'planned') await sleep(100);
    const [planned, , , , , ended, lane] = await run('--name setRate');

    const progress = answerOf(planned) as CampaignProgress;
    schemas.fits('cancelCampaign', 'progress', 'gives', progress);
    assert.deepEqual([progress.phase, progress.plan?.wouldCancel], ['planned', 3]);
    const result = resultOf(ended) as CampaignResult;
    schemas.fits('cancelCampaign', 'cancelCampaign', 'gives', result);
    assert.deepEqual([result.end, result.verdicts], ['done', { canceled: 3 }]);
    const rows = answerOf(lane) as LaneRows;
    schemas.fits('campaignLane', 'rows', 'gives', rows);
    assert.deepEqual(
      rows.rows.map(({ state, rawState }) => [state, rawState]),
      Array.from({ length: 3 }, () => ['canceled', 'CANCELED']),
    );
  });

  it('a campaign is given its targets lane by lane', async () => {
    await seed({ ids: LISTED });
    const [, opened, , , ended] = await run('--name openLane');
    schemas.fits('cancelCampaign', 'openLane', 'gives', resultOf(opened));
    assert.deepEqual((resultOf(ended) as CampaignResult).verdicts, { canceled: 2 });
  });

  it('what fails says so by a type of the contract', async () => {
    const id = `cancel/aws-fsx/elsewhere/${TASK}`;
    const [, failed] = await shell(`temporal workflow start --type cancelTask --task-queue quiesce -w ${id} \\
      --input '{"task": {"provider": "aws-fsx", "connection": "elsewhere", "ids": {"taskId": "${TASK}"}}}'
      temporal workflow result -w ${id} --output json || true`);
    assert.match(failed ?? '', /"type": "UnknownConnection"/);
  });

  it('all commands of the page have run', () => {
    assert.deepEqual(blocks, []);
  });
});

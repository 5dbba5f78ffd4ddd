import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { authenticationOf } from '../../api/authenticate.js';
import { SCOPES, type Scope } from '../../api/caller.js';
import { toCancellationId } from '../../api/cancellation-id.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import { apiSchema } from '../../config/api-settings.js';
import type { CampaignInput, OpenLaneAnswer, OpenLaneRequest } from '../../contract/campaign.js';
import {
  CANCEL_CAMPAIGN_WORKFLOW,
  CANCEL_TASK_WORKFLOW,
  campaignWorkflowId,
  LOAD_UPDATE,
  OPEN_LANE_UPDATE,
  SEAL_UPDATE,
  TASK_QUEUE,
} from '../../contract/names.js';
import { cancelWorkflowId } from '../../contract/task.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import { configOf, slugOf, startApi, type RunningApi } from '../api-server.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

/** What would be another address of the vendor's API, another header, or another query, if it came into a request as it is. */
const LEADING_OUT = [
  '..',
  '.',
  '../../other',
  'x/..',
  '..%2F..',
  'x?y=z',
  'x#y',
  'x\r\nHost: elsewhere',
  '*',
  "x' or ''='",
];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

describe('who means ill', { timeout: 300_000 }, () => {
  let stack: Stack;
  let api: RunningApi;
  let folder: string;
  const keys: Partial<Record<Scope | 'narrow' | 'ci', string>> = {};

  before(async () => {
    stack = await startStack({ everyMs: 100, connect: simulatedConnections });
    await stack.startWorker();
    folder = await mkdtemp(join(tmpdir(), 'quiesce-abuse-'));
    const keysFile = join(folder, 'keys.json');
    const make = async (name: keyof typeof keys, scopes: readonly Scope[], connections?: string[]) => {
      const { key, sha256 } = newApiKey();
      keys[name] = key;
      const createdAt = new Date().toISOString();
      const entry = { name, sha256, scopes: [...scopes], createdAt, ...(connections && { connections }) };
      await changeKeysFile(keysFile, (others) => [...others, entry]);
    };
    for (const scope of SCOPES) await make(scope, [scope]);
    await make('ci', SCOPES);
    await make('narrow', SCOPES, ['sim-cpfs']);
    const settings = apiSchema.parse({ keysFile, rateLimit: null });
    api = await startApi(stack, {
      config: configOf(stack, settings),
      authenticate: authenticationOf(settings, false),
    });
  });
  after(async () => {
    await api?.close();
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const statusOf = async (method: string, path: string, headers: Record<string, string>) => {
    const answer = await fetch(api.url + path, { method, headers });
    await answer.body?.cancel();
    return answer.status;
  };
  const seed = async () => {
    const [task] = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running' });
    return task!.id;
  };
  const as = (caller: keyof typeof keys) => ({ headers: { authorization: `Bearer ${keys[caller]}` } });

  it('is let in by no operation without a credential, and by one scope alone with one', async () => {
    const { body } = await api.send<{ paths: Record<string, Record<string, { security?: unknown[] }>> }>(
      'GET',
      '/openapi.json',
    );
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      METHODS.filter((method) => methods[method] !== undefined).map((method) => ({
        method: method.toUpperCase(),
        path: path
          .replace(
            '{id}',
            path.includes('cancellations') ? toCancellationId('cancel/aws-fsx/sim-fsx/x') : 'nosuch',
          )
          .replaceAll(/\{\w+\}/g, 'x'),
        isOpen: methods[method]?.security?.length === 0,
      })),
    );
    const open = operations.filter(({ isOpen }) => isOpen).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(open.sort(), ['GET /healthz', 'GET /readyz']);
    const guarded = operations.filter(({ isOpen }) => !isOpen);
    assert.ok(guarded.length > 20, `${guarded.length} operations`);
    for (const { method, path } of guarded) {
      for (const headers of [
        {},
        { authorization: `Bearer ${newApiKey().key}` },
        { authorization: 'Bearer a.b.c' },
      ]) {
        const status = await statusOf(method, path, headers);
        assert.equal(status, 401, `${method} ${path}`);
      }
      const opening = [];
      for (const scope of SCOPES)
        if ((await statusOf(method, path, as(scope).headers)) !== 403) opening.push(scope);
      assert.equal(opening.length, 1, `${method} ${path}: ${opening.join()}`);
      const isReading = method === 'GET';
      assert.equal(opening[0] === 'read', isReading, `${method} ${path}: ${opening.join()}`);
    }
  });

  it('reaches by no id over HTTP what is no cancellation', async () => {
    const task = await seed();
    await (await stack.quiesce.cancel(`aws-fsx://sim-fsx/${task}`)).verdict();
    const real = `cancel/aws-fsx/sim-fsx/${task}`;
    assert.equal(
      (await api.send('GET', `/v1/cancellations/${toCancellationId(real)}`, as('ci'))).status,
      200,
    );
    const workflowIds = [
      'quota/sim-fsx',
      'campaign/x',
      'callback/x',
      'idempotency/x',
      `x/${real}`,
      `/${real}`,
      'cancel',
    ];
    for (const workflowId of workflowIds) {
      const id = toCancellationId(workflowId);
      for (const [method, verb] of [
        ['GET', ''],
        ['POST', ':abandon'],
        ['POST', ':extend'],
        ['POST', ':poll-now'],
      ] as const) {
        const body = { reason: 'x', byMs: 1_000 };
        const fitting =
          verb === ':abandon'
            ? { reason: body.reason }
            : verb === ':extend'
              ? { byMs: body.byMs }
              : undefined;
        const answer = await api.send(method, `/v1/cancellations/${id}${verb}`, {
          ...as('ci'),
          ...(fitting && { body: fitting }),
        });
        assert.deepEqual(
          [answer.status, slugOf(answer)],
          [404, 'cancellation-not-found'],
          `${workflowId}${verb}`,
        );
      }
    }
    // Nor does one of some connections reach others' by writing theirs in another way.
    for (const workflowId of [
      real,
      real.replace('sim-fsx', 'sim%2Dfsx'),
      real.replace('sim-fsx', 'sim-cpfs'),
    ]) {
      const { status } = await api.send(
        'GET',
        `/v1/cancellations/${toCancellationId(workflowId)}`,
        as('narrow'),
      );
      assert.ok(status === 403 || status === 404, `${workflowId}: ${status}`);
    }
  });

  it('sees no more by what they write into a filter', async () => {
    const task = await seed();
    await (await stack.quiesce.cancel(`aws-fsx://sim-fsx/${task}`, { requestedBy: 'ada' })).verdict();
    const list = async (caller: keyof typeof keys, filter: Record<string, string>) => {
      const query = new URLSearchParams(filter).toString();
      const { status, body } = await api.send<{ items?: unknown[] }>(
        'GET',
        `/v1/cancellations?${query}`,
        as(caller),
      );
      return status === 200 ? body.items?.length : `refused: ${status}`;
    };
    while ((await list('read', { requestedBy: 'ada' })) !== 1) await sleep(100);
    for (const text of [`x' OR QuiesceRequestedBy = 'ada`, `x\\' OR '1' = '1`, `ada' --`, 'ada"'])
      for (const name of ['requestedBy', 'campaign'])
        assert.ok(
          [0, 'refused: 400'].includes((await list('read', { [name]: text })) ?? -1),
          `${name}: ${text}`,
        );
    assert.equal(await list('narrow', { requestedBy: 'ada' }), 0);
    for (const connection of ['sim-fsx', `sim-cpfs' OR QuiesceConnection = 'sim-fsx`])
      assert.ok(
        [0, 'refused: 403', 'refused: 400'].includes((await list('narrow', { connection })) ?? -1),
        connection,
      );
  });

  it('reaches with no id, also past the typed client, another address of a vendor', async () => {
    const earlier = (await stack.simulator.calls({})).length;
    for (const definition of ALL_PROVIDERS) {
      const { name: connection } =
        stack.connections.find(({ provider }) => provider.id === definition.id) ?? {};
      for (const [at, { name: field }] of definition.fields.entries())
        for (const bad of LEADING_OUT) {
          const ids = { ...examplesOf(definition), [field]: bad };
          const task = { provider: definition.id, connection: connection ?? '', ids };
          const starting = stack.client.workflow.start(CANCEL_TASK_WORKFLOW, {
            workflowId: cancelWorkflowId(task),
            taskQueue: TASK_QUEUE,
            args: [{ task }],
          });
          const handle = await starting;
          await assert.rejects(handle.result(), (thrown: unknown) => {
            assert.ok(thrown instanceof WorkflowFailedError && thrown.cause instanceof ApplicationFailure);
            assert.equal(thrown.cause.type, 'InvalidInput', `${definition.id} ${at} ${bad}`);
            return true;
          });
        }
    }
    assert.equal((await stack.simulator.calls({})).length, earlier);
  });

  it('nor by the targets of a campaign, of which the others go on', async () => {
    const earlier = (await stack.simulator.calls({})).length;
    for (const definition of ALL_PROVIDERS) {
      const id = `bad-${definition.id}`;
      const { name: connection = '' } =
        stack.connections.find(({ provider }) => provider.id === definition.id) ?? {};
      const fields = definition.fields.map(({ name }) => name);
      const pathOf = (ids: object) => Object.values(ids).map(encodeURIComponent).join('/');
      const bad = LEADING_OUT.map((text) =>
        pathOf({ ...examplesOf(definition), [fields.at(-1) ?? '']: text }),
      );
      const targets = [pathOf(examplesOf(definition)), ...bad];
      const input: CampaignInput = { reason: 'to be refused' };
      const campaign = await stack.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, {
        workflowId: campaignWorkflowId(id),
        taskQueue: TASK_QUEUE,
        args: [input],
      });
      const request: OpenLaneRequest = {
        connection,
        provider: definition.id,
        targets: targets.length,
        fields,
      };
      const { workflowId } = await campaign.executeUpdate<OpenLaneAnswer, [OpenLaneRequest]>(
        OPEN_LANE_UPDATE,
        { args: [request] },
      );
      await stack.client.workflow.getHandle(workflowId).executeUpdate(LOAD_UPDATE, { args: [{ targets }] });
      await campaign.executeUpdate(SEAL_UPDATE, { args: [{ targets: targets.length }] });
      const handle = stack.quiesce.campaigns.get(id);
      await handle.planned();
      await handle.start({ by: 'mallory' });
      const { verdicts } = await handle.result();
      assert.equal(verdicts.errored, bad.length, `${definition.id}: ${JSON.stringify(verdicts)}`);
    }
    const calls = (await stack.simulator.calls({})).slice(earlier);
    assert.deepEqual(
      new Set(calls.map(({ provider }) => provider)),
      new Set(ALL_PROVIDERS.map(({ id }) => id)),
      'the one that is as it should be was looked for',
    );
    const named = calls.flatMap(({ taskIds }) => taskIds);
    assert.deepEqual(
      named.filter((id) => LEADING_OUT.some((text) => id.includes(text))),
      [],
    );
  });
});

function examplesOf({ fields }: ProviderDefinition): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, example }) => [name, example]));
}

import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import type { CampaignEvent } from '../../api/schemas/campaign.js';
import type { Problem } from '../../api/problem.js';
import { CampaignFailedError, Quiesce, type CampaignHandle } from '../../client/index.js';
import { campaignWorkflowId } from '../../contract/names.js';
import { slugOf, startApi, type RunningApi } from '../api-server.js';
import { simulatedConnections, startStack, type Stack } from '../harness.js';

const FSX = 'aws-fsx';

interface ReadEvent {
  readonly id: string;
  readonly event: string;
  readonly data: CampaignEvent;
}

describe('the events of a campaign over HTTP', { timeout: 300_000 }, () => {
  let stack: Stack;
  let api: RunningApi;

  before(async () => {
    stack = await startStack({ everyMs: 200, connect: simulatedConnections });
    await stack.startWorker();
    api = await startApi(stack);
  });
  after(async () => {
    await api.close();
    await stack.close();
  });

  async function started(count: number, callsPerSecond?: number): Promise<CampaignHandle> {
    const tasks = await stack.simulator.seed({ provider: FSX, state: 'running', count });
    const targets = tasks.map(({ id }) => `${FSX}://sim-fsx/${id}`);
    const pace = callsPerSecond === undefined ? {} : { callsPerSecond };
    return stack.quiesce.campaigns.start({ targets }, { reason: 'a test', ...pace });
  }

  /** As a browser's EventSource does, but that it comes back only when it is told to. */
  async function listen(id: string, lastId?: string, url = api.url) {
    const leaving = new AbortController();
    const headers = lastId === undefined ? undefined : { 'last-event-id': lastId };
    const answer = await fetch(`${url}/v1/campaigns/${id}/events`, {
      signal: leaving.signal,
      ...(headers && { headers }),
    });
    return { answer, events: eventsOf(answer), leave: () => leaving.abort() };
  }

  async function* eventsOf({ body }: Response): AsyncGenerator<ReadEvent> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/, 2) as [string, string]);
        text = text.slice(end + 2);
        const { id = '', event = '', data } = Object.fromEntries(fields) as Partial<Record<string, string>>;
        if (data !== undefined) yield { id, event, data: JSON.parse(data) as CampaignEvent };
      }
    }
  }

  async function taken(events: AsyncIterable<ReadEvent>): Promise<ReadEvent[]> {
    const all = [];
    for await (const event of events) all.push(event);
    return all;
  }

  it('tell how it goes on, to its end, each of them something new', async () => {
    const campaign = await started(40, 10);
    const { answer, events } = await listen(campaign.id);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const all = await taken(events);
    assert.ok(all.length > 2, `${all.length} events`);
    assert.ok(all.every(({ id }, place) => id !== all[place - 1]?.id));
    assert.deepEqual(new Set(all.slice(0, -1).map(({ event }) => event)), new Set(['progress']));
    const { event, data } = all.at(-1)!;
    assert.deepEqual([event, data.phase, data.end, data.states], ['end', 'ended', 'done', { canceled: 40 }]);
    assert.deepEqual([data.etaMs, data.reason], [0, 'a test']);
    assert.ok(all.some((each) => (each.data.asksPerSecond ?? 0) > 0));
    for (const each of all) {
      const sum = Object.values(each.data.states).reduce((total, one) => total + one, 0);
      assert.equal(sum, each.data.targets);
    }
  });

  it('go on where they were for whoever comes back, at any instance of the service', async () => {
    const other = await startApi(stack);
    const campaign = await started(30, 3);
    const first = await listen(campaign.id);
    const { value: last } = (await first.events.next()) as { value: ReadEvent };
    first.leave();
    await campaign.pause({ by: 'tester' });
    while ((await campaign.progress()).phase !== 'paused') await sleep(50);
    const second = await listen(campaign.id, last.id, other.url);
    const paused = (await second.events.next()).value as ReadEvent;
    assert.notEqual(paused.id, last.id);
    second.leave();

    // Nothing has changed: what was told is not told again.
    await sleep(1_500);
    const settled = await listen(campaign.id, 'nonsense');
    const still = (await settled.events.next()).value as ReadEvent;
    settled.leave();
    assert.equal(still.data.phase, 'paused');
    const third = await listen(campaign.id, still.id);
    const next = third.events.next();
    assert.equal(await Promise.race([next, sleep(2_500, 'nothing')]), 'nothing');
    await campaign.setRate({ by: 'tester', callsPerSecond: null });
    await campaign.resume({ by: 'tester' });
    assert.notEqual(((await next).value as ReadEvent).id, still.id);
    const end = (await taken(third.events)).at(-1)!;
    assert.equal(end.event, 'end');

    // A browser would come back for ever otherwise.
    assert.equal((await listen(campaign.id, end.id, other.url)).answer.status, 204);
    const late = await taken((await listen(campaign.id)).events);
    assert.deepEqual(
      late.map(({ id, event }) => [id, event]),
      [[end.id, 'end']],
    );
    // As event-source-polyfill comes back; the header counts where there are both.
    const path = `/v1/campaigns/${campaign.id}/events`;
    const byQuery = `${path}?lastEventId=${encodeURIComponent(end.id)}`;
    assert.equal((await fetch(`${other.url}${byQuery}`)).status, 204);
    const headers = { 'last-event-id': still.id };
    const both = await taken(eventsOf(await fetch(`${other.url}${byQuery}`, { headers })));
    assert.deepEqual(
      both.map(({ id }) => id),
      [end.id],
    );
    for (const query of ['last=1', `lastEventId=${'x'.repeat(201)}`]) {
      const refused = await api.send('GET', `${path}?${query}`);
      assert.deepEqual([refused.status, slugOf(refused)], [400, 'invalid-request'], query);
    }
    await other.close();
  });

  it('end with what happened, when the campaign is cut off', async () => {
    const campaign = await started(40, 0.5);
    const { events } = await listen(campaign.id);
    await events.next();
    await stack.client.workflow.getHandle(campaignWorkflowId(campaign.id)).terminate('pulled the plug');
    const { event, data } = (await taken(events)).at(-1)!;
    const { type, detail, status } = data as unknown as Problem;
    assert.deepEqual([event, type, status], ['failed', 'urn:quiesce:problem:campaign-failed', 409]);
    assert.match(detail, /pulled the plug|terminated/i);
    for (const path of ['', '/events']) {
      const again = await api.send('GET', `/v1/campaigns/${campaign.id}${path}`);
      assert.deepEqual([again.status, slugOf(again)], [409, 'campaign-failed']);
    }
    await assert.rejects(async () => {
      for await (const progress of campaign.watch()) assert.equal(progress.end, undefined);
    }, CampaignFailedError);
  });

  it('are a problem, and no stream, where there is nothing to tell', async () => {
    const missing = await api.send('GET', '/v1/campaigns/nowhere/events');
    assert.deepEqual([missing.status, slugOf(missing)], [404, 'campaign-not-found']);
    assert.equal(missing.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  });

  it('end politely when the service stops, and its stop waits for no reader', async () => {
    const leaving = await startApi(stack);
    const campaign = await started(40, 0.5);
    const listening = await listen(campaign.id, undefined, leaving.url);
    const stuck = await stuckReader(`${leaving.url}/v1/campaigns/${campaign.id}/events`);
    await listening.events.next();
    const stoppedAtMs = Date.now();
    const closing = leaving.close();
    // To its end, and not to an error.
    await taken(listening.events);
    stuck.destroy();
    await closing;
    // Connections that are kept for the next request are given 75 seconds.
    assert.ok(Date.now() - stoppedAtMs < 60_000);
    await campaign.abort({ by: 'tester' });
  });

  it('ask no more of Temporal for many readers than for one, and nothing once they have gone', async () => {
    let queries = 0;
    const query: NonNullable<WorkflowClientInterceptor['query']> = (input, next) => {
      queries += 1;
      return next(input);
    };
    const { connection } = stack.client;
    const counted = new Quiesce(new Client({ connection, interceptors: { workflow: [{ query }] } }));
    const counting = await startApi(stack, { quiesce: counted });
    const campaign = await started(40, 0.5);
    const readers = await Promise.all(
      Array.from({ length: 30 }, () => listen(campaign.id, undefined, counting.url)),
    );
    await Promise.all(readers.map(({ events }) => events.next()));
    const atFirst = queries;
    await sleep(3_000);
    assert.ok(queries > atFirst && queries - atFirst <= 4, `${queries - atFirst} queries in three seconds`);
    for (const { leave } of readers) leave();
    await sleep(1_500);
    const atLast = queries;
    await sleep(2_500);
    assert.equal(queries, atLast);
    await counting.close();
    await campaign.abort({ by: 'tester' });
  });

  /** It takes the head, and nothing after it. */
  function stuckReader(url: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      get(url, (answer) => resolve(answer.pause())).on('error', reject);
    });
  }
});

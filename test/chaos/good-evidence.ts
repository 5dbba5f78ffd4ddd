import { createHash } from 'node:crypto';
import type { JournalCall } from '../../simulator/journal.js';
import { taskKey, type Evidence, type Target, type Told, type Truth, type VendorFacts } from './evidence.js';

export const RUN = '0199aaaa-0000-7000-8000-000000000001';
export const LANE_RUN = '0199aaaa-0000-7000-8000-000000000002';
export const ASKED_AT = '2026-11-21T12:00:00.000Z';
const CANCELING_MS = 3_000;
const SEEN_AT = '2026-11-21T12:00:03.500Z';
/** As secrets may be: with what a URL cannot have. */
export const SECRET = 'a secret/that nobody+may tell';

export const token = (run: string, uri: string) =>
  createHash('sha256').update(`${run}\n${uri}\n1`).digest('hex');

export const single: Target = {
  trigger: 'single',
  uri: 'vendor://here/1',
  provider: 'vendor',
  id: '1',
  story: 'cancels',
};
export const inCampaign: Target = { ...single, trigger: 'campaign', uri: 'vendor://here/2', id: '2' };
export const erasable: Target = {
  ...inCampaign,
  uri: 'eraser://here/3',
  provider: 'eraser',
  id: '3',
  story: 'finishes meanwhile',
};

const toldOf = ({ trigger, uri }: Target, tokens: readonly string[] = []): Told => ({
  trigger,
  uri,
  word: 'canceled',
  lastState: 'CANCELED',
  lastSeenAt: SEEN_AT,
  tokens,
  ...(trigger === 'single' && { runId: RUN }),
});

export const canceled: Truth = {
  state: 'canceled',
  word: 'CANCELED',
  endedAtMs: Date.parse(ASKED_AT) + CANCELING_MS,
};
export const finished: Truth = {
  state: 'completed',
  word: 'SUCCESS',
  endedAtMs: Date.parse(ASKED_AT),
};

const vendor: VendorFacts = {
  cancel: 'Cancel',
  quotas: { Cancel: { calls: 10, perMs: 1_000 }, Look: { calls: 10, perMs: 1_000 } },
  throttledCode: 'TooMany',
  cancelLeaves: 'record',
  tellsNoFailure: false,
  takesToken: true,
};

export const ask = (number: number, { id, uri, provider }: Target, run: string): JournalCall => ({
  number,
  at: ASKED_AT,
  provider,
  operation: 'Cancel',
  requestId: `r${number}`,
  status: 200,
  taskIds: [id],
  token: token(run, uri),
  effect: true,
});

/** A scenario in which all is well: one single cancellation, and a campaign of two. */
export const GOOD: Evidence = {
  targets: [single, inCampaign, erasable],
  told: [
    toldOf(single, [token(RUN, single.uri)]),
    toldOf(inCampaign, [token(LANE_RUN, inCampaign.uri)]),
    { ...toldOf(erasable), word: 'completed' },
  ],
  truths: new Map([
    [taskKey(single), canceled],
    [taskKey(inCampaign), canceled],
    [taskKey(erasable), finished],
  ]),
  vendors: new Map([
    ['vendor', vendor],
    ['eraser', { ...vendor, cancelLeaves: 'nothing' }],
  ]),
  calls: [ask(1, single, RUN), ask(2, inCampaign, LANE_RUN)],
  effects: [
    { provider: 'vendor', operation: 'Cancel', task: '1', token: token(RUN, single.uri), count: 1 },
    { provider: 'vendor', operation: 'Cancel', task: '2', token: token(LANE_RUN, inCampaign.uri), count: 1 },
  ],
  counted: [
    { trigger: 'campaign', targets: 2, states: { waiting: 2 } },
    { trigger: 'campaign', targets: 2, states: { canceled: 1, completed: 1 } },
  ],
  aborted: [],
  laneRuns: new Map([['campaign', [LANE_RUN]]]),
  triggers: new Map([
    ['cancel/vendor/here/1', 1],
    ['campaign/c', 1],
  ]),
  begun: new Map([
    ['cancel/vendor/here/1', { type: 'cancelTask', count: 1 }],
    ['campaign/c', { type: 'cancelCampaign', count: 1 }],
    ['quota/here', { type: 'shareQuota', count: 1 }],
  ]),
  texts: [
    { kind: 'log', where: 'logs/api.log', text: Buffer.from('The API is ready at a port.\n') },
    { kind: 'log', where: 'logs/worker-1.log', text: Buffer.from('Worker is ready: all is well.\n') },
    { kind: 'database', where: 'a database', text: Buffer.from(`\0\x01${single.uri}\xff`) },
    { kind: 'history', where: 'a history', text: `{"task":"${single.uri}"}` },
    { kind: 'metrics', where: 'the metrics of a Worker', text: 'quiesce_vendor_calls_total 3\n' },
    { kind: 'answer', where: '200 to GET /v1/cancellations', text: `[{"uri":"${single.uri}"}]` },
  ],
  services: ['api', 'worker-1'],
  secrets: [SECRET],
  running: new Map([['quota/here', 'shareQuota']]),
  unreplayed: [],
  replayed: 3,
  falls: [],
  jams: 0,
  struck: [],
  cutOffs: [],
  idleLinks: [],
  failures: [],
};

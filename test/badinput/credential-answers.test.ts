import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { TRANSPORT_WORDS } from '../../providers/http.js';
import { ProviderError } from '../../providers/provider.js';
import { AlibabaKeySource } from '../../providers/vendors/alibaba/key-source.js';
import { HuaweiAuthorizer } from '../../providers/vendors/huawei/authorizer.js';
import { HuaweiKeySource } from '../../providers/vendors/huawei/key-source.js';
import { serveLoopback, type Reply, type SeenRequest } from '../unit/loopback-server.js';
import { fuzzed } from './fuzzed.js';
import { mutate, mutation, type Mutation } from './mutate-answer.js';
import { MutatingProxy } from './mutating-proxy.js';

const NOW_MS = Date.parse('2026-11-21T00:00:00Z');
const LATER_MS = 25 * 60 * 60_000;
const ENDS_AT = '2026-11-21T06:00:00Z';
/** Of what is told of an answer: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
const LONGEST_TEXT = 600;
const ANSWERED_WITHIN_MS = 5_000;
/** Values in one of the answers here, or more. */
const MOST_PLACES = 10;
const { signal } = new AbortController();

/** Everything that must never be told has HUSH in it. */
const SECRETS = ['HUSH-id', 'HUSH-key', 'HUSH-token'];
const [ID, KEY, TOKEN] = SECRETS;
const ENV = { BASE_ID: 'HUSH-base-id', BASE_KEY: 'HUSH-base-key', PASSWORD: 'HUSH-password' };
const ALIBABA = { AccessKeyId: ID, AccessKeySecret: KEY, SecurityToken: TOKEN, Expiration: ENDS_AT };
const HUAWEI = { access: ID, secret: KEY, securitytoken: TOKEN, expires_at: ENDS_AT };

interface Asking {
  ask(): Promise<unknown>;
  close?(): void;
}

interface Grant {
  readonly name: string;
  /** Somebody who has nothing yet. */
  readonly open: (origin: string, now: () => number) => Asking;
  readonly granted: unknown;
  /** How many it takes; the last one has what is granted. */
  readonly answers: number;
}

const place = (origin: string, now: () => number) => ({
  env: { ...ENV },
  home: '/nowhere',
  metadataOrigin: origin,
  now,
});
const alibabaKeys = { accessKeyId: ID, accessKeySecret: KEY, securityToken: TOKEN };

const GRANTS: readonly Grant[] = [
  {
    name: 'STS of Alibaba Cloud',
    open: (origin, now) => {
      const from = { accessKeyId: { env: 'BASE_ID' }, accessKeySecret: { env: 'BASE_KEY' } };
      const assumeRole = { roleArn: 'acs:ram::1234567890123456:role/quiesce', from, stsEndpoint: origin };
      const source = new AlibabaKeySource({ assumeRole }, place(origin, now));
      return { ask: () => source.keys(signal) };
    },
    granted: alibabaKeys,
    answers: 1,
  },
  {
    name: 'the metadata service of Alibaba Cloud',
    open: (origin, now) => {
      const source = new AlibabaKeySource({ ecsRole: true }, place(origin, now));
      return { ask: () => source.keys(signal) };
    },
    granted: alibabaKeys,
    answers: 3,
  },
  {
    name: 'the metadata service of Huawei Cloud',
    open: (origin, now) => {
      const source = new HuaweiKeySource({ ecsAgency: true }, place(origin, now));
      return { ask: () => source.keys(signal) };
    },
    granted: { ak: ID, sk: KEY, securityToken: TOKEN },
    answers: 2,
  },
  {
    name: 'IAM of Huawei Cloud',
    open: (origin, now) => {
      const password = { env: 'PASSWORD' };
      const credentials = { user: { domainName: 'account', userName: 'me', password } };
      const account = { endpoint: origin, iamEndpoint: origin, region: 'cn-north-4', credentials };
      const authorizer = new HuaweiAuthorizer(account, place(origin, now));
      return { ask: () => authorizer.projectId(signal), close: () => authorizer.close() };
    },
    granted: 'project-1',
    answers: 1,
  },
];

/** STS, metadata services and IAM in one. */
function genuine({ method, path }: SeenRequest): Reply {
  if (method === 'PUT') return { body: 'HUSH-session' };
  if (path.endsWith('/security-credentials/')) return { body: 'worker' };
  if (path.endsWith('/security-credentials/worker')) return { body: { ...ALIBABA, Code: 'Success' } };
  if (path === '/openstack/latest/securitykey') return { body: { credential: HUAWEI } };
  if (path === '/v3/auth/tokens')
    return {
      status: 201,
      headers: { 'x-subject-token': 'HUSH-subject' },
      body: { token: { expires_at: ENDS_AT, project: { id: 'project-1', name: 'cn-north-4' } } },
    };
  return { body: { RequestId: 'r-1', Credentials: ALIBABA } };
}

interface Story {
  /** Which of the answers is spoilt. */
  readonly answer: number | 'last';
  readonly change: Mutation;
}

const story: fc.Arbitrary<Story> = fc.record({
  answer: fc.constantFrom(0, 1, 2, 'last' as const),
  change: mutation(),
});
type Told = { readonly value: unknown } | { readonly error: unknown };

describe('a grant of keys, of which an answer was spoilt', () => {
  for (const { name, open, granted, answers } of GRANTS)
    it(`is believed as far as it goes, or is an error that tells no secret: ${name}`, async (t) => {
      const cloud = await serveLoopback(t, genuine);
      const proxy = await MutatingProxy.start(cloud.origin);
      t.after(() => proxy.close());
      const tell = async (change: MutatingProxy['change']): Promise<Told> => {
        let nowMs = NOW_MS;
        const asking = open(proxy.endpoint, () => nowMs);
        proxy.begin(change);
        try {
          const value = await asking.ask();
          // Whatever was said of their end: nothing is kept for longer than it is good.
          nowMs += LATER_MS;
          proxy.begin();
          await asking.ask().catch(() => {}); // What comes then has ended by that clock.
          assert.ok(proxy.sent.length > 0, 'kept for ever');
          return { value };
        } catch (error) {
          return { error };
        } finally {
          asking.close?.();
        }
      };
      assert.deepEqual(await tell((wire) => wire), { value: granted });
      const hold = async ({ answer, change }: Story) => {
        const changed = answer === 'last' ? answers - 1 : answer;
        const startedAt = performance.now();
        const spoil: MutatingProxy['change'] = (wire, number) =>
          number === changed ? mutate(wire, change, SECRETS) : wire;
        const told = await tell(spoil);
        judge(told, change, granted);
        if ('error' in told) judgeKind(told.error, change, name);
        assert.ok(performance.now() - startedAt < ANSWERED_WITHIN_MS, 'too slow');
      };
      for (let at = 0; at < MOST_PLACES; at += 1)
        for (const op of ['empty', 'delete'] as const)
          await hold({ answer: 'last', change: { of: 'json', op, at, value: 'null' } });
      await fc.assert(fc.asyncProperty(story, hold), fuzzed(200));
    });

  for (const { name, open } of GRANTS.slice(1, 3))
    it(`is not asked for with a session token that can be none: ${name}`, async (t) => {
      for (const body of ['<html>\n<h1>HUSH</h1>', 'HUSH-\u0000', 'HUSH-目']) {
        const cloud = await serveLoopback(t, ({ method }) => ({ body: method === 'PUT' ? body : 'HUSH' }));
        const error: unknown = await open(cloud.origin, () => NOW_MS)
          .ask()
          .catch((thrown: unknown) => thrown);
        judgeError(error);
        assert.ok(error instanceof ProviderError);
        assert.deepEqual([error.kind, error.code], ['unavailable', 'NoInstanceToken']);
        assert.equal(cloud.seen.length, 1);
      }
    });
});

function judge(told: Told, change: Mutation, granted: unknown): void {
  if ('error' in told) {
    assert.notEqual(change.of, 'harmless', inspect(told.error));
    return judgeError(told.error);
  }
  // Of the status and the headers it has nothing; and what changes nothing, changes nothing.
  if (change.of === 'status' || change.of === 'header' || change.of === 'harmless')
    return assert.deepEqual(told.value, granted);
  const parts = typeof told.value === 'string' ? [told.value] : Object.values(told.value as object);
  for (const part of parts) assert.ok(typeof part === 'string' && part !== '', inspect(told.value));
}

/**
 * Nobody is told to mend a credential for an answer that was spoilt on its way: it is not understood, or the instance's metadata
 * service, which has no word for "not yet", has given no keys. Of two answers nobody can tell: without a role's name an instance
 * has none, and a token without a project's id is of none. All that is spoilt here is a success.
 */
const TRULY_MISSING: ReadonlySet<string> = new Set(['NoInstanceRole', 'ProjectNotFound']);

function judgeKind(error: unknown, { of }: Mutation, name: string): void {
  if (!(error instanceof ProviderError) || !(of === 'text' || of === 'charset' || of === 'json')) return;
  if (TRULY_MISSING.has(error.code)) return assert.equal(error.kind, 'unauthenticated');
  const expected = /^NoInstance(Keys|Token)$/.test(error.code) ? 'unavailable' : 'unrecognized';
  // On a busy machine a connection may end before its answer: then there was none.
  if (error.kind === 'unavailable' && Object.hasOwn(TRANSPORT_WORDS, error.code)) return;
  assert.equal(error.kind, expected, `${name}: ${inspect(error)}`);
}

function judgeError(error: unknown): void {
  assert.ok(error instanceof ProviderError, error instanceof Error ? error.stack : String(error));
  const { code, message, context } = error;
  assert.ok(code.trim() !== '' && code.length <= LONGEST_TEXT && message.length <= LONGEST_TEXT);
  assert.ok((context.requestId ?? '').length <= LONGEST_TEXT);
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /HUSH/);
}

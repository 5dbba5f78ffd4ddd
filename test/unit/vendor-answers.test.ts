import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { OPEN_GATE } from '../../providers/call-gate.js';
import {
  ProviderError,
  type Provider,
  type ProviderDefinition,
  type TaskIds,
} from '../../providers/provider.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string;
  readonly body: string;
  /** So many letters after it; kept apart, so that a failure can be read. */
  readonly padding: number;
}

type Behaviour = Answer | 'stall' | 'reset' | 'garbage';

const RUNS = 200;
const LONGEST = 600;
const GIVES_UP_WITHIN_MS = 30_000;
const { signal } = new AbortController();

/**
 * Answers of a server that is not the vendor, or has gone mad: pages of proxies, errors nobody knows, codes that sound
 * like absence or success, halves of JSON. From none of them may an adapter learn anything about a task.
 */
describe('an adapter learns nothing', { concurrency: true }, () => {
  for (const definition of ALL_PROVIDERS) {
    describe(definition.id, { concurrency: false }, () => {
      const task = exampleTask(definition);
      let server: MadServer;
      let adapter: Provider;

      before(async () => {
        server = await MadServer.start();
        adapter = await connect(definition, server.endpoint);
      });
      after(() => {
        adapter.close();
        server.close();
      });

      it('from an answer that no table lists', async () => {
        const told = async (given: Answer) => {
          server.behaviour = given;
          await throwsProviderError(() => adapter.observe([task], { signal }), given);
          if (saysYes(given)) return;
          for (const call of asks(adapter, task)) await throwsProviderError(call, given);
        };
        await fc.assert(fc.asyncProperty(answer(), told), { numRuns: RUNS });
      });

      it('from a connection that is reset, or that speaks no HTTP', async () => {
        for (const trouble of ['reset', 'garbage'] as const) {
          server.behaviour = trouble;
          for (const call of calls(adapter, task)) await throwsProviderError(call, trouble);
        }
      });

      it('from an answer that stops in the middle, and waits for no more of it', async () => {
        server.behaviour = 'stall';
        const startedAt = Date.now();
        const errors = calls(adapter, task).map((call) => throwsProviderError(call, 'stall'));
        const kinds = (await Promise.all(errors)).map(({ kind }) => kind);
        assert.deepEqual([...new Set(kinds)], ['unavailable']);
        assert.ok(Date.now() - startedAt < GIVES_UP_WITHIN_MS);
      });
    });
  }
});

async function connect(definition: ProviderDefinition, endpoint: string): Promise<Provider> {
  const { settings, env } = definition.simulatedConnection({ endpoint, credentials: SIMULATED_CREDENTIALS });
  Object.assign(process.env, env);
  return definition.connect(definition.settings.parse(settings), OPEN_GATE);
}

function exampleTask({ fields, hints = [] }: ProviderDefinition): TaskIds {
  return Object.fromEntries([...fields, ...hints].map(({ name, example }) => [name, example]));
}

function calls(adapter: Provider, task: TaskIds): (() => Promise<unknown>)[] {
  return [() => adapter.observe([task], { signal }), ...asks(adapter, task)];
}

/** Every call but the look: of them a 2xx may be believed, since it is no proof of an end. */
function asks(adapter: Provider, task: TaskIds): (() => Promise<unknown>)[] {
  const { subtasks } = adapter;
  return [
    () => adapter.cancel(task, { signal, clientToken: 'd'.repeat(64) }),
    () => adapter.check({ signal }),
    ...('rehearse' in adapter ? [async () => adapter.rehearse?.(task, { signal })] : []),
    ...(subtasks === undefined ? [] : [() => subtasks.running([task], { signal })]),
  ];
}

/** Whether an answer says yes in HTTP, and is no page that says something else. */
function saysYes({ status, body }: Answer): boolean {
  // A 204 has no body, whatever one tries to send.
  return status === 204 || (status >= 200 && status < 300 && !body.startsWith('<'));
}

async function throwsProviderError(call: () => Promise<unknown>, given: Behaviour): Promise<ProviderError> {
  const on = JSON.stringify(given);
  const thrown: unknown = await call().then(
    (answered) => assert.fail(`answered ${JSON.stringify(answered)} on ${on}`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof ProviderError, `${String(thrown)} on ${on}`);
  const { code, message, context } = thrown;
  assert.ok(code.trim() !== '' && code.length <= LONGEST, `a code of ${code.length} characters`);
  assert.ok(message.length <= LONGEST, `a message of ${message.length} characters`);
  const { retryAfterMs = 0 } = context;
  assert.ok(Number.isFinite(retryAfterMs) && retryAfterMs >= 0, `retry after ${retryAfterMs} ms`);
  return thrown;
}

function answer(): fc.Arbitrary<Answer> {
  return fc.record({
    status: fc.constantFrom(
      200,
      202,
      204,
      301,
      304,
      400,
      401,
      403,
      404,
      405,
      409,
      410,
      429,
      500,
      502,
      503,
      599,
    ),
    contentType: fc.constantFrom(
      'application/json',
      'application/x-amz-json-1.1',
      'text/html',
      'text/plain',
      '',
    ),
    retryAfter: fc.constantFrom('', '0', '-5', '3', '1e99', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT'),
    body: fc.oneof(
      fc.constantFrom(
        '',
        '<html><h1>It works!</h1></html>',
        '<Error><Code>TaskNotFound</Code></Error>',
        'null',
        '{',
        '{}',
        '[]',
      ),
      vendorError().map((value) => JSON.stringify(value)),
      fc.tuple(vendorError(), fc.double({ min: 0, max: 1, noNaN: true })).map(([value, share]) => {
        const text = JSON.stringify(value);
        return text.slice(0, Math.floor(text.length * share));
      }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
    ),
    padding: fc.constantFrom(0, 0, 0, 1_000, 2_000_000),
  });
}

/** Words that sound like an end or an absence, and those that trip a table that is looked up carelessly. */
const WORDS = [
  'NotFound',
  'TaskNotFound',
  'NoSuchTask',
  'Gone',
  'Canceled',
  'SUCCESS',
  'OK',
  'constructor',
  '__proto__',
  'toString',
];

/** An error in the shapes that clouds have them, with a code that none of them has. */
function vendorError(): fc.Arbitrary<unknown> {
  const code = fc.oneof(fc.constantFrom(...WORDS, '', null, 'z'.repeat(5_000)), fc.string(), fc.integer());
  const message = fc.oneof(
    fc.string(),
    fc.constant('The task does not exist.'),
    fc.constant('y'.repeat(5_000)),
  );
  return fc
    .tuple(code, message)
    .chain(([known, text]) =>
      fc.constantFrom<unknown>(
        { __type: known, Message: text },
        { Code: known, Message: text, RequestId: 'R-1' },
        { errCode: known, errMsg: text },
        { error_code: known, error_msg: text, request_id: 'r-1' },
        { error: { code: known, message: text } },
        { code: known, message: text, data: null },
      ),
    );
}

/** A server on loopback that does with every call what it was told last. */
class MadServer {
  behaviour: Behaviour = 'reset';
  readonly #server = createServer((request, response) => {
    request.resume().on('end', () => this.#behave(response));
  });

  static async start(): Promise<MadServer> {
    const mad = new MadServer();
    await new Promise<void>((done) => mad.#server.listen(0, '127.0.0.1', done));
    return mad;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #behave(response: ServerResponse): void {
    const { behaviour } = this;
    if (behaviour === 'reset') return void response.socket?.resetAndDestroy();
    if (behaviour === 'garbage') return void response.socket?.end('220 mail.example.org ESMTP ready\r\n');
    if (behaviour === 'stall') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      return void response.write('{"a');
    }
    const { status, contentType, retryAfter, body, padding } = behaviour;
    response.writeHead(status, {
      ...(contentType !== '' && { 'content-type': contentType }),
      ...(retryAfter !== '' && { 'retry-after': retryAfter }),
    });
    response.end(body + 'x'.repeat(padding));
  }
}

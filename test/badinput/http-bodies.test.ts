import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { startApi, type RunningApi } from '../api-server.js';
import { startStack, type Stack } from '../harness.js';
import { fuzzed } from './fuzzed.js';

const ANSWERED_WITHIN_MS = 20_000;
/** Who waits in vain for an answer, having sent less than was promised. */
const GOES_AFTER_MS = 3_000;
/** What a service may say that is well, but cannot: not ready, or that Temporal did not answer in time. */
const MAY_BE_SAID: readonly number[] = [503, 504];
const TASK = 'aws-fsx://sim/task-0123456789abcdef0';

interface Operation {
  readonly method: string;
  readonly path: string;
  /** The media types that it takes. */
  readonly types: readonly string[];
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: Body }>>>>;
}

interface Body {
  readonly content: Readonly<Record<string, unknown>>;
}

/** Bodies that a parser, a schema or what comes after them may stumble over. */
const BODIES: Readonly<Record<string, string | Buffer>> = {
  nothing: '',
  right: JSON.stringify({ task: TASK, reason: 'a test' }),
  cut: `{"task":"${TASK}","rea`,
  twice: `{"task":"${TASK}","task":"aws-fsx://sim/task-x"}`,
  after: `{"task":"${TASK}"} {}`,
  null: 'null',
  list: `["${TASK}"]`,
  text: `"${TASK}"`,
  proto: `{"task":"${TASK}","__proto__":{"dryRun":true}}`,
  constructor: `{"task":"${TASK}","constructor":{"prototype":{"dryRun":true}}}`,
  noText: '{"task":{"toString":0,"valueOf":0},"reason":{"toString":0}}',
  surrogate: '{"task":"aws-fsx://sim/task-\\ud800","reason":"\\udfff"}',
  nul: `{"task":"${TASK}","reason":"a\\u0000b","requestedBy":"\\u001b[31m"}`,
  rawNul: `{"task":"${TASK}","reason":"a\0b"}`,
  number: `{"task":${'9'.repeat(5_000)}}`,
  infinite: '{"task":1e999999,"deadline":-1e999999}',
  minusZero: '{"targets":-0,"options":{"maxTargets":-0}}',
  deepList: `{"task":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  deepObject: `{"selectors":[${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]}`,
  manyKeys: `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":${n}`).join()}}`,
  manyTargets: JSON.stringify({ reason: 'x', targets: Array(30_000).fill('x') }),
  long: JSON.stringify({ task: `aws-fsx://sim/${'x'.repeat(500_000)}`, reason: 'y'.repeat(100_000) }),
  dashes: JSON.stringify({ task: '-'.repeat(300_000), callback: { url: `https://${'-'.repeat(300_000)}` } }),
  mark: `\uFEFF{"task":"${TASK}"}`,
  utf16: Buffer.from(`{"task":"${TASK}"}`, 'utf16le'),
  latin1: Buffer.from(`{"task":"${TASK}","reason":"für"}`, 'latin1'),
  gzip: gzipSync(`{"task":"${TASK}"}`),
  bytes: Buffer.from(Array.from({ length: 2_000 }, (_, n) => (n * 91) % 256)),
};

const JSON_TYPE = 'application/json';
/** With a list of targets the query says all else. It may have one alone: of a list that is right, too, nothing is started. */
const LIST_QUERY = '?reason=x&maxTargets=1';
type Said = 'two targets' | 'bad lines';

/** Lists of two tasks, by their media type. */
const listsOf = (one: string, other: string): Record<string, Record<string, readonly [string, Said]>> => ({
  'text/csv': {
    right: [`${one}\n${other}\n`, 'two targets'],
    header: [`task,owner\r\n${one},"Ann, ""the"" storage"\r\n${other},\r\n`, 'two targets'],
    mark: [`\uFEFF${one}\n${other}`, 'two targets'],
    markOfHeader: [`\uFEFFtask\r\n${one}\r\n\r\n${other}`, 'two targets'],
    quoted: [`"task"\n"${one}"\n"${other}"`, 'two targets'],
    markOfEach: [`\uFEFF${one}\n\uFEFF${other}\n`, 'two targets'],
    carriageReturns: [`${one}\r${other}\r`, 'bad lines'],
    openQuote: [`task\n"${one}\n${other}\n`, 'bad lines'],
    openQuoteAtTheEnd: [`task\n${one}\n${other}\n"`, 'bad lines'],
    openQuoteWithoutEnd: [`"${'x'.repeat(3_000_000)}`, 'bad lines'],
    quoteInside: [`task\n${one}"\n${other}\n`, 'bad lines'],
    longLine: [`${one}\n${'x'.repeat(100_000)}\n${other}\n`, 'bad lines'],
    oneLine: ['x'.repeat(3_000_000), 'bad lines'],
    commas: [','.repeat(60_000), 'bad lines'],
    otherColumns: [`id,owner\n${one},x\n`, 'bad lines'],
  },
  'application/x-ndjson': {
    right: [`"${one}"\n{"task":"${other}"}`, 'two targets'],
    crlf: [`"${one}"\r\n\r\n"${other}"\r\n`, 'two targets'],
    mark: [`\uFEFF"${one}"\n"${other}"`, 'two targets'],
    markInside: [`"${one}"\n\uFEFF\uFEFF"${other}"`, 'bad lines'],
    carriageReturns: [`"${one}"\r"${other}"\r`, 'bad lines'],
    openQuote: [`"${one}\n"${other}"`, 'bad lines'],
    openObject: [`{"task":"${one}"\n"${other}"`, 'bad lines'],
    longLine: [`"${one}"\n"${'x'.repeat(100_000)}"\n"${other}"`, 'bad lines'],
    oneLine: [`"${'x'.repeat(3_000_000)}`, 'bad lines'],
    deep: [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'bad lines'],
    csv: [`task\n${one}\n${other}`, 'bad lines'],
  },
});

const CONTENT_TYPES = [
  JSON_TYPE,
  'application/json; charset=utf-16',
  'application/json; charset="',
  'application/json;;;=',
  'APPLICATION/JSON',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/csv',
  'application/x-ndjson',
  'application/xml',
  'application/json, text/plain',
  '/',
  '',
  `application/${'x'.repeat(5_000)}`,
  '__proto__',
];

/** How the body's length is told, or not. `{body}` is the body, `{size}` its true size. */
const FRAMINGS = [
  'content-length: {size}\r\n\r\n{body}',
  'content-length: {size}\r\ncontent-encoding: gzip\r\n\r\n{body}',
  'content-length: {size}\r\nexpect: 200-ok\r\n\r\n{body}',
  'content-length: 5\r\n\r\n{body}',
  'content-length: 99999999\r\n\r\n{body}',
  'content-length: 99999999999999999999\r\n\r\n{body}',
  'content-length: -1\r\n\r\n{body}',
  'content-length: abc\r\n\r\n{body}',
  'content-length: 1\r\ncontent-length: {size}\r\n\r\n{body}',
  'content-length: {size}\r\ntransfer-encoding: chunked\r\n\r\n{body}',
  'transfer-encoding: chunked\r\n\r\n{hex}\r\n{body}\r\n0\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\n{hex}\r\n{body}\r\n',
  'transfer-encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n',
  'transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{body}',
  'transfer-encoding: chunked\r\n\r\n{hex};{body}\r\n{body}\r\n0\r\n\r\n',
  'transfer-encoding: gzip, chunked\r\n\r\n{hex}\r\n{body}\r\n0\r\n\r\n',
  'transfer-encoding: identity\r\n\r\n{body}',
  '\r\n{body}',
];

/** More bytes than follow, or a chunk after the last. */
const PROMISE_MORE = /99999999|chunked\r\n\r\n\{hex\}\r\n\{body\}\r\n$|ffff/;

describe('the HTTP service, of a body that is wrong', () => {
  let stack: Stack;
  let api: RunningApi;
  let operations: readonly Operation[];

  before(async () => {
    stack = await startStack();
    api = await startApi(stack);
    const { body } = await api.send<OpenApi>('GET', '/openapi.json');
    operations = Object.entries(body.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { requestBody }]) =>
        requestBody === undefined
          ? []
          : [
              {
                method: method.toUpperCase(),
                path: path.replaceAll(/\{\w+\}/g, 'x'),
                types: Object.keys(requestBody.content),
              },
            ],
      ),
    );
    assert.ok(operations.length > 5, `${operations.length} operations`);
  });
  after(async () => {
    await api?.close();
    await stack?.close();
  });

  it('says what is wrong, is never at fault itself, and lives on', async () => {
    const given = fc.record({
      operation: fc.nat(),
      name: fc.constantFrom(...Object.keys(BODIES)),
      contentType: fc.oneof(
        { weight: 3, arbitrary: fc.constant(JSON_TYPE) },
        { weight: 1, arbitrary: fc.constantFrom(...CONTENT_TYPES) },
      ),
      framing: fc.oneof(
        { weight: 2, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.nat(FRAMINGS.length - 1) },
      ),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ operation, name, contentType, framing }) => {
        const { method, path } = operations[operation % operations.length]!;
        const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: ${contentType}\r\n`;
        const answer = await sent(api, framed(head, FRAMINGS[framing] ?? '', BODIES[name] ?? ''));
        const say = `${method} ${path} ${contentType} ${FRAMINGS[framing]} ${name}`;
        assertSound(answer, say, PROMISE_MORE.test(FRAMINGS[framing] ?? ''));
      }),
      fuzzed(250),
    );
    await assertLives();
  });

  it('is sound for every body to every operation', async () => {
    for (const { method, path, types } of operations) {
      for (const type of types) {
        for (const [name, body] of Object.entries(BODIES)) {
          const answer = await posted({ method, path, type, body: withTwoMore(type, body) });
          assertSound(answer, `${method} ${path} ${type} ${name}`);
        }
      }
    }
    await assertLives();
  });

  it('reads a list of targets as it is meant, or says that it has bad lines', async () => {
    const connection = stack.connections.find(({ provider }) => provider.id === 'aws-fsx');
    const uri = (last: number) => `aws-fsx://${connection?.name}/task-0123456789abcdef${last}`;
    const lists = Object.entries(listsOf(uri(0), uri(1)));
    const taking = operations.filter(({ types }) => types.length > 1);
    assert.equal(taking.length, 2);
    for (const { method, path, types } of taking) {
      assert.deepEqual([...types].sort(), [JSON_TYPE, ...lists.map(([type]) => type)].sort());
      for (const [type, bodies] of lists) {
        for (const [name, [body, said]] of Object.entries(bodies)) {
          const answer = await posted({ method, path, type, body });
          const say = `${method} ${path} ${type} ${name}: ${answer.slice(0, 1_000)}`;
          assertSound(answer, say);
          const wanted = said === 'bad lines' ? /:invalid-targets"/ : /:request-refused".*has 2 targets/;
          assert.match(answer, wanted, say);
        }
      }
    }
    await assertLives();
  });

  it('answers others while a hundred send theirs a letter at a time', async () => {
    const head = `POST /v1/cancellations HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`;
    const slow = Array.from({ length: 100 }, () => opened(api, head));
    const letters = setInterval(() => slow.forEach((socket) => socket.write(' ')), 50);
    try {
      for (let calls = 0; calls < 20; calls++) await assertLives();
    } finally {
      clearInterval(letters);
      for (const socket of slow) socket.destroy();
    }
    await assertLives();
  });

  function posted(request: { method: string; path: string; type: string; body: string | Buffer }) {
    const { method, path, type, body } = request;
    const query = type === JSON_TYPE ? '' : LIST_QUERY;
    const head = `${method} ${path}${query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: ${type}\r\n`;
    return sent(api, framed(head, FRAMINGS[0] ?? '', body));
  }

  async function assertLives(): Promise<void> {
    const startedAt = performance.now();
    assert.equal((await api.send('GET', '/healthz')).status, 200);
    assert.ok(performance.now() - startedAt < ANSWERED_WITHIN_MS);
    assert.deepEqual(
      api.logs.filter((line) => /"level":"(error|fatal)"/.test(line)),
      [],
    );
  }
});

/** A list ends with two tasks: were all before them one, nothing is started. */
function withTwoMore(type: string, body: string | Buffer): string | Buffer {
  if (type === JSON_TYPE) return body;
  const quote = type === 'text/csv' ? '' : '"';
  const more = [0, 1].map((last) => `\n${quote}${TASK}${last}${quote}`).join('');
  return Buffer.concat([Buffer.from(body), Buffer.from(more)]);
}

/** @param promisedMore so that there may be no answer. */
function assertSound(answer: string, say: string, promisedMore = false): void {
  if (answer === '' && promisedMore) return;
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
  const told = `${answer.slice(0, 1_000)} to ${say.slice(0, 500)}`;
  assert.ok(status >= 200 && (status < 500 || MAY_BE_SAID.includes(status)), told);
  if (status < 400) return;
  assert.match(answer, /\r\ncontent-type: application\/problem\+json/i, told);
  const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
  assert.equal(problem['status'], status, told);
  assert.ok(typeof problem['title'] === 'string' && answer.length < 20_000, told);
  assert.doesNotMatch(answer, /\n\s+at |node:internal/, told);
}

function framed(head: string, framing: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const sized = framing
    .replaceAll('{size}', String(bytes.length))
    .replaceAll('{hex}', bytes.length.toString(16));
  const [first = '', ...rest] = sized.split('{body}');
  return Buffer.concat([Buffer.from(head + first), ...rest.flatMap((text) => [bytes, Buffer.from(text)])]);
}

function opened({ url }: RunningApi, head: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // The service may well hang up.
  socket.resume();
  socket.write(head);
  return socket;
}

/** Its answer; none where less was sent than promised, and the sender has gone. */
async function sent(api: RunningApi, request: Buffer): Promise<string> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.setTimeout(ANSWERED_WITHIN_MS, () => socket.destroy(new Error('no answer in time')));
    // Whoever ends its side at once, is not answered by Node: it has gone.
    const gone = setTimeout(() => socket.end(), GOES_AFTER_MS);
    socket.on('data', (part) => parts.push(part));
    // A reset after the answer is what it costs to send on after one.
    socket.on('error', (error) => (parts.length > 0 ? undefined : reject(error)));
    socket.on('close', () => {
      clearTimeout(gone);
      resolve(Buffer.concat(parts).toString());
    });
    socket.write(request);
  });
}

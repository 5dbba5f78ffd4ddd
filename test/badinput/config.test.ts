import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../config/config-error.js';
import { loadConfig, type Config } from '../../config/load-config.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { fuzzed } from './fuzzed.js';

const ANSWERED_WITHIN_MS = 10_000;
const LONGEST_TOLD = 20_000;
/** In the shape of no vendor's, so that nothing can know it: it must be hidden for standing where it does. */
const SECRET = 'Zq7vSecretValue0xY';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-config-'));
});
after(() => rm(folder, { recursive: true }));

/** Every provider, with every section. */
const GOOD = `connections:
${ALL_PROVIDERS.map(connectionOf).join('')}callbacks:
  secret: { env: HOOKS }
  hosts: [hooks.example.com]
worker:
  drainWithin: 45s
  health: { port: 8081 }
api:
  port: 8080
`;

function connectionOf(definition: ProviderDefinition): string {
  const simulator = { endpoint: 'http://127.0.0.1:4566', credentials: SIMULATED_CREDENTIALS };
  const { name, settings } = definition.simulatedConnection(simulator);
  return `  ${name}: ${JSON.stringify({ provider: definition.id, ...settings })}\n`;
}

let files = 0;
/** The config, or the sentences that say what is wrong with it. */
async function read(content: string | Uint8Array): Promise<Config | string> {
  const path = join(folder, `${(files += 1)}.yaml`);
  await writeFile(path, content);
  const startedAt = performance.now();
  try {
    return await loadConfig({ path, env: {}, cwd: folder });
  } catch (thrown) {
    assert.ok(thrown instanceof ConfigError, thrown instanceof Error ? thrown.stack : String(thrown));
    const { message } = thrown;
    assert.ok(message.includes(path) && message.length < LONGEST_TOLD, message.slice(0, 2_000));
    assert.doesNotMatch(message, /\n\s+at |node:internal|\bundefined\b|\[object /);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(message, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    return message;
  } finally {
    assert.ok(performance.now() - startedAt < ANSWERED_WITHIN_MS, 'too slow');
    await rm(path);
  }
}

const deep = (open: string, close: string) => `connections: ${open.repeat(50_000)}${close.repeat(50_000)}\n`;
const bomb = Array.from(
  { length: 20 },
  (_, n) =>
    `l${n}: &a${n} [${Array(10)
      .fill(`*a${n - 1}`)
      .join(',')}]`,
);
bomb[0] = 'l0: &a0 [x,x,x,x,x,x,x,x,x,x]';

/** A name, a file, and what is said of it: that it is wrong, or that it is as good as without what is strange about it. */
const CORPUS: readonly (readonly [name: string, content: string | Uint8Array, says: RegExp | 'good'])[] = [
  ['a byte order mark', `\uFEFF${GOOD}`, 'good'],
  ['CRLF', GOOD.replaceAll('\n', '\r\n'), 'good'],
  ['a document mark', `---\n${GOOD}...\n`, 'good'],
  ['nothing', '', /has no connections/],
  ['a tab for blanks', GOOD.replace('  drainWithin', '\tdrainWithin'), /is no valid YAML/],
  ['two documents', `${GOOD}---\n${GOOD}`, /is no valid YAML/],
  ['a key twice', `${GOOD}worker: {}\n`, /keys must be unique/],
  ['a prototype', `${GOOD}__proto__: { worker: 1 }\n`, /__proto__|not known|not shown/],
  [
    'a prototype of a connection',
    GOOD.replace('connections:\n', 'connections:\n  __proto__: { provider: aws-fsx }\n'),
    /:2:3: /,
  ],
  ['a prototype in settings', GOOD.replace('{"provider"', '{"__proto__":{"region":"x"},"provider"'), /:2:/],
  ['a constructor', `${GOOD}constructor: 1\n`, /not known|not shown/],
  ['an alias of itself', 'a: &a [*a]\nconnections: *a\n', /./],
  ['a bomb of aliases', `${bomb.join('\n')}\nconnections: *a19\n`, /aliases that cannot be resolved/],
  ['lists without end', deep('[', ']'), /./],
  ['objects without end', deep('{a: ', '}'), /./],
  [
    'blocks without end',
    `connections:\n${Array.from({ length: 2_000 }, (_, n) => `${' '.repeat(n + 1)}a:`).join('\n')}\n`,
    /./,
  ],
  ['quotes without end', `connections: "${'x'.repeat(100_000)}`, /is no valid YAML/],
  ['binary', Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 37) % 256)), /UTF-8/],
  ['UTF-16', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), /UTF-8/],
  ['Latin-1', Buffer.from(`# für\n${GOOD}`, 'latin1'), /UTF-8/],
  ['NULs', `${GOOD}\0\0\0`, /./],
  ['20 MB', `${GOOD}# ${'x'.repeat(20_000_000)}\n`, /is larger than/],
  ['a tag', `connections: !!js/function "process.exit()"\n`, /./],
  ['a number of digits', GOOD.replace('8081', '9'.repeat(400)), /worker\.health\.port/],
  ['no number', GOOD.replace('8081', '.nan'), /worker\.health\.port/],
  ['a date for a name', GOOD.replace('connections:\n', 'connections:\n  2026-01-01: {}\n'), /:2:3: /],
];

describe('a config that is wrong', () => {
  for (const [name, content, says] of CORPUS) {
    it(`is told, or means the same: ${name}`, async () => {
      const answer = await read(content);
      if (says === 'good') assert.ok(typeof answer !== 'string', JSON.stringify(answer));
      else assert.match(typeof answer === 'string' ? answer : 'it was taken', says);
    });
  }

  it('is told where, without a stack and without a secret, whatever is done to one line of it', async () => {
    assert.ok(typeof (await read(GOOD)) !== 'string');
    const lines = GOOD.split('\n').slice(0, -1);
    const put = fc.constantFrom(
      SECRET,
      `"${SECRET}"`,
      `${SECRET}: x`,
      `x: ${SECRET}`,
      `- ${SECRET}`,
      `*${SECRET}`,
      `&${SECRET}`,
      `!${SECRET} x`,
      `{ ${SECRET}: 1 }`,
      `[${SECRET}]`,
      `'${SECRET}`,
      `%${SECRET}`,
      `| ${SECRET}`,
      `? ${SECRET}`,
      `<<: ${SECRET}`,
      `\t${SECRET}`,
      `@${SECRET}`,
      `\`${SECRET}`,
      `\u0000${SECRET}`,
      `"\\x${SECRET}"`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.constantFrom('replace', 'value', 'before', 'after', 'inside' as const),
        fc.nat(200),
        put,
        async (place, how, column, what) => {
          const changed = [...lines];
          changed[place] = put1(lines[place] ?? '', how, column, what);
          const answer = await read(changed.join('\n'));
          if (typeof answer !== 'string') return; // As in a comment, or the name of a profile.
          assert.ok(!answer.toLowerCase().includes(SECRET.toLowerCase().slice(2, 12)), answer);
        },
      ),
      fuzzed(400),
    );
  });

  it('is told, whatever bytes it is of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 500 }), fc.string({ unit: 'binary', maxLength: 500 })),
        async (content) => assert.equal(typeof (await read(content)), 'string'),
      ),
      fuzzed(200),
    );
  });
});

function put1(line: string, how: string, column: number, what: string): string {
  if (how === 'replace') return what;
  if (how === 'value') return line.replace(/: .*|:$/, `: ${what}`);
  if (how === 'before') return `${what}\n${line}`;
  if (how === 'after') return `${line} ${what}`;
  const at = column % (line.length + 1);
  return line.slice(0, at) + what + line.slice(at);
}

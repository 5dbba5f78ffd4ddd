import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { openTargets, TargetFileError, type TargetFileOptions } from '../../client/read-targets.js';
import { taskUri } from '../../contract/task.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { fuzzed } from './fuzzed.js';

type Format = 'csv' | 'ndjson' | 'json';

const FORMATS: readonly Format[] = ['csv', 'ndjson', 'json'];
const MEGABYTE = 1024 * 1024;
const ANSWERED_WITHIN_MS = 20_000;
const LONGEST_TOLD = 8_000;

let folder = '';
let files = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-targets-'));
});
after(() => rm(folder, { recursive: true }));

/** What is told of a file: its tasks, or the lines that are wrong. */
type Told = { readonly uris: readonly string[] } | { readonly lines: readonly number[] };

async function told(content: Uint8Array, format: Format, options: TargetFileOptions = {}): Promise<Told> {
  const path = join(folder, `${(files += 1)}.${format}`);
  await writeFile(path, content);
  const startedAt = performance.now();
  try {
    const file = await openTargets(path, options);
    const uris: string[] = [];
    for await (const task of file.read()) uris.push(taskUri(task));
    await file.close();
    assert.equal(uris.length, file.targets);
    return { uris };
  } catch (thrown) {
    assert.ok(thrown instanceof TargetFileError, stackOf(thrown));
    const { message, problems } = thrown;
    assert.ok(message.length < LONGEST_TOLD, `${message.length} characters`);
    // What a file says must not steer a terminal.
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(message.replaceAll('\n  ', ' '), /[\u0000-\u001f\u007f-\u009f]|\n\s+at /);
    return { lines: problems.map(({ line }) => line) };
  } finally {
    assert.ok(performance.now() - startedAt < ANSWERED_WITHIN_MS, 'too slow');
    await rm(path);
  }
}

const stackOf = (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? '') : String(thrown));

/** A task of any provider: its URI is a row of every format. */
const goodUri = fc
  .record({ definition: fc.constantFrom(...ALL_PROVIDERS), connection: fc.constantFrom('prod', 'berlin') })
  .map(({ definition, connection }) =>
    taskUri({
      provider: definition.id,
      connection: `${connection}-${definition.id}`,
      ids: Object.fromEntries(definition.fields.map(({ name, example }) => [name, example])),
    }),
  );

/** Rows that mean no task. */
const badRow = fc.oneof(
  fc.constantFrom(
    'no task',
    'aws-fsx://prod',
    'aws-fsx://prod/task-1/task-2',
    'aws-fsx://prod/%zz',
    `aws-fsx://${'prod'.repeat(5_000)}/task-0123456789abcdef0`,
    'unknown://prod/task-0123456789abcdef0',
    'aws-fsx://PROD\u0000/task-0123456789abcdef0',
    'aws-fsx://prod/task-0123456789abcdef0\u001b[31m',
    'aws-fsx://prod/task-0123456789abcdéf0',
    `${'x'.repeat(50_000)}://prod/task-0123456789abcdef0`,
    `aws-fsx://prod/task-0123456789abcdef0?${'h'.repeat(50_000)}=1`,
    '__proto__',
    'constructor',
    'x'.repeat(60_000),
  ),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
    .map((text) => `no-task ${text.replaceAll(/[\r\n"#]/g, '')}`),
);

interface Row {
  readonly isGood: boolean;
  readonly text: string;
}

const row: fc.Arbitrary<Row> = fc.oneof(
  { weight: 4, arbitrary: goodUri.map((text) => ({ isGood: true, text })) },
  { weight: 1, arbitrary: badRow.map((text) => ({ isGood: false, text })) },
);

/** One row as a line or an item, in one of its writings. */
const WRITE = {
  csv: ({ text }: Row) => (/[",#]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text),
  ndjson: ({ text }: Row) => JSON.stringify(text),
  json: ({ text }: Row) => JSON.stringify(text),
} as const satisfies Record<Format, (row: Row) => string>;

/** Values that are no target, as JSON has them. */
const JSON_JUNK = [
  'null',
  '7',
  'true',
  '[]',
  '{}',
  '""',
  '"\\ud800"',
  '{"task":7}',
  '{"task":null}',
  '{"__proto__":{"task":"aws-fsx://prod/task-0123456789abcdef0"}}',
  '{"task":{"toString":0}}',
  '{"connection":"prod","provider":"aws-fsx","ids":[]}',
  '{"connection":"prod","provider":"aws-fsx","ids":{"__proto__":"x"}}',
  '{"connection":"prod","provider":"aws-fsx","taskId":["task-0123456789abcdef0"]}',
  '{"task":"aws-fsx://prod/task-0123456789abcdef0","taskId":"task-0123456789abcdef1"}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `{"task":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}}`,
];

describe('a file of targets', () => {
  it('is told with every bad line, whatever its line ends, and nothing of it is given', async () => {
    const ends = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('csv' as const, 'ndjson' as const),
        fc.array(fc.tuple(row, ends), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (format, lines, hasMark) => {
          const header = format === 'csv' ? 'task\n' : '';
          const text = lines.map(([each, end]) => `${WRITE[format](each)}${end}`).join('');
          const content = Buffer.from(`${hasMark ? '\uFEFF' : ''}${header}${text}`);
          const first = format === 'csv' ? 2 : 1;
          const bad = lines.flatMap(([each], place) => (each.isGood ? [] : [place + first]));
          const answer = await told(content, format);
          if (bad.length > 0) assert.deepEqual('lines' in answer && answer.lines, bad);
          else
            assert.deepEqual('uris' in answer && answer.uris, [
              ...new Set(lines.map(([{ text: uri }]) => uri)),
            ]);
        },
      ),
      fuzzed(200),
    );
  });

  it('is told with every item that is none', async () => {
    const item = fc.oneof(
      row.map((each) => ({ isGood: each.isGood, text: JSON.stringify(each.text) })),
      fc.constantFrom(...JSON_JUNK).map((text) => ({ isGood: false, text })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('json' as const, 'ndjson' as const),
        fc.array(item, { minLength: 1, maxLength: 20 }),
        async (format, items) => {
          const texts = items.map(({ text }) => text);
          const text = format === 'json' ? `[${texts.join(' ,\n')}]` : texts.join('\n');
          const bad = items.flatMap(({ isGood }, place) => (isGood ? [] : [place + 1]));
          const answer = await told(Buffer.from(text), format);
          if (bad.length > 0) assert.deepEqual('lines' in answer && answer.lines, bad);
          else assert.ok('uris' in answer);
        },
      ),
      fuzzed(150),
    );
  });

  it('is never misread for its bytes: what is cut, changed or of another encoding is told or means the same', async () => {
    const spoil = fc.record({
      how: fc.constantFrom('cut', 'byte', 'insert', 'utf16le', 'latin1', 'nul', 'quote', 'twice', 'cr'),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      byte: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMATS),
        fc.array(goodUri, { minLength: 1, maxLength: 10 }),
        spoil,
        async (format, uris, { how, at, byte }) => {
          const whole = Buffer.from(written(format, uris));
          const answer = await told(spoilt(whole, how, Math.floor(at * whole.length), byte), format);
          // A changed letter of an id may be another id, which nobody can tell: it is the others that must be the same.
          if ('uris' in answer) {
            const strange = answer.uris.filter((uri) => !uris.includes(uri));
            assert.ok(strange.length <= 1, strange.join());
          } else assert.ok(answer.lines.length > 0);
        },
      ),
      fuzzed(300),
    );
  });

  it('may be any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 3_000 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FORMATS), bytes, async (format, content) => {
        const answer = await told(content, format);
        assert.ok('lines' in answer, `took ${Buffer.from(content).toString('hex')} for targets`);
      }),
      fuzzed(150),
    );
  });

  const uri = 'aws-fsx://prod/task-0123456789abcdef0';
  const CORPUS: readonly (readonly [
    name: string,
    Format,
    content: string | Buffer,
    lines: readonly number[],
  ])[] = [
    ['nothing', 'csv', '', [0]],
    ['only a mark', 'csv', '\uFEFF', [0]],
    ['only blanks', 'ndjson', ' \r\n\t\n', [0]],
    ['only a header', 'csv', 'task,owner\r\n', [0]],
    ['only comments', 'csv', '# a\n#b', [0]],
    ['an empty array', 'json', '[ ]', [0]],
    ['an array that is not closed', 'json', `["${uri}"`, [2]],
    ['something after the array', 'json', `["${uri}"] x`, [1]],
    ['two arrays', 'json', `["${uri}"]["${uri}"]`, [1]],
    ['an object', 'json', `{"task":"${uri}"}`, [0]],
    ['a quote that is never closed', 'csv', `task\n${uri}\n"${uri}\n${uri}\n${'x'.repeat(30)}\n`, [3, 5]],
    ['UTF-16 with a mark', 'csv', Buffer.from(`\uFEFFtask\n${uri}\n`, 'utf16le'), [1]],
    ['UTF-16 without', 'ndjson', Buffer.from(`"${uri}"\n`, 'utf16le'), [1, 2]],
    ['Latin-1', 'csv', Buffer.from(`task,owner\n${uri},Jürgen\n`, 'latin1'), [2]],
    ['NULs', 'csv', `task\n\0\0\0\n${uri}\n`, [2]],
    ['old line ends of the Mac', 'ndjson', `"${uri}"\r"${uri}"\r`, [1]],
    ['a ZIP', 'json', Buffer.from('504b0304140000000800', 'hex'), [0]],
    ['a line of 10 MB', 'csv', `task\n${'x'.repeat(10 * MEGABYTE)}\n${uri}\nno task\n`, [2, 4]],
    ['a line of 10 MB', 'ndjson', `"${uri}"\n"${'x'.repeat(10 * MEGABYTE)}"\nno task\n`, [2, 3]],
    ['10 MB without a line', 'csv', 'x'.repeat(10 * MEGABYTE), [1]],
    ['10 MB of quotes', 'csv', `task\n${'"'.repeat(10 * MEGABYTE + 1)}\n${uri}`, [2]],
    ['10 MB of open brackets', 'json', '['.repeat(10 * MEGABYTE), [1]],
    ['10 MB of an item', 'json', `["${'x'.repeat(10 * MEGABYTE)}"]`, [1]],
  ];
  for (const [name, format, content, lines] of CORPUS) {
    it(`says where: ${name}, as ${format}`, async () => {
      assert.deepEqual(await told(Buffer.from(content), format), { lines });
    });
  }

  it('of two hundred thousand lines is refused at the hundred thousand and first, in little memory', async () => {
    const atFirst = process.memoryUsage().rss;
    let largest = atFirst;
    const watch = setInterval(() => (largest = Math.max(largest, process.memoryUsage().rss)), 20);
    const name = (number: number) => `aws-fsx://prod/task-${number.toString(16).padStart(17, '0')}\n`;
    const lines = function* () {
      for (let number = 0; number < 200_000; number += 500)
        yield Array.from({ length: 500 }, (_, more) => name(number + more)).join('');
    };
    try {
      const open = openTargets('-', { stdin: Readable.from(lines()) });
      await assert.rejects(open, (thrown: unknown) => {
        assert.ok(thrown instanceof TargetFileError, stackOf(thrown));
        return thrown.problems.length === 1 && thrown.problems[0]?.line === 100_001;
      });
    } finally {
      clearInterval(watch);
    }
    const grewBy = Math.round((largest - atFirst) / MEGABYTE);
    assert.ok(grewBy < 200, `it took ${grewBy} MB`);
  });
});

function written(format: Format, uris: readonly string[]): string {
  if (format === 'csv') return `task,owner\n${uris.map((each) => `${each},"Ann, ""storage"""\n`).join('')}`;
  const rows = uris.map((each) => JSON.stringify({ task: each, owner: 'Jürgen' }));
  return format === 'json' ? `[${rows.join(',\n')}]\n` : `${rows.join('\n')}\n`;
}

function spoilt(whole: Buffer, how: string, at: number, byte: number): Buffer {
  const between = (more: Uint8Array) => Buffer.concat([whole.subarray(0, at), more, whole.subarray(at)]);
  switch (how) {
    case 'cut':
      return whole.subarray(0, at);
    case 'byte': {
      const changed = Buffer.from(whole);
      changed[at] = byte;
      return changed;
    }
    case 'insert':
      return between(Uint8Array.of(byte));
    case 'utf16le':
      return Buffer.from(whole.toString(), 'utf16le');
    case 'latin1':
      return Buffer.from(whole.toString(), 'latin1');
    case 'nul':
      return between(new Uint8Array(1_000));
    case 'quote':
      return between(Buffer.from('"'));
    case 'twice':
      return Buffer.concat([whole, whole]);
    default:
      return Buffer.from(whole.toString().replaceAll('\n', '\r'));
  }
}

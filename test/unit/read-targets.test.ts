import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidTaskError } from '../../client/errors.js';
import {
  distinctTargets,
  openTargets,
  TargetFileError,
  type TargetFileOptions,
} from '../../client/read-targets.js';
import { taskUri, type TaskRef } from '../../contract/task.js';

const fsxTask = (number: number) => `task-${number.toString(16).padStart(17, '0')}`;
const fsx = (number: number, connection = 'prod'): TaskRef => ({
  provider: 'aws-fsx',
  connection,
  ids: { taskId: fsxTask(number) },
});
const cpfs = (number: number): TaskRef => ({
  provider: 'alibaba-cpfs',
  connection: 'berlin',
  ids: { fileSystemId: 'cpfs-1', dataFlowId: 'df-2', taskId: `task-${number}` },
});
const domain = (hints?: Record<string, string>): TaskRef => ({
  provider: 'alibaba-domain',
  connection: 'names',
  ids: { taskNo: '7f217ae0-61f5-42e2-a1c3-42bad0124abc' },
  ...(hints && { hints }),
});
const PROVIDER_OF: ReadonlyMap<string, string> = new Map([
  ['prod', 'aws-fsx'],
  ['berlin', 'alibaba-cpfs'],
  ['names', 'alibaba-domain'],
]);
const providerOf = (connection: string) => PROVIDER_OF.get(connection);

let folder = '';
let files = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-targets-'));
});
after(() => rm(folder, { recursive: true }));

async function written(content: string | Uint8Array, ending = '.csv'): Promise<string> {
  const path = join(folder, `${(files += 1)}${ending}`);
  await writeFile(path, content);
  return path;
}

async function collected(tasks: AsyncIterable<TaskRef>): Promise<TaskRef[]> {
  const all: TaskRef[] = [];
  for await (const task of tasks) all.push(task);
  return all;
}

async function tasksOf(content: string | Uint8Array, ending = '.csv', options: TargetFileOptions = {}) {
  const file = await openTargets(await written(content, ending), options);
  try {
    return await collected(file.read());
  } finally {
    await file.close();
  }
}

async function errorOf(path: string, options: TargetFileOptions = {}): Promise<TargetFileError> {
  try {
    await (await openTargets(path, options)).close();
  } catch (error) {
    assert.ok(error instanceof TargetFileError, String(error));
    return error;
  }
  throw new Error('It was taken for a good file.');
}

/** `line: message` of each problem. */
async function problemsOf(content: string | Uint8Array, ending = '.csv', options: TargetFileOptions = {}) {
  const { problems } = await errorOf(await written(content, ending), options);
  return problems.map(({ line, message }) => `${line}: ${message}`);
}

function assertMatches(texts: readonly string[], patterns: readonly RegExp[]): void {
  assert.equal(texts.length, patterns.length, texts.join('\n'));
  for (const [place, pattern] of patterns.entries()) assert.match(texts[place]!, pattern);
}

describe('target files: CSV', () => {
  it('has a column of URIs among others, with byte order mark, CRLF, quotes, comments and blank lines', async () => {
    const text = [
      '\uFEFF# from the console',
      'note,task',
      `"two\r\nlines, and ""quotes""",${taskUri(fsx(1))}`,
      '',
      ' # "a comment with a quote',
      `,"${taskUri(cpfs(2))}"`,
      ',',
      `x,${taskUri(domain())}?createdOn=2026-11-20`,
    ].join('\r\n');
    assert.deepEqual(await tasksOf(text), [fsx(1), cpfs(2), domain({ createdOn: '2026-11-20' })]);
  });

  it('has columns of ids and hints, of several providers', async () => {
    const text = [
      'createdOn,taskNo,taskId,dataFlowId,fileSystemId,owner,provider,connection',
      `,,${fsxTask(1)},,,ann,aws-fsx,prod`,
      ',,task-2,df-2,cpfs-1,bob,alibaba-cpfs,berlin',
      `2026-11-20,${domain().ids['taskNo']},,,,,alibaba-domain,names`,
    ].join('\n');
    assert.deepEqual(await tasksOf(text), [fsx(1), cpfs(2), domain({ createdOn: '2026-11-20' })]);
  });

  it('leaves out what the caller knows', async () => {
    assert.deepEqual(
      await tasksOf(`connection,taskId\n,${fsxTask(1)}\nprod,${fsxTask(2)}\n`, '.csv', {
        connection: 'prod',
        providerOf,
      }),
      [fsx(1), fsx(2)],
    );
  });

  it('needs no header line for URIs, nor for ids of a known connection', async () => {
    assert.deepEqual(await tasksOf(`${taskUri(fsx(1))}\n"${taskUri(cpfs(2))}"`), [fsx(1), cpfs(2)]);
    assert.deepEqual(
      await tasksOf(`${fsxTask(1)}\n${taskUri(cpfs(2))}\n`, '', { connection: 'prod', providerOf }),
      [fsx(1), cpfs(2)],
    );
  });

  it('takes hints beside a URI, and refuses what says another task', async () => {
    assert.deepEqual(await tasksOf(`task,createdOn\n${taskUri(domain())},2026-11-20\n`), [
      domain({ createdOn: '2026-11-20' }),
    ]);
    assertMatches(
      await problemsOf(`task,connection\n${taskUri(fsx(1))},staging\n${taskUri(fsx(2))},prod\n`),
      [/^2: task says connection prod, and the column connection says staging\.$/],
    );
  });

  it('tells everything that is wrong, each with its line', async () => {
    const text = [
      'provider,connection,taskId,note',
      'aws-fsx,prod,nope,',
      `aws-fsx,,${fsxTask(1)},`,
      `,elsewhere,${fsxTask(1)},`,
      `alibaba-cpfs,prod,task-1,`,
      `no-cloud,other,${fsxTask(1)},`,
      `aws-fsx,prod,${fsxTask(1)},one,two`,
      `aws-fsx,prod,${fsxTask(1)},a "quote" inside`,
      `aws-fsx,berlin,${fsxTask(1)},`,
      `aws-fsx,prod,,`,
      `aws-fsx,prod,${fsxTask(1)},"never closed`,
      `aws-fsx,prod,nope,`,
    ].join('\n');
    assertMatches(await problemsOf(text, '.csv', { providerOf }), [
      /^2: "nope" is no taskId of aws-fsx; one looks like /,
      /^3: There is no connection; name it/,
      /^4: Of which provider is connection elsewhere\?/,
      /^5: There is no fileSystemId, which a task of alibaba-cpfs needs; one looks like /,
      /^6: There is no provider "no-cloud"; known: aws-fsx/,
      /^7: There are 5 cells for 4 columns;/,
      /^8: The quotes do not match:/,
      /^9: Connection berlin is of provider alibaba-cpfs, not aws-fsx\.$/,
      /^10: There is no taskId, which a task of aws-fsx needs/,
      /^11: The quotes do not match:/,
      /^12: "nope" is no taskId/,
    ]);
  });

  it('refuses a header line from which no row could be read, once', async () => {
    assertMatches(await problemsOf('connection,provider\na,b\nc,d\n'), [
      /^1: The header line names no task;/,
    ]);
    assertMatches(await problemsOf('taskId\na\nb\n'), [/^1: The header line has no column connection;/]);
    assertMatches(await problemsOf('task,x,task\na,b,c\n'), [
      /^1: The header line names the column task twice;/,
    ]);
    assertMatches(await problemsOf('a,b\nc,d\n'), [
      /^1: There are 2 cells, and no header/,
      /^2: There are 2/,
    ]);
  });

  it('an id alone needs a connection whose provider names a task by one id', async () => {
    assertMatches(await problemsOf('task-1\n'), [/^1: "task-1" is no task URI; an id alone will do only/]);
    assertMatches(await problemsOf('task-1\n', '.csv', { connection: 'berlin', providerOf }), [
      /no task URI/,
    ]);
  });

  it('a lost quote costs its own line, however many follow', async () => {
    const rows = Array.from({ length: 3_000 }, (_, number) => taskUri(fsx(number)));
    const text = ['task,note', `${rows[0]},"lost`, ...rows.slice(1).map((uri) => `${uri},`), 'nope,'].join(
      '\n',
    );
    assertMatches(await problemsOf(text), [/^2: The quotes do not match/, /^3002: "nope" is no task URI/]);
  });

  it('reads back whatever its other cells hold, quoted as they must be', async () => {
    const row = fc.record({ note: graphemes(), number: fc.nat(50) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (rows, end) => {
        const lines = rows.map(
          ({ note, number }) => `"${note.replaceAll('"', '""')}",${taskUri(fsx(number))}`,
        );
        const wanted = [...new Set(rows.map(({ number }) => number))].map((number) => fsx(number));
        assert.deepEqual(await tasksOf(['note,task', ...lines].join(end)), wanted);
      }),
      { numRuns: 50 },
    );
  });
});

describe('target files: NDJSON and JSON', () => {
  const items = [
    taskUri(fsx(1)),
    { task: taskUri(fsx(2)), owner: 7 },
    { connection: 'berlin', ...cpfs(3).ids },
    {
      connection: 'names',
      provider: 'alibaba-domain',
      taskNo: domain().ids['taskNo'],
      createdOn: '2026-11-20',
    },
    cpfs(4),
    { ...fsx(5), hints: {} },
  ];
  const tasks = [fsx(1), fsx(2), cpfs(3), domain({ createdOn: '2026-11-20' }), cpfs(4), fsx(5)];

  it('NDJSON has a target a line, told by its ending or its first character', async () => {
    const text = items.map((item) => JSON.stringify(item)).join('\r\n\r\n');
    for (const ending of ['.ndjson', '.jsonl']) {
      assert.deepEqual(await tasksOf(`\uFEFF${text}`, ending, { providerOf }), tasks);
    }
    const [, ...objects] = text.split('\r\n\r\n');
    assert.deepEqual(await tasksOf(objects.join('\n'), '.txt', { providerOf }), tasks.slice(1));
    assert.deepEqual(await tasksOf(text, '.csv', { providerOf, format: 'ndjson' }), tasks);
  });

  it('JSON is one array, however it is laid out', async () => {
    for (const indent of [0, 4]) {
      for (const ending of ['.json', '']) {
        const text = `\uFEFF\n${JSON.stringify(items, null, indent)}\n`;
        assert.deepEqual(await tasksOf(text, ending, { providerOf }), tasks);
      }
    }
  });

  it('tells what is wrong, with the line or the item', async () => {
    const bad = [
      [5, /A target is a task URI, or an object/],
      [[taskUri(fsx(1))], /A target is a task URI, or an object/],
      [{ task: '' }, /task is empty/],
      [{ task: null }, /task is empty/],
      [
        { connection: 'prod', provider: 'aws-fsx', taskId: 7 },
        /taskId must be a text in quotes, not of type number/,
      ],
      [{ ...fsx(1), ids: { taskId: fsxTask(1), other: 'x' } }, /has no id "other"/],
      [{ ...fsx(1), hints: { other: 'x' } }, /has no hint "other"/],
      [
        { __proto__: null, constructor: 'x', connection: 'prod', provider: 'toString' },
        /no provider "toString"/,
      ],
    ] as const;
    const patterns = bad.map(([, { source }], place) => new RegExp(`^${place + 1}: .*${source}`));
    const lines = bad.map(([item]) => JSON.stringify(item));
    assertMatches(await problemsOf(lines.join('\n'), '.ndjson'), patterns);
    assertMatches(await problemsOf(`[${lines.join(',')}]`, '.json'), patterns);
    assertMatches(await problemsOf(`"${taskUri(fsx(1))}"\n{"task":\nnope`, '.ndjson'), [
      /^2: This is no JSON/,
      /^3: This is no JSON/,
    ]);
  });

  it('JSON that breaks off, goes on or is no array is refused', async () => {
    const item = JSON.stringify(taskUri(fsx(1)));
    for (const text of [
      `[${item}`,
      `[${item},`,
      `[${item.slice(0, -1)}`,
      `[${item}] x`,
      `[${item} ${item}]`,
    ]) {
      assertMatches(await problemsOf(text, '.json'), [/^[12]: Here or soon after, the file is no JSON/]);
    }
    for (const text of ['{"task": "x"}', 'nope', item]) {
      assertMatches(await problemsOf(text, '.json'), [/^0: A JSON file of targets is one array/]);
    }
    assertMatches(await problemsOf(`[${'['.repeat(30_000)}${']'.repeat(30_000)}]`, '.json'), [
      /^1: A target is/,
    ]);
  });

  it('any tasks come back from any format', async () => {
    const task = fc.oneof(
      fc.tuple(fc.nat(99), graphemes(1)).map(([id, name]) => fsx(id, name)),
      fc.nat(99).map(cpfs),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(task, { selector: taskUri, minLength: 1 }), async (all) => {
        const cell = (text = '') => `"${text.replaceAll('"', '""')}"`;
        const row = ({ provider, connection, ids }: TaskRef) =>
          [provider, connection, ids['fileSystemId'], ids['dataFlowId'], ids['taskId']].map(cell).join(',');
        const header = 'provider,connection,fileSystemId,dataFlowId,taskId';
        assert.deepEqual(await tasksOf([header, ...all.map(row)].join('\n')), all);
        assert.deepEqual(await tasksOf(all.map(taskUri).join('\n'), '.txt'), all);
        assert.deepEqual(await tasksOf(all.map((one) => JSON.stringify(one)).join('\n'), '.ndjson'), all);
        assert.deepEqual(await tasksOf(JSON.stringify(all), '.json'), all);
      }),
      { numRuns: 50 },
    );
  });
});

describe('target files: bytes', () => {
  const good = Buffer.from(`${taskUri(fsx(1))}\n`);
  const quoted = Buffer.from(`"${taskUri(fsx(1))}"`);
  const bad = Buffer.from([0xff, 0xfe, 0x41]);

  it('bytes that are not UTF-8 are a problem of their line', async () => {
    const lines = Buffer.concat([good, bad, Buffer.from('\n'), good, bad]);
    assertMatches(await problemsOf(lines), [/^2: .* not UTF-8/, /^4: .* not UTF-8/]);
    const item = Buffer.concat([Buffer.from('"'), bad, Buffer.from('"')]);
    const array = ['[', quoted, ',', item, ',', quoted, ',', item, ']'].map((part) => Buffer.from(part));
    assertMatches(await problemsOf(Buffer.concat(array), '.json'), [/^2: .* not UTF-8/, /^4: .* not UTF-8/]);
  });

  it('a huge line is a problem, and not memory', async () => {
    const huge = Buffer.alloc(20_000_000, 'x');
    const lines = Buffer.concat([good, huge, Buffer.from('\n'), good, huge]);
    assertMatches(await problemsOf(lines), [/^2: .* longer than 65536 bytes/, /^4: .* longer than/]);
    assertMatches(await problemsOf(lines, '.ndjson'), [
      /^1: This is no JSON/,
      /^2: .* longer/,
      /^3/,
      /^4: .* longer/,
    ]);
    const array = Buffer.concat([Buffer.from('['), quoted, Buffer.from(',"'), huge]);
    assertMatches(await problemsOf(array, '.json'), [/^2: .* longer than 65536 bytes/]);
  });

  it('a character may fall between two reads', async () => {
    const connection = 'é'.repeat(300);
    const uris = Array.from({ length: 700 }, (_, number) => fsx(number, connection));
    assert.deepEqual(await tasksOf(JSON.stringify(uris), '.json'), uris);
    assert.deepEqual(await tasksOf(uris.map((one) => JSON.stringify(one)).join('\n'), '.ndjson'), uris);
  });

  it('any bytes are either targets or problems, never another error', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('\n', '\r\n', '"', ',', 'task', '[', '{"task":', '}', ']', '\uFEFF', taskUri(fsx(1))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece),
        fc.constantFrom('.csv', '.json', '.ndjson', ''),
        async (pieces, ending) => {
          const path = await written(Buffer.concat(pieces.map((part) => Buffer.from(part))), ending);
          try {
            const file = await openTargets(path);
            assert.deepEqual(await collected(file.read()), [fsx(1)]);
            await file.close();
          } catch (error) {
            assert.ok(error instanceof TargetFileError, String(error));
            assert.ok(error.problems.length > 0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('nothing in a file can steer the terminal that shows its problems', async () => {
    const [problem] = await problemsOf('\u001B[31mred\u202E\n');
    assert.equal(problem?.startsWith('1: "\\u{1b}[31mred\\u{202e}" is no task URI'), true, problem);
  });
});

describe('target files: as a whole', () => {
  it('counts duplicates, and reads each task once, as often as asked', async () => {
    const path = await written(
      `task\n${[1, 2, 1, 3, 2, 1].map((number) => taskUri(fsx(number))).join('\n')}`,
    );
    const file = await openTargets(path);
    assert.equal(file.targets, 3);
    assert.equal(file.duplicates, 3);
    assert.deepEqual(file.connections, ['prod']);
    for (const _ of [1, 2]) assert.deepEqual(await collected(file.read()), [fsx(1), fsx(2), fsx(3)]);
    await file.close();
  });

  it('keeps every problem of as many lines as there may be targets, counts the rest, and tells the first few', async () => {
    const error = await errorOf(await written('nope\n'.repeat(100_500)));
    assert.deepEqual(
      error.problems.map(({ line }) => line),
      Array.from({ length: 100_000 }, (_, place) => place + 1),
    );
    assert.equal(error.more, 500);
    assert.match(error.message, /cannot be used: 100500 problems\.\n {2}line 1: .*\n {2}line 2: /);
    assert.match(error.message, /… and 100495 more\.$/);
    assert.equal(error.message.split('\n').length, 7);
  });

  it('refuses what has no target, and what is no file', async () => {
    for (const [text, ending] of [
      ['', '.csv'],
      ['\n# nothing\n', '.csv'],
      ['task\n', '.csv'],
      ['\n', '.ndjson'],
      ['', '.json'],
      ['[]', '.json'],
      ['', ''],
    ] as const) {
      assertMatches(await problemsOf(text, ending), [/^0: There is no target in it\.$/]);
    }
    assert.match((await errorOf(join(folder, 'none.csv'))).message, /There is no such file/);
    assert.match((await errorOf(folder)).message, /It is a folder/);
  });

  it('a file that changes after it was checked is not read on', async () => {
    const path = await written(`${taskUri(fsx(1))}\n`);
    const file = await openTargets(path);
    await appendFile(path, `${taskUri(fsx(2))}\n`);
    await assert.rejects(collected(file.read()), /It changed while it was being read/);
    await file.close();
  });

  it('a file that changes while it is read does not end as if it had been read', async () => {
    const path = await written(
      Array.from({ length: 5_000 }, (_, number) => `${taskUri(fsx(number))}\n`).join(''),
    );
    const file = await openTargets(path);
    let read = 0;
    await assert.rejects(async () => {
      for await (const _ of file.read()) {
        read += 1;
        if (read === 1) await appendFile(path, '\n');
      }
    }, /It changed while it was being read/);
    assert.ok(read > 0 && read < 5_000, String(read));
    await file.close();
  });

  it('100,000 targets are read, and one more is refused', async () => {
    const uris = Array.from({ length: 100_001 }, (_, number) => taskUri(fsx(number)));
    const file = await openTargets(await written(JSON.stringify(uris.slice(1)), '.json'));
    assert.equal(file.targets, 100_000);
    await file.close();
    assertMatches(await problemsOf(JSON.stringify(uris), '.json'), [
      /^100001: There are more than 100000 targets; split the file here\.$/,
    ]);
  });
});

describe('target files: the documentation', () => {
  it('has examples that are read', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/campaigns-targets.md'), 'utf8');
    const examples = [...page.matchAll(/^```(csv|json)\n(.*?)^```$/gms)];
    const counts = examples.map(async ([, language, text = '']) => {
      const ending = language === 'csv' ? '.csv' : '.ndjson';
      return (await tasksOf(text, ending, { connection: 'prod', providerOf })).length;
    });
    assert.deepEqual(await Promise.all(counts), [2, 2, 2, 4]);
  });
});

describe('target files: stdin', () => {
  const spools = async () =>
    (await readdir(tmpdir()))
      .filter((name) => name.startsWith('quiesce-targets-'))
      .map((name) => join(tmpdir(), name));

  it('is kept in a file of its owner alone until it is closed', async () => {
    const earlier = new Set(await spools());
    const file = await openTargets('-', { stdin: Readable.from([`${taskUri(fsx(1))}\n`, taskUri(fsx(2))]) });
    for (const _ of [1, 2]) assert.deepEqual(await collected(file.read()), [fsx(1), fsx(2)]);
    const [spool, ...others] = (await spools()).filter((path) => !earlier.has(path));
    assert.ok(spool !== undefined && others.length === 0);
    assert.equal((await stat(spool)).mode & 0o777, 0o700);
    assert.equal((await stat(join(spool, 'targets'))).mode & 0o777, 0o600);
    await file.close();
    assert.equal(existsSync(spool), false);
  });

  it('leaves nothing behind when it is refused or breaks off', async () => {
    const earlier = await spools();
    await assert.rejects(
      openTargets('-', { stdin: Readable.from(['nope']) }),
      /^TargetFileError: stdin cannot be used/,
    );
    await assert.rejects(
      openTargets('-', { stdin: Readable.from(['nope']), name: 'What you sent' }),
      /^TargetFileError: What you sent cannot be used/,
    );
    const broken = new Readable({ read: () => broken.destroy(new Error('gone')) });
    await assert.rejects(openTargets('-', { stdin: broken }), /It cannot be read: Error: gone/);
    assert.deepEqual(await spools(), earlier);
  });
});

describe('targets that are given', () => {
  it('are checked, and each comes once', async () => {
    const given = [taskUri(fsx(1)), fsx(1), cpfs(2), taskUri(cpfs(2)), fsx(3)];
    assert.deepEqual(await collected(distinctTargets(given)), [fsx(1), cpfs(2), fsx(3)]);
    assert.deepEqual(await collected(distinctTargets(Readable.from(given))), [fsx(1), cpfs(2), fsx(3)]);
    await assert.rejects(collected(distinctTargets(['nope'])), InvalidTaskError);
  });
});

/** But for the sign that stands for bytes which are no UTF-8: a file that holds it is refused. */
function graphemes(minLength = 0) {
  return fc.string({ minLength, unit: 'grapheme' }).filter((text) => !text.includes('\uFFFD'));
}

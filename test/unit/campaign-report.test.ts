import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { ReportRow } from '../../client/index.js';
import { REPORT_FORMATS, reportText, type ReportFormat } from '../../client/report-text.js';
import type { CampaignProgress } from '../../contract/campaign.js';

const progress: CampaignProgress = {
  id: 'spring',
  phase: 'ended',
  end: 'done',
  reason: 'INC-42 | *urgent*',
  createdAtMs: 0,
  targets: 1_000,
  states: { canceled: 999, refused: 1 },
  calls: { asks: 1_001, looks: 20, throttled: 0 },
  connections: [],
  lanes: { numbers: [1], running: [], ended: 1 },
  problems: [],
};

function row(place: number, more: Partial<ReportRow> = {}): ReportRow {
  const task = `p://prod/task-${place}`;
  return {
    campaign: 'spring',
    lane: 1,
    task,
    provider: 'p',
    connection: 'prod',
    state: 'canceled',
    asks: 1,
    ...more,
  };
}

const ROWS = Array.from({ length: 1_000 }, (_, place) =>
  place === 700
    ? row(place, { state: 'refused', code: 'No', message: '=cmd("x"), "quoted"\nand | piped' })
    : row(place),
);

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function pieces(format: ReportFormat, rows: readonly ReportRow[] = ROWS): Promise<string[]> {
  const found = [];
  for await (const piece of reportText(stream(rows), progress, format)) found.push(piece);
  return found;
}

const text = async (format: ReportFormat, rows?: readonly ReportRow[]) =>
  (await pieces(format, rows)).join('');

test('csv has a row for each target; what a vendor says is neither a formula nor a new row', async () => {
  const rows = parse(await text('csv'), { columns: true }) as Record<string, string>[];
  assert.equal(rows.length, 1_000);
  assert.deepEqual(
    rows.map(({ task }) => task),
    ROWS.map(({ task }) => task),
  );
  assert.equal(rows[700]?.['state'], 'refused');
  assert.equal(rows[700]?.['message'], '\'=cmd("x"), "quoted"\nand | piped');
});

test('ndjson is a row a line, json one array, both of the same rows', async () => {
  const lines = (await text('ndjson')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    ROWS,
  );
  assert.deepEqual(JSON.parse(await text('json')), ROWS);
  assert.deepEqual(JSON.parse(await text('json', [])), []);
});

test('Markdown tells a person what is left, and what others said is no Markdown of ours', async () => {
  const told = await text('md');
  assert.match(told, /^# Campaign `spring`\n\n\*\*done\.\*\* Every target has its verdict\.\n/);
  assert.ok(told.includes(String.raw`| Reason | INC-42 \| \*urgent\* |`));
  assert.ok(told.includes('| refused | 1 |'));
  assert.ok(told.includes('## 1 target not proven to have ended'));
  assert.deepEqual(
    told.trimEnd().split('\n').at(-1),
    String.raw`| ${'`p://prod/task-700`'} | refused |  |  | ${'`No`'} | =cmd("x"), "quoted" and \| piped |`,
  );
  assert.ok(!told.includes('task-1`'), 'a proven target is not in it');
});

test('no format holds a large report in one piece', async () => {
  for (const format of REPORT_FORMATS) {
    const longest = Math.max(...(await pieces(format)).map((piece) => piece.length));
    assert.ok(longest < 100_000, `${format}: ${longest}`);
  }
});

test('a report that breaks off throws, and does not end as if it were whole', async () => {
  async function* broken() {
    yield row(1);
    throw new Error('lane 2 does not answer');
  }
  const read = async () => {
    for await (const _ of reportText(broken(), progress, 'json'));
  };
  await assert.rejects(read, /lane 2 does not answer/);
});

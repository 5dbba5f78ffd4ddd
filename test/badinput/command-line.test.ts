import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import fc from 'fast-check';
import type { CliContext } from '../../cli/context.js';
import { EXIT } from '../../cli/exit-codes.js';
import { run } from '../../cli/main.js';
import { buildProgram } from '../../cli/program.js';
import { createTerminal } from '../../cli/terminal.js';
import { loadTemporalConfig } from '../../setup/load-temporal-config.js';
import { fuzzed } from './fuzzed.js';

const QUIESCE = join(import.meta.dirname, '..', '..', '..', 'bin', 'quiesce.js');
/** Nothing listens there. */
const NOBODY = '127.0.0.1:1';
const LONGEST_TOLD = 4_000;
const ANSWERED_WITHIN_MS = 60_000;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bad-arguments-'));
});
after(() => rm(folder, { recursive: true }));

/** Every command there is, with its options. */
const PROGRAM = buildProgram(contextOf({ out: '', err: '' }));
const COMMANDS = [...commandsOf(PROGRAM, [])];

interface Found {
  readonly path: readonly string[];
  readonly options: readonly FoundOption[];
  /** How many words it has to be given. */
  readonly words: number;
}

interface FoundOption {
  readonly long: string;
  readonly takesValue: boolean;
  readonly mandatory: boolean;
}

function* commandsOf(command: CommandUnknownOpts, path: readonly string[]): Generator<Found> {
  const options = command.options.map(({ long, required, optional, mandatory }) => ({
    long: long ?? '',
    takesValue: required || optional,
    mandatory,
  }));
  const words = command.registeredArguments.filter(({ required }) => required).length;
  if (command.commands.length === 0)
    yield { path, words, options: options.filter(({ long }) => long !== '') };
  for (const each of command.commands) yield* commandsOf(each, [...path, each.name()]);
}

function contextOf(text: { out: string; err: string }, env: NodeJS.ProcessEnv = {}): CliContext {
  const out = { write: (more: string) => (text.out += more) };
  const err = { write: (more: string) => (text.err += more) };
  return { terminal: createTerminal(out, err, {}), env, cwd: folder || '/', exitCode: EXIT.ok };
}

async function quiesce(argv: readonly string[]) {
  const text = { out: '', err: '' };
  const code = await run(argv, contextOf(text));
  return { code, ...text };
}

/** Nothing is printed but what is wrong, in a sentence. */
async function assertUsageError(argv: readonly string[]): Promise<void> {
  const { code, out, err } = await quiesce(argv);
  assert.deepEqual(
    [code, out],
    [EXIT.usage, ''],
    `${JSON.stringify(argv).slice(0, 500)}: ${err.slice(0, 500)}`,
  );
  assertSentence(err, argv);
}

/** One sentence, however odd what was typed. */
function assertSentence(err: string, argv: readonly string[]): void {
  const say = `${JSON.stringify(argv).slice(0, 500)}: ${err.slice(0, 1_000)}`;
  assert.ok(err.trim() !== '' && err.length <= LONGEST_TOLD, `${err.length} characters of ${say}`);
  assert.doesNotMatch(err, /\n\s+at |node:internal|Nobody expected|\[object /, say);
  // Of a file, its problems follow, a line each.
  const [first = '', ...others] = err.trimEnd().split('\n');
  assert.equal(others.length > 0, / cannot be used, \d+ problems?\./.test(first), say);
  // What was typed must not steer the terminal that it is shown on.
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(err.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f]/, say);
}

const NO_OPTION = '--no-such-option';
const oddText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '0',
    'NaN',
    '1e999',
    '0x10',
    '30',
    '30 fortnights',
    '1m1',
    '٣s',
    '-5m',
    '∞',
    'true',
    'null',
    '__proto__',
    'constructor',
    '--',
    '-',
    '--=',
    '=',
    '--output',
    '@',
    '@/none',
    '%',
    '../../etc/passwd',
    '$(id)',
    'a\nb',
    'a\u0000b',
    '\u001b[31mred',
    '\ud800',
    '目'.repeat(300),
    'x'.repeat(100_000),
    '\u202eevil',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('a command line that is wrong', () => {
  it('is one sentence and exit code 2, for every command and every option', async () => {
    assert.ok(COMMANDS.length > 30, `${COMMANDS.length} commands`);
    for (const { path, options } of COMMANDS) {
      const wrong = [
        [...path, NO_OPTION],
        [...path, '--no-such-option=1', 'a'],
        [...path, '-Z'],
        ...options.filter(({ takesValue }) => takesValue).map(({ long }) => [...path, 'x', 'y', long]),
        ...options.filter(({ takesValue }) => !takesValue).map(({ long }) => [...path, `${long}=1`]),
      ];
      for (const argv of wrong.filter((each) => !each.at(-1)?.startsWith('--help'))) {
        const { code, out, err } = await quiesce(argv);
        assert.deepEqual([code, out], [EXIT.usage, ''], `${argv.join(' ')}: ${err}`);
        assertSentence(err, argv);
      }
    }
  });

  it('is so whatever stands in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...COMMANDS),
        fc.array(fc.tuple(fc.nat(), oddText, fc.constantFrom('apart', 'joined', 'alone')), { maxLength: 4 }),
        async ({ path, options }, words) => {
          const odd = words.flatMap(([which, text, how]) => {
            const { long = '--output' } = options[which % Math.max(1, options.length)] ?? {};
            if (long === '--help') return [text];
            return how === 'alone' ? [text] : how === 'joined' ? [`${long}=${text}`] : [long, text];
          });
          // It comes first: whatever follows, and were it right, nothing may be begun.
          const argv = [...path, NO_OPTION, ...odd].filter(
            (word) => !/^(-h|--help|help|--version|-V)$/.test(word),
          );
          await assertUsageError(argv);
        },
      ),
      fuzzed(600),
    );
  });

  it('is so where it names a task, a cancellation or a file that is none', async () => {
    // A path may have a line break, which a shell shows as it is.
    const path = oddText.map((text) => text.replaceAll('\n', '').slice(0, 1_000));
    const wrong = fc.oneof(
      oddText.map((text) => ['cancel', `--task=${text}`]),
      fc.tuple(oddText, oddText).map((words) => ['cancel', '--', ...words]),
      path.map((text) => ['campaign', 'plan', '--reason', 'x', `--from=${join(folder, 'none')}${text}`]),
      path.map((text) => [
        'campaign',
        'plan',
        '--reason',
        'x',
        '--connection',
        'c',
        '--state',
        's',
        `--protect=@${text}`,
      ]),
      path.map((text) => ['connections', `--config=${text}`]),
    );
    await fc.assert(
      fc.asyncProperty(wrong, async (argv) => {
        await assertUsageError(argv);
      }),
      fuzzed(200),
    );
  });
});

/** They start or write something, or have an answer without Temporal. */
const OF_THIS_MACHINE = /^(demo|dev|worker|api|keys|codec|doctor|simulator|completion|__complete)$/;
const ASKING = COMMANDS.filter(({ path: [name = ''] }) => !OF_THIS_MACHINE.test(name));
/** One leads to a file that is written, the other to one that is read, which may be the standard input. */
const OF_FILES = /^--(to|from)$/;
/** Each waits for seconds, and costs next to nothing. */
const MOST_AT_ONCE = 400;

const oddOrRight = fc.oneof(
  { weight: 1, arbitrary: oddText },
  {
    weight: 3,
    arbitrary: fc.constantFrom('x', '1h', '5/s', '10', '0.5', 'json', 'running', 'sim', '2026-01-01'),
  },
);

/** A command line that nothing is wrong with but its words; the options that it must have are there. */
const asked = fc.constantFrom(...ASKING).chain(({ path, options, words }) => {
  const typed = options.filter(({ long, takesValue }) => takesValue && !OF_FILES.test(long));
  const must = typed.filter(({ mandatory }) => mandatory);
  const exactly = { minLength: words, maxLength: words };
  const named = (each: readonly FoundOption[]) =>
    fc.tuple(...each.map(({ long }) => oddOrRight.map((value) => `${long}=${value}`)));
  return fc
    .record({
      must: named(must),
      more: fc.subarray(typed, { maxLength: Math.min(2, typed.length) }).chain(named),
      odd: fc.oneof(
        { weight: 5, arbitrary: fc.array(oddText, exactly) },
        { weight: 1, arbitrary: fc.array(oddText, { maxLength: 3 }) },
      ),
    })
    .map(({ must: given, more, odd }) => [...path, ...given, ...more, '--', ...odd]);
});

describe('a command line without a Temporal that would answer', { concurrency: true }, () => {
  let kept: string | undefined;
  before(() => {
    kept = process.env['TEMPORAL_ADDRESS'];
    process.env['TEMPORAL_ADDRESS'] = NOBODY;
  });
  after(() => {
    if (kept === undefined) delete process.env['TEMPORAL_ADDRESS'];
    else process.env['TEMPORAL_ADDRESS'] = kept;
  });

  /** Each tells in one sentence that it is wrong, or that nobody answers. */
  async function codesOf(lines: readonly (readonly string[])[]): Promise<number[]> {
    const codes: number[] = [];
    for (let from = 0; from < lines.length; from += MOST_AT_ONCE)
      codes.push(...(await Promise.all(lines.slice(from, from + MOST_AT_ONCE).map(codeOf))));
    return codes;
  }

  async function codeOf(argv: readonly string[]): Promise<number> {
    const { code, out, err } = await quiesce(argv);
    const say = `${code} of ${JSON.stringify(argv).slice(0, 500)}: ${out.slice(0, 200)}${err.slice(0, 500)}`;
    assert.ok(out === '' && (code === EXIT.usage || code === EXIT.unreachable), say);
    assertSentence(err, argv);
    return code;
  }

  async function assertAll(lines: readonly (readonly string[])[], code: number): Promise<void> {
    const codes = await codesOf(lines);
    const others = lines.filter((_, place) => codes[place] !== code);
    assert.deepEqual(
      others.map((argv) => JSON.stringify(argv).slice(0, 200)),
      [],
      `not all end with ${code}`,
    );
  }

  it('is told so, or what is wrong with it, whatever stands in it', async () => {
    const codes = await codesOf(fc.sample(asked, fuzzed(400)));
    // Else all have come to an end before anybody was asked, and this shows nothing new.
    for (const code of [EXIT.usage, EXIT.unreachable])
      assert.ok(codes.filter((each) => each === code).length > codes.length / 10, codes.join(' '));
  });

  it('is told so by every command that takes an id, for ids that nobody would give', async () => {
    const odd = [
      '',
      ' ',
      '-',
      '--',
      '%',
      '%zz',
      '../..',
      '__proto__',
      'a\nb',
      'a\u0000b',
      '\u001b[31mred',
      '\ud800',
      '目'.repeat(300),
      'x'.repeat(100_000),
      'cancel/',
      'aws-fsx://sim/task-%zz',
      '://',
    ];
    const takingOne = ASKING.filter(({ words, path }) => words === 1 && path.at(-1) !== 'create');
    const named = takingOne.filter(({ path }) => path.at(-1) !== 'find');
    assert.ok(named.length > 14, `${named.length} commands`);
    const lines = named.flatMap(({ path, options }) => {
      const must = options.filter(({ mandatory }) => mandatory).map(({ long }) => `${long}=1h`);
      return odd.map((id) => [...path, ...must, '--', id]);
    });
    await assertAll(lines, EXIT.unreachable);
  });

  it('is told before anybody is asked, where an address is that of no task', async () => {
    const odd = [
      'aws-fsx://sim/x',
      'http://x/y',
      'aws-fsx://sim/../..',
      'none://a/b',
      'aws-fsx://sim/a/b/c',
      'aws-fsx://s%2Fm/x?y=%',
      'constructor://a/b',
    ];
    const ofTasks = [['status'], ['watch'], ['extend', '--by=1h'], ['abandon', '--reason=x'], ['poll-now']];
    const lines = [...ofTasks, ['cancel', '--task']].flatMap((line) => odd.map((uri) => [...line, uri]));
    await assertAll(lines, EXIT.usage);
  });
});

test('where Temporal is, is told also where nothing says it', () => {
  const { TEMPORAL_ADDRESS: kept } = process.env;
  delete process.env['TEMPORAL_ADDRESS'];
  try {
    assert.equal(loadTemporalConfig().address, 'localhost:7233');
  } finally {
    if (kept !== undefined) process.env['TEMPORAL_ADDRESS'] = kept;
  }
});

/** As people run it. */
describe('the process quiesce', () => {
  const cases: readonly (readonly [argv: readonly string[], env: NodeJS.ProcessEnv, code: number])[] = [
    [['cancle'], {}, EXIT.usage],
    [['list', '--limit', '-1'], {}, EXIT.usage],
    [['codec', '--no-auth', '--ui-url', 'localhost:8233'], {}, EXIT.usage],
    [['codec', '--no-auth', '--ui-url', 'file:///ui'], {}, EXIT.usage],
    [['status', 'x'.repeat(50_000)], {}, EXIT.unreachable],
    [['list'], {}, EXIT.unreachable],
    [['list'], { TEMPORAL_ADDRESS: ':::::' }, EXIT.unreachable],
    [['list'], { TEMPORAL_CONFIG_FILE: '/none/temporal.toml', TEMPORAL_PROFILE: 'none' }, EXIT.usage],
    [['connections'], { QUIESCE_CONFIG: '/none/quiesce.yaml' }, EXIT.usage],
  ];
  for (const [argv, env, code] of cases) {
    it(`${argv.join(' ').slice(0, 40)} ${JSON.stringify(env)} ends with ${code}`, async () => {
      const child = spawn(process.execPath, [QUIESCE, ...argv], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, TEMPORAL_ADDRESS: NOBODY, ...env },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: ANSWERED_WITHIN_MS,
      });
      let err = '';
      child.stderr.on('data', (more: Buffer) => (err += more.toString()));
      const [ended] = (await once(child, 'close')) as [number | null];
      assert.equal(ended, code, err.slice(0, 2_000));
      assertSentence(err, argv);
    });
  }
});

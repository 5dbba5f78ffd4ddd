import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { startStack, type Stack } from '../harness.js';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Each tool takes a second or two; none asks a network. */
const TOOL_TIMEOUT_MS = 120_000;

const execute = promisify(execFile);

/** The packages of the client's import tree; whatever else appears in it is to be thought about. */
const PACKAGES = [
  // Does nothing by itself: the trace that the caller is in, if it is in one.
  '@opentelemetry/api',
  '@grpc/grpc-js',
  '@js-sdsl/ordered-map',
  '@noble/hashes',
  '@temporalio/client',
  '@temporalio/common',
  '@temporalio/envconfig',
  '@temporalio/proto',
  'csv-parse',
  'csv-stringify',
  'long',
  'ms',
  'nexus-rpc',
  'protobufjs',
  'quiesce',
  'smol-toml',
  'stream-chain',
  'stream-json',
  'uuid',
  'zod',
];
const OWN_FOLDERS = ['client', 'contract', 'encryption', 'providers', 'setup'];

/** What npm would publish, installed as a user of `quiesce/client` has it. */
describe('the package', { timeout: 600_000 }, () => {
  let folder: string;
  let tarball: string;

  before(async () => {
    // Below the checkout, so that the package finds its dependencies in its node_modules.
    await mkdir(join(ROOT, '.quiesce'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.quiesce', 'package-'));
    const packed = await npm('pack', '--ignore-scripts', '--json', '--pack-destination', folder);
    const [{ filename }] = JSON.parse(packed) as [{ readonly filename: string }];
    tarball = join(folder, filename);
    const installed = join(folder, 'node_modules', 'quiesce');
    await mkdir(installed, { recursive: true });
    await run('tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function run(command: string, ...args: string[]): Promise<string> {
    const options = { cwd: folder, timeout: TOOL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
    const { stdout } = await execute(command, args, options).catch(
      ({ message, stdout: told = '' }: Error & { readonly stdout?: string }) => {
        throw new Error(`${basename(args[0] ?? command)}: ${message}\n${told}`);
      },
    );
    return stdout;
  }

  /** The npm that runs this, when one does: the one on PATH may be another. */
  function npm(...args: string[]): Promise<string> {
    const own = process.env['npm_execpath'];
    const options = [...args, ROOT];
    return own?.endsWith('npm-cli.js') ? run(process.execPath, own, ...options) : run('npm', ...options);
  }

  const bin = (...path: string[]) => join(ROOT, 'node_modules', ...path);

  it('holds neither tests nor benches nor examples', async () => {
    const files = (await run('tar', '-tzf', tarball)).split('\n');
    const strays = files.filter((file) => /^package\/(dist\/)?(test|bench|examples)\//.test(file));
    assert.deepEqual(strays, []);
    assert.ok(files.includes('package/dist/client/index.d.ts'));
  });

  it('has nothing that publint warns of', async () => {
    const { buffer, byteOffset, byteLength } = await readFile(tarball);
    const packed = buffer.slice(byteOffset, byteOffset + byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: packed }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

  it('has types that are not wrong, as ES modules', async () => {
    const attw = bin('@arethetypeswrong', 'cli', 'dist', 'index.js');
    const told = await run(process.execPath, attw, tarball, '--profile', 'esm-only', '--format', 'json');
    const { analysis } = JSON.parse(told) as {
      readonly analysis: { readonly entrypoints: Record<string, unknown> };
    };
    assert.deepEqual(Object.keys(analysis.entrypoints), ['./client', './nexus', './package.json']);
  });

  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    it(`compiles the examples with ${moduleResolution} resolution, its own declarations checked, too`, async () => {
      await cp(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
      const compilerOptions = {
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable'],
        module,
        moduleResolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [bin('@types')],
      };
      const config = join(folder, `tsconfig.${moduleResolution}.json`);
      await writeFile(config, JSON.stringify({ compilerOptions, include: ['examples'] }));
      const tsc = [bin('typescript', 'bin', 'tsc'), '--pretty', 'false', '-p', config];
      const told = await run(process.execPath, ...tsc).then(
        () => '',
        (thrown: Error) => thrown.message,
      );
      const errors = told.split('\n').filter((line) => /\berror TS\d+: /.test(line));
      // Without skipLibCheck, Temporal's own declarations have errors, too.
      assert.deepEqual(
        errors.filter((line) => !line.includes('/node_modules/@temporalio/')),
        [],
      );
    });
  }

  describe('at work', () => {
    let stack: Stack;

    before(async () => {
      stack = await startStack({ everyMs: 100 });
      await stack.startWorker();
    });
    after(() => stack.close());

    it('loads no vendor’s SDK and no Worker', async () => {
      const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count: 3 });
      const uris = tasks.map(({ id }) => `aws-fsx://sim/${id}`);
      await writeFile(join(folder, 'use.mjs'), USE);
      await writeFile(join(folder, 'targets.ndjson'), uris.map((uri) => JSON.stringify(uri)).join('\n'));
      const told = await run(process.execPath, join(folder, 'use.mjs'), stack.address, uris[0] ?? '');
      const { verdict, end, loaded } = JSON.parse(told) as {
        readonly verdict: string;
        readonly end: string;
        readonly loaded: string[];
      };
      assert.deepEqual([verdict, end], ['canceled', 'done']);
      assert.ok(loaded.length > 100, `${loaded.length} modules`);
      const packages = new Set(loaded.map(packageOf));
      assert.deepEqual(
        [...packages].filter((name) => !PACKAGES.includes(name)),
        [],
      );
      const own = loaded.flatMap((url) => /\/quiesce\/dist\/(.+)$/.exec(url)?.[1] ?? []);
      const folders = new Set(own.map((file) => file.split('/', 1)[0] ?? ''));
      assert.deepEqual([...folders].sort(), OWN_FOLDERS);
      assert.deepEqual(
        own.filter((file) => /^providers\/.+\/(adapter|client|simulate)\.js$/.test(file)),
        [],
      );
    });
  });
});

function packageOf(url: string): string {
  return /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? url;
}

/** Uses most of the client, and tells every module that Node was asked to load for it, ES module or CommonJS. */
const USE = `
import { createRequire, register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';

const { port1, port2 } = new MessageChannel();
const hooks = \`
  let port;
  export function initialize(data) { port = data.port; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }
\`;
register('data:text/javascript,' + encodeURIComponent(hooks), { parentURL: import.meta.url, data: { port: port2 }, transferList: [port2] });
const loaded = new Set();
port1.on('message', (url) => loaded.add(url));

const { Quiesce } = await import('quiesce/client');
const [address, task] = process.argv.slice(2);
const quiesce = await Quiesce.connect({ address });
const cancellation = await quiesce.cancel(task);
for await (const _ of cancellation.watch());
const { verdict } = await cancellation.verdict();
const campaign = await quiesce.campaigns.start({ file: 'targets.ndjson' }, { reason: 'a test' });
const { end } = await campaign.result();
for await (const _ of campaign.report());
for await (const _ of quiesce.list());
for await (const _ of quiesce.campaigns.schedules.list());
await quiesce.close();
await new Promise((done) => setTimeout(done, 100)); // The hooks tell from another thread.
port1.close();
for (const path of Object.keys(createRequire(import.meta.url).cache)) loaded.add(path);
const modules = [...loaded].filter((url) => !url.startsWith('node:'));
console.log(JSON.stringify({ verdict, end, loaded: modules }));
`;

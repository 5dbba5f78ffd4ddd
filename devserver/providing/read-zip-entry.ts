import type { FileHandle } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';
import { pipeline, type Readable } from 'node:stream';

const END_SIGNATURE = 0x06054b50;
const CENTRAL_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
const METHODS = { stored: 0, deflated: 8 } as const;

type ZipEntry = {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly offset: number;
};

/**
 * Streams one file out of a zip archive, such as a wheel, without an unzip program. Reads what wheels are
 * made of: stored and deflated entries, no encryption, less than 4 GB. Checks no CRC: the caller checks a digest.
 */
export async function readZipEntry(file: FileHandle, isWanted: (name: string) => boolean): Promise<Readable> {
  const entry = (await readDirectory(file)).find(({ name }) => isWanted(name));
  if (entry === undefined) throw new Error('the zip file does not hold the wanted entry');
  const local = await readAt(file, entry.offset, LOCAL_SIZE);
  if (local.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw new Error('the zip file is damaged: no entry where its directory says');
  // The lengths of name and extra field here may differ from those in the directory.
  const start = entry.offset + LOCAL_SIZE + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed = file.createReadStream({
    start,
    end: start + entry.packedSize - 1,
    autoClose: false,
    highWaterMark: 1 << 20,
  });
  if (entry.method === METHODS.stored) return packed;
  if (entry.method !== METHODS.deflated)
    throw new Error(`the zip file uses compression method ${entry.method}`);
  const inflate = createInflateRaw({ chunkSize: 1 << 20 });
  // An error of either stream reaches the reader through the last one; nothing is left for the callback.
  pipeline(packed, inflate, () => undefined);
  return inflate;
}

async function readDirectory(file: FileHandle): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tailSize = Math.min(size, END_SIZE + LONGEST_COMMENT);
  const tail = await readAt(file, size - tailSize, tailSize);
  const at = findEnd(tail);
  const count = tail.readUInt16LE(at + 10);
  const directory = await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: ZipEntry[] = [];
  let position = 0;
  while (entries.length < count) {
    if (
      directory.length < position + CENTRAL_SIZE ||
      directory.readUInt32LE(position) !== CENTRAL_SIGNATURE
    ) {
      throw new Error('the zip file is damaged: its directory ends too soon');
    }
    const nameLength = directory.readUInt16LE(position + 28);
    const nameStart = position + CENTRAL_SIZE;
    entries.push({
      name: directory.toString('utf8', nameStart, nameStart + nameLength),
      method: directory.readUInt16LE(position + 10),
      packedSize: directory.readUInt32LE(position + 20),
      offset: directory.readUInt32LE(position + 42),
    });
    position =
      nameStart + nameLength + directory.readUInt16LE(position + 30) + directory.readUInt16LE(position + 32);
  }
  return entries;
}

/** The end record stands last, but a comment of unknown length may follow it: look for it backwards. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_SIZE; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new Error('this is not a zip file, or its end is missing');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('the zip file is damaged: it ends too soon');
  return buffer;
}

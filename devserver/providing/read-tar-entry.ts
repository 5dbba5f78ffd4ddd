import { basename } from 'node:path/posix';

const BLOCK = 512;
const REGULAR_FILE = new Set(['0', '\0']);

/**
 * Reads the one regular file of this name, in whatever folder, out of a tar stream. Everything else is
 * passed over, to the end of the stream, so that a digest taken of the archive on the way is of all of it.
 */
export async function* readTarEntry(tar: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let wanted = 0; // bytes of our file still to come
  let skipped = 0; // bytes of other entries and of padding still to come
  let found = false;
  for await (const chunk of tar) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (wanted > 0 && rest.length > 0) {
        const part = rest.subarray(0, wanted);
        wanted -= part.length;
        rest = rest.subarray(part.length);
        yield part;
      } else if (skipped > 0 && rest.length > 0) {
        const part = Math.min(skipped, rest.length);
        skipped -= part;
        rest = rest.subarray(part);
      } else if (rest.length >= BLOCK) {
        const header = readHeader(rest.subarray(0, BLOCK));
        rest = rest.subarray(BLOCK);
        const isOurs: boolean = !found && header.isFile && basename(header.name) === name;
        found ||= isOurs;
        wanted = isOurs ? header.size : 0;
        skipped = Math.ceil(header.size / BLOCK) * BLOCK - wanted;
      } else {
        break;
      }
    }
  }
  if (!found) throw new Error(`the archive holds no ${name}`);
  if (wanted > 0) throw new Error(`the archive ends ${wanted} bytes too soon`);
}

function readHeader(block: Buffer): { name: string; size: number; isFile: boolean } {
  const text = (start: number, length: number): string =>
    block.toString('latin1', start, start + length).replace(/\0.*$/s, '');
  const size = Number.parseInt(text(124, 12).trim() || '0', 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('the archive is not a tar file');
  return { name: text(0, 100), size, isFile: REGULAR_FILE.has(block.toString('latin1', 156, 157)) };
}

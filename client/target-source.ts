import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { spool, type Spool } from './spool.js';
import { TargetFileError } from './target-file-error.js';

const CHUNK_BYTES = 64 * 1024;

/** Bytes that can be read as often as asked, and are the same each time. */
export class TargetSource {
  private constructor(
    /** What to call it in a sentence. */
    readonly name: string,
    private readonly file: FileHandle,
    private readonly version: string,
    private readonly spooled: Spool | undefined,
  ) {}

  /**
   * Opens a file; what can be read only once, stdin or a pipe, is copied to a temporary file that `close` removes.
   * @throws TargetFileError when there is no such file, or it cannot be read.
   */
  static async open(
    path: string,
    stdin: NodeJS.ReadableStream,
    name = path === '-' ? 'stdin' : path,
  ): Promise<TargetSource> {
    let spooled: Spool | undefined;
    try {
      if (path === '-') spooled = await spool(stdin);
      else if (!(await stat(path)).isFile()) spooled = await spool(createReadStream(path));
      const file = await open(spooled?.path ?? path);
      return new TargetSource(name, file, await versionOf(file), spooled);
    } catch (error) {
      await spooled?.remove();
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new TargetFileError(name, [
        { line: 0, message: CANNOT_OPEN[code] ?? `It cannot be read: ${code}.` },
      ]);
    }
  }

  /**
   * The bytes, from the beginning.
   * @throws TargetFileError when the file has changed since it was opened.
   */
  async *chunks(): AsyncIterable<Uint8Array> {
    for (let position = 0; ;) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.file.read(buffer, 0, CHUNK_BYTES, position);
      // After the read: what is given on is what was checked.
      if ((await versionOf(this.file)) !== this.version) throw this.changed();
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }

  /** The error for a file that is not as it was when it was checked. */
  changed(): TargetFileError {
    return new TargetFileError(this.name, [
      { line: 0, message: 'It changed while it was being read; start again when it no longer does.' },
    ]);
  }

  async close(): Promise<void> {
    await this.file.close();
    await this.spooled?.remove();
  }
}

const CANNOT_OPEN: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file; check its path.',
  EACCES: 'It may not be read; check its permissions.',
  EISDIR: 'It is a folder; give a file.',
};

async function versionOf(file: FileHandle): Promise<string> {
  const { size, mtimeNs } = await file.stat({ bigint: true });
  return `${size} ${mtimeNs}`;
}

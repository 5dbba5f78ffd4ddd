import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Writes to a file all that it is given, or fails. Node's own stream takes a write for done that a full disk, or a limit on the
 * size of files, has cut short: write(2) tells of that by a number alone, and fails only when it is asked for the rest.
 */
export function wholeFile(fd: number): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

import { writeSync } from 'node:fs';
import type { Sink } from './terminal.js';

/**
 * Where a log goes that may be on a disk that is full: what is lost of it stops nothing, and it goes on when there is room again.
 * Node writes no more to a stream that has failed once, so this writes past it from then on.
 */
export function lastingLog(stream: NodeJS.WriteStream & { readonly fd: number }): Sink {
  let hasFailed = false;
  stream.on('error', () => void (hasFailed = true));
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write(text) {
      if (!hasFailed) return stream.write(text);
      try {
        writeSync(stream.fd, text);
      } catch {
        // Nobody is left to tell.
      }
      return true;
    },
  };
}

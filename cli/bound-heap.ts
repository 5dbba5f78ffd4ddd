import { setFlagsFromString } from 'node:v8';

/**
 * Keeps a process of a command small, when it is called before the libraries are loaded. What a request or a list leaves behind is
 * soon garbage: the room for young objects stays as it is now, where loading alone would grow it to 32 MB (docs/performance.md;
 * `--max-semi-space-size` is read when Node starts, and not after). And the heap is collected when it has grown by a third, where V8
 * would wait until it is four times of what is in use.
 */
export function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=35');
}

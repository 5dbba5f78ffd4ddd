import { hash } from 'node:crypto';
import { taskUri, type TaskRef } from '../contract/task.js';

/** 96 bits: two of 100,000 tasks share them with a chance of 1 in 10^19. */
const HASH_BYTES = 12;

/** Which tasks there have been, at some 100 bytes each whatever their URIs' length. */
export class SeenTasks {
  private readonly hashes = new Set<string>();

  /** Whether the task is new. Hints are no part of a task: the first that names it wins. */
  add(task: TaskRef): boolean {
    // In one call: a Hash object for each of fifty thousand would make the heap of young objects grow.
    const short = hash('sha256', taskUri(task), 'buffer').toString('base64', 0, HASH_BYTES);
    if (this.hashes.has(short)) return false;
    this.hashes.add(short);
    return true;
  }

  get size(): number {
    return this.hashes.size;
  }
}

import { printable, type TargetFileProblem } from './target-file-error.js';

/** A file of the wrong kind has a problem in every line: so many are kept, the rest are counted. */
const MOST_KEPT = 1_000;

/** Collects what is wrong with a target file. */
export class ProblemList {
  readonly kept: TargetFileProblem[] = [];
  more = 0;

  add(line: number, message: string): void {
    if (this.kept.length < MOST_KEPT) this.kept.push({ line, message: printable(message) });
    else this.more += 1;
  }
}

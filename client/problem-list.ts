import { MOST_TARGETS } from '../contract/campaign.js';
import { printable, type TargetFileProblem } from './target-file-error.js';

/** As many as a campaign may have targets. A file of another kind may have a problem in every one of its millions of lines: the rest are counted. */
const MOST_KEPT = MOST_TARGETS;

/** Collects what is wrong with a target file. */
export class ProblemList {
  readonly kept: TargetFileProblem[] = [];
  more = 0;

  add(line: number, message: string): void {
    if (this.kept.length < MOST_KEPT) this.kept.push({ line, message: printable(message) });
    else this.more += 1;
  }
}

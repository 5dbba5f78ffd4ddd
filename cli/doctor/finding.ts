import { EXIT } from '../exit-codes.js';
import { exitCodeOf } from '../report-error.js';
import { plain } from '../text.js';

/** What one look at the installation has found, as `quiesce doctor` prints it; never a secret. */
export interface Finding {
  /** What was looked at: one of the checks, with a name after it where there are several of a kind. */
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
  /** What to do, where that is not in what it says already. */
  readonly todo?: string;
  /** What the command would end with over this alone. */
  readonly exitCode: number;
}

/** A problem that a check has found, with what to do. */
export class FoundProblem extends Error {
  override readonly name = 'FoundProblem';

  constructor(
    message: string,
    readonly todo: string,
  ) {
    super(message);
  }
}

/** Looks at one thing; whatever it throws is the problem. */
export async function find(check: string, look: () => Promise<string> | string): Promise<Finding> {
  try {
    return { check, ok: true, says: plain(await look()), exitCode: EXIT.ok };
  } catch (thrown) {
    return problem(check, thrown);
  }
}

export function problem(check: string, thrown: unknown): Finding {
  const says = plain(thrown instanceof Error ? thrown.message : String(thrown));
  const exitCode = exitCodeOf(thrown) ?? EXIT.other;
  const todo = thrown instanceof FoundProblem ? { todo: thrown.todo } : {};
  return { check, ok: false, says, ...todo, exitCode };
}

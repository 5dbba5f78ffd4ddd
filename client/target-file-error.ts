/** One thing to mend in a target file. */
export interface TargetFileProblem {
  /** From 1; in a JSON array, the item. 0 is the file as a whole. */
  readonly line: number;
  readonly message: string;
}

/** How many problems the message tells; the rest are in `problems`. */
const TOLD = 5;

/** A target file cannot be used as it is. Nothing was read from it but to check it. */
export class TargetFileError extends Error {
  override readonly name = 'TargetFileError';

  constructor(
    /** What to call the file in a sentence: its path, or `stdin`. */
    file: string,
    readonly problems: readonly TargetFileProblem[],
    /** How many problems there are beyond those in `problems`. */
    readonly more = 0,
    counted: 'line' | 'item' = 'line',
  ) {
    const count = problems.length + more;
    const told = problems
      .slice(0, TOLD)
      .map(({ line, message }) => (line === 0 ? message : `${counted} ${line}: ${message}`));
    const rest = count - told.length;
    super(
      [
        `${printable(file)} cannot be used: ${count} ${count === 1 ? 'problem' : 'problems'}.`,
        ...told,
        ...(rest > 0 ? [`… and ${rest} more.`] : []),
      ].join('\n  '),
    );
  }
}

/** What a file says may be shown in a terminal: nothing in it may steer one, or break a sentence in two. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (sign) => {
    return `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** One row of a target file: what it says, not yet checked, or why it cannot be read. */
export type TargetRow = {
  /** The line it begins in, from 1; in a JSON array, the item. 0 is the file as a whole. */
  readonly line: number;
} & ({ readonly value: unknown } | { readonly problem: string });

/** No target needs more; what is longer is told as a problem and never held in memory. */
export const LONGEST_ROW_BYTES = 64 * 1024;

/** At most so many calls of one operation in any stretch of so long, for all callers of an account and region together. */
export interface Quota {
  readonly calls: number;
  readonly perMs: number;
}

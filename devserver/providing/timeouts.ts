/** How long each outside step may take, in milliseconds. */
export type ProvideTimeouts = {
  /** An executable answering who it is. */
  readonly probeMs: number;
  /** From connecting to the answer's headers. Short: behind a closed firewall nothing ever answers. */
  readonly answerMs: number;
  /** A download that has begun, without a single byte. */
  readonly stallMs: number;
  /** A whole download. */
  readonly downloadMs: number;
  /** pip or uv, from start to end. */
  readonly pipMs: number;
  /** The build with Go: 8 minutes on 2 busy cores with nothing cached, so several times that. */
  readonly goBuildMs: number;
};

/** The timeouts used when nothing else is said. */
export const DEFAULT_TIMEOUTS: ProvideTimeouts = {
  probeMs: 10_000,
  answerMs: 5_000,
  stallMs: 15_000,
  downloadMs: 600_000,
  pipMs: 300_000,
  goBuildMs: 2_700_000,
};

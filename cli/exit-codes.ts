import type { Verdict } from '../contract/cancellation.js';

/** What the command ends with; scripts depend on these, so they are never renumbered. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  unproven: 3,
  refused: 4,
  notFound: 5,
  unreachable: 6,
  /** A campaign has ended, and not every target of it is proven to have. */
  campaignIncomplete: 7,
  /** A campaign was never begun: its plan has expired, or it was refused. */
  campaignNotBegun: 8,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
  /** 128 + SIGPIPE: what read our output went away. */
  brokenPipe: 141,
} as const;

/** The exit code of a cancellation that ended with this verdict. */
export const EXIT_BY_VERDICT = {
  canceled: EXIT.ok,
  completed: EXIT.ok,
  failed: EXIT.ok,
  deleted: EXIT.ok,
  'not-found': EXIT.notFound,
  refused: EXIT.refused,
  unproven: EXIT.unproven,
  // A dry run that was answered did what it was for, whatever the answer.
  'would-cancel': EXIT.ok,
  'would-delete': EXIT.ok,
  'already-ended': EXIT.ok,
  'would-be-refused': EXIT.ok,
} as const satisfies Record<Verdict, number>;

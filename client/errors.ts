/** What a caller of the client can act on. Each message says what to do. */

/** There is no cancellation of that id. */
export class CancellationNotFoundError extends Error {
  override readonly name = 'CancellationNotFoundError';

  constructor(readonly id: string) {
    super(`There is no cancellation ${id}; \`quiesce list\` shows those there are.`);
  }
}

/** A cancellation ended without a verdict: its Workflow failed, or somebody terminated it. */
export class CancellationFailedError extends Error {
  override readonly name = 'CancellationFailedError';

  constructor(
    readonly id: string,
    /** One of contract's `FailureType`, or `Workflow.terminated`, `Workflow.timedOut`, `Workflow.canceled`. */
    readonly failureType: string,
    message: string,
  ) {
    super(message);
  }
}

/** The cancellation has ended already: there is nothing to abandon, extend or poll. */
export class CancellationEndedError extends Error {
  override readonly name = 'CancellationEndedError';

  constructor(readonly id: string) {
    super(`The cancellation ${id} has ended already; \`quiesce status\` shows how.`);
  }
}

/** Not a task: its provider, its connection's name or an id is not of the right form. */
export class InvalidTaskError extends Error {
  override readonly name = 'InvalidTaskError';
}

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

/** What was asked of a cancellation does not fit it: the message is its own. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
}

/** Nobody works for Quiesce at the moment, or too slowly. Whether what was asked has been done is not known. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';

  constructor(readonly id: string) {
    super(
      `No Worker answered for ${id} in time; start one with \`quiesce worker\`. Without one, the waiting can still be ended with Temporal's own cancel: temporal workflow cancel -w ${id}`,
    );
  }
}

/** There is no campaign of that id. */
export class CampaignNotFoundError extends Error {
  override readonly name = 'CampaignNotFoundError';

  constructor(readonly id: string) {
    super(`There is no campaign ${id}; \`quiesce campaign list\` shows those there are.`);
  }
}

/** A campaign ended without a result: its Workflow failed, or somebody terminated it. */
export class CampaignFailedError extends Error {
  override readonly name = 'CampaignFailedError';

  constructor(
    readonly id: string,
    /** One of contract's `FailureType`, or `Workflow.terminated`, `Workflow.timedOut`, `Workflow.canceled`. */
    readonly failureType: string,
    message: string,
  ) {
    super(message);
  }
}

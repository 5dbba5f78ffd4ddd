/** What a caller of the client can act on. Each message is a sentence for whoever asked, by whatever way; what to do then is theirs to say. */

/** A Workflow id of a provider with two ids is shorter; Temporal takes up to a thousand characters. */
const LONGEST_SHOWN = 300;

/** There is no cancellation of that id. */
export class CancellationNotFoundError extends Error {
  override readonly name = 'CancellationNotFoundError';

  constructor(readonly id: string) {
    super(`There is no cancellation ${shown(id)}.`);
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
    super(`The cancellation ${shown(id)} has ended already.`);
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
    super(`No Worker answered for ${shown(id)} in time.`);
  }
}

/** There is no campaign of that id. */
export class CampaignNotFoundError extends Error {
  override readonly name = 'CampaignNotFoundError';

  constructor(readonly id: string) {
    super(`There is no campaign ${shown(id)}.`);
  }
}

/** The campaign has ended already: there is nothing to start, pause or abort. */
export class CampaignEndedError extends Error {
  override readonly name = 'CampaignEndedError';

  constructor(readonly id: string) {
    super(`The campaign ${shown(id)} has ended already.`);
  }
}

/** A campaign of that id was asked for otherwise: another would be mistaken for it. */
export class CampaignExistsError extends Error {
  override readonly name = 'CampaignExistsError';

  constructor(readonly id: string) {
    super(
      `There is a campaign ${shown(id)} already, asked for with other options: choose another id, or none.`,
    );
  }
}

/** A campaign ended before all its targets were loaded: nothing of it was asked, and it cannot be gone on with. */
export class CampaignGivenUpError extends Error {
  override readonly name = 'CampaignGivenUpError';

  constructor(readonly id: string) {
    super(
      `The campaign ${shown(id)} was given up before all its targets were loaded, and nothing of it was asked: ask for it anew, under another id.`,
    );
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

/** Of an id that anybody may have made up, enough to know it by. */
function shown(id: string): string {
  return id.length <= LONGEST_SHOWN ? id : `${id.slice(0, LONGEST_SHOWN)}…`;
}

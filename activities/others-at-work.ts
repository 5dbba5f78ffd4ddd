/** What else cancels tasks of a connection: the same task must not be asked twice over. */
export interface OthersAtWork {
  /**
   * Who is cancelling which of a connection's tasks already: single cancellations, and lanes of other campaigns that began to ask
   * before this one. By path, who; where a single cancellation hides its task, by `~` and the mask.
   * @throws whatever keeps Temporal from answering.
   */
  targets(lane: OwnLane): Promise<ReadonlyMap<string, string>>;
  /**
   * The single cancellations among them, which may begin at any moment. May be asked every few seconds, by many lanes.
   * @throws whatever keeps Temporal from answering.
   */
  singles(connection: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Whether Temporal answers: when it was asked what it has answered, by `performance.now()`. May be asked often, by many lanes.
   * @throws when it does not within a second.
   */
  reach(): Promise<number>;
  /**
   * Whether the lane's campaign asks nothing, for now or for good, by an answer that was asked for at `sinceMs` or later (`performance.now()`).
   * May be asked often, by many lanes.
   * @throws when Temporal does not answer within a second, or no longer knows the campaign.
   */
  isHalted(lane: OwnLane, sinceMs: number): Promise<boolean>;
}

/** The lane that wants to know. */
export interface OwnLane {
  readonly connection: string;
  readonly workflowId: string;
}

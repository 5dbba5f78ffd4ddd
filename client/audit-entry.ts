/** What somebody did; a campaign is planned or started, a cancellation is a `cancel` or a `dry-run`. */
export type AuditAction =
  | 'cancel'
  | 'dry-run'
  | 'plan'
  | 'start'
  | 'pause'
  | 'resume'
  | 'abort'
  | 'approve'
  | 'rate'
  | 'extend'
  | 'abandon'
  /** By Temporal's own means, past Quiesce. */
  | 'workflow-cancel'
  | 'workflow-terminate'
  | 'workflow-reset';

/**
 * One thing that somebody asked of a cancellation or a campaign, and what came of that. Of a campaign's lane, which nobody asks but its
 * campaign, what was done past Quiesce.
 */
export interface AuditEntry {
  /** ISO 8601, by Temporal's clock. */
  readonly at: string;
  readonly action: AuditAction;
  /** As it was given; where `vouched`, the HTTP service has checked a credential, else it is what somebody said. */
  readonly by?: string;
  readonly vouched: boolean;
  readonly reason?: string;
  /** The task's URI, or what the Workflow is called where it says none; left out of the entries of campaigns and their lanes. */
  readonly task?: string;
  /** The campaign's id, also of a lane, and of a cancellation that belongs to one. */
  readonly campaign?: string;
  /** Of a campaign, left out where it did not know them when it was begun. */
  readonly connections?: readonly string[];
  /** What else was asked: options, selectors, by how much a deadline was moved. Never a callback's address. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Why it cannot be told what was asked: keys that are missing, or something that Quiesce has not written. */
  readonly unreadable?: string;
  /** Why it was not done, where it was refused after it was taken. */
  readonly refused?: string;
  /** The verdict, or a campaign's end; where there is none, Temporal's word for the Workflow, such as RUNNING or TERMINATED. */
  readonly outcome: string;
  /** When it ended, ISO 8601. */
  readonly endedAt?: string;
  /** The vendor's word for the last state seen. */
  readonly lastState?: string;
  /** The vendor's ids of the calls that decided. */
  readonly requestIds?: readonly string[];
  /** What the vendor was asked under. */
  readonly clientTokens?: readonly string[];
  /** Of a campaign: how many targets ended how. */
  readonly verdicts?: Readonly<Record<string, number>>;
  /** Where the evidence is, as long as the namespace keeps it. */
  readonly workflowId: string;
  readonly runId: string;
  /** What the process that asked called itself to Temporal: `pid@host` unless somebody chose another name. */
  readonly client?: string;
}

/** Which entries. */
export interface AuditFilter {
  /** What was asked since then, and before `until`; and what was asked earlier, where its cancellation or campaign ended then. */
  readonly since?: Date;
  readonly until?: Date;
  /** What was done under this name. */
  readonly caller?: string;
  /** Of this connection; of campaigns, those too that do not say which they have. */
  readonly connection?: string;
}

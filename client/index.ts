export { CancellationHandle } from './cancellation-handle.js';
export type { AuditAction, AuditEntry, AuditFilter } from './audit-entry.js';
export { CampaignHandle } from './campaign-handle.js';
export { Campaigns } from './campaigns.js';
export {
  CampaignScheduleNotFoundError,
  CampaignSchedules,
  type CampaignSchedule,
  type CampaignScheduleOptions,
  type Recurrence,
} from './campaign-schedules.js';
export { CampaignPaceMeter, totalsOf, type CampaignPace, type Totals } from './campaign-eta.js';
export { campaignStatus, type CampaignStatus } from './campaign-status.js';
export type {
  CampaignSummary,
  LiveProgress,
  FindOptions,
  LoadOptions,
  NewCampaign,
  ReportRow,
  RetryOptions,
  TargetSource,
} from './campaign-types.js';
export {
  CampaignEndedError,
  CampaignExistsError,
  CampaignFailedError,
  CampaignGivenUpError,
  CampaignNotFoundError,
  CancellationEndedError,
  CancellationFailedError,
  CancellationNotFoundError,
  InvalidTaskError,
  NoWorkerError,
  RequestRefusedError,
} from './errors.js';
export { openTargets, TargetFileError, type TargetFile, type TargetFileOptions } from './read-targets.js';
export { REPORT_FORMATS, reportText, type ReportFormat } from './report-text.js';
export { Quiesce, type ConnectOptions } from './quiesce.js';
export type {
  CancellationStatus,
  CancellationSummary,
  CancelOptions,
  ListFilter,
  PendingStep,
} from './types.js';
export type { WatchOptions } from './watch-status.js';
export { loadDataConverter, type DataConverterOptions } from '../encryption/data-converter.js';
export { EncryptionError } from '../encryption/encryption-error.js';
export { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
export { TemporalConfigError } from '../setup/load-temporal-config.js';
export { NotSetUpError } from '../setup/search-attributes.js';
export type { AddCallbackAnswer, CallbackPayload } from '../contract/callback.js';
export type {
  AbandonRequest,
  CancelPhase,
  CancelProgress,
  CancelResult,
  Evidence,
  ExtendAnswer,
  GivenUp,
  OnRunningSubtasks,
  Verdict,
} from '../contract/cancellation.js';
export type { FailureType, ProviderErrorKind } from '../contract/failures.js';
export type { CancelAnswer, Observation, TaskEnd, TaskProgress } from '../contract/observation.js';
export type { TaskRef } from '../contract/task.js';
export type {
  Amount,
  CallCounts,
  CampaignEnd,
  CampaignOptions,
  CampaignPhase,
  CampaignProgress,
  CampaignRequest,
  CampaignResult,
  ConnectionProgress,
  Estimate,
  Held,
  Plan,
  Problem,
  RateRequest,
  Selector,
  StateCounts,
  TargetOutcome,
  TargetState,
} from '../contract/campaign.js';

import type { DiscardLanesRequest, OpenLaneRequest } from '../contract/campaign.js';

/** Gives targets to a campaign. */
export interface TargetLoader {
  /** Forgets what a listing before this one had loaded. */
  discardLanes(campaign: string, request: DiscardLanesRequest): Promise<void>;
  /**
   * Opens a lane, and loads it.
   * @param paths as in `LoadRequest`.
   * @throws ApplicationFailure, not to be retried, when the campaign takes no more targets.
   */
  loadLane(campaign: string, lane: OpenLaneRequest, paths: readonly string[]): Promise<void>;
}

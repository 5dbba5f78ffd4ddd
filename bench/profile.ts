import type { ContestantId } from './contestants.js';

/** How much is measured. */
export interface Profile {
  readonly match: readonly MatchRound[];
  /** Whoever enters the match cancels so many others before, with which nothing is measured. */
  readonly warmUpTasks: number;
  readonly quotas: readonly QuotaRound[];
  /** Tasks in the simulated cloud whose documented quota is small. */
  readonly documentedQuotaTasks: number;
  /** Where a cancel takes minutes; left out, it is not measured. */
  readonly slow?: { readonly tasks: number; readonly cancelingMs: number };
  readonly crashTasks: number;
}

/** Side by side: the floor and Quiesce in turns, so often; then the slow peers, once. */
export interface MatchRound {
  readonly tasks: number;
  readonly pairs: number;
  readonly slowPeers: readonly ContestantId[];
}

export interface QuotaRound {
  readonly perSecond: number;
  readonly tasks: number;
  readonly workers: number;
}

/** Some fifty minutes. At 50,000 tasks the slow peers alone would take hours: they run at the smaller numbers. */
export const FULL: Profile = {
  match: [
    { tasks: 1_000, pairs: 3, slowPeers: ['slots', 'perTask', 'slidingWindow'] },
    { tasks: 5_000, pairs: 3, slowPeers: ['slots', 'perTask'] },
    { tasks: 10_000, pairs: 3, slowPeers: [] },
    { tasks: 50_000, pairs: 1, slowPeers: [] },
  ],
  warmUpTasks: 500,
  quotas: [
    { perSecond: 200, tasks: 10_000, workers: 1 },
    { perSecond: 200, tasks: 10_000, workers: 3 },
    { perSecond: 2, tasks: 300, workers: 1 },
    { perSecond: 2, tasks: 300, workers: 3 },
  ],
  documentedQuotaTasks: 300,
  slow: { tasks: 10_000, cancelingMs: 10 * 60_000 },
  crashTasks: 10_000,
};

/** Below three minutes: shows that all works, and about where the figures are. */
export const QUICK: Profile = {
  match: [
    { tasks: 100, pairs: 1, slowPeers: ['slots', 'perTask', 'slidingWindow'] },
    { tasks: 2_000, pairs: 1, slowPeers: [] },
  ],
  warmUpTasks: 50,
  quotas: [{ perSecond: 200, tasks: 400, workers: 2 }],
  documentedQuotaTasks: 30,
  crashTasks: 2_000,
};

import type { LiveProgress } from '../client/index.js';
import type { CampaignProgress, ConnectionProgress, Problem, WaveProgress } from '../contract/campaign.js';
import type { SeenCampaign } from './campaign-feeds.js';
import type { CampaignBody } from './schemas/campaign.js';

/** A campaign as the service tells of it: times as ISO 8601, lanes by their number. */
export function toCampaignBody({ atMs: _, ...progress }: LiveProgress): CampaignBody {
  const {
    createdAtMs,
    startedAtMs,
    endedAtMs,
    deadlineAtMs,
    plan,
    lanes,
    problems,
    stalled,
    calls,
    connections,
    wave,
    ...rest
  } = progress;
  return {
    ...rest,
    createdAt: iso(createdAtMs),
    ...(startedAtMs !== undefined && { startedAt: iso(startedAtMs) }),
    ...(endedAtMs !== undefined && { endedAt: iso(endedAtMs) }),
    ...(deadlineAtMs !== undefined && { deadlineAt: iso(deadlineAtMs) }),
    ...(plan !== undefined && { plan: toPlanBody(plan) }),
    calls: { ...calls },
    connections: connections.map(toConnectionBody),
    ...(wave !== undefined && { wave: toWaveBody(wave) }),
    lanes: { all: lanes.numbers.length, running: lanes.running.length, ended: lanes.ended },
    problems: problems.map(({ atMs, ...problem }) => ({ ...problem, at: iso(atMs) })),
    // When it was looked at is no part of what stalls it.
    stalled: stalled.map(({ atMs: __, ...problem }: Problem) => problem),
  };
}

/** The same as the data of an event. */
export function toCampaignEvent({ progress, pace }: SeenCampaign) {
  return { ...toCampaignBody(progress), ...pace };
}

function toPlanBody({ surveyedAtMs, ...plan }: NonNullable<CampaignProgress['plan']>) {
  return { ...plan, surveyedAt: iso(surveyedAtMs), estimates: plan.estimates.map((each) => ({ ...each })) };
}

function toWaveBody({ nextAtMs, ...wave }: WaveProgress) {
  return { ...wave, ...(nextAtMs !== undefined && { nextAt: iso(nextAtMs) }) };
}

function toConnectionBody({ calls, held, ...connection }: ConnectionProgress) {
  return { ...connection, calls: { ...calls }, ...(held !== undefined && { held: { ...held } }) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

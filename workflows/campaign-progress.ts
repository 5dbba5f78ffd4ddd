import type { CampaignProgress, CampaignResult, ConnectionProgress } from '../contract/campaign.js';
import { isOutcome, type TargetState } from '../contract/campaign.js';
import type { Campaign } from './campaign.js';
import {
  byConnection,
  countCalls,
  countStates,
  countTargets,
  lanesOf,
  nextWaveAtMs,
  shownPhase,
  wavesOf,
  type CampaignLedger,
} from './campaign-ledger.js';
import { isoTime } from './story.js';

export function toCampaignProgress({ id, input, ledger, end, endedAtMs }: Campaign): CampaignProgress {
  const { reason, requestedBy } = input;
  const { createdAtMs, startedAtMs, options, callsPerSecond, problems, plan } = ledger;
  const lanes = lanesOf(ledger);
  const waves = wavesOf(ledger);
  const nextAtMs = nextWaveAtMs(ledger);
  const note = noteOf(ledger);
  return {
    id,
    phase: shownPhase(ledger),
    ...(end !== undefined && { end }),
    ...(note !== undefined && { note }),
    reason,
    ...(requestedBy !== undefined && { requestedBy }),
    createdAtMs,
    ...(startedAtMs !== undefined && {
      startedAtMs,
      deadlineAtMs: startedAtMs + (options.deadlineAfterMs ?? 0),
    }),
    ...(endedAtMs !== undefined && { endedAtMs }),
    targets: countTargets(lanes),
    states: countStates(lanes),
    calls: countCalls(lanes),
    connections: connectionsOf(ledger),
    lanes: {
      numbers: lanes.map(({ lane }) => lane),
      running: lanes
        .filter(({ hasEnded, orders }) => hasEnded !== true && orders !== undefined)
        .map(({ lane }) => lane),
      ended: lanes.filter(({ hasEnded }) => hasEnded === true).length,
    },
    ...(waves.length > 1 && {
      wave: {
        number: ledger.wave + 1,
        of: waves.length,
        upTo: waves[ledger.wave] ?? 0,
        ...(nextAtMs !== undefined && { nextAtMs }),
      },
    }),
    ...(callsPerSecond !== undefined && { callsPerSecond }),
    problems,
    ...(plan !== undefined && { plan }),
  };
}

export function toCampaignResult({
  id,
  ledger,
  end = 'done',
  endedAtMs = Date.now(),
}: Campaign): CampaignResult {
  const lanes = lanesOf(ledger);
  const note = noteOf(ledger);
  const ended = Object.entries(countStates(lanes)).filter(([state]) => isOutcome(state as TargetState));
  return {
    id,
    end,
    ...(note !== undefined && { note }),
    targets: countTargets(lanes),
    verdicts: Object.fromEntries(ended),
    calls: countCalls(lanes),
    ...(ledger.startedAtMs !== undefined && { startedAt: isoTime(ledger.startedAtMs) }),
    endedAt: isoTime(endedAtMs),
  };
}

function noteOf({ stopping, note }: CampaignLedger): string | undefined {
  return stopping?.note ?? note;
}

function connectionsOf(ledger: CampaignLedger): ConnectionProgress[] {
  return byConnection(ledger).map(({ connection, provider, lanes, held }) => ({
    connection,
    provider,
    targets: countTargets(lanes),
    states: countStates(lanes),
    calls: countCalls(lanes),
    ...(held !== undefined && { held }),
  }));
}

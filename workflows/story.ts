import {
  DEFAULT_DEADLINE_AFTER_MS,
  type CancelInput,
  type CancelProgress,
  type CancelResult,
  type CancelStory,
  type Evidence,
  type Verdict,
} from '../contract/cancellation.js';
import type { CallbackFailure, FailedCancellation } from '../contract/callback.js';
import type { CancelAnswer, Observation } from '../contract/observation.js';
import { taskUri } from '../contract/task.js';
import { clientToken } from '../contract/client-token.js';

/** Evidence keeps the first and the last of what could otherwise grow without bound. */
const MOST_KEPT = 20;

export function newStory(input: CancelInput, nowMs: number): CancelStory {
  return {
    phase: 'observing',
    startedAtMs: nowMs,
    deadlineAtMs: nowMs + (input.deadlineAfterMs ?? DEFAULT_DEADLINE_AFTER_MS),
    attempts: 0,
    clientTokens: [],
    asks: 0,
    observations: 0,
    seen: false,
    requestIds: [],
  };
}

export function recordLook(story: CancelStory, look: Observation, looks = 1): void {
  story.observation = look;
  story.unconfirmedAnswer = false;
  story.observations += looks;
  keepRequestId(story, look.requestId);
  if (look.state === 'absent' || look.state === 'inaccessible') return;
  story.seen = true;
  story.lastSeenState = look.rawState;
  story.lastSeenAt = look.observedAt;
}

/** What a poll had seen of a task that is gone now. */
export function recordSighting(story: CancelStory, seen: { rawState: string; observedAt: string }): void {
  story.lastSeenState = seen.rawState;
  story.lastSeenAt = seen.observedAt;
}

/** A cancellation's input in a run that continues another's story. */
export interface ContinuedInput extends CancelInput {
  readonly resume?: CancelStory;
  /** Whom to tell, `callbackUrl` included. */
  readonly callbacks?: readonly string[];
}

/** One logical attempt to ask. */
interface Attempt {
  readonly clientToken: string;
  /** Whether a call under this token may have reached the vendor, or the task may have changed: look before asking. */
  readonly lookFirst: boolean;
  /** To be called when it turns out that the vendor was not asked. */
  readonly withdraw: () => void;
}

/**
 * The token to ask with. It is the one of the attempt before unless the vendor definitely refused that one: an answer
 * that never came, or an accepted ask that seems to have had no effect, is the same logical attempt.
 */
export function beginAsk(story: CancelStory, firstRunId: string, task: string): Attempt {
  const current = story.clientTokens.at(-1);
  const wasOpen = story.askIsOpen === true;
  const refused = story.answer?.kind === 'blocked' && story.answeredAttempt === story.attempts;
  story.askIsOpen = true;
  if (current !== undefined && !refused) {
    return { clientToken: current, lookFirst: true, withdraw: () => void (story.askIsOpen = wasOpen) };
  }
  story.attempts++;
  const token = clientToken(firstRunId, task, story.attempts);
  keep(story.clientTokens, token);
  const withdraw = () => {
    story.askIsOpen = wasOpen;
    story.attempts--;
    story.clientTokens.pop();
  };
  // After a wait for subtasks the task may have ended with them: a look is cheaper than an ask in vain.
  return { clientToken: token, lookFirst: refused, withdraw };
}

export function recordAnswer(story: CancelStory, answer: CancelAnswer, nowMs: number): void {
  story.answer = answer;
  story.answeredAttempt = story.attempts;
  if (answer.kind === 'accepted') story.wasAccepted = true;
  story.askIsOpen = false;
  story.unconfirmedAnswer = true;
  story.asks++;
  story.askedAtMs = nowMs;
  // The polls' own states are in their attempts, not in the history: for a task that vanishes, this is the latest there.
  if (answer.kind === 'accepted' && answer.rawState !== undefined) {
    story.lastSeenState = answer.rawState;
    story.lastSeenAt = isoTime(nowMs);
  }
  keepRequestId(story, answer.requestId);
}

/** The vendor will not cancel while subtasks run: they are waited for, and then it is asked anew. */
export function recordBlock(story: CancelStory, nowMs: number): void {
  story.waitsForSubtasks = true;
  story.unconfirmedAnswer = false;
  story.blockedSinceMs ??= nowMs;
}

export function toProgress(input: CancelInput, story: CancelStory): CancelProgress {
  const { task, reason, requestedBy } = input;
  return {
    ...story,
    task: taskUri(task),
    ...(reason !== undefined && { reason }),
    ...(requestedBy !== undefined && { requestedBy }),
  };
}

interface Run {
  readonly id: string;
  /** The first run's. */
  readonly runId: string;
  readonly nowMs: number;
}

export function toResult(input: CancelInput, story: CancelStory, verdict: Verdict, run: Run): CancelResult {
  const { task, requestedBy, reason, campaign } = input;
  return {
    id: run.id,
    runId: run.runId,
    connection: task.connection,
    provider: task.provider,
    task: taskUri(task),
    ...(task.hints !== undefined && { hints: task.hints }),
    verdict,
    evidence: toEvidence(story),
    attempts: story.attempts,
    clientTokens: story.clientTokens,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason !== undefined && { reason }),
    ...(campaign !== undefined && { campaign }),
    startedAt: isoTime(story.startedAtMs),
    endedAt: isoTime(run.nowMs),
  };
}

/** All that a result has, without a verdict. */
export function toFailed(
  input: CancelInput,
  story: CancelStory,
  failure: CallbackFailure,
  run: Run,
): FailedCancellation {
  const { verdict: _, ...known } = toResult(input, story, 'unproven', run);
  return { ...known, failure };
}

function toEvidence(story: CancelStory): Evidence {
  const { observation, answer, askedAtMs, givenUp, lastLookFailure, lastSeenState, lastSeenAt } = story;
  return {
    ...(lastSeenState !== undefined && { lastState: lastSeenState }),
    ...(lastSeenAt !== undefined && { lastStateAt: lastSeenAt }),
    ...(observation !== undefined && {
      observedAt: observation.observedAt,
      ...(observation.state === 'ended' &&
        observation.endedAt !== undefined && { taskEndedAt: observation.endedAt }),
      ...(observation.message !== undefined && { message: observation.message }),
      ...(observation.progress !== undefined && { progress: observation.progress }),
    }),
    observations: story.observations,
    asks: story.asks,
    ...(story.askIsOpen === true && { unansweredAsk: true as const }),
    requestIds: story.requestIds,
    ...(answer !== undefined && { answer }),
    ...(askedAtMs !== undefined && { askedAt: isoTime(askedAtMs) }),
    ...(givenUp !== undefined && { givenUp }),
    ...(lastLookFailure !== undefined && { lastLookFailure }),
  };
}

function keepRequestId(story: CancelStory, requestId: string | undefined): void {
  if (requestId !== undefined) keep(story.requestIds, requestId);
}

function keep(list: string[], newest: string): void {
  list.push(newest);
  if (list.length > MOST_KEPT) list.splice(MOST_KEPT / 2, 1);
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

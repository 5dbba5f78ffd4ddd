import { ApplicationFailure } from '@temporalio/common';
import { ProviderError } from '../providers/provider.js';
import { AskTargets, type AskTargetsInput, type AskTargetsOutput } from './ask-targets.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import type { OthersAtWork } from './others-at-work.js';
import { ProveTargets, type ProveTargetsInput, type ProveTargetsOutput } from './prove-targets.js';
import { surveyTargets, type SurveyLetters } from './survey-targets.js';
import { targetTask, type Targets } from './target-tasks.js';

/** The Activities of `campaignLane`: many targets of one connection at a time. They beat their own hearts. */
export function createCampaignActivities(connections: LiveConnections, others: OthersAtWork) {
  return {
    /** Looks at all targets once, for the plan. */
    async surveyTargets(input: Targets): Promise<SurveyLetters> {
      const { connection, wrong } = findAll(connections, input, false);
      const fit = input.targets.filter((_, place) => !wrong.has(place));
      const letters = (await surveyTargets(connection, { ...input, targets: fit })).split('');
      return input.targets.map((_, place) => (wrong.has(place) ? 'u' : letters.shift())).join('');
    },

    /** Asks for the end of targets until its time is over, or asking is to stop. */
    async askTargets(input: AskTargetsInput): Promise<AskTargetsOutput> {
      const { connection, wrong } = findAll(connections, input, true);
      const asking = new AskTargets(connection, input, others);
      for (const [place, error] of wrong) asking.reject(place, error);
      return asking.run();
    },

    /** Looks at targets until they have ended; every attempt is one poll. */
    async proveTargets(input: ProveTargetsInput): Promise<ProveTargetsOutput> {
      const { connection } = findAll(connections, input, true);
      return new ProveTargets(connection, input).run();
    },
  };
}

export type CampaignActivities = ReturnType<typeof createCampaignActivities>;

/**
 * The targets' connection, and those of them that are none of its provider's.
 * @throws ApplicationFailure `UnknownConnection`.
 */
function findAll(
  connections: LiveConnections,
  input: Targets,
  retryable: boolean,
): { connection: LiveConnection; wrong: Map<number, ProviderError> } {
  const wrong = new Map<number, ProviderError>();
  // A Worker with a broken config must not end targets that are under way.
  const connection = connections.named(input, { retryable });
  for (const [place, path] of input.targets.entries()) {
    try {
      connections.find(targetTask(input, path));
    } catch (thrown) {
      if (!(thrown instanceof ApplicationFailure) || thrown.type !== 'InvalidInput') throw thrown;
      wrong.set(place, new ProviderError('invalid', 'InvalidInput', thrown.message));
    }
  }
  return { connection, wrong };
}

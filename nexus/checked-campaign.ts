import type { StartOperationContext } from 'nexus-rpc';
import { requestHash } from '../client/campaign-start-options.js';
import { checkCampaignId } from '../client/check-campaign-id.js';
import { InvalidTaskError, RequestRefusedError } from '../client/errors.js';
import type { CampaignInput } from '../contract/campaign.js';
import { campaignWorkflowId } from '../contract/names.js';
import type { TaskRef } from '../contract/task.js';
import { checkedCampaignInput } from '../workflows/checked-campaign-input.js';
import { isRecord, isText, withoutNulls } from '../workflows/json-shapes.js';
import { checkedTask } from './checked-task.js';
import { MOST_TARGETS_OF_A_CALL } from './quiesce-service.js';
import { requesterOf } from './requester-of.js';

/** What a caller of `startCampaign` asks for. */
export interface CheckedCampaign {
  readonly id: string;
  readonly input: CampaignInput;
  /** Left out: what to look for is in the input. */
  readonly targets?: readonly TaskRef[];
  /** Of all of it: another request for the same id has another. */
  readonly request: string;
}

/** @throws InvalidTaskError; RequestRefusedError; ApplicationFailure `InvalidInput`. */
export function checkedCampaign(given: unknown, context: StartOperationContext): CheckedCampaign {
  const asked = withoutNulls(given);
  if (!isRecord(asked)) throw new RequestRefusedError('The input must be an object with a reason.');
  // Of a request that is repeated, the id stays the same.
  const { id = context.requestId, targets, ...rest } = asked;
  if (!isText(id)) throw new RequestRefusedError('id must be a text.');
  checkCampaignId(id);
  const whole = { ...rest, ...requesterOf(rest, context), startAtOnce: true };
  const input = checkedCampaignInput(whole, campaignWorkflowId(id));
  if ((targets === undefined) === (input.selectors === undefined))
    throw new RequestRefusedError('Say which tasks: by selectors, or by targets.');
  if (targets === undefined) return { id, input, request: requestHash(input) };
  const tasks = checkedTargets(targets);
  return { id, input, targets: tasks, request: requestHash({ ...input, targets: tasks }) };
}

function checkedTargets(targets: unknown): readonly TaskRef[] {
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > MOST_TARGETS_OF_A_CALL)
    throw new RequestRefusedError(
      `targets must be a list of 1 to ${MOST_TARGETS_OF_A_CALL} tasks; more are selected, or loaded by a client.`,
    );
  return targets.map((target: unknown, place) => {
    try {
      return checkedTask(target);
    } catch (thrown) {
      throw new InvalidTaskError(`targets[${place}]: ${(thrown as Error).message}`);
    }
  });
}

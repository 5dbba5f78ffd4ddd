import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import {
  LANE_SIZE,
  type LoadRequest,
  type OpenLaneAnswer,
  type OpenLaneRequest,
  type SealRequest,
} from '../contract/campaign.js';
import { campaignWorkflowId, LOAD_UPDATE, OPEN_LANE_UPDATE, SEAL_UPDATE } from '../contract/names.js';
import { targetPath, type TaskRef } from '../contract/task.js';
import { asUnreachable } from './as-unreachable.js';
import { askCampaign } from './ask-campaign.js';
import type { LoadOptions } from './campaign-types.js';
import { isNotFound } from './grpc-errors.js';
import { within } from './within.js';

/** A Workflow runs ten Updates at a time; a lane's take some tens of milliseconds each. */
const LANES_AT_ONCE = 6;
/** Opening a lane waits for its Workflow to start: on a busy server, behind others. */
const LANE_TIMEOUT_MS = 30_000;
/** What Temporal itself knows. */
const ANSWER_WITHIN_MS = 10_000;
/** The Update that ends the loading of a campaign. */
const SEAL_ID = 'seal';

export interface Loaded {
  readonly targets: number;
  readonly lanes: number;
}

/**
 * Gives a campaign its targets, lane by lane of one connection each, and tells it that they are all.
 *
 * Holds at most a lane of each connection and those that are being loaded. The same targets in the same order are the same
 * lanes: a repeat after a crash loads what is missing, and nothing twice.
 * @param targets checked, and none of them twice.
 * @throws RequestRefusedError, as when there are more than the campaign may have; CampaignEndedError; NoWorkerError.
 */
export async function loadTargets(
  client: Client,
  campaign: string,
  targets: AsyncIterable<TaskRef>,
  options: LoadOptions = {},
): Promise<Loaded> {
  const loading = new LaneLoading(client, campaign, options);
  try {
    for await (const lane of inLanes(targets)) await loading.begin(lane);
  } finally {
    await loading.settle();
  }
  const loaded = await loading.loaded();
  const args: [SealRequest] = [{ targets: loaded.targets }];
  const sealing = { client, campaign, timeoutMs: LANE_TIMEOUT_MS };
  await askCampaign(sealing, (workflow) => workflow.executeUpdate(SEAL_UPDATE, { args, updateId: SEAL_ID }));
  return loaded;
}

/** Whether a campaign that has ended had got all its targets. */
export async function wasLoaded(client: Client, campaign: string): Promise<boolean> {
  const sealed = client.workflow.getHandle(campaignWorkflowId(campaign)).getUpdateHandle(SEAL_ID);
  try {
    await within(client, ANSWER_WITHIN_MS, () => sealed.result());
    return true;
  } catch (thrown) {
    if (thrown instanceof WorkflowNotFoundError || isNotFound(thrown)) return false;
    throw asUnreachable(client, thrown);
  }
}

interface Lane {
  readonly connection: string;
  readonly provider: string;
  readonly fields: readonly string[];
  readonly paths: string[];
}

async function* inLanes(targets: AsyncIterable<TaskRef>): AsyncGenerator<Lane> {
  const filling = new Map<string, Lane>();
  for await (const task of targets) {
    const { connection, provider } = task;
    const key = `${provider}://${connection}`;
    const lane = filling.get(key) ?? { connection, provider, fields: Object.keys(task.ids), paths: [] };
    filling.set(key, lane);
    lane.paths.push(targetPath(task));
    if (lane.paths.length < LANE_SIZE) continue;
    filling.delete(key);
    yield lane;
  }
  yield* filling.values();
}

/** A few lanes at a time; the first that fails ends it. */
class LaneLoading {
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly thrown: unknown } | undefined;
  #begun = 0;
  #targets = 0;

  constructor(
    private readonly client: Client,
    private readonly campaign: string,
    private readonly options: LoadOptions,
  ) {}

  async begin(lane: Lane): Promise<void> {
    while (this.#underWay.size >= LANES_AT_ONCE) await Promise.race(this.#underWay);
    this.#check();
    this.#begun += 1;
    const loading = this.#load(lane, this.#begun)
      .catch((thrown: unknown) => void (this.#failure ??= { thrown }))
      .finally(() => this.#underWay.delete(loading));
    this.#underWay.add(loading);
  }

  /** Waits for those that are under way. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async loaded(): Promise<Loaded> {
    this.#check();
    return { targets: this.#targets, lanes: this.#begun };
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    this.options.signal?.throwIfAborted();
  }

  async #load({ paths, ...lane }: Lane, number: number): Promise<void> {
    const { client, campaign } = this;
    const asking = { client, campaign, timeoutMs: LANE_TIMEOUT_MS };
    const opening: [OpenLaneRequest] = [{ ...lane, targets: paths.length }];
    // Numbered by the order of the targets: a repeat means the same lane.
    const { workflowId } = await askCampaign(asking, (workflow) =>
      workflow.executeUpdate<OpenLaneAnswer, [OpenLaneRequest]>(OPEN_LANE_UPDATE, {
        args: opening,
        updateId: `lane-${number}`,
      }),
    );
    const targets: [LoadRequest] = [{ targets: paths }];
    await askCampaign({ ...asking, workflowId }, (workflow) =>
      workflow.executeUpdate(LOAD_UPDATE, { args: targets, updateId: 'load' }),
    );
    this.#targets += paths.length;
    this.options.onLoaded?.(this.#targets);
  }
}

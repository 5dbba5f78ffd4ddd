import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Selector } from '../contract/campaign.js';
import type { FailureType } from '../contract/failures.js';
import { retryDelayMs } from '../providers/pacing.js';
import { ProviderError, type Selection, type TaskPage } from '../providers/provider.js';
import { selectorProblem } from '../providers/selector-problem.js';
import { inBulk } from './bulk-calls.js';
import { Heart } from './heart.js';
import { LaneFiller } from './lane-filler.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { readList } from './read-list.js';
import { retryDelay, withRetryDelay } from './retry-delay.js';
import type { TargetLoader } from './target-loader.js';
import { passesSoon } from './to-failure.js';

export interface GatherTargetsInput {
  /** The campaign's id. */
  readonly campaign: string;
  /** All of one connection: a task that several of them select is one target. */
  readonly selectors: readonly Selector[];
  /** How many lanes there were before: those after them are an earlier attempt's, and do not count. */
  readonly lanesBefore: number;
}

export interface GatherTargetsOutput {
  readonly targets: number;
  readonly lanes: number;
}

/** How often a page is asked for before all those before it are read again. */
const TRIES_A_PAGE = 8;
/** A longer pause is for the server to wait. */
const LONGEST_PAUSE_MS = 60_000;
/** Below the Activity's heartbeat timeout. */
const HEART_STOPS_AFTER_MS = 5_000;

/** The Activity of `cancelCampaign` that lists what is to be canceled. It beats its own heart. */
export function createGatherActivities(connections: LiveConnections, loader: TargetLoader) {
  return {
    /**
     * Lists the tasks that are selected, and loads them into lanes of the campaign. An attempt after the first begins anew.
     * @throws ApplicationFailure `InvalidInput`, not retried, when a selector is wrong or the campaign takes no more targets.
     */
    async gatherTargets({
      campaign,
      selectors,
      lanesBefore,
    }: GatherTargetsInput): Promise<GatherTargetsOutput> {
      const { connection, selections } = readSelectors(connections, selectors, Date.now());
      const { definition, name } = connection;
      const { id: provider, fields } = definition;
      const heart = new Heart(() => ({ targets: filler.targets }), HEART_STOPS_AFTER_MS);
      const filler = new LaneFiller(definition, async (paths) => {
        // The server may have given the Activity to another attempt: its lanes are the ones that count.
        if (heart.hasStopped) throw heldUp();
        await forgetEarlierAttempt();
        const lane = {
          connection: name,
          provider,
          targets: paths.length,
          fields: fields.map((field) => field.name),
        };
        await loader.loadLane(campaign, lane, paths);
      });
      let hasForgotten = false;
      /** Each time is an Update, of which a run takes two thousand: attempts that load nothing must not use them up. */
      const forgetEarlierAttempt = async () => {
        if (hasForgotten) return;
        await loader.discardLanes(campaign, { connection: name, from: lanesBefore });
        hasForgotten = true;
      };
      try {
        await withRetryDelay(connection, retryDelay(connection), async () => {
          for (const selection of selections)
            await readList(
              (page) => listPage(connection, selection, page),
              (tasks) => filler.take(tasks),
            );
          await filler.flush();
        });
        // One that finds nothing takes back what an earlier attempt had found.
        if (activityInfo().attempt > 1) await forgetEarlierAttempt();
      } finally {
        heart.close();
      }
      return { targets: filler.targets, lanes: filler.lanes };
    },
  };
}

export type GatherActivities = ReturnType<typeof createGatherActivities>;

/** @throws ApplicationFailure `InvalidInput` or `UnknownConnection`, in one sentence. */
function readSelectors(
  connections: LiveConnections,
  selectors: readonly Selector[],
  nowMs: number,
): { readonly connection: LiveConnection; readonly selections: readonly Selection[] } {
  const [first, ...others] = selectors;
  if (first === undefined) throw invalid('A campaign that lists needs at least one selector.');
  if (others.some(({ connection }) => connection !== first.connection))
    throw invalid('Selectors of several connections are listed one connection after the other.');
  const connection = connections.named(first);
  for (const selector of selectors) {
    const wrong =
      connections.named(selector) === connection
        ? selectorProblem(selector, connection.definition)
        : undefined;
    if (wrong !== undefined) throw invalid(wrong);
  }
  return { connection, selections: selectors.map((selector) => toSelection(selector, nowMs)) };
}

function toSelection({ fileSystem, states, types, olderThanMs }: Selector, nowMs: number): Selection {
  return {
    ...(fileSystem !== undefined && { fileSystem }),
    ...(states !== undefined && { states }),
    ...(types !== undefined && { types }),
    ...(olderThanMs !== undefined && { createdBeforeMs: nowMs - olderThanMs }),
  };
}

/** Trouble that passes is waited out here for a while: another attempt would read all pages again. */
async function listPage(
  connection: LiveConnection,
  selection: Selection,
  page: string | undefined,
): Promise<TaskPage> {
  for (let attempt = 1; ; attempt++) {
    try {
      const provider = await connection.provider();
      if (provider.list === undefined)
        throw new Error(`${connection.definition.id} has selectors and no list: a bug.`);
      const signal = inBulk(AbortSignal.any([cancellationSignal()]));
      return await provider.list(selection, { signal, ...(page !== undefined && { page }) });
    } catch (thrown) {
      if (attempt === TRIES_A_PAGE || !(thrown instanceof ProviderError) || !passesSoon(thrown)) throw thrown;
      const pauseMs = retryDelayMs(connection.pacing, attempt, thrown.context.retryAfterMs);
      if (pauseMs > LONGEST_PAUSE_MS) throw thrown;
      await sleep(pauseMs);
    }
  }
}

function invalid(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput' satisfies FailureType);
}

function heldUp(): ProviderError {
  const message = 'this Worker was held up for so long that another may list by now';
  return new ProviderError('unavailable', 'HeldUp', message);
}

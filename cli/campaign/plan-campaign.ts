import type { CampaignHandle, LiveProgress, Quiesce } from '../../client/index.js';
import { PHASE_WORDS } from '../../client/outcomes.js';
import type { CampaignProgress, Plan } from '../../contract/campaign.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../invocation.js';
import { createLiveRegion } from '../live-region.js';
import type { OutputFormat } from '../options.js';
import { count, grouped } from '../text.js';
import type { PreparedCampaign } from './new-campaign.js';
import { troubles } from './render-live.js';
import { withInterrupt } from './with-interrupt.js';

export interface PlannedCampaign {
  readonly handle: CampaignHandle;
  readonly progress: LiveProgress;
  /** Left out: there was one of that id, which has begun. */
  readonly plan?: Plan;
}

/**
 * Takes in the targets and has them looked at; asks nothing of any vendor but how they are.
 * @throws CliError when it has ended without having begun.
 */
export async function planCampaign(
  quiesce: Quiesce,
  prepared: PreparedCampaign,
  context: CliContext,
  output: OutputFormat,
): Promise<PlannedCampaign> {
  const handle = await beginCampaign('plan', quiesce, prepared, context, output);
  const tell = createTeller(context, output);
  const progress = await withInterrupt(
    () => planGoesOn(handle.id, context),
    async (signal) => {
      try {
        for await (const now of handle.watch({ signal })) {
          if (now.end !== undefined || hasBegun(now) || planOf(now) !== undefined) return now;
          tell.say(`${PHASE_WORDS[now.phase]} …  ${count(now.targets, 'target')}`, troubles(now));
        }
        return undefined;
      } finally {
        tell.close();
      }
    },
  );
  if (progress !== undefined && hasBegun(progress)) return { handle, progress };
  const plan = progress && planOf(progress);
  if (progress === undefined || plan === undefined) throw neverBegun(handle.id, progress);
  if ((prepared.campaign.protect?.length ?? 0) > 0 && plan.protected === 0)
    context.terminal.err.write('! --protect names none of the targets: nothing of this plan is protected.\n');
  return { handle, progress, plan };
}

function hasBegun({ startedAtMs }: LiveProgress): boolean {
  return startedAtMs !== undefined;
}

function planOf({ phase, plan }: LiveProgress): Plan | undefined {
  return phase === 'planned' ? plan : undefined;
}

/** Takes in the targets, and begins to ask or to look. Ctrl-C while they are taken in leaves nothing behind. */
export async function beginCampaign(
  how: 'plan' | 'start',
  quiesce: Quiesce,
  { source, duplicates = 0, campaign, close }: PreparedCampaign,
  context: CliContext,
  output: OutputFormat,
): Promise<CampaignHandle> {
  const tell = createTeller(context, output);
  const meaning = (done?: CampaignHandle) => interrupted(how, done?.id, context);
  try {
    const handle = await withInterrupt(meaning, (signal) => {
      const onLoaded = (targets: number) => tell.say(`${grouped(targets)} targets are taken in …`);
      return quiesce.campaigns[how](source, campaign, { signal, onLoaded });
    });
    if (handle.attached)
      context.terminal.err.write(
        `There is a campaign ${handle.id} already; this is it. Its targets and options stay as they are.\n`,
      );
    else if (duplicates > 0)
      context.terminal.err.write(
        `Left out: ${count(duplicates, 'duplicate')}; a task that is named twice is one target.\n`,
      );
    return handle;
  } catch (error) {
    throw isRefusal(error) ? new CliError(error.message, EXIT.campaignNotBegun) : error;
  } finally {
    await close();
    tell.close();
  }
}

/** By name: the client library is loaded by whoever connected. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'RequestRefusedError';
}

/** One line that is redrawn, and what is in the way; where lines cannot be redrawn, that alone, each time that it has changed. */
function createTeller({ terminal }: CliContext, output: OutputFormat) {
  const region = createLiveRegion(terminal.out);
  const isShown = output === 'text' && terminal.live;
  let told = '';
  return {
    say(line: string, inTheWay: readonly string[] = []) {
      const warnings = inTheWay.map((trouble) => `! ${trouble}`);
      const text = warnings.map((warning) => `${warning}\n`).join('');
      if (isShown) region.draw([line, ...warnings]);
      else if (text !== told) terminal.err.write(text);
      told = text;
    },
    close: () => region.clear(),
  };
}

/** What Ctrl-C has ended. @param id of what was there before it was heard. */
export function interrupted(how: 'plan' | 'start', id: string | undefined, context: CliContext): CliError {
  if (id === undefined) return new CliError('Interrupted: nothing was started.', EXIT.interrupted);
  const what = how === 'plan' ? 'The plan is made' : 'The campaign asks';
  return new CliError(
    `Interrupted too late: ${what} without this terminal. End it with:\n  ${commandLine(context, ['campaign', 'abort', id])}`,
    EXIT.interrupted,
  );
}

function planGoesOn(id: string, context: CliContext): CliError {
  return new CliError(
    `The plan is made without this terminal. Look at it with:\n  ${commandLine(context, ['campaign', 'status', id])}`,
    EXIT.interrupted,
  );
}

function neverBegun(id: string, progress: CampaignProgress | undefined): CliError {
  const why = progress?.note ?? `its plan is ${progress?.end ?? 'not known'}`;
  return new CliError(`The campaign ${id} was not begun: ${why}`, EXIT.campaignNotBegun);
}

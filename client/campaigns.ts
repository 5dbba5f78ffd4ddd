import { randomInt } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import type { CampaignInput, CampaignRequest } from '../contract/campaign.js';
import { CANCEL_CAMPAIGN_WORKFLOW, campaignWorkflowId } from '../contract/names.js';
import { searchAttributeKey } from '../contract/search-attributes.js';
import type { TaskRef } from '../contract/task.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { asUnreachable } from './as-unreachable.js';
import { CampaignHandle } from './campaign-handle.js';
import { CampaignSchedules } from './campaign-schedules.js';
import { campaignStartOptions, requestHash } from './campaign-start-options.js';
import { campaignQuery, toCampaignSummary, type CampaignFilter } from './campaign-summary.js';
import type {
  CampaignSummary,
  FindOptions,
  LoadOptions,
  NewCampaign,
  ReportRow,
  RetryOptions,
  TargetSource,
} from './campaign-types.js';
import { checkCallbackUrl } from './check-callback-url.js';
import { checkCampaignId } from './check-campaign-id.js';
import { distinctTargets } from './distinct-targets.js';
import { CampaignExistsError, CampaignGivenUpError, NoWorkerError, RequestRefusedError } from './errors.js';
import { findTarget, soughtBy } from './find-target.js';
import { listWorkflows } from './list-workflows.js';
import { loadTargets, wasLoaded } from './load-targets.js';
import { TO_RETRY } from './outcomes.js';
import { openTargets, type TargetFile } from './read-targets.js';
import { toTaskRef } from './to-task-ref.js';
import { whyNotStarted } from './why-not-started.js';
import { within } from './within.js';

/** Without those that are easily taken for each other. */
const ID_LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
/** A server that is there answers in milliseconds; a caller who hears nothing cannot know whether to go on waiting. */
const START_TIMEOUT_MS = 10_000;

/** Starts and finds campaigns. */
export class Campaigns {
  /** Those that recur. */
  readonly schedules: CampaignSchedules;

  constructor(private readonly client: Client) {
    this.schedules = new CampaignSchedules(client);
  }

  /**
   * Gathers the targets and looks at them; nothing is asked before the plan is started. Arrays and files are checked as a
   * whole before anything is started; other sources are read as they are loaded. A task that is named twice is one target.
   * @throws what the source throws, before or after some targets were loaded: then the campaign is aborted.
   * @throws RequestRefusedError, for example for too many targets or none; CampaignExistsError when the id was given to another
   * request; CampaignGivenUpError when the one of that id had ended before it had all its targets; NotSetUpError.
   * @throws NoWorkerError or TemporalUnreachableError: one that was given an id goes on being loaded by the same call again.
   */
  plan(source: TargetSource, campaign: NewCampaign, options: LoadOptions = {}): Promise<CampaignHandle> {
    return this.#begin(source, campaign, false, options);
  }

  /** Gathers the targets and begins to ask at once. @throws as `plan`. */
  start(source: TargetSource, campaign: NewCampaign, options: LoadOptions = {}): Promise<CampaignHandle> {
    return this.#begin(source, campaign, true, options);
  }

  /** A campaign by its id; whether it exists shows with the first call. */
  get(id: string): CampaignHandle {
    return new CampaignHandle(this.client, id);
  }

  /** Campaigns, newest first. */
  async *list(filter: CampaignFilter & { readonly limit?: number } = {}): AsyncGenerator<CampaignSummary> {
    let left = filter.limit ?? Infinity;
    for await (const info of listWorkflows(this.client, campaignQuery(filter))) {
      if (left-- <= 0) return;
      yield toCampaignSummary(info);
    }
  }

  /**
   * What campaigns know of one task, the newest first. Asks every lane of its connection: a second for a hundred.
   * @param task a reference, a URI, or its id alone, as its vendor shows it.
   * @throws InvalidTaskError; NoWorkerError; TemporalUnreachableError.
   */
  async *find(
    task: TaskRef | string,
    { limit = Infinity, connections }: FindOptions = {},
  ): AsyncGenerator<ReportRow> {
    const sought = { ...(connections !== undefined && { connections }), ...soughtBy(task) };
    let left = limit;
    if (left <= 0) return;
    for await (const row of findTarget(this.client, sought)) {
      yield row;
      if (--left <= 0) return;
    }
  }

  /** A new campaign of what another left undone. @throws as `plan`; CampaignNotFoundError. */
  async retry(
    id: string,
    { outcomes = TO_RETRY, ...campaign }: RetryOptions,
    options: LoadOptions = {},
  ): Promise<CampaignHandle> {
    const old = this.get(id);
    // Before anything is started: where there is none, nothing is to be done again.
    const { connections } = await old.progress();
    const targets = tasksOf(old.report(), new Set(outcomes));
    const source = { targets, connections: connections.map(({ connection }) => connection) };
    return this.start(source, campaign, options);
  }

  async #begin(
    source: TargetSource,
    { id: given, ...campaign }: NewCampaign,
    startAtOnce: boolean,
    loadOptions: LoadOptions,
  ): Promise<CampaignHandle> {
    const id = given ?? newId();
    const options = { ...loadOptions, isNamed: given !== undefined };
    checkCampaignId(id);
    const { reason, requestedBy, callbackUrl, ...rest } = campaign;
    checkCallbackUrl(callbackUrl);
    const input: CampaignInput = {
      reason,
      ...(requestedBy !== undefined && { requestedBy }),
      ...('selectors' in source && { selectors: source.selectors }),
      startAtOnce,
      options: rest,
      ...(callbackUrl !== undefined && { callbackUrl }),
    };
    if ('selectors' in source) {
      const connections = new Set(source.selectors.map(({ connection }) => connection));
      return (await this.#open(id, input, [...connections])).handle;
    }
    if ('read' in source) return this.#openAndLoad(id, input, opened(source), options);
    if ('targets' in source) return this.#openAndLoad(id, input, listed(source), options);
    const { file, ...fileOptions } = source;
    const targetFile = await openTargets(file, fileOptions);
    try {
      return await this.#openAndLoad(id, input, opened(targetFile), options);
    } finally {
      await targetFile.close();
    }
  }

  async #openAndLoad(
    id: string,
    input: CampaignInput,
    { tasks, connections }: Given,
    options: Loading,
  ): Promise<CampaignHandle> {
    const targets = await beginning(tasks);
    const { handle, waitsForTargets } = await this.#open(id, input, connections);
    if (waitsForTargets) await this.#load(handle, targets, options, input.requestedBy);
    else await drop(targets);
    return handle;
  }

  /** Starts it, or finds the one of that id. */
  async #open(
    id: string,
    input: CampaignInput,
    connections: readonly string[] = [],
  ): Promise<{ readonly handle: CampaignHandle; readonly waitsForTargets: boolean }> {
    // Who asks is no part of what is asked: a job that is tried again runs on another host.
    const { requestedBy: _, ...asked } = input;
    const request = requestHash(asked);
    const workflowId = campaignWorkflowId(id);
    try {
      const startOptions = campaignStartOptions(id, input, request, connections);
      await within(this.client, START_TIMEOUT_MS, () =>
        this.client.workflow.start(CANCEL_CAMPAIGN_WORKFLOW, startOptions),
      );
      return { handle: this.get(id), waitsForTargets: true };
    } catch (thrown) {
      if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw whyNotStarted(this.client, thrown);
      const { memo, typedSearchAttributes, closeTime } = await this.#describe(workflowId);
      // Whether it has the same targets cannot be told: whoever gave the id says so.
      if (memo?.['request'] !== request) throw new CampaignExistsError(id);
      const isLoaded = input.selectors !== undefined || closeTime === undefined;
      if (!isLoaded && !(await wasLoaded(this.client, id))) throw new CampaignGivenUpError(id);
      // The client that loaded them may have been cut off: what is there already is not loaded again.
      const waitsForTargets = typedSearchAttributes.get(searchAttributeKey('phase')) === 'gathering';
      return { handle: new CampaignHandle(this.client, id, true), waitsForTargets };
    }
  }

  async #load(
    handle: CampaignHandle,
    targets: AsyncIterable<TaskRef>,
    options: Loading,
    by = 'the client',
  ): Promise<void> {
    try {
      await loadTargets(this.client, handle.id, targets, options);
    } catch (thrown) {
      // Another client may go on loading one that this one has not started, and whoever has named it may ask for it again.
      const mayGoOn = handle.attached || (options.isNamed && isAway(thrown));
      if (!mayGoOn) await this.#giveUp(handle.id, { by, reason: whyNotLoaded(thrown) }, thrown);
      throw thrown;
    }
  }

  /** Nothing of it is to be asked. */
  async #giveUp(id: string, request: CampaignRequest, cause: unknown): Promise<void> {
    // It is refused by itself when it hears no more.
    if (cause instanceof TemporalUnreachableError) return;
    const workflow = this.client.workflow.getHandle(campaignWorkflowId(id));
    // Without a Worker, Temporal keeps its own cancel for later.
    const cancel = () => within(this.client, START_TIMEOUT_MS, () => workflow.cancel());
    const abort = () => (isAway(cause) ? cancel() : this.get(id).abort(request).catch(cancel));
    await abort().catch(() => {});
  }

  #describe(workflowId: string): Promise<WorkflowExecutionDescription> {
    const describing = () => this.client.workflow.getHandle(workflowId).describe();
    return within(this.client, START_TIMEOUT_MS, describing).catch((thrown: unknown) => {
      throw asUnreachable(this.client, thrown);
    });
  }
}

/** How a client loads. */
interface Loading extends LoadOptions {
  /** Whoever calls knows its id. */
  readonly isNamed: boolean;
}

/** Nobody answered: later, somebody may. */
function isAway(thrown: unknown): boolean {
  return thrown instanceof NoWorkerError || thrown instanceof TemporalUnreachableError;
}

function whyNotLoaded(thrown: unknown): string {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return `its targets could not be loaded. ${why}`.slice(0, 300);
}

/** Checked tasks, none of them twice, and of which connections they are, where that is known. */
interface Given {
  readonly tasks: AsyncIterable<TaskRef>;
  readonly connections?: readonly string[];
}

function opened(file: TargetFile): Given {
  return { tasks: file.read(), connections: file.connections };
}

/** What is all there is checked as a whole, before the first is loaded. @throws InvalidTaskError */
function listed({ targets, ...known }: Extract<TargetSource, { targets: unknown; read?: never }>): Given {
  if (!Array.isArray(targets)) return { tasks: distinctTargets(targets), ...known };
  const tasks = (targets as readonly (TaskRef | string)[]).map(toTaskRef);
  const connections = new Set(tasks.map(({ connection }) => connection));
  return { tasks: distinctTargets(tasks), connections: [...connections] };
}

/** The same, once it has begun: a source that is empty or cannot be read at all starts nothing. */
async function beginning(tasks: AsyncIterable<TaskRef>): Promise<AsyncGenerator<TaskRef>> {
  const rest = tasks[Symbol.asyncIterator]();
  const first = await rest.next();
  if (first.done === true) throw new RequestRefusedError('There is no target: nothing was started.');
  return (async function* all() {
    try {
      for (let next: IteratorResult<TaskRef> = first; next.done !== true; next = await rest.next())
        yield next.value;
    } finally {
      await rest.return?.();
    }
  })();
}

/** Lets go of a source that is not wanted: a generator ends what it has begun only when it was begun itself. */
async function drop(tasks: AsyncGenerator<TaskRef>): Promise<void> {
  await tasks.next();
  await tasks.return(undefined);
}

async function* tasksOf(
  report: AsyncIterable<ReportRow>,
  states: ReadonlySet<string>,
): AsyncGenerator<string> {
  for await (const { state, task, hints } of report)
    if (states.has(state))
      yield hints === undefined ? task : `${task}?${new URLSearchParams(hints).toString()}`;
}

/** Sorts by day. */
function newId(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const letters = Array.from({ length: 6 }, () => ID_LETTERS[randomInt(ID_LETTERS.length)]);
  return `${day}-${letters.join('')}`;
}

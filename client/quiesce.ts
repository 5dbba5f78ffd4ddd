import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { CancelInput } from '../contract/cancellation.js';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { cancelWorkflowId, parseTaskUri, taskUri, type TaskRef } from '../contract/task.js';
import { loadTemporalConfig } from '../setup/load-temporal-config.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import { CancellationHandle } from './cancellation-handle.js';
import { Campaigns } from './campaigns.js';
import { checkCallbackUrl } from './check-callback-url.js';
import { CancellationEndedError } from './errors.js';
import { listCancellations } from './list-cancellations.js';
import { asNotSetUp } from './not-set-up.js';
import { checkErasable, toTaskRef } from './to-task-ref.js';
import type { CancellationSummary, CancelOptions, ListFilter } from './types.js';

const CONNECT_TIMEOUT_MS = 5_000;

export interface ConnectOptions {
  /** Default: TEMPORAL_ADDRESS or Temporal's config file, else localhost:7233. */
  readonly address?: string;
  readonly namespace?: string;
  readonly connectTimeoutMs?: number;
}

/** Starts and follows cancellations. Knows connections by name alone; holds no secret of any cloud. */
export class Quiesce {
  readonly campaigns: Campaigns;

  constructor(readonly client: Client) {
    this.campaigns = new Campaigns(client);
  }

  get namespace(): string {
    return this.client.options.namespace;
  }

  /**
   * Connects to Temporal; address, namespace, TLS and API key come from the environment or Temporal's own config file.
   * @throws TemporalUnreachableError within seconds; TemporalConfigError.
   */
  static async connect(options: ConnectOptions = {}): Promise<Quiesce> {
    const configured = loadTemporalConfig();
    const address = options.address ?? configured.address;
    const connecting = Connection.connect({
      ...configured.connectionOptions,
      address,
      connectTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    });
    const connection = await connecting.catch((thrown: unknown) => {
      throw new TemporalUnreachableError(address, thrown);
    });
    return new Quiesce(new Client({ connection, namespace: options.namespace ?? configured.namespace }));
  }

  /**
   * Starts the cancellation of a task, or attaches to the one that is under way: the same task is one cancellation, and
   * the options of the one that started it stand. A `callbackUrl` is added to those that it tells.
   * @param task a reference or a URI such as `provider://connection/id`.
   * @throws InvalidTaskError, also for `deleteEnded` where there is nothing to erase; NotSetUpError when the namespace lacks Quiesce's
   * Search Attributes; RequestRefusedError for no `callbackUrl`, and where one cannot be added; NoWorkerError where one is to be added.
   */
  async cancel(task: TaskRef | string, options: CancelOptions = {}): Promise<CancellationHandle> {
    const ref = toTaskRef(task);
    if (options.deleteEnded === true) checkErasable(ref);
    const { callbackUrl } = options;
    checkCallbackUrl(callbackUrl);
    for (;;) {
      const handle = await this.#startOrAttach(ref, options);
      if (callbackUrl === undefined || !handle.attached) return handle;
      try {
        await handle.addCallback(callbackUrl);
        return handle;
      } catch (thrown) {
        // It has ended since it was found, and tells nobody any more: whoever wants to be told starts another.
        if (!(thrown instanceof CancellationEndedError)) throw thrown;
      }
    }
  }

  async #startOrAttach(ref: TaskRef, options: CancelOptions): Promise<CancellationHandle> {
    const workflowId = cancelWorkflowId(ref, { dryRun: options.dryRun === true });
    try {
      const { firstExecutionRunId } = await this.client.workflow.start(
        CANCEL_TASK_WORKFLOW,
        startOptions(workflowId, ref, options),
      );
      return new CancellationHandle(this.client, workflowId, { runId: firstExecutionRunId, attached: false });
    } catch (thrown) {
      // A plain conflict and not USE_EXISTING: it tells who started it, and a caller wants to know.
      if (thrown instanceof WorkflowExecutionAlreadyStartedError) return this.#attach(workflowId);
      throw asNotSetUp(thrown);
    }
  }

  /** A cancellation by its Workflow id or its task's URI; whether it exists shows with the first call. */
  cancellation(idOrUri: string): CancellationHandle {
    const id = parseTaskUri(idOrUri) === undefined ? idOrUri : cancelWorkflowId(toTaskRef(idOrUri));
    return new CancellationHandle(this.client, id);
  }

  /** Cancellations, newest first, as the Search Attributes know them: seconds behind on a busy server. */
  list(filter: ListFilter = {}): AsyncIterable<CancellationSummary> {
    return listCancellations(this.client, filter);
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }

  async #attach(workflowId: string): Promise<CancellationHandle> {
    // Bound to the run there is now: another may start under the same id after it has ended.
    const handle = new CancellationHandle(this.client, workflowId);
    return new CancellationHandle(this.client, workflowId, {
      runId: await handle.firstRunId(),
      attached: true,
    });
  }
}

function startOptions(workflowId: string, task: TaskRef, options: CancelOptions): WorkflowStartOptions {
  const { provider, connection } = task;
  const { requestedBy, campaign, reason } = options;
  const input: CancelInput = { task, ...options };
  const uri = taskUri(task);
  return {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
    // A task may be cancelled again later: the new run looks first, and asks nothing of one that has ended.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    typedSearchAttributes: searchAttributePairs({
      provider,
      connection,
      task: uri,
      phase: 'observing',
      requestedBy,
      campaign,
    }),
    staticSummary: `${options.dryRun === true ? 'dry run: ' : ''}cancel ${uri}`.slice(0, 200),
    ...(reason !== undefined && { staticDetails: reason.slice(0, 2_000) }),
  };
}

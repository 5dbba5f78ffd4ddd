import {
  Client,
  Connection,
  WorkflowExecutionAlreadyStartedError,
  type ConnectionOptions,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { loadDataConverter, type DataConverterOptions } from '../encryption/data-converter.js';
import type { CancelInput } from '../contract/cancellation.js';
import { CANCEL_TASK_WORKFLOW, TASK_QUEUE } from '../contract/names.js';
import { searchAttributePairs } from '../contract/search-attributes.js';
import { shownUri, taskUri, type TaskRef } from '../contract/task.js';
import { loadTemporalConfig, TemporalConfigError } from '../setup/load-temporal-config.js';
import { TemporalUnreachableError } from '../setup/temporal-unreachable-error.js';
import type { AuditEntry, AuditFilter } from './audit-entry.js';
import { auditTrail } from './audit-trail.js';
import { CancellationHandle } from './cancellation-handle.js';
import { cancellationIdOf, taskNamedBy } from './cancellation-id-of.js';
import { Campaigns } from './campaigns.js';
import { checkCallbackUrl } from './check-callback-url.js';
import { CancellationEndedError } from './errors.js';
import { isNotLetIn } from './grpc-errors.js';
import { GRPC_INTERCEPTORS } from './grpc-interceptors.js';
import { listCancellations } from './list-cancellations.js';
import { passHeaders } from './pass-headers.js';
import { startMemo } from './start-memo.js';
import { checkErasable, toTaskRef } from './to-task-ref.js';
import type { CancellationSummary, CancelOptions, ListFilter } from './types.js';
import { whyNotStarted } from './why-not-started.js';

const CONNECT_TIMEOUT_MS = 5_000;

export interface ConnectOptions extends DataConverterOptions {
  /** Default: TEMPORAL_ADDRESS or Temporal's config file, else localhost:7233. */
  readonly address?: string;
  readonly namespace?: string;
  /** Of Temporal Cloud. A function is asked before every call, so that a key can change. Default: TEMPORAL_API_KEY. */
  readonly apiKey?: string | (() => string);
  /** `true`, or own certificates in PEM; needless beside an API key. Default: the TEMPORAL_TLS_… variables. */
  readonly tls?: ConnectionOptions['tls'];
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
   * Connects to Temporal; what is left out comes from the environment or Temporal's own config file.
   * @throws TemporalUnreachableError within seconds; TemporalConfigError, also for an API key that is not accepted;
   * EncryptionError.
   */
  static async connect(options: ConnectOptions = {}): Promise<Quiesce> {
    const configured = loadTemporalConfig();
    const dataConverter = await loadDataConverter(options);
    const { address = configured.address, apiKey, tls, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
    const connecting = Connection.connect({
      ...configured.connectionOptions,
      ...(apiKey !== undefined && { apiKey }),
      ...(tls !== undefined && { tls }),
      address,
      interceptors: GRPC_INTERCEPTORS,
      connectTimeout: connectTimeoutMs,
    });
    const connection = await connecting.catch((thrown: unknown) => {
      throw whyNotConnected(address, thrown);
    });
    const { namespace = configured.namespace } = options;
    const interceptors = { workflow: [passHeaders] };
    return new Quiesce(new Client({ connection, namespace, dataConverter, interceptors }));
  }

  /**
   * Starts the cancellation of a task, or attaches to the one that is under way: the same task is one cancellation, and
   * the options of the one that started it stand. A `callbackUrl` is added to those that it tells.
   * @param task a reference or a URI such as `provider://connection/id`.
   * @throws InvalidTaskError; RequestRefusedError for `deleteEnded` where there is nothing to erase, for no `callbackUrl`, and where
   * one cannot be added; NotSetUpError when the namespace lacks Quiesce's Search Attributes; NoWorkerError where a `callbackUrl` is to
   * be added; TemporalUnreachableError: whether it was started is not known, and the same call says.
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
    const workflowId = cancellationIdOf(this.client, ref, options);
    try {
      const { firstExecutionRunId } = await this.client.workflow.start(
        CANCEL_TASK_WORKFLOW,
        cancelStartOptions(workflowId, ref, options),
      );
      return new CancellationHandle(this.client, workflowId, { runId: firstExecutionRunId, attached: false });
    } catch (thrown) {
      // A plain conflict and not USE_EXISTING: it tells who started it, and a caller wants to know.
      if (thrown instanceof WorkflowExecutionAlreadyStartedError)
        return new CancellationHandle(this.client, workflowId).bound(options.requestId);
      throw whyNotStarted(this.client, thrown);
    }
  }

  /** A cancellation by its Workflow id or its task's URI; whether it exists shows with the first call. */
  cancellation(idOrUri: string): CancellationHandle {
    const task = taskNamedBy(idOrUri);
    const id = task === undefined ? idOrUri : cancellationIdOf(this.client, task);
    return new CancellationHandle(this.client, id);
  }

  /** Cancellations, newest first, as the Search Attributes know them: seconds behind on a busy server. */
  list(filter: ListFilter = {}): AsyncGenerator<CancellationSummary> {
    return listCancellations(this.client, filter);
  }

  /**
   * Who asked what of cancellations and campaigns, why, and what came of it: as far back as the namespace keeps histories. Needs no
   * Worker.
   */
  audit(filter: AuditFilter = {}): AsyncGenerator<AuditEntry> {
    return auditTrail(this.client, filter);
  }

  close(): Promise<void> {
    return this.client.connection.close();
  }
}

function whyNotConnected(address: string, cause: unknown): Error {
  if (!isNotLetIn(cause)) return new TemporalUnreachableError(address, cause);
  return new TemporalConfigError(
    `Temporal at ${address} does not let this caller in: check the API key or the client certificate.`,
    { cause },
  );
}

/** How the Workflow `cancelTask` of a checked task is started, under the id that {@link cancellationIdOf} gives it. */
export function cancelStartOptions(
  workflowId: string,
  task: TaskRef,
  { requestId, ...options }: CancelOptions,
): WorkflowStartOptions & { readonly taskQueue: string } {
  const { provider, connection } = task;
  const { requestedBy, campaign, reason } = options;
  const input: CancelInput = { task, ...options };
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
      task: shownUri(task, workflowId),
      phase: 'observing',
      requestedBy,
      campaign,
    }),
    memo: startMemo(task, workflowId, requestId),
    staticSummary: `${options.dryRun === true ? 'dry run: ' : ''}cancel ${taskUri(task)}`.slice(0, 200),
    ...(reason !== undefined && { staticDetails: reason.slice(0, 2_000) }),
  };
}

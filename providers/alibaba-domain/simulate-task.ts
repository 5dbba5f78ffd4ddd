import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedTask, TaskSeed } from '../../simulator/simulated-provider.js';
import type { Timeline } from '../../simulator/timeline.js';
import type { DomainSwitches } from './simulate-switches.js';

type Codes = Readonly<Record<string, number>>;

/** Of the task and of what is done to a single domain; the two count differently. */
const TASK_CODES: Codes = { WAITING_EXECUTE: 1, EXECUTING: 2, COMPLETE: 3 };
const CANCEL_CODES: Codes = { INIT: 0, CANCELLING: 1, COMPLETE: 2 };
export const DETAIL_CODES: Codes = {
  WAITING_EXECUTE: 0,
  EXECUTING: 1,
  EXECUTE_SUCCESS: 2,
  EXECUTE_FAILURE: 3,
};
/** Stands for any word that is in no document. */
const UNLISTED = 'SIMULATED_UNLISTED';

/** The words that the control API tells. */
const PLAIN_WORDS = {
  taskStatusOnceCanceled: 'COMPLETE',
  cancelStatusOfFinished: 'INIT',
  cancelStatusOfEnded: 'INIT',
} as const satisfies Partial<DomainSwitches>;

/** What `details` of a seed may say. */
export const domainSeedDetails = z.object({
  taskType: z
    .string()
    .regex(/^[A-Z_]+$/)
    .default('CHG_DNS'),
  domains: z.array(z.string().min(1)).min(1).default(['one.example', 'two.example', 'three.example']),
  /** Those of them whose work fails when its turn comes. */
  failing: z.array(z.string()).default([]),
  failureMessage: z.string().default('The domain name has an update lock.'),
  /** The day it was made, if not now. */
  createdOn: z.iso.date().optional(),
});

export type DomainSeedDetails = z.output<typeof domainSeedDetails>;

/** One task: the same job on each of its domains, one after the other. */
export class DomainTask implements SimulatedTask {
  readonly id: string;
  readonly timeline: Timeline;
  readonly details: DomainSeedDetails;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly #word: string | undefined;
  /** When a cancel was accepted that came too late. */
  #askedInVainAt = Infinity;

  constructor({ id = randomUUID(), timeline, details, word }: TaskSeed<DomainSeedDetails>) {
    this.id = id;
    this.timeline = timeline;
    this.details = details;
    this.#word = word;
    const noon = `${details.createdOn ?? ''}T12:00:00Z`;
    this.createdAt = details.createdOn === undefined ? timeline.createdAt : Date.parse(noon);
  }

  get ids(): { taskNo: string } {
    return { taskNo: this.id };
  }

  noteVainCancel(at: number): void {
    this.#askedInVainAt = Math.min(this.#askedInVainAt, at);
  }

  /** Both words, of the task and of its cancel. */
  wordAt(at: number): string {
    const { status, cancelStatus } = this.#words(at, PLAIN_WORDS);
    return `${status}/${cancelStatus}`;
  }

  /** A row of QueryTaskList as it was at `at`. */
  row(at: number, switches: DomainSwitches): Record<string, unknown> {
    const { cancelStatusShown } = switches;
    const { status, cancelStatus } = this.#words(at, switches);
    const showsCancel =
      cancelStatusShown === 'always' || (cancelStatusShown === 'onceAsked' && cancelStatus !== 'INIT');
    return {
      ...this.#about(),
      CreateTime: listTime(this.createdAt),
      TaskStatus: status,
      TaskStatusCode: code(TASK_CODES, status, switches),
      ...(showsCancel && {
        TaskCancelStatus: cancelStatus,
        TaskCancelStatusCode: code(CANCEL_CODES, cancelStatus, switches),
      }),
    };
  }

  /** An object of QueryTaskInfoHistory. It has no word on a cancel. */
  historyRow(at: number, switches: DomainSwitches): Record<string, unknown> {
    const { status } = this.#words(at, switches);
    return {
      ...this.#about(),
      CreateTime: detailTime(this.createdAt),
      CreateTimeLong: this.createdAt,
      TaskStatus: status,
      TaskStatusCode: code(TASK_CODES, status, switches),
    };
  }

  /** An entry of QueryTaskDetailList for each domain, in order. */
  detailRows(at: number, switches: DomainSwitches): (Record<string, unknown> & { TaskStatus: string })[] {
    return this.details.domains.flatMap((domain, index) => {
      const own = this.#detailStatus(domain, index, at);
      const status = own ?? switches.canceledDetail;
      if (status === 'leftOut') return [];
      const failed = status === 'EXECUTE_FAILURE';
      const row = {
        TaskNo: this.id,
        TaskDetailNo: createHash('sha256').update(`${this.id}/${domain}`).digest('hex').slice(0, 32),
        DomainName: domain,
        InstanceId: `S${createHash('sha256').update(domain).digest('hex').slice(0, 16).toUpperCase()}`,
        TaskType: this.details.taskType,
        TaskTypeDescription: this.details.taskType.toLowerCase().replaceAll('_', ' '),
        TaskStatus: status === 'unlisted' ? UNLISTED : status,
        TaskStatusCode: code(DETAIL_CODES, status, switches),
        TryCount: failed ? 5 : 0,
        CreateTime: detailTime(this.createdAt),
        UpdateTime: detailTime(this.timeline.endedAt(at) ?? at),
        ...(failed && { ErrorMsg: own === undefined ? 'Cancelled.' : this.details.failureMessage }),
        ...(status === 'EXECUTE_SUCCESS' && { ErrorMsg: 'The operation is successful.' }),
      };
      return [row];
    });
  }

  #about() {
    return {
      TaskNo: this.id,
      TaskNum: this.details.domains.length,
      TaskType: this.details.taskType,
      TaskTypeDescription: this.details.taskType.toLowerCase().replaceAll('_', ' '),
      Clientip: '127.0.0.1',
    };
  }

  /** A task that fails is COMPLETE too: only its details tell. */
  #words(
    at: number,
    as: Pick<DomainSwitches, keyof typeof PLAIN_WORDS>,
  ): { status: string; cancelStatus: string } {
    if (this.#word !== undefined) return { status: this.#word, cancelStatus: this.#word };
    const state = this.timeline.stateAt(at);
    if (state === 'canceled') return { status: as.taskStatusOnceCanceled, cancelStatus: 'COMPLETE' };
    if (state === 'completed' || state === 'failed') {
      if (at >= (this.timeline.cancelRequestedAt ?? Infinity))
        return { status: 'COMPLETE', cancelStatus: as.cancelStatusOfFinished };
      const asked = at >= this.#askedInVainAt;
      return { status: 'COMPLETE', cancelStatus: asked ? as.cancelStatusOfEnded : 'INIT' };
    }
    const status = this.timeline.startedAt(at) === undefined ? 'WAITING_EXECUTE' : 'EXECUTING';
    return { status, cancelStatus: state === 'canceling' ? 'CANCELLING' : 'INIT' };
  }

  /** Undefined of a domain that a cancel kept from its turn: how it shows is not documented. */
  #detailStatus(domain: string, index: number, at: number): string | undefined {
    const state = this.timeline.stateAt(at);
    const tried = Math.floor(this.details.domains.length * this.timeline.progressAt(at));
    // A task is COMPLETE when every domain was tried.
    const done = state === 'failed' ? this.details.domains.length : tried;
    const fails = state === 'failed' || this.details.failing.includes(domain);
    if (index < done) return fails ? 'EXECUTE_FAILURE' : 'EXECUTE_SUCCESS';
    if (state === 'canceled') return undefined;
    return state === 'running' && index === done ? 'EXECUTING' : 'WAITING_EXECUTE';
  }
}

/** The code of a word, or that of the next one. */
function code(
  codes: Codes,
  word: string,
  { codesAs, codesAgree }: DomainSwitches,
): number | string | undefined {
  const words = Object.keys(codes);
  const place = words.indexOf(word);
  if (place < 0) return undefined;
  const value = codes[words[codesAgree ? place : (place + 1) % words.length] ?? ''];
  return codesAs === 'string' ? String(value) : value;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As in the sample, `Dec 26,2017 11:00:54`. It has no time zone; samples that have both times differ by eight hours. */
function listTime(at: number): string {
  const [date = '', time = ''] = detailTime(at).split(' ');
  const [year = '', month = '', day = ''] = date.split('-');
  return `${MONTHS[Number(month) - 1] ?? ''} ${Number(day)},${year} ${time}`;
}

/** As in the sample, `2018-01-25 20:46:57`. */
function detailTime(at: number): string {
  return new Date(at + 8 * 60 * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

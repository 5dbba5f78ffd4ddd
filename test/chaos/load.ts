import { setTimeout as sleep } from 'node:timers/promises';
import type { BegunBody, CampaignBody } from '../../api/schemas/campaign.js';
import type { CancellationBody } from '../../api/schemas/cancellation.js';
import type { ReportRow } from '../../client/index.js';
import type { Counted, FailedAnswer, Target, Text, Told } from './evidence.js';
import type { Rig } from './rig.js';
import { Seeding, type Seeded } from './seeding.js';
import { STORIES, type TaskStory } from './stories.js';
import type { Vendor } from './vendors.js';

const TRIED_EVERY_MS = 500;
/** Longer than any fault; one whose deadline comes though it could end has failed. */
const DEADLINE_MS = 20 * 60_000;
/** A pause, and until a campaign is steered: in the midst of most faults. */
const STEERED_AFTER_MS = 2_500;
/** Less than two minutes' worth: whatever an abort has to wait for, it leaves some alone. */
const ABORTED_CALLS_PER_SECOND = 0.1;
const ABORTED_OF_EACH = 10;
/** Of those that never end. */
const SHORT_DEADLINE_MS = 15_000;
/** Of answers, in characters: a scenario has a few million, a soak has no end. */
const MOST_KEPT = 16_000_000;
const LONG_POLL = '20s';
/** The status of a step that comes after a campaign's end. */
const HAS_ENDED = 409;
const SINGLES_EVERY_MS = 200;

/** Triggers cancellations over HTTP as callers would, and follows them to their ends. */
export class Load {
  readonly targets: Target[] = [];
  readonly told: Told[] = [];
  readonly counted: Counted[] = [];
  /** Campaigns whose abort was accepted. */
  readonly aborted: string[] = [];
  /** How often each cancellation was triggered whose end is told, by Workflow id. */
  readonly triggers = new Map<string, number>();
  /** What the service said, word for word, as far as it is kept. */
  readonly answers: Text[] = [];
  /** Answers that say that the service could not do what it was asked for. */
  readonly failures: FailedAnswer[] = [];
  readonly #seeding: Seeding;
  #kept = 0;
  #keys = 0;
  #triggered = 0;

  constructor(
    private readonly rig: Rig,
    vendors: readonly Vendor[],
    private readonly signal: AbortSignal,
  ) {
    this.#seeding = new Seeding(rig.simulator, vendors);
  }

  /**
   * A campaign of so many tasks of all vendors, which is paused for a while, one of tasks that never end, one that is aborted, and
   * singles one after the other.
   */
  async run(targets: number): Promise<void> {
    const campaign = await this.#seeding.campaign(targets);
    const stuck = await this.#seeding.stuck();
    const aborted = await this.#seeding.aborted(ABORTED_OF_EACH);
    const singles = await this.#seeding.singles();
    await Promise.all([
      this.campaign('campaign', campaign, { steps: ['pause', 'resume'] }),
      this.campaign('campaign of the stuck', stuck, { deadlineAfterMs: SHORT_DEADLINE_MS }),
      this.campaign('campaign that is aborted', aborted, {
        callsPerSecond: ABORTED_CALLS_PER_SECOND,
        steps: ['abort'],
      }),
      this.#trickle(singles),
    ]);
  }

  /** Tasks that cancel, so many of each vendor. */
  plain(counts: ReadonlyMap<Vendor, number>): Promise<Seeded[]> {
    return this.#seeding.plain(counts);
  }

  get seeded(): readonly Seeded[] {
    return this.#seeding.all;
  }

  /** Begins a campaign, and follows it to its end. */
  async campaign(
    trigger: string,
    seeded: readonly Seeded[],
    { deadlineAfterMs = DEADLINE_MS, callsPerSecond, steps = [] }: CampaignPlay = {},
  ): Promise<void> {
    const mayBeLeft = steps.includes('abort') ? { mayBeLeftAlone: true as const } : {};
    this.targets.push(...seeded.map(({ target }) => ({ ...target, ...mayBeLeft, trigger })));
    const query = new URLSearchParams({
      reason: trigger,
      deadlineAfterMs: String(deadlineAfterMs),
      ...(callsPerSecond !== undefined && { callsPerSecond: String(callsPerSecond) }),
    });
    const { id } = await this.#insist<BegunBody>('POST', `/v1/campaigns?${query.toString()}`, {
      type: 'application/x-ndjson',
      body: seeded.map(({ named }) => JSON.stringify(named)).join('\n'),
      key: this.#newKey(),
    });
    this.campaignIds.set(trigger, id);
    const steering = this.#steer(trigger, id, steps);
    steering.catch(() => {}); // Whoever waits for it below hears of it.
    for (;;) {
      const { phase, targets, states } = await this.#insist<CampaignBody>('GET', `/v1/campaigns/${id}`);
      this.counted.push({ trigger, targets, states });
      if (phase === 'ended') break;
      await sleep(TRIED_EVERY_MS, undefined, { signal: this.signal });
    }
    await steering;
    const rows = await this.#insist<ReportRow[]>('GET', `/v1/campaigns/${id}/report?format=json`);
    for (const { task, state, lastState, seenAt, clientToken, code, message } of rows)
      this.told.push({
        trigger,
        uri: task,
        word: state,
        tokens: clientToken === undefined ? [] : [clientToken],
        ...(lastState !== undefined && { lastState }),
        ...(seenAt !== undefined && { lastSeenAt: seenAt }),
        ...(code !== undefined && { note: `${code}: ${message}` }),
      });
  }

  /** One step after the other; a campaign that has ended by then is steered no more. */
  async #steer(trigger: string, id: string, steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await sleep(STEERED_AFTER_MS, undefined, { signal: this.signal });
      const request = { type: 'application/json', body: JSON.stringify({ reason: 'chaos' }) };
      try {
        await this.#insist('POST', `/v1/campaigns/${id}:${step}`, request);
        if (step === 'abort') this.aborted.push(trigger);
      } catch (thrown) {
        if (!(thrown instanceof RefusedError) || thrown.status !== HAS_ENDED) throw thrown;
      }
    }
  }

  /** By trigger. */
  readonly campaignIds = new Map<string, string>();

  async #trickle(singles: readonly Seeded[]): Promise<void> {
    const ends: Promise<void>[] = [];
    for (const seeded of singles) {
      const end = this.single(seeded);
      end.catch(() => {}); // Whoever waits for all of them hears of it.
      ends.push(end);
      await sleep(SINGLES_EVERY_MS, undefined, { signal: this.signal });
    }
    await Promise.all(ends);
  }

  /** How many single cancellations were asked for. */
  get triggered(): number {
    return this.#triggered;
  }

  /** Triggers a cancellation, and follows it to its end. */
  async single(seeded: Seeded): Promise<void> {
    const { target } = seeded;
    const trigger = 'single';
    this.targets.push({ ...target, trigger });
    const started = await this.start(seeded);
    this.triggers.set(started.workflowId, (this.triggers.get(started.workflowId) ?? 0) + 1);
    const path = `/v1/cancellations/${started.id}?runId=${started.runId}&wait=${LONG_POLL}`;
    for (;;) {
      const { result, failure } = await this.#insist<CancellationBody>('GET', path);
      const { uri } = target;
      const { runId } = started;
      if (failure !== undefined)
        return void this.told.push({
          trigger,
          uri,
          word: failure.type,
          note: failure.message,
          tokens: [],
          runId,
        });
      if (result === undefined) continue;
      const { lastState, lastStateAt, observedAt } = result.evidence;
      // Of what is gone, the look that showed it to be gone is what proves it.
      const lastSeenAt = result.verdict === 'deleted' ? observedAt : lastStateAt;
      this.told.push({
        trigger,
        uri,
        word: result.verdict,
        tokens: result.clientTokens,
        runId,
        ...(lastState !== undefined && { lastState }),
        ...(lastSeenAt !== undefined && { lastSeenAt }),
      });
      return;
    }
  }

  /** Triggers a cancellation. Without a key, one that is sent again meets the one that is under way. */
  async start({ target, named }: Seeded, isKeyed = true): Promise<Started> {
    const { neverEnds }: TaskStory = STORIES[target.story];
    this.#triggered += 1;
    return this.#insist('POST', '/v1/cancellations', {
      type: 'application/json',
      body: JSON.stringify({
        task: named,
        reason: 'chaos',
        deadlineAfterMs: neverEnds ? SHORT_DEADLINE_MS : DEADLINE_MS,
      }),
      ...(isKeyed && { key: this.#newKey() }),
    });
  }

  #newKey(): string {
    return `chaos-${++this.#keys}`;
  }

  /** As a caller who wants it done: the same request again, under the same key, for as long as no answer comes or it may pass. */
  async #insist<Body>(
    method: string,
    path: string,
    request: { readonly type?: string; readonly body?: string; readonly key?: string } = {},
  ): Promise<Body> {
    for (;;) {
      this.signal.throwIfAborted();
      try {
        const answer = await this.rig.ask(method, path, { ...request, signal: this.signal });
        const text = await answer.text();
        this.#keep({ kind: 'answer', where: `${answer.status} to ${method} ${path}`, text });
        if (answer.ok) return JSON.parse(text) as Body;
        const { status } = answer;
        const what = `${method} ${path} is answered ${status}: ${text}`;
        if (status < 500) throw new RefusedError(what, status);
        this.failures.push({ status, what, atMs: Date.now() });
      } catch (thrown) {
        if (thrown instanceof RefusedError || this.signal.aborted) throw thrown;
      }
      await sleep(TRIED_EVERY_MS, undefined, { signal: this.signal });
    }
  }

  #keep(answer: Text): void {
    this.#kept += answer.text.length;
    if (this.#kept <= MOST_KEPT) this.answers.push(answer);
  }
}

type Step = 'pause' | 'resume' | 'abort';

/** How a campaign is played; left out, it ends by itself. */
interface CampaignPlay {
  readonly deadlineAfterMs?: number;
  readonly callsPerSecond?: number;
  readonly steps?: readonly Step[];
}

/** What is told of a cancellation that has begun, or was under way. */
interface Started {
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
}

/** What callers can do nothing about by asking again. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

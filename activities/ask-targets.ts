import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { CallCounts, Held, TargetChange, TargetRow } from '../contract/campaign.js';
import { LOOK_LASTS_MS, type LaneHeartbeat } from '../contract/campaign-lane.js';
import { clientToken } from '../contract/client-token.js';
import { campaignOfLane } from '../contract/names.js';
import type { Observation } from '../contract/observation.js';
import { targetPath, taskUri, type TaskRef } from '../contract/task.js';
import { ProviderError } from '../providers/provider.js';
import { stopUntilMade } from '../providers/stop-until-made.js';
import { AskNotes } from './ask-notes.js';
import { AskRate } from './ask-rate.js';
import type { AskLine } from './ask-slots.js';
import { AskTroubles } from './ask-troubles.js';
import { inBulk } from './bulk-calls.js';
import { Heart } from './heart.js';
import { HeldBackError } from './held-back-error.js';
import type { LiveConnection } from './live-connection.js';
import type { OthersAtWork, OwnLane } from './others-at-work.js';
import { lookCalls } from './look-calls.js';
import { isOfOneTask } from './shared-looks.js';
import { beforeLook, erroredRow, rowBeforeAsk, rowOfAnswer, toldBy } from './target-row.js';
import { targetTask, type Targets } from './target-tasks.js';
import { taskIds } from './task-ids.js';

export interface AskTargetsInput extends Targets {
  /** The lane's first run id: what the tokens are made from. */
  readonly tokenSeed: string;
  /** How long it works before it tells the lane. */
  readonly sliceMs: number;
  readonly callsPerSecond?: number;
  /** It stops when more targets than that were refused or failed. */
  readonly failuresAllowed?: number;
  /** Epoch milliseconds: the first ask is made no earlier. */
  readonly notBeforeMs?: number;
  /** Places of targets that an earlier look has shown. */
  readonly seen?: readonly number[];
  /** Places of those that may have been asked already: by an attempt that was lost, or in vain. */
  readonly asked?: readonly number[];
  /** Places of those that a look of minutes ago has shown, and that nobody has asked since. */
  readonly fresh?: readonly number[];
}

export interface AskTargetsOutput {
  readonly changes: readonly TargetChange[];
  readonly calls: CallCounts;
  /** Why it stopped before its time. */
  readonly held?: Held;
  /** At its rate, the next ask may be made then. */
  readonly notBeforeMs?: number;
}

type Asked = Required<Pick<TargetRow, 'asks' | 'askedAtMs'>>;

/** A lane is one of a few, and those that wait for their turn grow old. */
const ASKS_AT_ONCE = { record: 50, nothing: 3 } as const;
/** With a heartbeat timeout of four seconds, and beats sent every two. */
const STOPS_AFTER_MS = 2_000;
/** Where the call would erase what has ended since it was looked at, looks must be young. */
const ERASING_LOOK_LASTS_MS = 20_000;
/** A slice takes minutes, and a single cancellation may begin at any moment of them. */
const SINGLES_EVERY_MS = 5_000;
const REACH_EVERY_MS = 400;
const HALT_EVERY_MS = 200;
/** It hears of new orders with a heartbeat, of every two seconds. Longer: they are lost. */
const ORDERS_WITHIN_MS = 60_000;
const LOOK_AHEAD = { most: 500, least: { record: 50, nothing: 10 } } as const;

/**
 * Asks for the end of many targets, each after a look: one that has ended, or is on its way, is not asked. A target that is
 * in trouble stays for later, and stops none of the others. What is done is in the heartbeat, so that another attempt of the
 * Activity repeats as little as it can, and looks before it asks.
 */
export class AskTargets {
  readonly #lane: OwnLane;
  readonly #notes: AskNotes;
  readonly #troubles = new AskTroubles();
  readonly #heart: Heart;
  readonly #signal = cancellationSignal();
  /** Sends away at once what waits for its turn when asking is over: a turn that nobody uses is lost. */
  readonly #over = new AbortController();
  readonly #askSignal = AbortSignal.any([this.#signal, this.#over.signal]);
  #end: NodeJS.Timeout | undefined;
  #endsAtMs = Infinity;
  /** When Temporal was asked what it has answered last. */
  #reachedAtMs = Infinity;
  /** Its campaign asks nothing, and its lane, which sent us, has yet to hear of that. */
  #isHalted = false;
  readonly #isRepeated = activityInfo().attempt > 1;
  /** With the number of the call. */
  readonly #denied = new Map<number, { readonly error: ProviderError; readonly call: number }>();
  /** Until a call is made for one. */
  readonly #fresh: Set<number>;
  readonly #asked: Set<number>;
  #pending: number[];
  #lastLookError: ProviderError | undefined;
  #taken: ReadonlyMap<string, string> = new Map();
  /** Calls that were made, and the latest of them that got through. */
  #made = 0;
  #gotThrough = 0;
  readonly #rate: AskRate;
  readonly #line: AskLine;
  /** Where the call would erase what has ended: when each was looked at, by `performance.now()`. */
  readonly #lookedAtMs = new Map<number, number>();
  /** A bug of ours: the other askers stop, too. */
  #bug: Error | undefined;

  constructor(
    private readonly connection: LiveConnection,
    private readonly input: AskTargetsInput,
    private readonly others: OthersAtWork,
    private readonly tasks: readonly TaskRef[] = input.targets.map((path) => targetTask(input, path)),
  ) {
    const { targets, seen } = input;
    const kept = activityInfo().heartbeatDetails as LaneHeartbeat | undefined;
    const isRepeated = this.#isRepeated;
    this.#notes = new AskNotes({ targets: targets.length, seen, kept, isRepeated });
    // An attempt before this one may have asked them; and a call that would erase what has ended needs a young look.
    const isLookNeeded = isRepeated || connection.cancelLeaves === 'nothing';
    this.#fresh = new Set(isLookNeeded ? [] : input.fresh);
    this.#asked = new Set(input.asked);
    this.#rate = new AskRate(input.callsPerSecond, input.notBeforeMs);
    this.#pending = this.#notes.unasked;
    setMaxListeners(0, this.#signal, this.#askSignal);
    this.#heart = new Heart(() => this.#notes.soFar(this.#troubles.throttled), STOPS_AFTER_MS);
    const { workflowExecution } = activityInfo();
    this.#lane = { connection: input.connection, workflowId: workflowExecution?.workflowId ?? '' };
    this.#line = connection.askSlots.enter(campaignOfLane(this.#lane.workflowId));
  }

  /** Marks a target that cannot be asked at all. */
  reject(place: number, error: ProviderError): void {
    this.#notes.amend(place, erroredRow(error));
    this.#pending = this.#pending.filter((each) => each !== place);
  }

  async run(): Promise<AskTargetsOutput> {
    try {
      const sinceMs = performance.now();
      const noticeHalt = () => this.#noticeHalt(sinceMs);
      [this.#taken] = await Promise.all([this.others.targets(this.#lane), noticeHalt().catch(() => {})]);
      this.#begin();
      void this.#watch(SINGLES_EVERY_MS, () => this.#noticeSingles());
      void this.#watch(REACH_EVERY_MS, () => this.#noticeReach());
      void this.#watch(HALT_EVERY_MS, noticeHalt);
      const size = this.#lookAhead;
      while (!this.#isOver && this.#pending.length > 0) {
        const places = this.#pending.splice(0, size);
        await this.#askAll(await this.#lookAt(places));
        await this.#rest();
      }
      if (this.#isHalted && this.#pending.length > 0) await this.#orders();
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      this.#troubles.hold(thrown); // Of making the adapter.
      if (this.#troubles.held === undefined) throw thrown;
    } finally {
      this.#over.abort();
      this.#heart.close();
      this.#line.close();
      clearTimeout(this.#end);
    }
    this.#settleDenied();
    const { held, throttled } = this.#troubles;
    const { notBeforeMs } = this.#rate;
    return {
      changes: this.#notes.changes,
      calls: this.#notes.calls(throttled),
      ...(held !== undefined && { held }),
      ...(notBeforeMs !== undefined && { notBeforeMs }),
    };
  }

  /** The slice is for asking: others that are slow to say what they cancel take nothing of it. */
  #begin(): void {
    const { sliceMs } = this.input;
    this.#reachedAtMs = performance.now();
    this.#endsAtMs = this.#reachedAtMs + sliceMs;
    this.#end = setTimeout(() => this.#over.abort(), sliceMs);
  }

  /** Looks at something again and again until asking is over. Without an answer, what is known stays true enough. */
  async #watch(everyMs: number, look: () => Promise<void>): Promise<void> {
    const { signal } = this.#over;
    while (await sleep(everyMs, true, { signal }).catch(() => false)) {
      await look().catch(() => {});
      if (this.#isOver) this.#over.abort();
    }
  }

  async #noticeSingles(): Promise<void> {
    const singles = await this.others.singles(this.input.connection);
    this.#taken = new Map([...this.#taken, ...singles]);
  }

  /** Nobody tells an Activity that its heartbeats are not heard; and whoever is not heard is given up, and another asks in its place. */
  async #noticeReach(): Promise<void> {
    this.#reachedAtMs = await this.others.reach();
  }

  /** What was heard before this was begun may be of a pause that is over. */
  async #noticeHalt(sinceMs: number): Promise<void> {
    this.#isHalted ||= await this.others.isHalted(this.#lane, sinceMs);
  }

  /**
   * Its lane would send whoever came back before them to ask again, and would do so over and over. A halt that is over before its lane
   * has heard of it brings none.
   */
  async #orders(): Promise<void> {
    const lostAtMs = performance.now() + ORDERS_WITHIN_MS;
    const isHalted = () => this.others.isHalted(this.#lane, performance.now()).catch(() => true);
    do if (!(await sleep(HALT_EVERY_MS, true, { signal: this.#signal }).catch(() => false))) return;
    while (performance.now() < lostAtMs && (await isHalted()));
  }

  get #isOver(): boolean {
    const { failuresAllowed = Infinity } = this.input;
    return (
      this.#signal.aborted ||
      this.#isHalted ||
      this.#heart.hasStopped ||
      performance.now() - this.#reachedAtMs > STOPS_AFTER_MS ||
      this.#bug !== undefined ||
      this.#troubles.held !== undefined ||
      this.#notes.failures > failuresAllowed ||
      performance.now() >= this.#endsAtMs
    );
  }

  /** As many as can be asked while the look lasts: a call shows many, and who is not asked in time is looked at again. */
  get #lookAhead(): number {
    const { cancelLeaves, limits } = this.connection;
    const { callsPerSecond = Infinity } = this.input;
    const least = LOOK_AHEAD.least[cancelLeaves];
    if (cancelLeaves === 'nothing') return least;
    const quotaPerMs = limits.ask === null ? Infinity : limits.ask.calls / limits.ask.perMs;
    const asks = Math.min(quotaPerMs, callsPerSecond / 1_000) * LOOK_LASTS_MS;
    return Math.min(LOOK_AHEAD.most, Math.max(least, Math.floor(asks)));
  }

  /** Looks at some, and gives back those that may be asked. */
  async #lookAt(places: readonly number[]): Promise<number[]> {
    const toLookAt = places.filter((place) => !this.#fresh.has(place));
    const tasks = toLookAt.map((place) => taskIds(this.#task(place)));
    // Not after the looks, whose credential may have been refused: what they have shown would be lost.
    const provider = await this.connection.provider();
    const looks = await this.connection.lookMany(tasks, this.#signal);
    this.#notes.countLooks(lookCalls(provider, tasks.length));
    const shown = toLookAt.filter((place, index) => this.#mayAsk(place, looks[index]));
    return [...places.filter((place) => this.#fresh.has(place) && !this.#isTaken(place)), ...shown];
  }

  #mayAsk(place: number, look: Observation | ProviderError | undefined): boolean {
    if (look === undefined) return false;
    if (look instanceof ProviderError) return this.#lookFailed(place, look);
    // One that shows the past does not tell that nobody has asked meanwhile.
    if (!this.connection.readsMayBeOld) this.#notes.clear(place);
    const before = {
      seenBefore: this.#notes.wasSeen(place),
      askedBefore: this.#mayHaveBeenAsked(place, look),
      vanishes: this.connection.cancelLeaves === 'nothing',
    };
    const row = rowBeforeAsk(look, before);
    if (row === undefined) {
      this.#notes.see(place, look);
      this.#lookedAtMs.set(place, performance.now());
      return !this.#isTaken(place);
    }
    this.#notes.note(place, { ...beforeLook(this.#notes.known(place)), ...row });
    return false;
  }

  /** Somebody else asks for its end: it is only looked at. */
  #isTaken(place: number): boolean {
    const by = this.#takenBy(this.#task(place));
    if (by === undefined || this.#notes.isOpen(place)) return false;
    const told = toldBy({ code: 'CanceledElsewhere', message: `It is being canceled by ${by}.` });
    this.#notes.note(place, { ...this.#notes.known(place), state: 'canceling', ...told });
    return true;
  }

  /** Single cancellations may hide their tasks; those that were started before they did do not. */
  #takenBy(task: TaskRef): string | undefined {
    if (this.#taken.size === 0) return undefined;
    return this.#taken.get(targetPath({ ids: task.ids })) ?? this.#taken.get(`~${this.#maskOf(task)}`);
  }

  /** The lane, which has no key, hands it over under that. */
  #maskOf(task: TaskRef): string | undefined {
    return this.connection.taskMask?.(taskUri(task));
  }

  /** An attempt before this one may have asked without having told. Where a cancel leaves a record, one is there then. */
  #mayHaveBeenAsked(place: number, { state }: Observation): boolean {
    if (this.#notes.isOpen(place)) return true;
    const mayBe = this.#isRepeated || this.#asked.has(place);
    return mayBe && (state !== 'absent' || this.connection.cancelLeaves === 'nothing');
  }

  #lookFailed(place: number, error: ProviderError): false {
    if (isOfOneTask(error)) this.#notes.note(place, erroredRow(error, this.#notes.known(place)));
    else this.#pending.push(place);
    // One error is that of a whole batch.
    if (!this.#signal.aborted && error !== this.#lastLookError) this.#troubles.take(error);
    this.#lastLookError = error;
    return false;
  }

  async #askAll(places: number[]): Promise<void> {
    const asker = async () => {
      for (let place = places.shift(); place !== undefined; place = places.shift()) {
        if (this.#isOver) this.#pending.unshift(place);
        else await this.#ask(place).catch((thrown: unknown) => void (this.#bug ??= asError(thrown)));
        if (this.#isOver) this.#over.abort();
        await this.#rest();
      }
    };
    const askers = Math.min(ASKS_AT_ONCE[this.connection.cancelLeaves], places.length);
    await Promise.all(Array.from({ length: askers }, asker));
    if (this.#bug !== undefined) throw this.#bug;
  }

  async #ask(place: number): Promise<void> {
    const slot = () => this.#line.slot(this.#askSignal);
    if (!(await this.#rate.turn(this.#endsAtMs, this.#signal, slot)))
      return void this.#pending.unshift(place);
    await this.#askNow(place).finally(() => this.#line.giveBack());
  }

  async #askNow(place: number): Promise<void> {
    if (this.#isOver) return void this.#pending.unshift(place);
    const task = this.#task(place);
    let call = 0;
    const mayBeMade = () => {
      if (this.#isOver || this.#isLookOld(place) || this.#isTaken(place)) return false;
      call = ++this.#made;
      // What the call did shows in a look alone.
      this.#fresh.delete(place);
      return true;
    };
    try {
      const provider = await this.connection.provider();
      const asking = provider.cancel(taskIds(task), {
        clientToken: clientToken(this.input.tokenSeed, taskUri(task), 1),
        signal: inBulk(stopUntilMade(this.#askSignal, mayBeMade)),
      });
      const answer = await asking.catch((thrown: unknown) => Promise.reject(this.connection.told(thrown)));
      this.#notes.countAsk();
      this.#gotThrough = Math.max(this.#gotThrough, call);
      this.#troubles.gotThrough();
      const row = rowOfAnswer(answer, this.#notes.known(place));
      const mask = row.state === 'blocked' ? this.#maskOf(task) : undefined;
      this.#notes.note(place, mask === undefined ? row : { ...row, mask });
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      if (call === 0 && thrown.code === 'AbortError') this.#pending.unshift(place);
      else await this.#failed(place, thrown, call);
    }
  }

  #isLookOld(place: number): boolean {
    if (this.connection.cancelLeaves === 'record') return false; // An ask of one that has ended does no harm.
    const lookedAtMs = this.#lookedAtMs.get(place) ?? -Infinity;
    return performance.now() - lookedAtMs > ERASING_LOOK_LASTS_MS;
  }

  /** @param call its number; 0: it was not made. */
  async #failed(place: number, error: ProviderError, call: number): Promise<void> {
    if (isOfOneTask(error))
      return this.#failedAlone(place, error, call > 0 ? this.#answeredBadly(place) : undefined);
    // Of one that was only held back, the vendor has not heard.
    if (error.kind === 'unavailable' && call > 0 && !(error instanceof HeldBackError))
      this.#notes.note(place, { ...this.#notes.known(place), state: 'open', askedAtMs: Date.now() });
    if (error.kind === 'denied') this.#denied.set(place, { error, call: call || Infinity });
    else this.#pending.push(place);
    this.#troubles.take(error);
  }

  /** What vendors answer for a task that has just ended is often not documented: a look says whether that is it. */
  async #failedAlone(place: number, error: ProviderError, asked: Asked | undefined): Promise<void> {
    // Before the look, which may fail: one that may have been asked must not be taken for one that never was.
    if (asked !== undefined) this.#notes.amend(place, asked);
    const [still] = await this.#lookAt([place]);
    if (still !== undefined)
      this.#notes.note(place, erroredRow(error, { ...this.#notes.known(place), ...asked }));
    else if (asked !== undefined) this.#notes.amend(place, asked);
  }

  /** What is told of a target whose ask was made, and answered with an error. */
  #answeredBadly(place: number): Asked {
    this.#notes.countAsk();
    // An answer that nobody understands may be one to an ask that had its effect.
    if (this.connection.cancelLeaves === 'nothing') this.#asked.add(place);
    return { asks: (this.#notes.known(place).asks ?? 0) + 1, askedAtMs: Date.now() };
  }

  /**
   * Where others got through, the permission is missing for these alone; else it is the connection's. One that was lost on the way
   * is missing for all whose call was made after the last that got through: they wait.
   */
  #settleDenied(): void {
    const [first] = this.#denied.values();
    if (first === undefined) return;
    if (this.#gotThrough === 0) return this.#troubles.hold(first.error);
    const isLost = this.#troubles.held?.kind === 'denied';
    for (const [place, { error, call }] of this.#denied) {
      if (isLost && call > this.#gotThrough) continue;
      this.#notes.note(place, { ...this.#notes.known(place), state: 'refused', ...toldBy(error) });
    }
  }

  async #rest(): Promise<void> {
    const restMs = Math.min(this.#troubles.pauseMs, this.#endsAtMs - performance.now());
    if (restMs > 0 && !this.#isOver) await sleep(restMs, undefined, { signal: this.#signal }).catch(() => {});
  }

  #task(place: number): TaskRef {
    return this.tasks[place] as TaskRef;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

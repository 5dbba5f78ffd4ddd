import {
  TRY_WITHIN_MS,
  type CredentialAnswer,
  type CredentialNews,
  type CredentialRequest,
  type RefusedCredential,
  type Refusal,
} from '../contract/credential-turn.js';

type Told<Is extends CredentialRequest['is']> = Extract<CredentialRequest, { readonly is: Is }>;

/**
 * What the vendor says of one connection's credential, for all Workers together. Plain JSON, and small.
 *
 * While it has not said anything, and while it refuses it, one holder at a time may try.
 */
export interface CredentialLedger {
  /** The latest time it was told; it never goes back. Epoch milliseconds. */
  nowMs: number;
  isAccepted: boolean;
  /** Who alone may try. The right ends by itself: its holder may have died. */
  trying?: { readonly holder: string; readonly untilMs: number };
  refused?: Refused & { readonly by: readonly string[] };
  /** Nobody tries before: the last try told nothing. */
  pausedUntilMs: number;
  /** By holder: who was refused before another was accepted. Its credential may be an older one, or it need only try again. */
  strays: Record<string, Stray>;
  version: number;
}

interface Refused {
  readonly refusal: Refusal;
  readonly cooldownMs: number;
  readonly nextTryAtMs: number;
}

interface Stray extends Refused {
  /** Whether it was refused while the other was accepted: then it is its own fault. */
  readonly isProven: boolean;
}

/** Between two questions while another tries, and between two tries that told nothing. */
const ASK_AGAIN_MS = 500;
/** A stray that does not ask any more has ended. */
const FORGOTTEN_AFTER_MS = 2 * 60_000;

export function newCredentialLedger(): CredentialLedger {
  return { nowMs: 0, isAccepted: false, pausedUntilMs: 0, strays: {}, version: 0 };
}

/** Answers one request, and takes it into the ledger. */
export function takeTurn(
  ledger: CredentialLedger,
  request: CredentialRequest,
  nowMs: number,
): CredentialAnswer {
  advance(ledger, nowMs);
  if (request.is === 'asking') return grant(ledger, request.holder);
  const news = hear(ledger, request);
  return { ...standing(ledger, request.holder), ...(news !== undefined && { news }) };
}

/** What every holder has to know, whether it asks or not. */
export function refusedNow(ledger: CredentialLedger, nowMs: number): RefusedCredential | undefined {
  advance(ledger, nowMs);
  const { refused, version } = ledger;
  return refused && toRefused(refused, version, ledger.nowMs);
}

/** Forgets a holder that will make no more calls. When all that were refused have ended, others may have another credential. */
export function forgetHolder(ledger: CredentialLedger, holder: string, nowMs: number): void {
  advance(ledger, nowMs);
  delete ledger.strays[holder];
  if (ledger.trying?.holder === holder) delete ledger.trying;
  const { refused } = ledger;
  if (!refused?.by.includes(holder)) return;
  const by = refused.by.filter((each) => each !== holder);
  ledger.refused = { ...refused, by, ...(by.length === 0 && { nextTryAtMs: ledger.nowMs }) };
}

/** When the last of those that were refused may come back: what is known has to be kept until then. 0 when there are none. */
export function lastTryAtMs({ refused, strays }: CredentialLedger): number {
  return Math.max(0, ...[refused, ...Object.values(strays)].map((each) => each?.nextTryAtMs ?? 0));
}

/** Lets time pass: the right to try ends, and strays that do not come back are forgotten. */
function advance(ledger: CredentialLedger, toMs: number): void {
  ledger.nowMs = Math.max(ledger.nowMs, toMs);
  if (ledger.trying !== undefined && ledger.trying.untilMs <= ledger.nowMs) delete ledger.trying;
  for (const [holder, { nextTryAtMs }] of Object.entries(ledger.strays))
    if (nextTryAtMs + FORGOTTEN_AFTER_MS <= ledger.nowMs) delete ledger.strays[holder];
}

/** Gives the right to try to who asks, where there is need of it and nobody has it. */
function grant(ledger: CredentialLedger, holder: string): CredentialAnswer {
  const answer = standing(ledger, holder);
  if (answer.may === 'try' && !ledger.isAccepted)
    ledger.trying = { holder, untilMs: ledger.nowMs + TRY_WITHIN_MS };
  return answer;
}

/** What a holder may do now. */
function standing(ledger: CredentialLedger, holder: string): CredentialAnswer {
  const { nowMs, trying, pausedUntilMs, isAccepted, version } = ledger;
  const known = ledger.refused ?? ledger.strays[holder];
  const refused = known && toRefused(known, version, nowMs);
  const about = refused && { refused };
  if (refused !== undefined && refused.restMs > 0)
    return { may: 'nothing', restMs: refused.restMs, ...about };
  if (isAccepted) return { may: refused === undefined ? 'call' : 'try', restMs: 0, ...about };
  const isOthers = trying !== undefined && trying.holder !== holder;
  const restMs = isOthers ? ASK_AGAIN_MS : Math.max(0, pausedUntilMs - nowMs);
  return { may: restMs > 0 ? 'wait' : 'try', restMs, ...about };
}

function hear(
  ledger: CredentialLedger,
  told: Exclude<CredentialRequest, Told<'asking'>>,
): CredentialNews | undefined {
  const { holder } = told;
  const tried = ledger.trying?.holder === holder;
  if (tried) delete ledger.trying;
  if (told.is === 'accepted') return hearAccepted(ledger, holder, tried);
  if (told.is === 'refused') return hearRefused(ledger, told, tried);
  if (told.is === 'unclear') pause(ledger, holder, tried);
  return undefined;
}

/** A call that was under way before it was refused proves nothing: only who was to try is believed. */
function hearAccepted(ledger: CredentialLedger, holder: string, tried: boolean): CredentialNews | undefined {
  const { refused, strays } = ledger;
  if (refused === undefined) {
    const wasProven = strays[holder]?.isProven === true;
    delete strays[holder];
    ledger.isAccepted = true;
    return wasProven ? 'accepted' : undefined;
  }
  if (!tried) return undefined;
  for (const each of refused.by) if (each !== holder) strays[each] = { ...refused, isProven: false };
  delete ledger.refused;
  ledger.isAccepted = true;
  return 'accepted';
}

function hearRefused(
  ledger: CredentialLedger,
  { holder, refusal, cooldowns }: Told<'refused'>,
  tried: boolean,
): CredentialNews | undefined {
  const { nowMs, refused, strays } = ledger;
  const after = (before?: Refused): Refused => {
    const cooldownMs =
      before === undefined ? cooldowns.firstMs : Math.min(before.cooldownMs * 2, cooldowns.longestMs);
    return { refusal, cooldownMs, nextTryAtMs: nowMs + cooldownMs };
  };
  const stray = strays[holder];
  if (refused === undefined && stray !== undefined) {
    strays[holder] = { ...after(stray), isProven: true };
    ledger.version = Math.max(ledger.version + 1, nowMs);
    return stray.isProven ? undefined : 'stray';
  }
  const by = [...new Set([...(refused?.by ?? []), holder])];
  // Of calls that were under way together, the first opens; the others tell nothing new. Neither does a try that began before.
  const isNew =
    refused === undefined || (nowMs >= refused.nextTryAtMs && (tried || ledger.trying === undefined));
  if (!isNew) {
    ledger.refused = { ...refused, by };
    return undefined;
  }
  ledger.refused = { ...after(refused), by };
  ledger.isAccepted = false;
  ledger.version = Math.max(ledger.version + 1, nowMs);
  return refused === undefined ? 'refused' : undefined;
}

/** The try has told nothing of the credential: the next is made after as long a pause. */
function pause(ledger: CredentialLedger, holder: string, tried: boolean): void {
  const { nowMs, refused, strays } = ledger;
  const stray = strays[holder];
  if (refused !== undefined && tried)
    ledger.refused = { ...refused, nextTryAtMs: nowMs + refused.cooldownMs };
  else if (stray !== undefined) strays[holder] = { ...stray, nextTryAtMs: nowMs + stray.cooldownMs };
  else if (tried) ledger.pausedUntilMs = nowMs + ASK_AGAIN_MS;
}

function toRefused(
  { refusal, cooldownMs, nextTryAtMs }: Refused,
  version: number,
  nowMs: number,
): RefusedCredential {
  return { refusal, cooldownMs, restMs: Math.max(0, nextTryAtMs - nowMs), version };
}

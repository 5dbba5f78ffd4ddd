import { LEASE_MS, type LeaseNeed, type LeaseRequest, type Share } from '../contract/quota-share.js';
import { grantShare, NOTHING } from './grant-share.js';
import { limitsOf, paceOf, slowDown } from './quota-limits.js';
import { evenPerSecond, freeFor } from './quota-room.js';

/**
 * Who may make how many calls of which operation. Plain JSON, and small: a holder that does not ask is forgotten.
 *
 * The quota is never exceeded in any window: a holder makes at most `burst + rate × time` calls, all grants that may still
 * be in use add up to at most {@link limitsOf} of both, and tokens are neither made nor moved beyond that rate and size.
 */
export interface QuotaLedger {
  /** The latest time it was told; it never goes back. Epoch milliseconds. */
  nowMs: number;
  operations: Record<string, OperationLedger>;
}

export interface OperationLedger {
  quota: LeaseNeed['quota'];
  /** The part of the quota that was left when the vendor throttled last. */
  slowedTo: number;
  slowedAtMs: number;
  /** Nothing is granted until then: the vendor's retry-after. */
  heldUntilMs: number;
  /** Tokens of the rate nobody holds: what a newcomer starts with. */
  pool: number;
  pooledAtMs: number;
  claims: Record<string, Claim>;
  /** The number of the last grant. */
  granted: number;
}

/** One holder's part in one operation. */
export interface Claim {
  quota: LeaseNeed['quota'];
  demand: number;
  askedAtMs: number;
  /** When it was told to. */
  asksAgainAtMs: number;
  /** 0 before its first. */
  grantedAtMs: number;
  /** Every grant it may still act on: the newest, and those whose successor it may not have heard of yet. */
  grants: Grant[];
}

/** What it may use until then. */
export interface Grant {
  readonly number: number;
  readonly callsPerSecond: number;
  readonly burst: number;
  readonly untilMs: number;
}

/** Every holder that waits asks within a lease. */
const FORGOTTEN_AFTER_MS = 2 * LEASE_MS;

export function newLedger(): QuotaLedger {
  return { nowMs: 0, operations: {} };
}

/** Answers one request, and takes it into the ledger. */
export function lease(ledger: QuotaLedger, request: LeaseRequest, nowMs: number): Record<string, Share> {
  advance(ledger, nowMs);
  const { holder, operations } = request;
  const shares = Object.entries(operations).map(([name, need]): [string, Share] => {
    const operation = (ledger.operations[name] ??= newOperation(need.quota, ledger.nowMs));
    return [name, claim(operation, holder, need, ledger.nowMs)];
  });
  return Object.fromEntries(shares);
}

/** Forgets a holder that will make no more calls. */
export function giveBack(ledger: QuotaLedger, holder: string, nowMs: number): void {
  advance(ledger, nowMs);
  for (const operation of Object.values(ledger.operations)) delete operation.claims[holder];
}

function newOperation(quota: LeaseNeed['quota'], nowMs: number): OperationLedger {
  const pool = limitsOf(quota).burst;
  return {
    quota,
    slowedTo: 1,
    slowedAtMs: nowMs,
    heldUntilMs: nowMs,
    pool,
    pooledAtMs: nowMs,
    claims: {},
    granted: 0,
  };
}

/** Lets time pass: grants end, and the pool fills at the rate that is free in each stretch between their ends. */
function advance(ledger: QuotaLedger, toMs: number): void {
  ledger.nowMs = Math.max(ledger.nowMs, toMs);
  for (const operation of Object.values(ledger.operations)) {
    const ends = Object.values(operation.claims).flatMap(({ grants }) =>
      grants.map(({ untilMs }) => untilMs),
    );
    for (const endMs of ends.filter((each) => each <= ledger.nowMs).sort((a, b) => a - b)) {
      fillPool(operation, endMs);
      for (const each of Object.values(operation.claims))
        each.grants = each.grants.filter(({ untilMs }) => untilMs > endMs);
    }
    fillPool(operation, ledger.nowMs);
    for (const [holder, { grants, askedAtMs }] of Object.entries(operation.claims)) {
      if (grants.length === 0 && askedAtMs + FORGOTTEN_AFTER_MS <= ledger.nowMs)
        delete operation.claims[holder];
    }
  }
}

function fillPool(operation: OperationLedger, toMs: number): void {
  const { callsPerMs, burst } = freeFor(operation, undefined, operation.pooledAtMs);
  const passedMs = Math.max(0, toMs - operation.pooledAtMs);
  operation.pool = Math.min(burst, operation.pool + Math.max(0, callsPerMs) * passedMs);
  operation.pooledAtMs = Math.max(operation.pooledAtMs, toMs);
}

function claim(operation: OperationLedger, holder: string, need: LeaseNeed, nowMs: number): Share {
  if (need.throttled !== undefined) slowDown(operation, need.throttled.retryAfterMs, nowMs);
  const { quota, demand, acting = 0 } = need;
  const known = operation.claims[holder];
  if (demand === 0) {
    delete operation.claims[holder];
    return {
      ...NOTHING,
      expectedPerSecond: evenPerSecond(operation, nowMs),
      slowedTo: paceOf(operation, nowMs),
    };
  }
  // Who asks has used, or gives up, what was granted call by call.
  const isInUse = ({ number, callsPerSecond }: Grant) => callsPerSecond > 0 && number >= acting;
  const grants = known?.grants.filter(isInUse) ?? [];
  const { grantedAtMs = 0 } = known ?? {};
  const mine: Claim = { quota, demand, askedAtMs: nowMs, asksAgainAtMs: nowMs, grantedAtMs, grants };
  operation.claims[holder] = mine;
  operation.quota = tightest(Object.values(operation.claims).map((each) => each.quota));

  const share = grantShare(operation, holder, nowMs);
  mine.asksAgainAtMs += share.askAgainInMs;
  return {
    ...share,
    expectedPerSecond: Math.max(share.callsPerSecond, evenPerSecond(operation, nowMs)),
    slowedTo: paceOf(operation, nowMs),
  };
}

/** Workers may have been started with different configs. */
function tightest(quotas: readonly LeaseNeed['quota'][]): LeaseNeed['quota'] {
  return quotas.reduce((a, b) => (b.calls / b.perMs < a.calls / a.perMs ? b : a));
}

import { LEASE_MS } from '../contract/quota-share.js';
import type { Claim, OperationLedger } from './quota-ledger.js';
import { limitsOf, paceOf } from './quota-limits.js';
import { waterFill } from './water-fill.js';

/** Of the rate, kept from those who have a share for those who come, until the pool is full. */
const NEWCOMERS = 0.05;

/** What a holder may use at most, as far as the ledger knows. */
export function heldBy({ grants }: Claim): { callsPerSecond: number; burst: number } {
  return {
    callsPerSecond: Math.max(0, ...grants.map(({ callsPerSecond }) => callsPerSecond)),
    burst: Math.max(0, ...grants.map(({ burst }) => burst)),
  };
}

/** What is left of the limits when all but one holder use their grants. */
export function freeFor(operation: OperationLedger, holder: string | undefined, nowMs: number) {
  const { callsPerMs, burst } = limitsOf(operation.quota);
  const others = Object.entries(operation.claims).filter(([name]) => name !== holder);
  const held = others.map(([, each]) => heldBy(each));
  return {
    callsPerMs: callsPerMs * paceOf(operation, nowMs) - sum(held, 'callsPerSecond') / 1_000,
    burst: Math.max(0, burst - sum(held, 'burst')),
  };
}

/** What each would have if all wanted as much. */
export function evenPerSecond(operation: OperationLedger, nowMs: number): number {
  const holders = Math.max(1, Object.keys(operation.claims).length);
  return (limitsOf(operation.quota).callsPerMs * paceOf(operation, nowMs) * 1_000) / holders;
}

/**
 * Max-min fair among those that can have a share at once, and none for the others: nobody gets more than asked for while
 * another lacks some. What nobody asked for is spread too, for the next calls are not known yet.
 */
export function fairShare(operation: OperationLedger, holder: string, nowMs: number) {
  const limits = limitsOf(operation.quota);
  const { sharing, waiting } = queueOf(operation);
  const names = [...sharing, ...waiting].slice(0, limits.burst);
  const demands = names.map((name) => ({
    name,
    callsPerMs: (operation.claims[name]?.demand ?? 0) / LEASE_MS,
  }));
  // One for who comes.
  const burst = Math.max(1, (limits.burst - 1) / names.length);
  const isPoolFull = operation.pool >= freeFor(operation, holder, nowMs).burst - burst;
  const rate = limits.callsPerMs * paceOf(operation, nowMs) * (isPoolFull ? 1 : 1 - NEWCOMERS);
  return { callsPerMs: waterFill(demands, rate).get(holder) ?? 0, burst };
}

/**
 * More holders than the bucket has room for take turns. Of those without a share go first those that were without for
 * longest, by {@link fairShare}; nobody's share is renewed while others wait for the room.
 */
export function isItsTurn(operation: OperationLedger, holder: string): boolean {
  const { sharing, waiting } = queueOf(operation);
  const room = limitsOf(operation.quota).burst - sharing.length;
  return waiting.includes(holder) || waiting.length <= room;
}

/** Who has a share, and who has none, in the order of their turns. */
export function queueOf({ claims }: OperationLedger): { sharing: string[]; waiting: string[] } {
  const entries = Object.entries(claims);
  const without = entries.filter(([, { grants }]) => grants.length === 0);
  return {
    sharing: entries.filter(([, { grants }]) => grants.length > 0).map(([name]) => name),
    waiting: without.sort(([, a], [, b]) => a.grantedAtMs - b.grantedAtMs).map(([name]) => name),
  };
}

function sum<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((total, each) => total + each[key], 0);
}

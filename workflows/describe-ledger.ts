import { code, list } from './markdown.js';
import type { OperationLedger, QuotaLedger } from './quota-ledger.js';
import { limitsOf, paceOf } from './quota-limits.js';
import { heldBy } from './quota-room.js';
import { isoTime } from './story.js';

/** A connection's quotas in the Temporal UI: Markdown, one part an operation. */
export function describeLedger(connection: string, { operations, nowMs }: QuotaLedger): string {
  const parts = Object.entries(operations).map(([name, operation]) => describe(name, operation, nowMs));
  return [
    `### Quotas of ${connection}`,
    `As of ${isoTime(nowMs)}, the last time a Worker asked.`,
    ...parts,
  ].join('\n\n');
}

function describe(name: string, operation: OperationLedger, nowMs: number): string {
  const { quota, heldUntilMs, claims } = operation;
  const pace = paceOf(operation, nowMs);
  const callsPerSecond = limitsOf(quota).callsPerMs * 1_000 * pace;
  const held = heldUntilMs > nowMs ? `; the vendor wants no call before ${isoTime(heldUntilMs)}` : '';
  const slowed = pace < 1 ? `, ${Math.round(pace * 100)} % of it since the vendor throttled` : '';
  const shares = list(
    Object.entries(claims).map(([holder, claim]) => [
      code(holder),
      `${rate(heldBy(claim).callsPerSecond)} a second; it wants to make ${round(claim.demand)} calls in ten seconds`,
    ]),
  );
  const facts = `${quota.calls} calls in ${quota.perMs / 1_000} s; divided: ${rate(callsPerSecond)} a second${slowed}${held}.`;
  return [`**${name}**: ${facts}`, '', shares || 'Nobody has a share.'].join('\n');
}

const rate = (callsPerSecond: number): string => callsPerSecond.toPrecision(3);
const round = (count: number): string => String(Math.round(count));

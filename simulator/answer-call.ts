import { setTimeout as sleep } from 'node:timers/promises';
import { applyFault, type WireOutcome } from './apply-fault.js';
import type { RunningProvider, Simulator } from './simulator.js';
import type { SimulatedCall, WireAnswer, WireRequest } from './simulated-provider.js';

/**
 * What becomes of one call of a vendor, once its journal entry is written; undefined when no provider knows it.
 * The entry is there before the answer leaves: a test that saw the answer finds the call.
 */
export async function answerCall(
  simulator: Simulator,
  request: WireRequest,
): Promise<WireOutcome | undefined> {
  const found = simulator.read(request);
  if (found === undefined) return undefined;
  const { running, call } = found;
  const { definition, settings } = running;
  const { journal, faults } = simulator; // Kept: a reset meanwhile must not get this call in its new journal.
  await pass(settings.latencyMs);

  const refused = (await call.authenticate()) ?? overQuota(running, call);
  if (refused !== undefined) return answered(call.refuse(refused));
  const fault = faults.take(definition.provider, call)?.fault;
  if (fault === undefined) return answered(call.answer());

  const beforeMs = fault.kind === 'latency' && fault.afterEffect !== true ? fault.ms : 0;
  const afterMs = fault.kind === 'latency' && fault.afterEffect === true ? fault.ms : 0;
  await pass(beforeMs);
  const { outcome, ...recorded } = applyFault(fault, call, definition);
  journal.record(definition.provider, call, { ...recorded, fault: fault.kind });
  await pass(afterMs);
  return outcome;

  function answered(answer: WireAnswer): WireOutcome {
    journal.record(definition.provider, call, answer);
    return { kind: 'answer', answer };
  }
}

function overQuota({ settings, quotas, definition }: RunningProvider, { operation }: SimulatedCall) {
  return quotas.take(operation, settings.quotas[operation]) ? undefined : definition.throttled;
}

/** Lets time pass without keeping the process alive for it. */
async function pass(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { ref: false });
}

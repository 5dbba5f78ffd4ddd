import { setTimeout as sleep } from 'node:timers/promises';
import { applyFault, type PlayableCall, type WireOutcome } from './apply-fault.js';
import type { FaultRequest } from './control-requests.js';
import type { Journal } from './journal.js';
import type { RunningProvider, Simulator } from './simulator.js';
import type {
  Effect,
  SimulatedCall,
  SimulatedProvider,
  WireAnswer,
  WireRequest,
} from './simulated-provider.js';

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
  const outcome = playFault(journal, fault, call, definition);
  await pass(afterMs);
  return outcome;

  function answered(answer: WireAnswer): WireOutcome {
    journal.record(definition.provider, call, answer);
    return { kind: 'answer', answer };
  }
}

/** Its entry is written also when the simulator itself fails at it: what was changed by then was changed all the same. */
function playFault(
  journal: Journal,
  fault: FaultRequest,
  call: SimulatedCall,
  definition: SimulatedProvider,
): WireOutcome {
  let effect: Effect | undefined;
  const played: PlayableCall = {
    refuse: (error) => call.refuse(error),
    answer: () => {
      const answer = call.answer();
      effect ??= answer.effect;
      return answer;
    },
  };
  try {
    const { outcome, ...recorded } = applyFault(fault, played, definition);
    journal.record(definition.provider, call, { ...recorded, fault: fault.kind });
    return outcome;
  } catch (thrown) {
    journal.record(definition.provider, call, { status: 500, effect, fault: fault.kind });
    throw thrown;
  }
}

function overQuota({ settings, quotas, definition }: RunningProvider, { operation }: SimulatedCall) {
  return quotas.take(operation, settings.quotas[operation]) ? undefined : definition.throttled;
}

/** Lets time pass without keeping the process alive for it. */
async function pass(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { ref: false });
}

import type { FaultRequest } from './control-requests.js';
import type { SimulatedCall } from './simulated-provider.js';

/** A scripted fault and how far it has got. */
export interface ScriptedFault {
  readonly id: number;
  readonly fault: FaultRequest;
  /** Calls it matched, those it let pass included. */
  matched: number;
  applied: number;
}

/** The faults to come, in the order they were scripted. Never random: a test must know what it will see. */
export class FaultScript {
  #faults: (ScriptedFault & { readonly taskIds?: ReadonlySet<string> })[] = [];
  #lastId = 0;

  add(fault: FaultRequest): ScriptedFault {
    const taskIds = fault.match?.taskIds;
    const scripted = { id: ++this.#lastId, fault, matched: 0, applied: 0 };
    this.#faults.push(taskIds === undefined ? scripted : { ...scripted, taskIds: new Set(taskIds) });
    return scripted;
  }

  /** Ends the one of that number; all of them without it. */
  clear(number?: number): void {
    this.#faults = number === undefined ? [] : this.#faults.filter(({ id }) => id !== number);
  }

  list(): ScriptedFault[] {
    return this.#faults.map(({ id, fault, matched, applied }) => ({ id, fault, matched, applied }));
  }

  /** The one fault this call meets, if any: the first that is due. The others only count the call. */
  take(provider: string, call: SimulatedCall): ScriptedFault | undefined {
    let due: ScriptedFault | undefined;
    for (const scripted of this.#faults) {
      const { times = 1, afterCalls = 0, match } = scripted.fault;
      if (times !== 'always' && scripted.applied >= times) continue;
      if (match?.provider !== undefined && match.provider !== provider) continue;
      if (match?.operation !== undefined && match.operation !== call.operation) continue;
      if (scripted.taskIds !== undefined && !call.taskIds.some((id) => scripted.taskIds?.has(id))) continue;
      scripted.matched += 1;
      if (due === undefined && scripted.matched > afterCalls) due = scripted;
    }
    if (due !== undefined) due.applied += 1;
    return due;
  }
}

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { OPEN_GATE } from '../providers/call-gate.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { Provider, ProviderDefinition, SimulatorAddress, TaskIds } from '../providers/provider.js';

/** What every peer needs to reach its tasks. */
export interface VendorInput {
  readonly provider: string;
  readonly simulator: SimulatorAddress;
  /** A file with the ids of one task a line, as JSON. */
  readonly targets: string;
}

export function definitionOf(id: string): ProviderDefinition {
  const found = ALL_PROVIDERS.find((provider) => provider.id === id);
  if (found !== undefined) return found;
  throw new Error(
    `There is no provider "${id}"; there are ${ALL_PROVIDERS.map((each) => each.id).join(', ')}.`,
  );
}

/** The same quota for every operation, in the words of whoever is told; undefined leaves the documented ones. */
export function quotasOf<T>(provider: string, perSecond: number | undefined, inWords: (calls: number) => T) {
  if (perSecond === undefined) return undefined;
  const { operations } = definitionOf(provider);
  return Object.fromEntries(Object.keys(operations).map((operation) => [operation, inWords(perSecond)]));
}

/** The adapter that Quiesce uses, without what Quiesce puts before it: no turn within a quota, no breaker. */
export async function connectVendor({ provider, simulator }: VendorInput): Promise<Provider> {
  const definition = definitionOf(provider);
  const { settings, env } = definition.simulatedConnection(simulator);
  Object.assign(process.env, env);
  return definition.connect(definition.settings.parse(settings), OPEN_GATE);
}

export async function* readTargets(path: string): AsyncGenerator<TaskIds> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    yield JSON.parse(line) as TaskIds;
}

export async function allTargets(path: string): Promise<TaskIds[]> {
  const all: TaskIds[] = [];
  for await (const target of readTargets(path)) all.push(target);
  return all;
}

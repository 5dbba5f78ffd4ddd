import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { OPEN_GATE } from '../providers/call-gate.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { Quota } from '../providers/quota.js';
import type { Quota as CloudQuota } from '../simulator/control-requests.js';
import type { Provider, ProviderDefinition, SimulatorAddress, TaskIds } from '../providers/provider.js';

/** What every peer needs to reach its tasks. */
export interface VendorInput {
  readonly provider: string;
  readonly simulator: SimulatorAddress;
}

export function definitionOf(id: string): ProviderDefinition {
  const found = ALL_PROVIDERS.find((provider) => provider.id === id);
  if (found !== undefined) return found;
  throw new Error(
    `There is no provider "${id}"; there are ${ALL_PROVIDERS.map((each) => each.id).join(', ')}.`,
  );
}

/** As a config says it, of every operation: small ones in calls a minute. Undefined leaves the documented ones. */
export function quotasOf(provider: string, perSecond: number | undefined): Record<string, Quota> | undefined {
  if (perSecond === undefined) return undefined;
  const perMs = isSmall(perSecond) ? 60_000 : 1_000;
  return ofEach(provider, { calls: (perSecond * perMs) / 1_000, perMs });
}

/** The same in the simulated cloud: a window of a minute, as Alibaba Cloud documents it, or a token bucket, as AWS's are. */
export function cloudQuotasOf(
  provider: string,
  perSecond: number | undefined,
): Record<string, CloudQuota> | undefined {
  if (perSecond === undefined || isSmall(perSecond)) return quotasOf(provider, perSecond);
  return ofEach(provider, { perSecond, burst: perSecond });
}

const isSmall = (perSecond: number) => perSecond < 10;

function ofEach<T>(provider: string, quota: T): Record<string, T> {
  return Object.fromEntries(Object.keys(definitionOf(provider).operations).map((name) => [name, quota]));
}

/** The adapter that Quiesce uses, without what Quiesce puts before it: no turn within a quota, no breaker. */
export async function connectVendor({ provider, simulator }: VendorInput): Promise<Provider> {
  const definition = definitionOf(provider);
  const { settings, env } = definition.simulatedConnection(simulator);
  Object.assign(process.env, env);
  return definition.connect(definition.settings.parse(settings), OPEN_GATE);
}

/** @param path a file with the ids of one task a line, as JSON */
export async function* readTargets(path: string): AsyncGenerator<TaskIds> {
  for await (const line of createInterface({ input: createReadStream(path) }))
    yield JSON.parse(line) as TaskIds;
}

export async function allTargets(path: string): Promise<TaskIds[]> {
  const all: TaskIds[] = [];
  for await (const target of readTargets(path)) all.push(target);
  return all;
}

import type { Estimate } from '../contract/campaign.js';
import type { Quota } from '../providers/quota.js';
import type { LiveConnection } from './live-connection.js';
import type { LiveConnections } from './live-connections.js';
import { lookCalls } from './look-calls.js';
import { retryDelay, withRetryDelay } from './retry-delay.js';

export interface EstimateCallsInput {
  readonly connections: readonly Load[];
}

/** How many of a connection's targets are to be asked, and how many then are to be proven. */
interface Load {
  readonly connection: string;
  readonly provider: string;
  readonly toAsk: number;
  readonly toProve: number;
}

/** The Activity that tells what a campaign will cost. It makes no vendor call. */
export function createEstimateActivities(connections: LiveConnections) {
  return {
    /** One estimate for each connection, in the order of the question. */
    async estimateCalls({ connections: loads }: EstimateCallsInput): Promise<Estimate[]> {
      return Promise.all(
        loads.map((load) => {
          const connection = connections.named(load, { retryable: true });
          return withRetryDelay(connection, retryDelay(connection), () => estimate(connection, load));
        }),
      );
    },
  };
}

export type EstimateActivities = ReturnType<typeof createEstimateActivities>;

/** At best: full batches, one round of looks at the ends, and nobody else who uses the quotas. */
async function estimate(connection: LiveConnection, { toAsk, toProve }: Load): Promise<Estimate> {
  const provider = await connection.provider();
  const looks = lookCalls(provider, toAsk) + lookCalls(provider, toProve);
  const { ask, look } = connection.limits;
  const durations = [durationMs(toAsk, ask), durationMs(looks, look)].filter((each) => each !== undefined);
  return {
    connection: connection.name,
    asks: toAsk,
    looks,
    ...(durations.length > 0 && { durationMs: Math.max(...durations) }),
  };
}

/** Undefined without a quota: then it is not what decides. */
function durationMs(calls: number, quota: Quota | null): number | undefined {
  return quota === null ? undefined : Math.ceil((calls * quota.perMs) / quota.calls);
}

import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import type { Quota } from '../../providers/quota.js';
import type { SimulatedProvider } from '../../simulator/simulated-provider.js';

/** A provider of the registry, and what the chaos has to know of its cloud. */
export interface Vendor {
  readonly definition: ProviderDefinition;
  readonly simulated: SimulatedProvider;
  readonly about: AboutVendor;
}

interface AboutVendor {
  /** Of a campaign's targets. */
  readonly share: number;
  /** What is answered to a credential that was revoked. */
  readonly revoked: { readonly status: number; readonly code: string };
  /** A task that failed has the state of one that finished. */
  readonly tellsNoFailure?: true;
  /** Its cancel has an idempotency token. */
  readonly takesToken?: true;
  /** Seeds a task that refuses to be canceled while its subtasks run. */
  readonly subtasks?: Readonly<Record<string, unknown>>;
}

const ABOUT: Readonly<Record<string, AboutVendor>> = {
  'aws-fsx': { share: 0.4, revoked: { status: 400, code: 'UnrecognizedClientException' } },
  'alibaba-cpfs': {
    share: 0.2,
    revoked: { status: 404, code: 'InvalidAccessKeyId.NotFound' },
    takesToken: true,
    subtasks: { runningSubtasks: 1, subtaskMs: 4_000 },
  },
  'alibaba-domain': {
    share: 0.2,
    revoked: { status: 404, code: 'InvalidAccessKeyId.NotFound' },
    tellsNoFailure: true,
  },
  'huawei-sfs-turbo-data': { share: 0.1, revoked: { status: 401, code: 'APIGW.0301' } },
  'huawei-sfs-turbo-dir-usage': { share: 0.1, revoked: { status: 401, code: 'APIGW.0301' } },
};

/** All together: a campaign of two thousand asks for ten seconds and more, so that what strikes it strikes it in the middle. */
const ASKS_PER_SECOND = 200;
/** Where the vendor documents a quota for looks, which a simulator keeps: that, in a second in place of a minute. */
const LOOK_PER_MS = 1_000;

export async function loadVendors(): Promise<Vendor[]> {
  return Promise.all(
    ALL_PROVIDERS.map(async (definition) => {
      const about = ABOUT[definition.id];
      if (about === undefined) throw new Error(`test/chaos/vendors.ts does not know ${definition.id}.`);
      return { definition, about, simulated: await definition.simulate() };
    }),
  );
}

/** What the simulator enforces, and what Quiesce is told that it does. */
export function quotasOf({ definition, simulated, about }: Vendor): Record<string, Quota> {
  const documented = Object.entries(definition.operations).flatMap(([operation, quota]) =>
    quota === null ? [] : [[operation, { ...quota, perMs: LOOK_PER_MS }] as const],
  );
  const ask = { calls: about.share * ASKS_PER_SECOND, perMs: 1_000 };
  return { ...Object.fromEntries(documented), [simulated.operations.cancel]: ask };
}

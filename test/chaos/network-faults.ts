import type { Fault } from './fault.js';
import { LINKS, type Link } from './rig.js';
import type { Toxic } from './toxiproxy.js';

/** What may happen to a link. */
const NETWORK = {
  cut: { what: 'partition: connections end, and no new ones are taken', toxic: undefined },
  slow: {
    what: 'latency of 400 ms, give or take 300, each way',
    toxic: { type: 'latency', attributes: { latency: 400, jitter: 300 } },
  },
  'half-open': {
    what: 'connections stay open, and nothing comes through',
    toxic: { type: 'timeout', attributes: { timeout: 0 } },
  },
  reset: {
    what: 'connections are reset 200 ms after they begin',
    toxic: { type: 'reset_peer', attributes: { timeout: 200 } },
  },
  'cut-short': {
    what: 'connections end after 5,000 bytes, amid an answer',
    toxic: { type: 'limit_data', attributes: { bytes: 5_000 } },
  },
} as const satisfies Record<string, { what: string; toxic: Toxic | undefined }>;

const ON_POSTGRESQL = 'temporal-postgresql' satisfies Link;

type NetworkFaultName = `${Link} ${keyof typeof NETWORK}`;

/** Each of these, of each link. */
export function networkFaults(): Record<NetworkFaultName, Fault> {
  const faults = LINKS.flatMap((link) =>
    Object.entries(NETWORK).map(([kind, { what, toxic }]) => {
      const fault: Fault = {
        what: `${link.replace('-', ' to ')}: ${what}`,
        lastsMs: [3_000, 8_000],
        ...(link.startsWith('worker') && { ofOneWorker: 'or all' }),
        ...(link === ON_POSTGRESQL && { ofPostgresql: true }),
        ...(mayCutOff(link, toxic) && { cutsOff: true }),
        begin: async ({ rig }, { place }) => {
          const proxies = rig.proxiesOf(link, place);
          const ends = await Promise.all(
            proxies.map((proxy) =>
              toxic === undefined ? rig.toxiproxy.cut(proxy) : rig.toxiproxy.poison(proxy, toxic),
            ),
          );
          return () => Promise.all(ends.map((end) => end()));
        },
      };
      return [`${link} ${kind}`, fault] as const;
    }),
  );
  return Object.fromEntries(faults) as Record<NetworkFaultName, Fault>;
}

/** Heartbeats get through a slow network in time. Not where Temporal goes to its database ten times for each. */
function mayCutOff(link: Link, toxic: Toxic | undefined): boolean {
  return link === ON_POSTGRESQL || (link.startsWith('worker') && toxic?.type !== 'latency');
}

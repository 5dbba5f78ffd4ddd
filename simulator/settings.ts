import { ControlError } from './control-error.js';
import type { Quota, SettingsRequest } from './control-requests.js';
import type { SimulatedProvider } from './simulated-provider.js';
import type { Delays } from './timeline.js';

/** How one provider's cloud behaves for now. */
export interface Settings<Switches = Record<string, unknown>> {
  /** For tasks made from now on; one seeded with its own keeps them. */
  delays: Delays;
  /** How often the vendor refreshes the states it shows; 0 shows the truth. */
  refreshMs: number;
  /** Every answer takes this much longer. */
  latencyMs: number;
  /** By operation; no entry, no limit. */
  quotas: Readonly<Record<string, Quota>>;
  switches: Switches;
}

/** Shorter than any cloud's, long enough to be seen: a task runs on until it is canceled in nearly every test. */
const DEFAULT_DELAYS: Delays = { waitingMs: 200, runningMs: 10 * 60_000, cancelingMs: 500 };

export function defaultSettings(provider: SimulatedProvider): Settings {
  return {
    delays: DEFAULT_DELAYS,
    refreshMs: 0,
    latencyMs: 0,
    quotas: provider.quotas ?? {},
    switches: provider.switches.parse({}),
  };
}

/** Changes settings in place, all of the request or nothing of it. */
export function changeSettings(
  settings: Settings,
  provider: SimulatedProvider,
  request: SettingsRequest,
): void {
  const switches = provider.switches.strict().safeParse({ ...settings.switches, ...request.switches });
  if (!switches.success) throw ControlError.from(switches.error, 'switches');
  const quotas = Object.entries({ ...settings.quotas, ...request.quotas });
  settings.switches = switches.data;
  settings.quotas = Object.fromEntries(quotas.filter((entry): entry is [string, Quota] => entry[1] !== null));
  settings.delays = mergeDelays(settings.delays, request.delays);
  settings.refreshMs = request.refreshMs ?? settings.refreshMs;
  settings.latencyMs = request.latencyMs ?? settings.latencyMs;
}

export function mergeDelays(base: Delays, change: SettingsRequest['delays'] = {}): Delays {
  return {
    waitingMs: change.waitingMs ?? base.waitingMs,
    runningMs: change.runningMs ?? base.runningMs,
    cancelingMs: change.cancelingMs ?? base.cancelingMs,
  };
}

import { ALL_PROVIDERS } from '../providers/all.js';
import { Clock } from './clock.js';
import { ControlError } from './control-error.js';
import { FaultScript } from './fault-script.js';
import { Journal } from './journal.js';
import { QuotaMeter } from './quota.js';
import { defaultSettings, type Settings } from './settings.js';
import type {
  ProviderSimulation,
  SimulatedCall,
  SimulatedProvider,
  WireRequest,
} from './simulated-provider.js';

/** One provider's cloud as it runs now. */
export interface RunningProvider {
  readonly definition: SimulatedProvider;
  readonly settings: Settings;
  readonly simulation: ProviderSimulation;
  readonly quotas: QuotaMeter;
}

/** All simulated clouds of one process and what is scripted for them. It knows nothing of HTTP servers. */
export class Simulator {
  clock = new Clock();
  faults = new FaultScript();
  journal = new Journal();
  #providers: ReadonlyMap<string, RunningProvider> = new Map();
  readonly #definitions: readonly SimulatedProvider[];

  constructor(definitions: readonly SimulatedProvider[]) {
    this.#definitions = definitions;
    this.reset();
  }

  /** With every provider of the registry. */
  static async load(): Promise<Simulator> {
    return new Simulator(await Promise.all(ALL_PROVIDERS.map((provider) => provider.simulate())));
  }

  /** Forgets everything: tasks, faults, calls, settings and the time that was let pass. */
  reset(): void {
    this.clock = new Clock();
    this.faults = new FaultScript();
    this.journal = new Journal();
    const shared = new SharedParts();
    this.#providers = new Map(this.#definitions.map((each) => [each.provider, this.#start(each, shared)]));
  }

  get providers(): Iterable<RunningProvider> {
    return this.#providers.values();
  }

  provider(id: string): RunningProvider {
    const running = this.#providers.get(id);
    if (running !== undefined) return running;
    throw new ControlError(
      `provider: "${id}" is not simulated; known are ${[...this.#providers.keys()].join(', ')}`,
    );
  }

  /** Finds whose call a request is. */
  read(request: WireRequest): { running: RunningProvider; call: SimulatedCall } | undefined {
    for (const running of this.#providers.values()) {
      const call = running.simulation.read(request);
      if (call !== undefined) return { running, call };
    }
    return undefined;
  }

  #start(definition: SimulatedProvider, parts: SharedParts): RunningProvider {
    const settings = defaultSettings(definition);
    const { clock } = this;
    const simulation = definition.start({
      now: () => clock.now(),
      shown: () => clock.shown(),
      settings,
      shared: (part) => parts.get(part),
    });
    return { definition, settings, simulation, quotas: new QuotaMeter() };
  }
}

/** What providers of one vendor share, by its class. */
class SharedParts {
  readonly #parts = new Map<new () => unknown, unknown>();

  get<T>(part: new () => T): T {
    if (!this.#parts.has(part)) this.#parts.set(part, new part());
    return this.#parts.get(part) as T;
  }
}

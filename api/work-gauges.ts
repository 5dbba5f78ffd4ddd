import { Gauge } from 'prom-client';
import type { ApiParts } from './api-parts.js';
import type { Metrics } from './metrics.js';
import { readWork, type Work } from './read-work.js';

/** Whoever scrapes more often is told the same again: each reading is a few calls to Temporal for each connection. */
const LASTS_MS = 15_000;

const LABELS = ['connection', 'provider'] as const;

/** What is shown of the work under way: each gauge with its help and its further label. */
const GAUGES = {
  quiesce_cancellations: ['Single cancellations under way, by phase.', [...LABELS, 'phase']],
  quiesce_campaign_targets: ['Targets of the campaigns under way, by state.', [...LABELS, 'state']],
  quiesce_oldest_canceling_age_seconds: [
    'Since the start of the oldest single cancellation, or campaign, whose tasks were asked and have not ended.',
    [...LABELS, 'of'],
  ],
  quiesce_campaigns: ['Campaigns under way.', []],
  quiesce_open_callbacks: ['Callbacks that are still being tried.', []],
  quiesce_work_readable: ['Whether Temporal told what is under way.', []],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

type Labels = Readonly<Record<string, string>>;

/**
 * The work under way in the whole namespace, read before it is shown. All containers of the service show the same: take their
 * maximum. When Temporal does not answer, nothing of it is shown but that.
 */
export class WorkGauges {
  readonly #gauges: ReadonlyMap<string, Gauge>;
  readonly #connections;
  #reading: { readonly sinceMs: number; readonly done: Promise<void> } | undefined;

  constructor(
    registry: Metrics,
    private readonly parts: ApiParts,
  ) {
    const made = Object.entries(GAUGES).map(([name, [help, labelNames]]) => {
      const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
      return [name, gauge] as const;
    });
    this.#gauges = new Map(made);
    this.#connections = [...parts.config.connections.values()].map(({ name, provider }) => ({
      connection: name,
      provider: provider.id,
    }));
  }

  /** Reads it anew, unless that was done a moment ago. Never rejects. */
  refresh(): Promise<void> {
    const nowMs = performance.now();
    if (this.#reading === undefined || nowMs - this.#reading.sinceMs > LASTS_MS)
      this.#reading = { sinceMs: nowMs, done: this.#read() };
    return this.#reading.done;
  }

  async #read(): Promise<void> {
    const work = await readWork(this.parts.quiesce.client, this.#connections).catch(() => undefined);
    for (const [name, [, labelNames]] of Object.entries(GAUGES)) {
      const gauge = this.#gauges.get(name);
      // One without labels shows 0 after a reset.
      if (labelNames.length === 0) gauge?.remove();
      else gauge?.reset();
    }
    this.#set('quiesce_work_readable', {}, work === undefined ? 0 : 1);
    if (work !== undefined) this.#show(work);
  }

  #show({ connections, runningCampaigns, openCallbacks }: Work): void {
    this.#set('quiesce_campaigns', {}, runningCampaigns);
    this.#set('quiesce_open_callbacks', {}, openCallbacks);
    for (const { connection, provider, ...work } of connections) {
      const labels = { connection, provider };
      for (const [phase, many] of Object.entries(work.phases))
        this.#set('quiesce_cancellations', { ...labels, phase }, many);
      for (const [state, many] of Object.entries(work.states))
        this.#set('quiesce_campaign_targets', { ...labels, state }, many);
      this.#age({ ...labels, of: 'cancellation' }, work.oldestSinceMs);
      this.#age({ ...labels, of: 'campaign' }, work.oldestCampaignSinceMs);
    }
  }

  /** 0 when there is none: an alert on the age ends by it. */
  #age(labels: Labels, sinceMs = Date.now()): void {
    const ageMs = Math.max(0, Date.now() - sinceMs);
    this.#set('quiesce_oldest_canceling_age_seconds', labels, ageMs / 1_000);
  }

  #set(name: keyof typeof GAUGES, labels: Labels, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }
}

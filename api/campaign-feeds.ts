import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
  CampaignPaceMeter,
  type CampaignHandle,
  type CampaignPace,
  type LiveProgress,
} from '../client/index.js';

/** A campaign as it was at one moment. */
export interface SeenCampaign {
  /** The same for the same state, whoever has looked and when: what differs from it is news. */
  readonly version: string;
  readonly progress: LiveProgress;
  readonly pace: CampaignPace;
}

/** Watches campaigns, each once for all who follow it. */
export class CampaignFeeds {
  readonly #feeds = new Map<string, Feed>();

  /** @param everyMs between two looks; a look is a Query, and a description of each lane that runs. */
  constructor(
    private readonly find: (id: string) => Pick<CampaignHandle, 'watch'>,
    private readonly everyMs = 1_000,
  ) {}

  /**
   * Its states to its end, or until `signal` aborts. Who takes them slowly gets fewer: always the newest, and none is kept.
   * @throws what `watch` of the campaign throws.
   */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<SeenCampaign> {
    const feed = this.#feeds.get(id) ?? new Feed(this.find(id), this.everyMs);
    this.#feeds.set(id, feed);
    feed.followers += 1;
    try {
      yield* feed.states(signal);
    } finally {
      feed.followers -= 1;
      // One that has failed is not for who comes later.
      if ((feed.followers === 0 || feed.isOver) && this.#feeds.get(id) === feed) this.#feeds.delete(id);
      if (feed.followers === 0) feed.stop();
    }
  }

  /** How many campaigns are being watched. */
  get size(): number {
    return this.#feeds.size;
  }
}

class Feed {
  followers = 0;
  readonly #stopping = new AbortController();
  readonly #news = new EventEmitter().setMaxListeners(0);
  readonly #meter = new CampaignPaceMeter();
  #latest: SeenCampaign | undefined;
  #over: { readonly thrown?: unknown } | undefined;

  constructor(campaign: Pick<CampaignHandle, 'watch'>, everyMs: number) {
    void this.#watch(campaign, everyMs);
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async *states(signal: AbortSignal): AsyncGenerator<SeenCampaign> {
    let told: SeenCampaign | undefined;
    while (!signal.aborted) {
      if (this.#latest !== told) {
        told = this.#latest;
        if (told !== undefined) yield told;
      } else if (this.#over !== undefined) {
        if ('thrown' in this.#over) throw this.#over.thrown;
        return;
      } else await once(this.#news, 'news', { signal }).catch(() => {});
    }
  }

  async #watch(campaign: Pick<CampaignHandle, 'watch'>, everyMs: number): Promise<void> {
    try {
      for await (const progress of campaign.watch({ everyMs, signal: this.#stopping.signal })) {
        const pace = this.#meter.measure(progress);
        this.#latest = { version: versionOf(progress), progress, pace };
        this.#news.emit('news');
      }
      this.#over = {};
    } catch (thrown) {
      this.#over = { thrown };
    }
    this.#news.emit('news');
  }
}

const VERSION_BYTES = 12;

/** Of all that is told of it but when it was looked at. */
function versionOf({ atMs: _, stalled, ...progress }: LiveProgress): string {
  const troubles = stalled.map(({ subject, code, message }) => [subject, code, message]);
  const text = JSON.stringify([progress, troubles]);
  return createHash('sha256').update(text).digest().toString('base64url', 0, VERSION_BYTES);
}

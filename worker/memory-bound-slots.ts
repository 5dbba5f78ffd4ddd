import { Session } from 'node:inspector/promises';
import type {
  ActivitySlotInfo,
  CustomSlotSupplier,
  Logger,
  SlotPermit,
  SlotReserveContext,
} from '@temporalio/worker';
import { formatMemory } from '../config/memory-size.js';
import type { MemoryCeiling } from './plan-memory.js';

/** Given whatever the memory: what has begun must come to its end, at a pace. Some ten are held by polls for work that may never come. */
const AT_LEAST = 100;
/** The resident set costs a read of /proc. */
const LOOKS_EVERY_MS = 50;
const COLLECTS_EVERY_MS = 30_000;

/**
 * Slots for Activities: a number of them, and no more than {@link AT_LEAST} while the resident set is close to the ceiling. What is not taken waits in
 * Temporal, for this Worker or another.
 *
 * Not the SDK's resource-based slots: those go by the memory of the container, or else of the whole machine, know no ceiling of one process, and
 * give a slot every 50 ms.
 */
export class MemoryBoundSlots implements CustomSlotSupplier<ActivitySlotInfo> {
  readonly type = 'custom';
  readonly #slots: number;
  readonly #ceiling: MemoryCeiling;
  readonly #logger: Pick<Logger, 'warn' | 'info'>;
  readonly #waiting = new Set<() => void>();
  #given = 0;
  #isHeld = false;
  #lookedAtMs = -Infinity;
  #collectedAtMs = -Infinity;

  constructor(slots: number, ceiling: MemoryCeiling, logger: Pick<Logger, 'warn' | 'info'>) {
    this.#slots = slots;
    this.#ceiling = ceiling;
    this.#logger = logger;
  }

  async reserveSlot(_context: SlotReserveContext, given: AbortSignal): Promise<SlotPermit> {
    for (;;) {
      const permit = this.tryReserveSlot();
      if (permit !== null) return permit;
      await this.#change();
      given.throwIfAborted();
    }
  }

  tryReserveSlot(): SlotPermit | null {
    if (this.#given >= this.#slots) return null;
    const areMany = this.#given >= AT_LEAST;
    // While it is held, each slot is a moment to look: once little goes on, nobody else would say that it is over, nor collect.
    if ((areMany || this.#isHeld) && this.#isClose() && areMany) return null;
    this.#given += 1;
    return {};
  }

  markSlotUsed(): void {}

  releaseSlot(): void {
    this.#given -= 1;
    const [longest] = this.#waiting;
    longest?.();
  }

  /** A slot is given back, or time has passed in which memory may have been. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, LOOKS_EVERY_MS).unref();
      this.#waiting.add(wake);
    });
  }

  #isClose(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOKS_EVERY_MS) return this.#isHeld;
    this.#lookedAtMs = nowMs;
    const { bytes, holdAtBytes, goOnBelowBytes } = this.#ceiling;
    const resident = process.memoryUsage.rss();
    const isHeld = resident > (this.#isHeld ? goOnBelowBytes : holdAtBytes);
    if (isHeld !== this.#isHeld) {
      this.#isHeld = isHeld;
      const memory = { resident: formatMemory(resident), ceiling: formatMemory(bytes) };
      if (isHeld) this.#logger.warn('Close to the memory ceiling: fewer Activities are begun', memory);
      else this.#logger.info('Below the memory ceiling again: Activities are begun as before', memory);
    }
    if (isHeld && nowMs - this.#collectedAtMs > COLLECTS_EVERY_MS) {
      this.#collectedAtMs = nowMs;
      void collectGarbage();
    }
    return isHeld;
  }
}

/** A heap in which nothing is begun is not collected by itself, and would stay as large as it is. */
async function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  // Not in a callback: Node would wait for itself.
  session.disconnect();
}

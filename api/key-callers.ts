import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { FastifyBaseLogger } from 'fastify';
import { VOUCHED } from '../contract/vouched-names.js';
import type { Caller } from './caller.js';
import { readKeysFile, sha256Of, type ApiKey } from './keys-file.js';
import { ProblemError } from './problem.js';

/** A key that is revoked works no longer than this. */
const LOOK_EVERY_MS = 1_000;

/** The callers of a keys file, which is read again when it has changed. */
export class KeyCallers {
  #keys: readonly ApiKey[] = [];
  #version = '';
  #lookedAtMs = -Infinity;
  #looking: Promise<void> = Promise.resolve();
  #trouble: Error | undefined;

  constructor(private readonly path: string) {}

  /**
   * Whose key it is, if it is one that counts.
   * @throws ProblemError `authentication-unavailable` while the file cannot be used: an old copy may hold what was revoked.
   */
  async callerOf(key: string, log: FastifyBaseLogger): Promise<Caller | undefined> {
    await this.#readIfChanged(log);
    if (this.#trouble !== undefined)
      throw new ProblemError('authentication-unavailable', 'API keys cannot be checked at the moment.', {
        cause: this.#trouble,
      });
    const presented = Buffer.from(sha256Of(key), 'hex');
    // All are compared, each in constant time: how long it takes tells nothing of any.
    const [found] = this.#keys.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), presented));
    if (found === undefined || isOver(found)) return undefined;
    const { name, scopes, connections } = found;
    return { name: `${VOUCHED.key}${name}`, scopes, ...(connections !== undefined && { connections }) };
  }

  /** All wait for a look that is under way: before the first, nobody is known. */
  async #readIfChanged(log: FastifyBaseLogger): Promise<void> {
    // Not the time of day: when that is set back, a revoked key would work for as long.
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      this.#looking = this.#look(log);
    }
    await this.#looking;
  }

  async #look(log: FastifyBaseLogger): Promise<void> {
    const version = await versionOf(this.path);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#keys = await readKeysFile(this.path);
      this.#trouble = undefined;
      log.info({ keys: this.#keys.length }, 'the keys file was read');
    } catch (thrown) {
      const trouble = thrown instanceof Error ? thrown : new Error(String(thrown));
      if (trouble.message !== this.#trouble?.message)
        log.error({ err: trouble }, 'the keys file cannot be used: no API key is accepted');
      this.#trouble = trouble;
      // It may pass without a change of the file, such as when this process has too many files open.
      this.#version = '';
    }
  }
}

function isOver({ expiresAt }: ApiKey): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
}

async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino, mode } = await stat(path);
    return [mtimeMs, size, ino, mode].join(' ');
  } catch {
    return 'none';
  }
}

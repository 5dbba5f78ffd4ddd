import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The ClientToken of one logical attempt: 64 hex characters, the longest any vendor takes.
 *
 * Derived instead of drawn, so that every retry, replay and reset of the same attempt carries the same one.
 * `firstRunId` is the first execution's run id: it survives Continue-As-New and reset.
 */
export function clientToken(firstRunId: string, taskUri: string, attempt: number): string {
  return bytesToHex(sha256(utf8ToBytes(`${firstRunId}\n${taskUri}\n${attempt}`)));
}

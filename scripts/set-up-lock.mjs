import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_AFTER_MS = 15 * 60_000;
/** Between making the folder and writing its owner into it lie microseconds: older than this, the owner died there. */
const OWNER_WRITTEN_WITHIN_MS = 5_000;

/**
 * Runs `work` while no other process on this machine runs it under the same lock, a folder with its owner's
 * process id. The lock of a dead process is taken over.
 */
export async function withLock(folder, say, work) {
  await acquire(folder, say);
  const release = () => rmSync(folder, { recursive: true, force: true });
  const releaseAndEnd = (signal) => {
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, releaseAndEnd);
  try {
    return await work();
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, releaseAndEnd);
    release();
  }
}

async function acquire(folder, say) {
  mkdirSync(dirname(folder), { recursive: true });
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (let told = false; ;) {
    if (tryToMake(folder)) return writeFileSync(join(folder, 'pid'), String(process.pid));
    if (isStale(folder)) {
      takeAway(folder, say);
      continue;
    }
    if (!told)
      say(`another set-up (process ${ownerOf(folder) ?? 'unknown'}) is at work here; waiting for it …`);
    told = true;
    if (Date.now() > giveUpAt) {
      throw new Error(
        `The other set-up has not ended for 15 minutes. If it is none, remove ${relative('.', folder)} and try again.`,
      );
    }
    await sleep(200);
  }
}

function tryToMake(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Under a lock of its own: of two waiters, the slower must not take away the lock the faster has just made. */
function takeAway(folder, say) {
  const guard = `${folder}.takeover`;
  if (!tryToMake(guard)) {
    if ((ageMs(guard) ?? 0) > OWNER_WRITTEN_WITHIN_MS) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (!isStale(folder)) return;
    say('an earlier set-up was interrupted; taking over.');
    rmSync(folder, { recursive: true, force: true });
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

function isStale(folder) {
  const age = ageMs(folder);
  if (age === undefined) return false;
  const owner = ownerOf(folder);
  if (owner === undefined) return age > OWNER_WRITTEN_WITHIN_MS;
  return !isAlive(owner);
}

function ownerOf(folder) {
  try {
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

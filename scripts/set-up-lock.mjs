import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const GIVE_UP_AFTER_MS = 15 * 60_000;
/** Between making the folder and writing its owner into it lie microseconds: older than this, the owner died there. */
const OWNER_WRITTEN_WITHIN_MS = 5_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs `work` while no other process on this machine runs it under the same lock: a folder with an empty file for each
 * process at work, named by its id. A lock whose processes are all dead is taken over.
 *
 * `work` is given a signal, aborted when this process is told to end, and `register` for children: one that outlives
 * this process by a SIGKILL still holds the lock.
 */
export async function withLock(folder, say, work) {
  await acquire(folder, say);
  const controller = new AbortController();
  let told;
  const onSignal = (name) => {
    told = name;
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  const register = (pid) => writeFileSync(join(folder, String(pid)), '');
  try {
    return await work({ signal: controller.signal, register });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    for (const name of SIGNALS) process.off(name, onSignal);
    if (told !== undefined) process.kill(process.pid, told);
  }
}

async function acquire(folder, say) {
  mkdirSync(dirname(folder), { recursive: true });
  const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
  for (let told = false; ;) {
    if (tryToMake(folder)) return writeFileSync(join(folder, String(process.pid)), '');
    if (isStale(folder)) {
      takeAway(folder, say);
      continue;
    }
    if (!told)
      say(`another set-up (process ${ownersOf(folder).join(', ')}) is at work here; waiting for it …`);
    told = true;
    if (Date.now() > giveUpAt) {
      const place = relative('.', folder);
      throw new Error(
        `The other set-up has not ended for 15 minutes. If it is none, remove ${place} and try again.`,
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
  const owners = ownersOf(folder);
  return owners.length === 0 ? age > OWNER_WRITTEN_WITHIN_MS : !owners.some(isAlive);
}

function ownersOf(folder) {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
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

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/** As Debian, others and Google call it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** What a test says that is skipped for want of it. */
export const NO_CHROMIUM = `no Chromium on the PATH (${NAMES.join(', ')}) and none named by CHROMIUM_PATH`;

/** Where it is: `CHROMIUM_PATH`, or the first on the PATH. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return env['CHROMIUM_PATH'] ?? places.find(isExecutable);
}

/** Starts one without a window. */
export function startChromium(executablePath: string): Promise<Browser> {
  // Its sandbox needs what containers and root do not have; it sees our own pages alone.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: ['--disable-gpu'] });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

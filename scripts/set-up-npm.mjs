import { basename } from 'node:path';
import { runQuietly } from './run-quietly.mjs';

/** Runs an npm command without its noise. */
export function npm(args, options) {
  // The npm that runs this script, when it is npm: the one on PATH may be another.
  const own = process.env.npm_execpath;
  if (own && basename(own).startsWith('npm-cli'))
    return runQuietly(process.execPath, [own, ...args], options);
  return runQuietly('npm', args, { ...options, shell: process.platform === 'win32' });
}

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's own cache folder for Quiesce, as each system wants it. XDG_CACHE_HOME is honoured everywhere. */
export function cacheFolder(env: NodeJS.ProcessEnv, platform: string): string {
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification says that a relative path there is to be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'quiesce');
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  if (platform.startsWith('darwin')) return join(home, 'Library', 'Caches', 'quiesce');
  if (platform.startsWith('win32'))
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'quiesce', 'cache');
  return join(home, '.cache', 'quiesce');
}

const NEEDED = new Set(
  'PATH HOME USER LOGNAME TMPDIR TEMP TMP LANG LC_ALL TZ GOGC GOMEMLIMIT GOMAXPROCS SYSTEMROOT SYSTEMDRIVE USERPROFILE APPDATA LOCALAPPDATA'.split(
    ' ',
  ),
);

/**
 * The part of our environment that a Temporal executable needs. Cloud credentials and API keys that
 * happen to be set for Quiesce are none of its business.
 */
export function minimalEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.has(name.toUpperCase())));
}

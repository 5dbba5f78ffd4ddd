/** What is said to the dev server on its command line. */
export type DevServerSettings = {
  readonly ip: string;
  readonly port: number;
  /** No Web UI with `false`. */
  readonly uiPort: number | false;
  /** Keeps everything in this SQLite file; in memory without it. */
  readonly dbFilename?: string;
  /** Created at the start; `default` is always there. */
  readonly namespace?: string;
  /** Temporal's dynamic config by key, such as `{ 'history.timerProcessorMaxTimeShift': '1ms' }`. */
  readonly dynamicConfig?: Readonly<Record<string, string | number | boolean>>;
  /** Search attributes to register, by name: `{ QuiesceTask: 'Keyword' }`. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** Anything else that `temporal server start-dev` understands. */
  readonly extraArgs?: readonly string[];
};

/** The command line for `temporal`. */
export function devServerArguments(settings: DevServerSettings): string[] {
  const {
    ip,
    port,
    uiPort,
    dbFilename,
    namespace,
    dynamicConfig = {},
    searchAttributes = {},
    extraArgs = [],
  } = settings;
  const args = ['server', 'start-dev', '--ip', ip, '--port', String(port)];
  args.push(...(uiPort === false ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (namespace !== undefined) args.push('--namespace', namespace);
  if (dbFilename !== undefined) {
    // The default, a rollback journal synced at every write, is 3 times slower than memory; this is about as fast.
    args.push(
      '--db-filename',
      dbFilename,
      '--sqlite-pragma',
      'journal_mode=WAL',
      '--sqlite-pragma',
      'synchronous=1',
    );
  }
  for (const [key, value] of Object.entries(dynamicConfig)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  for (const [name, type] of Object.entries(searchAttributes))
    args.push('--search-attribute', `${name}=${type}`);
  return [...args, ...extraArgs];
}

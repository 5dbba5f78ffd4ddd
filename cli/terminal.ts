import { styleText } from 'node:util';

/** Where text goes; `process.stdout` is one. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Terminal {
  readonly out: Sink;
  readonly err: Sink;
  /** Whether lines on `out` may be redrawn. */
  readonly live: boolean;
  /** Whether marks beyond ASCII can be read. */
  readonly unicode: boolean;
  readonly style: (format: Format, text: string) => string;
}

const NARROWEST_COLUMNS = 20;
const COLUMNS_OF_A_PIPE = 100;

export function createTerminal(out: Sink, err: Sink, env: NodeJS.ProcessEnv): Terminal {
  const colored = wantsColor(out, env);
  const live = out.isTTY === true && env['TERM'] !== 'dumb';
  return {
    out,
    err,
    live,
    unicode: readsUnicode(env),
    // validateStream: Node 20 and later versions decide about color differently; here it is decided once, above.
    style: (format, text) => (colored ? styleText(format, text, { validateStream: false }) : text),
  };
}

/** The columns that text may fill; one less than the terminal has, since some wrap when the last one is written. */
export function columnsOf(sink: Sink): number {
  if (sink.isTTY !== true) return COLUMNS_OF_A_PIPE;
  return Math.max(NARROWEST_COLUMNS, (sink.columns ?? COLUMNS_OF_A_PIPE) - 1);
}

/** FORCE_COLOR before NO_COLOR, as Node itself has it. See https://no-color.org and https://force-color.org. */
function wantsColor(out: Sink, env: NodeJS.ProcessEnv): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return out.isTTY === true;
}

function readsUnicode(env: NodeJS.ProcessEnv): boolean {
  if (process.platform === 'win32')
    return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] !== undefined;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  // macOS terminals often set none of them and are UTF-8 all the same.
  return /utf-?8/i.test(locale) || (locale === '' && process.platform === 'darwin');
}

import { redact, redactText } from './redact.js';

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

type Meta = Readonly<Record<string | symbol, unknown>>;

/** Structurally the Temporal SDK's `Logger`. */
export interface JsonLogger {
  log(level: LogLevel, message: string, meta?: Meta): void;
  trace(message: string, meta?: Meta): void;
  debug(message: string, meta?: Meta): void;
  info(message: string, meta?: Meta): void;
  warn(message: string, meta?: Meta): void;
  error(message: string, meta?: Meta): void;
}

/** Under this symbol the SDK says when it was, in nanoseconds: what comes from a Workflow is told a moment later. */
const LOG_TIMESTAMP = Symbol.for('log_timestamp');

/** Writes a line of JSON for each message of the level or above: `time`, `level`, `msg` and what else is known, without secrets. */
export function createJsonLogger(level: LogLevel, write: (line: string) => void): JsonLogger {
  const least = LOG_LEVELS.indexOf(level);
  const log: JsonLogger['log'] = (of, message, meta = {}) => {
    if (LOG_LEVELS.indexOf(of) < least) return;
    const nanos = meta[LOG_TIMESTAMP];
    const time = new Date(typeof nanos === 'bigint' ? Number(nanos / 1_000_000n) : Date.now());
    // With the token of its task, whoever reaches Temporal could end an Activity; and a run has one name in all lines.
    const { taskToken: _, workflowRunId: runId, ...others } = meta;
    const known = redact({ ...others, ...(runId !== undefined && { runId }) }) as object;
    write(`${JSON.stringify({ time, level: of.toLowerCase(), msg: redactText(message), ...known })}\n`);
  };
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

import type { LogMetadata, Logger, LogLevel } from '@temporalio/common';

/** Temporal's logger, of which every line is kept. */
export function keptLog() {
  const lines: { readonly level: LogLevel; readonly message: string; readonly meta?: LogMetadata }[] = [];
  const at = (level: LogLevel) => (message: string, meta?: LogMetadata) =>
    void lines.push({ level, message, ...(meta !== undefined && { meta }) });
  const logger: Logger = {
    log: (level, message, meta) => at(level)(message, meta),
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  };
  return { logger, lines };
}

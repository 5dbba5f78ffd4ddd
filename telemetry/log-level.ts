import { LOG_LEVELS, type LogLevel } from './json-logger.js';

/**
 * What QUIESCE_LOG_LEVEL says: from which level on things are logged; INFO without it, or where it says nothing that is known.
 */
export function logLevel(env: NodeJS.ProcessEnv): LogLevel {
  const wanted = env['QUIESCE_LOG_LEVEL']?.toUpperCase();
  return LOG_LEVELS.find((level) => level === wanted) ?? 'INFO';
}

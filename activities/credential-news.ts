import type { Logger } from '@temporalio/common';
import type { CredentialNews, Refusal } from '../contract/credential-turn.js';

interface Line {
  readonly level: 'error' | 'info';
  readonly text: (refusal: string) => string;
}

const LINES = {
  refused: {
    level: 'error',
    text: (refusal) =>
      `the vendor does not accept its credential: ${refusal} Its calls are held back; one is made now and then, until one is accepted.`,
  },
  stray: {
    level: 'error',
    text: (refusal) =>
      `the vendor does not accept the credential this Worker has, though it accepts another Worker's: ${refusal} Only this Worker's calls are held back.`,
  },
  accepted: { level: 'info', text: () => 'the vendor accepts its credential again; its work goes on.' },
} as const satisfies Record<CredentialNews, Line>;

/** Writes the one line in the log that the keeper has asked for. */
export function logNews(logger: Logger, connection: string, news: CredentialNews, refusal?: Refusal): void {
  const line: Line = LINES[news];
  const words = refusal === undefined ? '' : `${refusal.code}: ${asSentence(refusal.message)}`;
  const { code, requestId } = refusal ?? {};
  logger[line.level](`Connection "${connection}": ${line.text(words)}`, {
    connection,
    ...(code !== undefined && { code, requestId }),
  });
}

export function asSentence(message: string): string {
  return message.replace(/[.\s]*$/, '.');
}

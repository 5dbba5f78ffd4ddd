import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { spool } from '../client/spool.js';
import type { TargetFormat } from '../client/target-format.js';
import { ProblemError } from './problem.js';

/** Lists of targets by the media type of a body. */
export const TARGET_TYPES = {
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
} as const satisfies Record<string, TargetFormat>;

/** A hundred thousand rows of more than six hundred bytes each. */
export const MOST_TARGET_BYTES = 64 * 1024 * 1024;

/** A body that has arrived whole, and lies on disk. */
export interface ReceivedTargets {
  readonly path: string;
  /** SHA-256 of its bytes, in hexadecimal: tells one body from another. */
  readonly digest: string;
  remove(): Promise<void>;
}

/**
 * Takes in a list of targets no faster than the disk does; nothing of it stays in memory.
 * @throws ProblemError `body-too-large`, `unsupported-media-type` for a compressed one; `invalid-request` when it broke off.
 */
export async function receiveTargets(body: IncomingMessage): Promise<ReceivedTargets> {
  const { 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = body.headers;
  if (encoding !== 'identity')
    throw new ProblemError('unsupported-media-type', 'The list of targets is compressed; send it as it is.');
  if (Number(length) > MOST_TARGET_BYTES) throw tooLarge();
  const hash = createHash('sha256');
  try {
    const spooled = await spool(metered(body, hash));
    return { ...spooled, digest: hash.digest('hex') };
  } catch (thrown) {
    throw body.readableAborted ? brokenOff(thrown) : thrown;
  }
}

async function* metered(body: IncomingMessage, hash: Hash): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  // The connection stays for the answer: without this, whoever sends too much would never hear so.
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_TARGET_BYTES) throw tooLarge();
    hash.update(chunk);
    yield chunk;
  }
}

function tooLarge(): ProblemError {
  return new ProblemError(
    'body-too-large',
    `A list of targets may have ${MOST_TARGET_BYTES} bytes; make several campaigns of it. Nothing was started.`,
  );
}

function brokenOff(cause: unknown): ProblemError {
  return new ProblemError('invalid-request', 'The body broke off before its end. Nothing was started.', {
    cause,
  });
}

/** Of which form a body of that media type is; undefined when it is no list of targets. */
export function formatOf(mediaType = ''): TargetFormat | undefined {
  return Object.hasOwn(TARGET_TYPES, mediaType)
    ? TARGET_TYPES[mediaType as keyof typeof TARGET_TYPES]
    : undefined;
}

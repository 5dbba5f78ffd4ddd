import type { Client } from '@temporalio/client';
import { within } from '../client/within.js';

/** What the service asks of Temporal is answered in milliseconds, or Temporal is in trouble. */
export const ANSWERS_WITHIN_MS = 10_000;

/** Asks Temporal for something that needs no Worker and no end. @throws NoAnswerInTimeError; what `ask` throws. */
export function inTime<T>(client: Client, ask: () => Promise<T>): Promise<T> {
  return within(client, ANSWERS_WITHIN_MS, ask);
}

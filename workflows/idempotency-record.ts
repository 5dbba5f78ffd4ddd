/**
 * Keeps a caller's Idempotency-Key: the key counts as long as this is open. It is started with a delay of 24 hours, so that
 * until then it costs no Worker anything; the server alone sees to it that there is one of an id, and when it ends.
 */
export async function idempotencyRecord(): Promise<void> {}

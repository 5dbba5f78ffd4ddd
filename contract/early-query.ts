/**
 * What a Query fails with that came between an event and the Workflow Task which brings that to the Workflow: nothing is wrong, and
 * it can be asked again at once. `workflows/refuse-early-queries.ts` tells why it cannot be answered.
 */
export const EARLY_QUERY =
  'This Query came ahead of a Workflow Task, and an answer would do harm: ask again in a moment.';

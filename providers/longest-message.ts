/** Of a vendor's words, in characters: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
export const LONGEST_MESSAGE = 500;

/** Of a vendor's word for a state, in characters: whatever is longer is no word, and would fill a history. */
export const LONGEST_WORD = 100;

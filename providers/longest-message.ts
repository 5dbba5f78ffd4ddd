/** Of a vendor's words, in characters: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
export const LONGEST_MESSAGE = 500;

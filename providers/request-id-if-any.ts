/** Longer than any vendor's, in characters: a pending Activity's failure above 4 KB is dropped by the Temporal server. */
const LONGEST_ID = 200;

/** The vendor's id of a call as a member of what is told of it: left out where the vendor gave none, cut where it is no id. */
export function requestIdIfAny(requestId: string | undefined): { readonly requestId?: string } {
  return requestId === undefined ? {} : { requestId: requestId.slice(0, LONGEST_ID) };
}

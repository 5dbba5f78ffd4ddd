/** The vendor's id of a call as a member of what is told of it: left out where the vendor gave none. */
export function requestIdIfAny(requestId: string | undefined): { readonly requestId?: string } {
  return requestId === undefined ? {} : { requestId };
}

import type { Link, StartOperationContext } from 'nexus-rpc';

/** `requestedBy` is a text of at most so many characters. */
const LONGEST = 200;

/**
 * The namespace that calls, as its server says: it links each operation to the event of the Workflow that scheduled it.
 * No proof: code of the caller that sets the header `Nexus-Link` itself is believed (measured on server 1.32.0).
 * @returns undefined where there is no such link, as for callers that are not Temporal.
 */
export function callerOf({ inboundLinks }: Pick<StartOperationContext, 'inboundLinks'>): string | undefined {
  return inboundLinks.map(namespaceIn).find((namespace) => namespace !== undefined);
}

/** As in `temporal:///namespaces/orders/workflows/…`. */
function namespaceIn({ url }: Link): string | undefined {
  const [, namespace] = /^\/namespaces\/([^/]+)\//.exec(url.pathname) ?? [];
  if (url.protocol !== 'temporal:' || namespace === undefined) return undefined;
  try {
    return decodeURIComponent(namespace).slice(0, LONGEST);
  } catch {
    return undefined; // A stray % sign: decodeURIComponent throws on it.
  }
}

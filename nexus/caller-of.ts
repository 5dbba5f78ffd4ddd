import type { StartOperationContext } from 'nexus-rpc';

/** `requestedBy` is a text of at most so many characters. */
const LONGEST = 200;

/**
 * The namespace that calls, as its server says: it links each operation to the event of the Workflow that scheduled it.
 * Undefined where there is no such link, as for callers that are not Temporal.
 */
export function callerOf({ inboundLinks }: Pick<StartOperationContext, 'inboundLinks'>): string | undefined {
  for (const { url } of inboundLinks) {
    const [, namespace] = /^\/namespaces\/([^/]+)\//.exec(url.pathname) ?? [];
    if (url.protocol === 'temporal:' && namespace !== undefined)
      return decodeURIComponent(namespace).slice(0, LONGEST);
  }
  return undefined;
}

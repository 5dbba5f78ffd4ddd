/**
 * Quiesce's Search Attributes, all Keyword. SQL visibility stores allow ten Keyword attributes a namespace;
 * `quiesce setup` registers these.
 */
export const SEARCH_ATTRIBUTES = {
  provider: 'QuiesceProvider',
  connection: 'QuiesceConnection',
  task: 'QuiesceTask',
  phase: 'QuiescePhase',
  verdict: 'QuiesceVerdict',
  requestedBy: 'QuiesceRequestedBy',
  campaign: 'QuiesceCampaign',
} as const;

export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES;

/** A longer value makes PostgreSQL's visibility task fail and retry for ever (varchar(255)). */
const LONGEST_KEYWORD = 255;

/** Pairs as the Temporal SDK's `typedSearchAttributes` and `upsertSearchAttributes` take them; empty values are left out. */
export function searchAttributePairs(values: Partial<Record<SearchAttribute, string | undefined>>) {
  return (Object.entries(values) as [SearchAttribute, string | undefined][]).flatMap(([attribute, value]) =>
    value === undefined || value === ''
      ? []
      : [{ key: searchAttributeKey(attribute), value: value.slice(0, LONGEST_KEYWORD) }],
  );
}

/** The attribute's typed key, structurally the SDK's `SearchAttributeKey<'KEYWORD'>`. */
export function searchAttributeKey(attribute: SearchAttribute) {
  return { name: SEARCH_ATTRIBUTES[attribute], type: 'KEYWORD' as const };
}

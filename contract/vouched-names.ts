/** What the names of callers begin with whom the HTTP service has recognized, by the kind of their credential. */
export const VOUCHED = { key: 'key:', oidc: 'oidc:' } as const;

/** What to say to whoever asks under such a name, without a full stop. */
export const VOUCHED_NAMES =
  'Names that begin with "key:" or "oidc:" are those of callers whose credential the HTTP service has checked';

/** Whether it is a name that the HTTP service alone gives. Nobody who types a name may take such a one. */
export function isVouched(name: string): boolean {
  return Object.values(VOUCHED).some((prefix) => name.startsWith(prefix));
}

/** The address of one run in the Temporal UI, when it is known where that is. */
export function uiUrlOf(
  base: string | undefined,
  namespace = 'default',
  { id, runId }: { readonly id: string; readonly runId: string },
): string | undefined {
  if (base === undefined || base === '') return undefined;
  const path = [namespace, 'workflows', id, runId].map(encodeURIComponent).join('/');
  return `${base.replace(/\/+$/, '')}/namespaces/${path}/history`;
}

/** The address of one run in the Temporal UI, when it is known where that is; without `runId`, of the latest run. */
export function uiUrlOf(
  base: string | undefined,
  namespace = 'default',
  { id, runId }: { readonly id: string; readonly runId?: string },
): string | undefined {
  if (base === undefined || base === '') return undefined;
  const run = runId === undefined ? [] : [runId, 'history'];
  const path = [namespace, 'workflows', id, ...run].map(encodeURIComponent).join('/');
  return `${base.replace(/\/+$/, '')}/namespaces/${path}`;
}

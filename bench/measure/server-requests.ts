/** How many requests of each operation the server's front end has had in our namespace. */
export type RequestCounts = ReadonlyMap<string, number>;

const LINE = /^service_requests\{([^}]*)\} (\S+)$/gm;

/** Reads them from the dev server's Prometheus endpoint. */
export async function readRequestCounts(metricsUrl: string, namespace: string): Promise<RequestCounts> {
  const text = await (await fetch(metricsUrl)).text();
  const counts = new Map<string, number>();
  for (const [, labels = '', value] of text.matchAll(LINE)) {
    if (label(labels, 'service_name') !== 'frontend' || label(labels, 'namespace') !== namespace) continue;
    const operation = label(labels, 'operation') ?? '';
    counts.set(operation, (counts.get(operation) ?? 0) + Number(value));
  }
  return counts;
}

/** How many more of one operation there were at `after` than at `before`. */
export function increase(before: RequestCounts, after: RequestCounts, operation: string): number {
  return (after.get(operation) ?? 0) - (before.get(operation) ?? 0);
}

function label(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
}

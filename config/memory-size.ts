const UNIT_BYTES = { MiB: 2 ** 20, GiB: 2 ** 30 } as const;

const MEMORY_SIZE = /^(\d{1,6}(?:\.\d{1,3})?)(MiB|GiB)$/;

/** What to write where an amount of memory is expected; for error messages. */
export const MEMORY_SIZE_FORM = 'a number and a unit: 768MiB or 1.5GiB';

/** Bytes of an amount such as `768MiB`; `undefined` when the text is not one. A bare number is not: its unit would be a guess. */
export function parseMemoryBytes(text: string): number | undefined {
  const [, amount, unit] = MEMORY_SIZE.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES]);
}

/** Whole MiB, rounded down, as `768MiB`. */
export function formatMemory(bytes: number): string {
  return `${Math.floor(bytes / UNIT_BYTES.MiB)}MiB`;
}

/** `1 time`, `2 times`, `12,345 times`. */
export function count(amount: number, noun: string): string {
  return `${grouped(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `12,345`. */
export function grouped(amount: number): string {
  return amount.toLocaleString('en');
}

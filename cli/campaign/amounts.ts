import { InvalidArgumentError } from '@commander-js/extra-typings';
import type { Amount } from '../../contract/campaign.js';

const PERCENT = /^(\d{1,3}(?:\.\d{1,4})?)%$/;
const COUNT = /^\d{1,7}$/;
const RATE = /^(\d{1,6}(?:\.\d{1,4})?)\/(s|m|h)$/;
const SECONDS = { s: 1, m: 60, h: 3_600 } satisfies Record<string, number>;

/** `20` targets, or `5%` of them; for `argParser`. */
export function parseAmount(text: string): Amount {
  const percent = percentOf(text);
  if (percent !== undefined && percent > 0) return { share: percent / 100 };
  if (COUNT.test(text) && Number(text) > 0) return { count: Number(text) };
  throw new InvalidArgumentError(
    'It must be a number of targets such as 20, or a share of them such as 5%, above 0.',
  );
}

/** `1,5%,100%`: how far each wave goes, in all. Later ones must not go less far, as far as that can be told. */
export function parseWaves(text: string): Amount[] {
  const waves = text.split(',').map((part) => parseWave(part.trim()));
  waves.forEach((wave, index) => {
    const before = waves[index - 1];
    if (before !== undefined && shrinks(before, wave)) {
      throw new InvalidArgumentError(
        'Each wave says how far it goes in all, so none can be below the one before it.',
      );
    }
  });
  return waves;
}

function parseWave(text: string): Amount {
  try {
    return parseAmount(text);
  } catch {
    throw new InvalidArgumentError(
      'It must be numbers or shares of the targets, divided by commas, such as 1,5%,100%.',
    );
  }
}

function shrinks(before: Amount, wave: Amount): boolean {
  if ('count' in before && 'count' in wave) return wave.count <= before.count;
  if ('share' in before && 'share' in wave) return wave.share <= before.share;
  return 'share' in before && before.share === 1;
}

/** `5%` as 0.05; 0% is one, too. */
export function parseShare(text: string): number {
  const percent = percentOf(text);
  if (percent !== undefined) return percent / 100;
  throw new InvalidArgumentError('It must be a share from 0% to 100%, such as 5%.');
}

function percentOf(text: string): number | undefined {
  const [, digits] = PERCENT.exec(text) ?? [];
  const percent = digits === undefined ? undefined : Number(digits);
  return percent === undefined || percent > 100 ? undefined : percent;
}

/** Calls a second of `5/s`, `120/m` or `1000/h`. */
export function parseRate(text: string): number {
  const [, calls, unit] = RATE.exec(text) ?? [];
  const rate = unit === undefined ? 0 : Number(calls) / SECONDS[unit as keyof typeof SECONDS];
  if (rate > 0) return rate;
  throw new InvalidArgumentError('It must be calls a second, minute or hour, such as 5/s, 120/m or 1000/h.');
}

/** The same, or null for `none`. */
export function parseRateOrNone(text: string): number | null {
  if (text === 'none') return null;
  try {
    return parseRate(text);
  } catch {
    throw new InvalidArgumentError(
      'It must be calls a second, minute or hour, such as 5/s or 120/m, or none.',
    );
  }
}

/** `5/s`; of a slower one, by the minute or hour. */
export function formatRate(callsPerSecond: number): string {
  const unit = callsPerSecond >= 1 ? 's' : callsPerSecond * 60 >= 1 ? 'm' : 'h';
  const rate = callsPerSecond * SECONDS[unit];
  return `${Number(rate.toFixed(rate < 10 ? 1 : 0))}/${unit}`;
}

import { stripVTControlCharacters } from 'node:util';

/** Text from outside (a vendor, another user) on one line, without anything a terminal would act on. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

/** `2027-03-01 04:05:06Z` of an ISO time. */
export function dateAndTime(iso: string): string {
  return `${iso.slice(0, 10)} ${timeOfDay(iso)}`;
}

/** `04:05:06Z` of an ISO time. */
export function timeOfDay(iso: string): string {
  return `${iso.slice(11, 19)}Z`;
}

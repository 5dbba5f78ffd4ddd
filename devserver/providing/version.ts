/** What a build says of itself when nobody gave it a version: it tells nothing about its age. */
export const UNVERSIONED = '0.0.0';

/** True when `version` is not older than `minimum`; both are `major.minor.patch`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const actual = version.split('.').map(Number);
  for (const [index, wanted] of minimum.split('.').map(Number).entries()) {
    const part = actual[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

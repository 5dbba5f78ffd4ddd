import { credentialError } from './credential-error.js';

/**
 * The values of variables that only mean something together; undefined when none is set.
 * @throws ProviderError when some are: to look on elsewhere could find keys of another account.
 */
export function allOrNone<const Names extends readonly string[]>(
  names: Names,
  env: NodeJS.ProcessEnv,
): { readonly [Index in keyof Names]: string } | undefined {
  const missing = names.filter((name) => !env[name]);
  if (missing.length === names.length) return undefined;
  if (missing.length > 0) {
    const set = names.filter((name) => env[name]);
    throw credentialError(
      'CredentialsIncomplete',
      `The environment sets ${set.join(' and ')} without ${missing.join(' and ')}: set all of them or none.`,
    );
  }
  return names.map((name) => env[name] ?? '') as unknown as { readonly [Index in keyof Names]: string };
}

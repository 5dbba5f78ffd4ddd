import { z } from 'zod';

const FORM = 'scheme, host and port alone, such as https://nas.example.com:8443';

/**
 * Where a vendor's API is, as a connection's setting: an origin, given on in its normal form. A user and password, a path
 * or a query is refused and not repeated.
 */
export const endpointSetting = z
  .string()
  .refine((text) => toOrigin(text) !== undefined, `must be ${FORM}`)
  .transform((text) => readOrigin(text).origin)
  .meta({ format: 'uri' });

/**
 * An endpoint's address.
 * @throws Error when it is more than scheme, host and port; it does not repeat the address, which may hold a password.
 */
export function readOrigin(endpoint: string): URL {
  const origin = toOrigin(endpoint);
  if (origin === undefined) throw new Error(`An endpoint must be ${FORM}.`);
  return origin;
}

function toOrigin(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    ? url
    : undefined;
}

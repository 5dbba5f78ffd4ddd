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

/** Where secrets may be sent: over TLS, or to this machine. */
const SECRETS_ORIGIN = /^(https:|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|$))/;

/** The same for an API that is sent secrets, or gives them: it is https, or this machine. */
export const secretEndpointSetting = endpointSetting.refine(
  (origin) => SECRETS_ORIGIN.test(origin),
  'must be https',
);

/**
 * An endpoint's origin, of an API that is sent secrets or gives them.
 * @param name what it is called where it can be changed.
 * @throws Error when it is no origin, or plain http and not this machine; it does not repeat the address.
 */
export function readSecretOrigin(endpoint: string, name: string): string {
  const { origin } = readOrigin(endpoint);
  if (!SECRETS_ORIGIN.test(origin)) throw new Error(`${name} must be https.`);
  return origin;
}

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

import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.js';

/** No request was sent: the host is none of the public Internet. */
export class NotPublicError extends Error {
  override readonly name = 'NotPublicError';
}

/**
 * Connects to addresses of the public Internet and to no others.
 *
 * Checked are the very addresses that the socket connects to, between their lookup and the connection: a name that is looked up
 * again could have got another one meanwhile (DNS rebinding).
 */
export function publicConnector(
  timeout: number,
  lookup: LookupFunction = systemLookup,
): buildConnector.connector {
  const connect = buildConnector({ timeout, lookup: publicLookup(lookup) });
  return (options, callback) => {
    // A host that is an address is not looked up.
    const isRefused = isIP(options.hostname) !== 0 && !isPublicAddress(options.hostname);
    if (isRefused) callback(new NotPublicError(), null);
    else connect(options, callback);
  };
}

/** A lookup that finds public addresses only. */
export function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const [first, ...others] = (found as LookupAddress[]).filter(({ address }) => isPublicAddress(address));
      if (first === undefined) return callback(new NotPublicError(), []);
      if (options.all === true) return callback(null, [first, ...others]);
      callback(null, first.address, first.family);
    });
  };
}

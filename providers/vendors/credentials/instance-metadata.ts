import { HttpEndpoint, type HttpAnswer, type HttpRequest } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { credentialError } from './credential-error.js';

/** The service is next door: where nothing answers at once, this is no instance of that cloud. */
const LIMITS = { connectMs: 2_000, totalMs: 5_000 };

/** One call to the metadata service. */
export type MetadataCall = (request: HttpRequest) => Promise<HttpAnswer>;

/** Asks the metadata service of the instance we run on. No proxy comes between: it would answer for its own instance. */
export async function askMetadata<T>(origin: string, ask: (call: MetadataCall) => Promise<T>): Promise<T> {
  const metadata = new HttpEndpoint(origin, { limits: LIMITS, env: {} });
  try {
    return await ask(async (request) => {
      try {
        // Of no caller's signal: all who wait for the keys share the calls. The endpoint's own limits end them.
        return await metadata.call(request, new AbortController().signal);
      } catch (thrown) {
        const { kind, code } = thrown as ProviderError;
        const message = `No metadata service answers at ${origin}: is this an instance of that cloud?`;
        throw new ProviderError(kind, code, message); // The endpoint's own would tell the path, with the role.
      }
    });
  } finally {
    metadata.close();
  }
}

/** What a request's header may hold. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/**
 * The session token in an answer of the metadata service.
 * @throws ProviderError `unavailable` where it can be none, such as a page of something in between.
 */
export function sessionToken({ body }: HttpAnswer): string {
  const token = body.trim();
  if (HEADER_VALUE.test(token)) return token;
  const message = "The instance's metadata service gave no usable token.";
  throw new ProviderError('unavailable', 'NoInstanceToken', message);
}

/** What an answer without keys means. @param advice a sentence for the person who set up the instance. */
export function metadataError({ status }: HttpAnswer, advice: string): ProviderError {
  const code = `HTTP ${status}`;
  if (status === 401 || status === 403 || status === 404) return credentialError(code, advice);
  const kind = status === 429 ? 'throttled' : status >= 500 ? 'unavailable' : 'unrecognized';
  return new ProviderError(kind, code, "The instance's metadata service gave no usable answer.");
}

import { CALLBACK_URL_FORM, isCallbackUrl } from '../contract/callback.js';
import { RequestRefusedError } from './errors.js';

/** Refuses what no callback can be sent to. @throws RequestRefusedError, which does not repeat it. */
export function checkCallbackUrl(callbackUrl: string | undefined): void {
  if (callbackUrl === undefined || (isCallbackUrl(callbackUrl) && URL.canParse(callbackUrl))) return;
  throw new RequestRefusedError(`callbackUrl must be ${CALLBACK_URL_FORM}.`);
}

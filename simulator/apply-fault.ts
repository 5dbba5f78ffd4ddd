import type { FaultKind, FaultRequest } from './control-requests.js';
import type { Outcome } from './journal.js';
import type { SimulatedCall, SimulatedProvider, VendorError, WireAnswer } from './simulated-provider.js';

/** What happens on the wire: an answer, silence (for ever, or until the connection is reset), or a reset. */
export type WireOutcome =
  | { readonly kind: 'answer'; readonly answer: WireAnswer }
  | { readonly kind: 'hang'; readonly ms?: number }
  | { readonly kind: 'reset' };

/** What a fault plays on. */
export type PlayableCall = Pick<SimulatedCall, 'answer' | 'refuse'>;
type Applied = Outcome & { readonly outcome: WireOutcome };
type Play<Kind extends FaultKind> = (
  fault: Extract<FaultRequest, { kind: Kind }>,
  call: PlayableCall,
  provider: SimulatedProvider,
) => Applied;

const PLAYS: { readonly [Kind in FaultKind]: Play<Kind> } = {
  throttle: (fault, call, { throttled }) =>
    answered(call.refuse(withRetryAfter(throttled, fault.retryAfterMs))),
  error: (fault, call, { outage }) => answered(call.refuse(scriptedError(fault, outage))),
  html: (fault) => answered(htmlPage(fault.status ?? 503)),
  hang: ({ ms }) => ({ outcome: { kind: 'hang', ...(ms !== undefined && { ms }) }, status: null }),
  reset: () => ({ outcome: { kind: 'reset' }, status: null }),
  malformed: (fault, call) => answered(malformed(call.answer(), fault.body)),
  latency: (_, call) => answered(call.answer()),
};

/**
 * Plays a fault on a call. With `afterEffect` the call is done first, and its true answer is lost; a latency only
 * differs in when it waits.
 */
export function applyFault(fault: FaultRequest, call: PlayableCall, provider: SimulatedProvider): Applied {
  const lost = fault.kind !== 'latency' && 'afterEffect' in fault && fault.afterEffect === true;
  const effect = lost ? call.answer().effect : undefined;
  const play = PLAYS[fault.kind] as Play<FaultKind>;
  const applied = play(fault, call, provider);
  return effect === undefined ? applied : { ...applied, effect };
}

function answered(answer: WireAnswer): Applied {
  const { status, errorCode, effect } = answer;
  return { outcome: { kind: 'answer', answer }, status, errorCode, effect };
}

function scriptedError(fault: Extract<FaultRequest, { kind: 'error' }>, outage: VendorError): VendorError {
  const { code, message, status, retryAfterMs } = fault;
  const error =
    code === undefined
      ? { ...outage, status: status ?? outage.status, message: message ?? outage.message }
      : { status: status ?? 400, code, message: message ?? `Scripted: ${code}.` };
  return withRetryAfter(error, retryAfterMs);
}

function withRetryAfter(error: VendorError, retryAfterMs: number | undefined): VendorError {
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs };
}

/** What a load balancer or proxy in front of a vendor answers: nothing the vendor's SDK can parse. */
function htmlPage(status: number): WireAnswer {
  const title = `${status} from a proxy`;
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body };
}

function malformed(answer: WireAnswer, how: 'truncated' | 'wrongTypes' | 'empty'): WireAnswer {
  const { body } = answer;
  if (how === 'empty') return { ...answer, body: '' };
  if (how === 'truncated')
    return { ...answer, body: body.slice(0, Math.max(1, Math.floor(body.length / 2))) };
  return { ...answer, body: withWrongTypes(body) };
}

function withWrongTypes(body: string): string {
  if (body === '') return ''; // Nothing has no type.
  if (body.startsWith('<')) return body.replaceAll(/(?<=>)[^<>]+(?=<)/g, otherText);
  return JSON.stringify(wrongTypes(JSON.parse(body)));
}

/** XML has no types but what is read into its texts. */
function otherText(text: string): string {
  return Number.isNaN(Number(text)) ? '42' : 'forty-two';
}

/** Valid JSON of the right shape with every value of a type it should not have. */
function wrongTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wrongTypes);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wrongTypes(inner)]));
  }
  return typeof value === 'string' ? 42 : 'forty-two';
}

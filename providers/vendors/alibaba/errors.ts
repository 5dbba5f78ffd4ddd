import type { ProviderErrorKind } from '../../../contract/failures.js';
import { jsonObject, type HttpAnswer } from '../../http.js';
import { ProviderError } from '../../provider.js';
import { requestIdIfAny } from '../../request-id-if-any.js';
import { retryAfterIfAny } from '../../retry-after-if-any.js';
import { percentEncode } from '../canonical-request.js';
import type { AlibabaKeys } from './signature.js';
import { LONGEST_MESSAGE } from '../../longest-message.js';

/**
 * Codes of the gateway that stands before every product, and of its permission system. Only the code tells what
 * happened: throttling, a bad signature and a wrong clock all have status 400.
 * @see https://help.aliyun.com/en/document_detail/434846.html
 * @see https://help.aliyun.com/document_detail/62603.html
 */
export const GATEWAY_ERROR_KINDS = {
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ServiceTimeout: 'unavailable',
  // Asking whether the caller may call went wrong: nothing is said of the caller.
  'SecurityToken.CheckFailed': 'unavailable',
  'SecurityToken.DecodeFailed': 'unavailable',
  'SubRam.CheckFailed': 'unavailable',
  'VpcRam.CheckFailed': 'unavailable',
  // Every call has a nonce of its own. One that was used means that the same request came twice (a proxy repeated it),
  // and what the first did is open.
  SignatureNonceUsed: 'unavailable',
  // "The last token request is processing": what was asked under the same ClientToken is still being worked on. NAS's documents
  // do not list it; ECS's tables do, with status 403, and Alibaba's own Terraform provider waits where other products answer
  // either name. A look goes before the repeat anyhow. https://github.com/aliyun/terraform-provider-alicloud
  LastTokenProcessing: 'unavailable',
  'OperationFailed.LastTokenProcessing': 'unavailable',
  SignatureDoesNotMatch: 'unauthenticated',
  IncompleteSignature: 'unauthenticated',
  InvalidSignatureMethod: 'unauthenticated',
  MissingSecurityToken: 'unauthenticated',
  'Forbidden.AccessKeyDisabled': 'unauthenticated',
  // A wrong clock lets no call of the connection through either, until a person has set it.
  'InvalidTimeStamp.Expired': 'unauthenticated',
  'InvalidTimeStamp.Format': 'invalid',
  'InvalidProduct.NotFound': 'invalid',
  'InvalidApi.NotFound': 'invalid',
  'InvalidProtocol.NeedSsl': 'invalid',
  'InvalidRegion.NotFound': 'invalid',
  NoSuchVersion: 'invalid',
  UnsupportedHTTPMethod: 'invalid',
  ContentLengthDoesNotMatch: 'invalid',
  ContentMD5NotMatched: 'invalid',
  // The same ClientToken was used before, with other parameters: https://help.aliyun.com/document_detail/25693.html
  IdempotentParameterMismatch: 'invalid',
} as const satisfies Record<string, ProviderErrorKind>;

/** What whole families of codes mean; the first that fits. A code in a table of whole codes is not looked for here. */
const FAMILIES: readonly (readonly [family: RegExp, kind: ProviderErrorKind])[] = [
  [/Throttling/, 'throttled'],
  [/^(InvalidAccessKeyId|InvalidSecurityToken)(\.|$)/, 'unauthenticated'],
  [/^InvalidTimeStamp(\.|$)/, 'unauthenticated'],
  [/^(Forbidden|NoPermission|AccessDenied)(\.|$)/, 'denied'],
  [/^(Missing|Illegal)[A-Z]/, 'invalid'],
  [/^InvalidParameter(\.|$)/, 'invalid'],
];

/** What a 2xx may call itself in its `Code` and still be one; the official clients know the same words. */
const SUCCESS_CODES: ReadonlySet<string> = new Set(['200', 'OK', 'Success']);
const CODE = /^[\w.:-]{1,100}$/;
const CLOCK_ADVICE = "Set this machine's clock: its time differs too much from Alibaba Cloud's.";

/** What an answer says of itself, in JSON or XML. */
interface AnswerWords {
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
}

/** The body of a success; undefined for anything else, such as a 200 that holds an error or a proxy's page. */
export function successBody(answer: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  const body = answer.status >= 200 && answer.status < 300 ? jsonObject(answer) : undefined;
  const { code } = body === undefined ? {} : jsonWords(body);
  return code === undefined || SUCCESS_CODES.has(code) ? body : undefined;
}

/** The vendor's id of the call, wherever it stands. */
export function requestIdOf(answer: HttpAnswer): { readonly requestId?: string } {
  const id = answer.headers['x-acs-request-id'] ?? words(answer).requestId;
  return requestIdIfAny(id);
}

/**
 * The error in an answer that is no success: by its code, and only without a known one by its status.
 * @param context.kinds the product's own codes; they go before the gateway's.
 * @param context.keys what signed the call: the vendor's text may repeat them, and the error's does not.
 */
export function toAlibabaError(
  answer: HttpAnswer,
  context: {
    readonly action: string;
    readonly kinds: Readonly<Record<string, ProviderErrorKind>>;
    readonly keys: AlibabaKeys;
  },
): ProviderError {
  const { code = `HTTP ${answer.status}`, message } = words(answer);
  const text = message === undefined ? 'no answer of Alibaba Cloud that can be read' : message;
  const advice = code.startsWith('InvalidTimeStamp.') ? ` ${CLOCK_ADVICE}` : '';
  return new ProviderError(
    alibabaErrorKind(code, answer.status, context.kinds),
    code,
    `${context.action}: ${withoutSecrets(text, context.keys).slice(0, LONGEST_MESSAGE)}${advice}`,
    { ...requestIdOf(answer), ...retryAfterIfAny(readRetryAfterMs(answer.headers)) },
  );
}

/** What an error means. The status says nothing of a code that no table lists, but that the fault or the haste is known. */
export function alibabaErrorKind(
  code: string,
  status: number,
  productKinds: Readonly<Record<string, ProviderErrorKind>>,
): ProviderErrorKind {
  const kinds: Readonly<Record<string, ProviderErrorKind>> = { ...GATEWAY_ERROR_KINDS, ...productKinds };
  const listed = Object.hasOwn(kinds, code)
    ? kinds[code]
    : FAMILIES.find(([family]) => family.test(code))?.[1];
  if (listed !== undefined) return listed;
  if (status === 429) return 'throttled';
  return status >= 500 ? 'unavailable' : 'unrecognized';
}

function words(answer: HttpAnswer): AnswerWords {
  const json = jsonObject(answer);
  return json === undefined ? xmlWords(answer.body) : jsonWords(json);
}

/**
 * Domain writes these names with a small letter, and repeats them one level deeper. Where one code says success and another
 * does not, the other counts.
 */
function jsonWords(body: Readonly<Record<string, unknown>>): AnswerWords {
  const { data } = body;
  const inner = (typeof data === 'object' && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  const codes = [body['Code'], body['code'], inner['Code']].flatMap(codeText);
  const code = codes.find((each) => !SUCCESS_CODES.has(each)) ?? codes[0];
  return named(code, body['Message'] ?? body['message'], body['RequestId'] ?? inner['RequestId']);
}

/** None, or one. What does not look like a code is not one, but it is there: it must not pass for none. */
function codeText(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return [CODE.test(text) ? text : 'UnreadableCode'];
}

/** The gateway's errors are flat: no XML library is needed to find three texts. */
function xmlWords(body: string): AnswerWords {
  const text = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(body)?.[1];
  return named(codeText(text('Code'))[0], decodeXml(text('Message')), text('RequestId'));
}

function named(code: string | undefined, message: unknown, requestId: unknown): AnswerWords {
  return {
    ...(code !== undefined && { code }),
    ...(typeof message === 'string' && { message }),
    ...(typeof requestId === 'string' && { requestId }),
  };
}

function decodeXml(text: string | undefined): string | undefined {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text?.replaceAll(/&(lt|gt|quot|apos|amp);/g, (entity, name: string) => entities[name] ?? entity);
}

/**
 * A signature error repeats what was signed, and some answers the URL that was called. With the legacy signature both hold
 * the key's id, the token and the signature.
 */
function withoutSecrets(
  message: string,
  { accessKeyId, accessKeySecret, securityToken }: AlibabaKeys,
): string {
  const [firstLine = ''] = message.split('\n', 1);
  const harmless = beforeStringToSign(firstLine)
    .replaceAll(/\bhttps?:\/\/[^\s"'<>]*/gi, '[address]')
    .replaceAll(/\b(AccessKeyId|SecurityToken|Signature)(=|%3D)[^&\s]*/gi, '$1=[hidden]');
  return [accessKeyId, accessKeySecret, securityToken]
    .flatMap((secret) =>
      secret ? [secret, percentEncode(secret), percentEncode(percentEncode(secret))] : [],
    )
    .reduce((text, secret) => text.replaceAll(secret, '[hidden]'), harmless);
}

/** One regular expression for all of it would look for its beginning at each of a hundred thousand dashes: for half a minute. */
function beforeStringToSign(line: string): string {
  let end = line.search(/(server\s+)?string\s?to\s?sign\b/i);
  if (end < 0) return line;
  while (end > 0 && /\W/.test(line.charAt(end - 1))) end--;
  return `${line.slice(0, end)}.`;
}

/** `x-acs-retry-after` is in milliseconds; the common header, which a proxy may send, in seconds. */
function readRetryAfterMs(headers: HttpAnswer['headers']): number | undefined {
  const [own, common] = [headers['x-acs-retry-after'], headers['retry-after']].map((value) =>
    value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined,
  );
  return own ?? (common === undefined ? undefined : common * 1_000);
}

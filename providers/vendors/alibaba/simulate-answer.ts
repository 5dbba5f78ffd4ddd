import type { Effect, VendorError, WireAnswer } from '../../../simulator/simulated-provider.js';
import type { AlibabaRequest } from './simulate-request.js';

/** What an operation answers, before it is JSON or XML. */
export interface AlibabaOutput {
  /** Beside `RequestId`, which every answer has unless it is set to undefined here. In XML a list becomes repeated elements. */
  readonly output: Readonly<Record<string, unknown>>;
  readonly effect?: Effect;
}

/** An error that an operation answers with. */
export class AlibabaRefusal extends Error implements VendorError {
  override readonly name = 'AlibabaRefusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Format = AlibabaRequest['format'];

const CONTENT_TYPES = {
  json: 'application/json;charset=utf-8',
  xml: 'text/xml;charset=utf-8', // The official clients compare the whole of it.
} as const satisfies Record<Format, string>;

export function answerWith(
  { action, format }: AlibabaRequest,
  requestId: string,
  { output, effect }: AlibabaOutput,
): WireAnswer {
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPES[format], 'x-acs-request-id': requestId },
    body: written(format, `${action}Response`, output),
    ...(effect !== undefined && { effect }),
  };
}

/** @see https://help.aliyun.com/document_detail/149360.htm for the members of an error. */
export function refuseWith(
  { format, host }: AlibabaRequest,
  requestId: string,
  { status, code, message, retryAfterMs }: VendorError,
): WireAnswer {
  const error = {
    RequestId: requestId,
    HostId: host,
    Code: code,
    Message: message,
    Recommend: `https://next.api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}`,
  };
  return {
    status,
    headers: {
      'content-type': CONTENT_TYPES[format],
      'x-acs-request-id': requestId,
      ...(retryAfterMs !== undefined && { 'x-acs-retry-after': String(Math.ceil(retryAfterMs)) }),
    },
    body: written(format, 'Error', error),
    errorCode: code,
  };
}

function written(format: Format, name: string, value: Readonly<Record<string, unknown>>): string {
  if (format === 'json') return JSON.stringify(value);
  return `<?xml version='1.0' encoding='UTF-8'?>${toXml(name, value)}`;
}

function toXml(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((each) => toXml(name, each)).join('');
  if (typeof value !== 'object')
    return `<${name}>${escaped(`${value as string | number | boolean}`)}</${name}>`;
  const children = Object.entries(value).map(([key, child]) => toXml(key, child));
  return `<${name}>${children.join('')}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

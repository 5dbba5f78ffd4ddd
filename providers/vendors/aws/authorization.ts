import type { WireRequest } from '../../../simulator/simulated-provider.js';

/** What the Authorization header of a request claims, before anything is checked. */
export interface AwsAuthorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: ReadonlySet<string>;
  readonly signature: string;
}

const HEADER =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

/** Undefined when a part is missing. */
export function readAuthorization(header: string): AwsAuthorization | undefined {
  const [, accessKeyId, date, region, service, names, signature] = HEADER.exec(header) ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined) return undefined;
  if (service === undefined || names === undefined || signature === undefined) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: new Set(names.split(';')), signature };
}

/** The access key id and region a request claims, before anything is checked. */
export function readAwsCaller(request: WireRequest): { accessKeyId?: string; region?: string } {
  const claim = readAuthorization(request.headers.authorization ?? '');
  return claim === undefined ? {} : { accessKeyId: claim.accessKeyId, region: claim.region };
}

/** Reads `X-Amz-Date`. */
export function readAwsDate(stamp: string | string[] | undefined): Date | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(String(stamp));
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts.map(Number);
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second));
}

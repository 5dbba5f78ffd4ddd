import { randomUUID } from 'node:crypto';
import type { AlibabaSignature } from '../../providers/vendors/alibaba/client.js';
import { rpcSignature, signAcs3, signRpc } from '../../providers/vendors/alibaba/signature.js';
import { canonicalQuery } from '../../providers/vendors/canonical-request.js';
import type { RunningSimulator } from '../../simulator/start-simulator.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when it is XML. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into at will
  readonly json: any;
}

/** One signed call, past our own client: the answer as it is on the wire. */
export async function callAlibaba(
  { endpoint, credentials }: RunningSimulator,
  version: string,
  action: string,
  parameters: Readonly<Record<string, string>> = {},
  { signature = 'ACS3-HMAC-SHA256', xml = false }: { signature?: AlibabaSignature; xml?: boolean } = {},
): Promise<RawAnswer> {
  const { host } = new URL(endpoint);
  const call = { action, version, parameters, host, date: new Date(), nonce: randomUUID() };
  const sign = signature === 'HMAC-SHA1' ? signRpc : signAcs3;
  const { query, headers } = sign(call, credentials.alibaba);
  const signedQuery = xml && signature === 'HMAC-SHA1' ? withoutFormat(query, credentials.alibaba) : query;
  const sent = new Headers(xml ? { ...headers, accept: '*/*' } : headers);
  sent.delete('host'); // fetch sets it.
  const answer = await fetch(`${endpoint}/?${signedQuery}`, { method: 'POST', headers: sent });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** Signed anew, as a client does that does not ask for JSON. */
function withoutFormat(query: string, { accessKeySecret }: { readonly accessKeySecret: string }): string {
  const parameters = [...new URLSearchParams(query)].filter(
    ([name]) => name !== 'Format' && name !== 'Signature',
  );
  const { signature } = rpcSignature('POST', parameters, accessKeySecret);
  return canonicalQuery([...parameters, ['Signature', signature]]);
}

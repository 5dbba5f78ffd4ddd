import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';

/** For `localhost`, signed by itself, valid until 2120; made for these tests alone. */
const TLS_FOLDER = resolve(import.meta.dirname, '../../test/tls');
export const CERTIFICATE_FILE = resolve(TLS_FOLDER, 'localhost.crt');

const UNAUTHENTICATED = '16';

export interface CloudFront {
  readonly address: string;
  /** How many calls came with the key. */
  letIn(): number;
  close(): Promise<void>;
}

/** What Temporal Cloud has before its servers: TLS, and nobody is let in without the API key. */
export async function startCloudFront(server: string, apiKey: string): Promise<CloudFront> {
  const upstream = connect(`http://${server}`);
  let letIn = 0;
  const front = createSecureServer({
    cert: readFileSync(CERTIFICATE_FILE),
    key: readFileSync(resolve(TLS_FOLDER, 'localhost.key')),
  });
  front.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (headers.authorization !== `Bearer ${apiKey}`) return refuse(stream);
    letIn++;
    const call = upstream.request(headers);
    call.on('error', () => stream.close());
    call.on('response', (answer) => {
      stream.respond(answer, { waitForTrailers: true });
      call.pipe(stream);
    });
    call.on('trailers', (trailers) => stream.once('wantTrailers', () => stream.sendTrailers(trailers)));
    stream.pipe(call);
  });
  await new Promise<void>((done) => void front.listen(0, '127.0.0.1', done));
  return {
    address: `localhost:${(front.address() as AddressInfo).port}`,
    letIn: () => letIn,
    close: () =>
      new Promise((done) => {
        upstream.destroy();
        front.close(() => done());
      }),
  };
}

/** As gRPC says it without a body. */
function refuse(stream: ServerHttp2Stream): void {
  const answer = { 'content-type': 'application/grpc', 'grpc-status': UNAUTHENTICATED };
  stream.respond({ ':status': 200, ...answer, 'grpc-message': 'no such key' }, { endStream: true });
}

import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Wire } from './mutate-answer.js';

/** Stands before a simulator and changes its answers. Requests go on as they came: their signatures hold. */
export class MutatingProxy {
  /** Given an answer of the simulator's and how many there were before it; what is sent in its place. */
  change: (genuine: Wire, number: number) => Wire = (genuine) => genuine;
  /** Since the last {@link begin}: what the simulator answered, and what was sent. */
  genuine: Wire[] = [];
  sent: Wire[] = [];
  readonly #target: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server = createServer((message, response) => this.#forward(message, response));

  private constructor(target: string) {
    this.#target = target;
  }

  static async start(target: string): Promise<MutatingProxy> {
    const proxy = new MutatingProxy(target);
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  begin(change: MutatingProxy['change'] = (genuine) => genuine): void {
    this.change = change;
    this.genuine = [];
    this.sent = [];
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
  }

  #forward(message: IncomingMessage, response: ServerResponse): void {
    const { method, url = '/', headers } = message;
    const onward = request(`${this.#target}${url}`, { method, headers, agent: this.#agent }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => this.#answer(answer, Buffer.concat(parts), response));
    });
    onward.on('error', () => response.destroy());
    message.pipe(onward);
  }

  #answer({ statusCode = 0, headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { connection: _, 'content-length': __, 'keep-alive': ___, ...kept } = headers;
    const texts = Object.entries(kept).map(([name, value]) => [name, String(value)] as const);
    const genuine: Wire = { status: statusCode, headers: Object.fromEntries(texts), body };
    const sent = this.change(genuine, this.genuine.length);
    this.genuine.push(genuine);
    this.sent.push(sent);
    try {
      response.writeHead(sent.status, sent.headers);
      response.end(sent.body);
    } catch {
      response.destroy(); // What Node does not send, a vendor would have sent in vain.
    }
  }
}

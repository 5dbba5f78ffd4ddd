import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** With TLS, the one that speaks it, once it does. */
  socket: Socket;
  /** The answers to requests whose head has come, until they have been sent. */
  readonly underWay: Set<ServerResponse>;
}

/**
 * The connections of a server, and what is under way on them. Node's own `closeIdleConnections` keeps those on which nothing, or
 * half a head, has come yet, and whoever says nothing would keep the service from stopping.
 */
export class OpenConnections {
  readonly #open = new Map<string, Connection>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => this.#opened(socket));
    server.on('secureConnection', (socket: Socket) => {
      const connection = this.#open.get(nameOf(socket));
      if (connection !== undefined) connection.socket = socket;
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) =>
      this.#began(socket, response),
    );
  }

  /** Closes all on which nothing is under way, now and from now on. */
  closeIdle(): void {
    this.#isClosing = true;
    for (const connection of this.#open.values())
      if (connection.underWay.size === 0) connection.socket.destroy();
  }

  #opened(socket: Socket): void {
    const name = nameOf(socket);
    const underWay = new Set<ServerResponse>();
    this.#open.set(name, { socket, underWay });
    socket.once('close', () => {
      this.#open.delete(name);
      closeWaiting(underWay);
    });
    if (this.#isClosing) socket.destroy();
  }

  #began(socket: Socket, response: ServerResponse): void {
    const connection = this.#open.get(nameOf(socket));
    if (connection === undefined) return;
    connection.underWay.add(response);
    response.once('close', () => {
      connection.underWay.delete(response);
      // When what it was sent has left.
      if (this.#isClosing && connection.underWay.size === 0) socket.destroySoon();
    });
  }
}

/**
 * Of a client that sends several requests at once (HTTP pipelining), Node tells the end of the connection to the answer whose turn
 * it is. Those behind it would never hear of it, and go on for ever if they are such as end with their reader.
 */
function closeWaiting(answers: ReadonlySet<ServerResponse>): void {
  for (const answer of answers) if (answer.socket === null) answer.emit('close');
}

/** The same for a socket and for the one that speaks TLS over it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** With TLS, the one that speaks it, once it does. */
  socket: Socket;
  /** Requests whose head has come, and whose answer has not been sent. */
  underWay: number;
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
    for (const connection of this.#open.values()) if (connection.underWay === 0) connection.socket.destroy();
  }

  #opened(socket: Socket): void {
    const name = nameOf(socket);
    this.#open.set(name, { socket, underWay: 0 });
    socket.once('close', () => this.#open.delete(name));
    if (this.#isClosing) socket.destroy();
  }

  #began(socket: Socket, response: ServerResponse): void {
    const connection = this.#open.get(nameOf(socket));
    if (connection === undefined) return;
    connection.underWay += 1;
    response.once('close', () => {
      connection.underWay -= 1;
      // When what it was sent has left.
      if (this.#isClosing && connection.underWay === 0) socket.destroySoon();
    });
  }
}

/** The same for a socket and for the one that speaks TLS over it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

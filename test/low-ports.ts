import { randomInt } from 'node:crypto';
import { isPortFree } from '../devserver/free-ports.js';

const LOWEST = 20_000;
/**
 * Temporal keeps its ports in a smallint. From here on, Linux takes ports for outgoing connections, too: one of those might have
 * a server's port when that comes back.
 */
const TOO_HIGH = 32_768;

/** So many free TCP ports on an address that a server finds free a while later, and again after it was away. */
export async function lowPorts(ip: string, count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(LOWEST, TOO_HIGH);
    if (await isPortFree(ip, port)) ports.add(port);
  }
  return [...ports];
}

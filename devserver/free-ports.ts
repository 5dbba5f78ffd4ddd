import { createServer, type AddressInfo, type Server } from 'node:net';

/** Two free TCP ports on an address: both are held until both are found, so they differ. */
export async function twoFreePorts(ip: string): Promise<[number, number]> {
  const servers = await Promise.all([listen(ip, 0), listen(ip, 0)]);
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number];
  await Promise.all(servers.map((server) => close(server)));
  return [first, second];
}

/** True when nobody listens on that port; throws when the address is not one of this machine's. */
export async function isPortFree(ip: string, port: number): Promise<boolean> {
  try {
    await close(await listen(ip, port));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

function listen(ip: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: ip, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

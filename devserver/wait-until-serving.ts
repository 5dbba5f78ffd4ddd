import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const RETRY_MS = 50;

/** Resolves when the server at an address serves a namespace; rejects when the signal is aborted first. */
export async function waitUntilServing(
  address: string,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  // A port is tried every 50 ms; a gRPC channel whose first connection fails waits a second before the next.
  await retry(() => openPort(address), signal);
  await retry(async () => {
    const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
    try {
      await connection.withDeadline(Date.now() + 2000, async () => {
        await connection.healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' });
        await connection.workflowService.describeNamespace({ namespace });
      });
    } finally {
      await connection.close();
    }
  }, signal);
}

async function retry(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      await attempt();
      break;
    } catch {
      // Whatever it was, only time will tell: the signal ends the waiting and its owner knows why.
      await delay(RETRY_MS, undefined, { signal });
    }
  }
  signal.throwIfAborted();
}

function openPort(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

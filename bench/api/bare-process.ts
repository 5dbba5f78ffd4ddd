import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Client, Connection } from '@temporalio/client';
import { asChild } from '../processes/as-child.js';

export interface BareInput {
  readonly address: string;
  readonly namespace: string;
}

/** What is written first: it starts a Workflow for each POST, and knows nobody, no errors, and no repeats but by the Workflow id. */
await asChild(async ({ address, namespace }: BareInput) => {
  const connection = await Connection.connect({ address });
  const { workflow } = new Client({ connection, namespace });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { task, reason } = JSON.parse(await text(request)) as { task: string; reason: string };
    const { workflowId, firstExecutionRunId: runId } = await workflow.start('cancelTask', {
      workflowId: `cancel/${task}`,
      taskQueue: 'bare',
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ task, reason }],
    });
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ workflowId, runId }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end('{}'));
  });
  return async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { taskUri } from '../../contract/task.js';
import { CliError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { follow } from '../follow.js';
import { whoIsAsking } from '../options.js';
import type { Stack } from '../stack/start-stack.js';
import { listenForStop } from '../stack/until-stopped.js';

export function demoCommand(context: CliContext) {
  return new Command('demo')
    .summary('see one cancellation from start to verdict')
    .description(
      'Starts Temporal, the simulated clouds and a Worker on free ports, cancels one running task, shows how it goes and what proves its end, and stops everything.',
    )
    .option('--keep', 'leave everything running after the verdict, until Ctrl-C')
    .action(async ({ keep = false }) => {
      const { startStack } = await import('../stack/start-stack.js');
      const folder = await mkdtemp(join(tmpdir(), 'quiesce-demo-'));
      const stop = listenForStop();
      const say = (line: string) => void context.terminal.out.write(`${line}\n`);
      try {
        const stack = await startStack({ folder, env: context.env, say, signal: stop.signal });
        stop.onInsisted = () => {
          stack.kill();
          return undefined;
        };
        try {
          await showOneCancellation(stack, context, stop.signal);
          if (keep) await untilStopped(stack, stop.signal, say);
        } finally {
          say('Stopping everything …');
          await stack.stop();
          if (!keep) say('Stopped, the Temporal UI too; `quiesce demo --keep` leaves it open to look at.');
        }
      } finally {
        stop.dispose();
        await rm(folder, { recursive: true, force: true });
      }
    });
}

async function showOneCancellation(stack: Stack, context: CliContext, signal: AbortSignal): Promise<void> {
  const { Quiesce } = await import('../../client/index.js');
  const [task] = stack.tasks;
  if (task === undefined) throw new CliError('The simulator has no task to cancel.');
  const { out, style } = context.terminal;
  out.write(`Temporal ${stack.temporal.address} (${stack.temporal.about}), UI ${stack.uiUrl ?? 'none'}\n`);
  out.write(`Simulator ${stack.simulatorEndpoint} with ${stack.tasks.length} tasks\n\n`);
  out.write(`${style('bold', `Canceling ${taskUri(task)}, which is ${task.word}`)}\n\n`);

  const quiesce = new Quiesce(stack.client);
  const handle = await quiesce.cancel(
    { provider: task.provider, connection: task.connection, ids: task.ids },
    { requestedBy: whoIsAsking(context.env), reason: 'quiesce demo' },
  );
  await Promise.race([
    follow(handle, context, { output: 'text', uiUrl: stack.uiUrl, signal }),
    failWhenDead(stack),
  ]);
  out.write('\n');
  const { verdict } = await handle.verdict();
  if (verdict !== 'canceled') context.exitCode = EXIT.other;
}

async function failWhenDead(stack: Stack): Promise<never> {
  throw new CliError(await stack.died);
}

async function untilStopped(stack: Stack, signal: AbortSignal, say: (line: string) => void): Promise<void> {
  say(`Everything keeps running until Ctrl-C; the Temporal UI is at ${stack.uiUrl ?? 'none'}.`);
  const stopped = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  if (!signal.aborted) await Promise.race([stopped, failWhenDead(stack)]);
}

import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { checkConnection, describeConnection, type ConnectionLine } from '../describe-connection.js';
import { EXIT } from '../exit-codes.js';
import { globalOptions, outputOption } from '../options.js';
import { readConfig } from '../read-config.js';
import type { Terminal } from '../terminal.js';
import { columns } from '../text.js';

export function connectionsCommand(context: CliContext) {
  return new Command('connections')
    .summary("list the config's connections, and check that they work")
    .description(
      "Lists the config's connections. With --check, each is called once, read-only, as the Worker would call it.",
    )
    .option('--check', 'call each connection once, read-only; exit code 1 if any fails')
    .addOption(outputOption())
    .action(async ({ check = false, output }, command) => {
      const config = await readConfig(context, globalOptions(command).config);
      const connections = [...config.connections.values()];
      const lines = await Promise.all(
        connections.map(async (connection) => ({
          ...describeConnection(connection),
          ...(check && { check: await checkConnection(connection) }),
        })),
      );
      const { terminal } = context;
      terminal.out.write(output === 'json' ? `${JSON.stringify(lines)}\n` : table(lines, terminal));
      if (lines.some((line) => line.check?.ok === false)) context.exitCode = EXIT.other;
    });
}

function table(lines: readonly ConnectionLine[], terminal: Terminal): string {
  const rows = lines.map(({ name, provider, where, check }) => [
    name,
    provider,
    where,
    ...(check ? [checkCell(check)] : []),
  ]);
  const checked = lines.some((line) => line.check !== undefined);
  const [header = '', ...rest] = columns([
    ['NAME', 'PROVIDER', 'WHERE', ...(checked ? ['CHECK'] : [])],
    ...rows,
  ]);
  const colored = rest.map((line, index) =>
    lines[index]?.check?.ok === false ? terminal.style('red', line) : line,
  );
  return `${[terminal.style('bold', header), ...colored].join('\n')}\n`;
}

function checkCell(check: NonNullable<ConnectionLine['check']>): string {
  return check.ok ? `ok, ${check.tookMs} ms` : check.problem;
}

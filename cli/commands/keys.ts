import { Command, InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { SCOPES, type Scope } from '../../api/caller.js';
import type { ApiKey } from '../../api/keys-file.js';
import { resolve } from 'node:path';
import type { Config } from '../../config/load-config.js';
import { CliError, usageError } from '../cli-error.js';
import type { CliContext } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { durationOption, globalOptions, outputOption, type OutputFormat } from '../options.js';
import { printAnswer } from '../print.js';
import { connectionNamed, readConfig, readConfigIfAny } from '../read-config.js';
import { columns, dateAndTime } from '../text.js';

/** `quiesce keys …`: who may call the HTTP service. */
export function keysCommand(context: CliContext): CommandUnknownOpts {
  const command: CommandUnknownOpts = new Command('keys')
    .summary('API keys of the HTTP service: create, list, revoke')
    .description(
      "Makes and revokes API keys. The keys file, the config's api.keysFile, holds their hashes alone; a running `quiesce api` sees a change within a second.",
    );
  for (const each of [createCommand(context), listCommand(context), revokeCommand(context)])
    command.addCommand(each);
  return command;
}

function createCommand(context: CliContext) {
  return new Command('create')
    .summary('make a key, and print it once')
    .description('Makes a key and prints it, once: what is kept of it is its hash.')
    .argument('<name>', "whose it is; a cancellation's requester is then key:<name>")
    .addOption(
      new Option('--scope <list>', `what it may do, of ${SCOPES.join(', ')}`)
        .argParser(parseScopes)
        .makeOptionMandatory(),
    )
    .option('--connection <names...>', 'the only connections it may use (default: all)')
    .addOption(durationOption('--expires <duration>', 'when it ends by itself, such as 90d (default: never)'))
    .addOption(keysFileOption())
    .addOption(outputOption())
    .action(async (name, { scope: scopes, connection: connections, expires, keysFile, output }, command) => {
      const { changeKeysFile, KEY_NAME, newApiKey } = await import('../../api/keys-file.js');
      if (!KEY_NAME.test(name))
        throw usageError(
          'A key is named by at most 63 lower-case letters, digits, dots, dashes and underscores.',
        );
      const config = await readConfig(context, globalOptions(command).config);
      for (const each of connections ?? []) connectionNamed(config, each);
      const path = keysPath(context, config, keysFile);
      const { key, sha256 } = newApiKey();
      const created: ApiKey = {
        name,
        sha256,
        scopes,
        ...(connections !== undefined && { connections }),
        createdAt: new Date().toISOString(),
        ...(expires !== undefined && { expiresAt: new Date(Date.now() + expires).toISOString() }),
      };
      await changeKeysFile(path, (keys) => {
        if (keys.some((each) => each.name === name))
          throw usageError(`There is a key ${name} already: revoke it first, or choose another name.`);
        return [...keys, created];
      });
      const { sha256: _, ...shown } = created;
      printAnswer(context.terminal, output, { ...shown, key }, () => key);
      if (output === 'text')
        context.terminal.err.write(
          `This is the key of ${name}; it is not shown again. Its hash is in ${path}.\n`,
        );
    });
}

function listCommand(context: CliContext) {
  return new Command('list')
    .summary('list the keys there are')
    .description('Lists the keys by name; none can be shown again.')
    .addOption(keysFileOption())
    .addOption(outputOption())
    .action(async ({ keysFile, output }, command) => {
      const { readKeysFile } = await import('../../api/keys-file.js');
      const config = await readConfigIfAny(context, globalOptions(command).config);
      const keys = await readKeysFile(keysPath(context, config, keysFile));
      print(keys, output, context);
    });
}

function revokeCommand(context: CliContext) {
  return new Command('revoke')
    .summary('revoke a key')
    .description('Revokes a key: a running service refuses it within a second.')
    .argument('<name>', 'its name, as `quiesce keys list` has it')
    .addOption(keysFileOption())
    .addOption(outputOption())
    .action(async (name, { keysFile, output }, command) => {
      const { changeKeysFile } = await import('../../api/keys-file.js');
      const config = await readConfigIfAny(context, globalOptions(command).config);
      await changeKeysFile(keysPath(context, config, keysFile), (keys) => {
        const left = keys.filter((key) => key.name !== name);
        if (left.length < keys.length) return left;
        throw new CliError(
          `There is no key ${name}; \`quiesce keys list\` shows those there are.`,
          EXIT.notFound,
        );
      });
      printAnswer(context.terminal, output, { name, revoked: true }, () => `Revoked: ${name}.`);
    });
}

function keysFileOption() {
  return new Option('--keys-file <file>', "where the hashes are (default: the config's api.keysFile)");
}

/** @throws CliError when neither the command nor the config says where. */
function keysPath({ cwd }: CliContext, config: Config | undefined, typed: string | undefined): string {
  if (typed !== undefined) return resolve(cwd, typed);
  if (config?.api.keysFile !== undefined) return config.api.keysFile;
  throw usageError('Where are the keys? Set api.keysFile in the config, or give --keys-file.');
}

function parseScopes(text: string): Scope[] {
  const words = new Set(text.split(','));
  const scopes = SCOPES.filter((scope) => words.has(scope));
  if (scopes.length === words.size) return scopes;
  throw new InvalidArgumentError(`It must be some of ${SCOPES.join(', ')}, with commas between.`);
}

function print(keys: readonly ApiKey[], output: OutputFormat, { terminal }: CliContext): void {
  const shown = keys.map(({ sha256: _, ...key }) => key);
  if (output === 'json') return void terminal.out.write(`${JSON.stringify(shown)}\n`);
  if (keys.length === 0) return void terminal.err.write('There are no keys.\n');
  const rows = shown.map(({ name, scopes, connections, createdAt, expiresAt }) => [
    name,
    scopes.join(','),
    connections?.join(',') ?? 'all',
    dateAndTime(createdAt),
    expiresAt === undefined ? 'never' : dateAndTime(expiresAt),
  ]);
  const [header = '', ...lines] = columns([['NAME', 'SCOPES', 'CONNECTIONS', 'CREATED', 'EXPIRES'], ...rows]);
  terminal.out.write(`${[terminal.style('bold', header), ...lines].join('\n')}\n`);
}

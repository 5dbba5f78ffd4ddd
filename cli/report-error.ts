import { printable } from '../client/target-file-error.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';

/** Errors whose message alone tells a person what is wrong and what to do; by name, so that nothing is loaded to tell. */
const EXIT_BY_ERROR = {
  ConfigError: EXIT.usage,
  KeysFileError: EXIT.usage,
  InvalidTaskError: EXIT.usage,
  RequestRefusedError: EXIT.usage,
  NoWorkerError: EXIT.other,
  TemporalConfigError: EXIT.usage,
  EncryptionError: EXIT.usage,
  TracingError: EXIT.usage,
  CancellationNotFoundError: EXIT.notFound,
  CampaignNotFoundError: EXIT.notFound,
  CampaignScheduleNotFoundError: EXIT.notFound,
  TemporalUnreachableError: EXIT.unreachable,
  NotSetUpError: EXIT.other,
  CancellationFailedError: EXIT.other,
  CampaignFailedError: EXIT.other,
  CampaignEndedError: EXIT.other,
  CampaignExistsError: EXIT.usage,
  CampaignGivenUpError: EXIT.campaignNotBegun,
  TargetFileError: EXIT.usage,
  CancellationEndedError: EXIT.other,
  BinaryNotProvidedError: EXIT.other,
  DevServerStartError: EXIT.other,
} as const;

/** What to do next on a command line: by whatever way they came, others are told the message alone. */
const HINT_BY_ERROR: Readonly<Record<string, (id: string) => string>> = {
  CancellationNotFoundError: () => '`quiesce list` shows those there are.',
  CancellationEndedError: () => '`quiesce status` shows how.',
  CampaignNotFoundError: () => '`quiesce campaign list` shows those there are.',
  CampaignEndedError: (id) => `\`quiesce campaign status ${id}\` shows how.`,
  CampaignExistsError: (id) => `\`quiesce campaign status ${id}\` shows it.`,
  CampaignGivenUpError: (id) => `\`quiesce campaign status ${id}\` shows why.`,
  NoWorkerError: (id) =>
    `Start one with \`quiesce worker\`. Without one, the waiting can still be ended with Temporal's own cancel: temporal workflow cancel -w ${id}`,
};

const GRPC_UNAVAILABLE = 14;

/** Tells an error on stderr and resolves to the exit code it means. */
export function reportError(error: unknown, { terminal, env }: CliContext): number {
  const exitCode = exitCodeOf(error);
  const message = error instanceof Error ? withHint(error) : String(error);
  // What was typed is repeated in many of them. A sentence's own line breaks stay.
  if (message !== '') terminal.err.write(`${message.split('\n').map(printable).join('\n')}\n`);
  if (env['QUIESCE_DEBUG'] === '1') terminal.err.write(`${error instanceof Error ? error.stack : ''}\n`);
  else if (exitCode === undefined)
    terminal.err.write('Nobody expected this; QUIESCE_DEBUG=1 shows where it comes from.\n');
  return exitCode ?? EXIT.other;
}

function withHint(error: Error): string {
  const hint = HINT_BY_ERROR[error.name];
  return hint === undefined || !('id' in error)
    ? error.message
    : `${error.message} ${hint(String(error.id))}`;
}

/** Whether Temporal stopped answering (gRPC UNAVAILABLE), at whatever depth the client has wrapped that. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === GRPC_UNAVAILABLE) || isUnavailable(error.cause);
}

/** The exit code of an error that is expected; `undefined` for any other. */
export function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof CliError) return error.exitCode;
  if (!(error instanceof Error)) return undefined;
  return (
    EXIT_BY_ERROR[error.name as keyof typeof EXIT_BY_ERROR] ??
    (isUnavailable(error) ? EXIT.unreachable : undefined)
  );
}

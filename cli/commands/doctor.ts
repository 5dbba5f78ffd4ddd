import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT } from '../exit-codes.js';
import { globalOptions, outputOption } from '../options.js';
import type { Terminal } from '../terminal.js';
import { count } from '../text.js';

export function doctorCommand(context: CliContext) {
  return new Command('doctor')
    .summary('look for what is wrong, and say what to do')
    .description(
      'Looks at the config, Temporal, the Workers, each connection and the clocks from where it runs, and says what to do. It changes nothing, and calls each connection once, read-only. Run it where a Worker runs: it has the credentials.',
    )
    .addOption(outputOption())
    .action(async ({ output }, command) => {
      const { terminal } = context;
      const { examine } = await import('../doctor/examine.js');
      const findings: Finding[] = [];
      for await (const finding of examine(context, globalOptions(command).config)) {
        findings.push(finding);
        if (output === 'text') terminal.out.write(`${lines(finding, terminal)}\n`);
      }
      const problems = findings.filter(({ ok }) => !ok);
      // The first is what the others may come from.
      context.exitCode = problems[0]?.exitCode ?? EXIT.ok;
      if (output === 'json') terminal.out.write(`${JSON.stringify(toJson(findings))}\n`);
      else
        terminal.out.write(
          `\n${problems.length === 0 ? 'All is well.' : `${count(problems.length, 'problem')}.`}\n`,
        );
    });
}

function lines({ check, ok, says, todo }: Finding, { style, unicode }: Terminal): string {
  const word = ok ? style('green', 'ok') : style('red', 'problem');
  const first = `${word}${' '.repeat(ok ? 7 : 2)}${style('bold', check)}: ${says}`;
  return todo === undefined ? first : `${first}\n         ${unicode ? '→' : '->'} ${todo}`;
}

function toJson(findings: readonly Finding[]) {
  return {
    ok: findings.every(({ ok }) => ok),
    findings: findings.map(({ exitCode: _, ...finding }) => finding),
  };
}

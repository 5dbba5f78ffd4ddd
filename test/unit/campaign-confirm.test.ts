import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PassThrough } from 'node:stream';
import { checkConfirmable, confirmTargets } from '../../cli/campaign/confirm.js';
import { CliError } from '../../cli/cli-error.js';
import type { CliContext } from '../../cli/context.js';
import { EXIT } from '../../cli/exit-codes.js';
import { createTerminal } from '../../cli/terminal.js';

const PLAN = { id: 'spring', targets: 1_505 };

/** Somebody at a terminal, who types that and then ends the input. */
function at(typed: string, { isTTY = true } = {}) {
  const said: string[] = [];
  const sink = { write: (text: string) => said.push(text), isTTY };
  const context: CliContext = { terminal: createTerminal(sink, sink, {}), env: {}, cwd: '/', exitCode: 0 };
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(typed);
  return { said, context, input };
}

describe('a campaign that is started without a plan', () => {
  for (const typed of ['1505', '1,505', ' 1 505 ', '1.505', '1_505'])
    it(`begins when its ${PLAN.targets} targets are typed as "${typed}"`, async () => {
      const { said, context, input } = at(`${typed}\n`);
      await confirmTargets(PLAN, context, input);
      assert.equal(said.join(''), '\nType the number of targets, 1505, to start: ');
    });

  for (const typed of ['', 'yes\n', 'y\n', '\n', '1504\n', '15050\n', '-1505\n'])
    it(`asks nothing when ${JSON.stringify(typed)} is typed, and says how to start what was planned`, async () => {
      const { context, input } = at(typed);
      await assert.rejects(confirmTargets(PLAN, context, input), (thrown: unknown) => {
        assert.ok(thrown instanceof CliError);
        assert.equal(thrown.exitCode, EXIT.other);
        assert.match(thrown.message, /^Not confirmed: none of the 1,505 targets was asked\. The plan stands/);
        assert.match(thrown.message, /quiesce campaign start spring$/);
        return true;
      });
    });

  it('needs an empty list to be typed as nought, not as nothing', async () => {
    const { context, input } = at('\n');
    await assert.rejects(confirmTargets({ id: 'none', targets: 0 }, context, input), CliError);
  });

  for (const [problem, isTTY, options] of [
    ['With --output json nothing can be confirmed', true, { output: 'json' }],
    ['With --from - nothing can be confirmed', true, { output: 'text', from: '-' }],
    ['There is no terminal to confirm on', false, { output: 'text' }],
  ] as const)
    it(`is refused before anything is read: ${problem}`, () => {
      const { context, input } = at('', { isTTY });
      const check = () => checkConfirmable(context, options, input);
      assert.throws(check, { message: new RegExp(`^${problem}: give --yes, .* Nothing was started\\.$`) });
    });

  it('may be confirmed at a terminal', () => {
    const { context, input } = at('');
    assert.doesNotThrow(() => checkConfirmable(context, { output: 'text', from: 'targets.csv' }, input));
  });
});

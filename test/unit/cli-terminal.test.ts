import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveRegion, truncate } from '../../cli/live-region.js';
import { columnsOf, createTerminal } from '../../cli/terminal.js';
import { columns, plain } from '../../cli/text.js';

const tty = { isTTY: true, columns: 80, write: () => true };
const pipe = { write: () => true };
const red = '\u001b[31mx\u001b[39m';

test('color is for terminals, unless NO_COLOR or FORCE_COLOR says otherwise', () => {
  const styled = (out: typeof tty | typeof pipe, env: NodeJS.ProcessEnv) =>
    createTerminal(out, pipe, env).style('red', 'x');
  assert.equal(styled(tty, {}), red);
  assert.equal(styled(pipe, {}), 'x');
  assert.equal(styled(tty, { NO_COLOR: '1' }), 'x');
  assert.equal(styled(tty, { NO_COLOR: '' }), red);
  assert.equal(styled(tty, { TERM: 'dumb' }), 'x');
  assert.equal(styled(pipe, { FORCE_COLOR: '1' }), red);
  assert.equal(styled(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }), red);
  assert.equal(styled(tty, { FORCE_COLOR: '0' }), 'x');
});

test('lines are redrawn on a terminal that can', () => {
  assert.equal(createTerminal(tty, pipe, {}).live, true);
  assert.equal(createTerminal(tty, pipe, { TERM: 'dumb' }).live, false);
  assert.equal(createTerminal(pipe, pipe, {}).live, false);
});

test('a line is cut to the terminal, color codes whole', () => {
  assert.equal(truncate('abc', 3), 'abc');
  assert.equal(truncate('abcdef', 4), 'abc…');
  assert.equal(truncate('\u001b[31mabcdef\u001b[39m', 4), '\u001b[31mabc\u001b[39m…');
  assert.equal(columnsOf({ ...tty, columns: 5 }), 20);
});

test('a redraw goes back over what was drawn, also over lines that a narrower terminal has wrapped', () => {
  const written: string[] = [];
  const sink = { isTTY: true, columns: 40, write: (text: string) => written.push(text) };
  const region = createLiveRegion(sink);
  region.draw(['a'.repeat(30), 'b']);
  sink.columns = 25;
  region.draw(['c']);
  region.clear();
  assert.equal(written[0], `${'a'.repeat(30)}\nb\n`);
  assert.equal(written[1], '\u001b[3A\r\u001b[0Jc\n');
  assert.equal(written[2], '\u001b[1A\r\u001b[0J');
});

test('lines that stay are written above the region', () => {
  const written: string[] = [];
  const region = createLiveRegion({ isTTY: true, columns: 80, write: (text: string) => written.push(text) });
  region.draw(['live']);
  region.print(['stays']);
  assert.equal(written.at(-1), '\u001b[1A\r\u001b[0Jstays\nlive\n');
});

test('text from outside stays on its line and moves no cursor', () => {
  assert.equal(plain('two\nlines\u001b[2J and\ta\u0007 bell'), 'two lines and a bell');
  assert.equal(plain('right\u202Eleft'), 'right left');
});

test('columns are aligned, the last as long as it likes', () => {
  assert.deepEqual(
    columns([
      ['a', 'bb', 'c'],
      ['aaa', 'b', 'cc'],
    ]),
    ['a    bb  c', 'aaa  b   cc'],
  );
});

// @ts-check
import { h, show } from './elements.js';
import { repeat } from './link.js';
import { loading, section, stateBadge } from './parts.js';
import { plotIn } from './plot.js';
import { SPANS, VerdictHistory } from './verdict-history.js';
import * as words from './words.js';

const EVERY_MS = 20_000;

/**
 * How cancellations have ended, over time.
 * @param {AbortSignal} signal
 */
export function verdicts(signal) {
  const host = h('div', { class: 'plot' }, loading());
  const legend = h('p', { class: 'legend' });
  const note = h('p', { class: 'quiet' });
  const history = new VerdictHistory(signal);
  const span = h(
    'select',
    { id: 'span' },
    ...Object.entries(SPANS).map(([name, each]) => h('option', { value: name }, each.words)),
  );
  span.value = 'day';
  const plot = plotIn(host, {
    stacked: true,
    noun: 'cancellation',
    signal,
    empty: () => `No cancellation ended in ${history.span.sentence}.`,
  });
  const look = async () => {
    await history.read(span.value);
    const { atMs, counts } = history.inSteps();
    plot({ atMs, counts });
    show(
      legend,
      ...history
        .totals()
        .flatMap(([verdict, amount]) => [stateBadge(verdict, `${verdict} ${words.grouped(amount)}`), ' ']),
    );
    show(
      note,
      history.isCut ? `Of the newest ${words.grouped(history.size)} alone. ` : '',
      'Single cancellations; the targets of a campaign are on its own page. Times are UTC.',
    );
  };
  span.addEventListener('change', () => void look().catch(() => {})); // The next look of `repeat` says what is wrong.
  const label = h('label', { for: 'span' }, 'Ended in ', span);
  return {
    section: section('verdicts', 'Verdicts over time', label, host, legend, note),
    run: () => repeat(look, { everyMs: EVERY_MS, signal }),
  };
}

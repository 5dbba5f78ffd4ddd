// @ts-check
import { campaigns } from './campaign-list.js';
import { cancellations } from './cancellation-list.js';
import { h } from './elements.js';
import { verdicts } from './verdict-plot.js';

/**
 * Everything, the newest first.
 * @param {HTMLElement} main
 * @param {{ signal: AbortSignal }} view
 */
export async function overview(main, { signal }) {
  const parts = [campaigns(signal), verdicts(signal), cancellations(signal)];
  main.replaceChildren(
    h('h1', { class: 'hidden' }, 'Campaigns and cancellations'),
    ...parts.map((part) => part.section),
  );
  await Promise.all(parts.map(({ run }) => run()));
}

// @ts-check
import { AskError } from './ask.js';
import { h, the } from './elements.js';

/**
 * @typedef {object} Step
 * @property {string} title a question
 * @property {readonly string[]} happens what will, and what will not: a paragraph each
 * @property {string} yes names what is done
 * @property {string} no names what stays
 * @property {boolean} [isGrave] it cannot be taken back
 * @property {'optional' | 'required' | 'none'} reason
 */

const LONGEST_REASON = 2_000;

/**
 * Says what will happen, and does it when that is confirmed. What goes wrong is said there, and can be tried again.
 * @param {Step} step
 * @param {(reason: string | undefined) => Promise<unknown>} act
 * @returns {Promise<boolean>} whether it was done
 */
export function confirmed(step, act) {
  const dialog = /** @type {HTMLDialogElement} */ (the('confirm'));
  const reason = h('textarea', {
    id: 'confirm-reason',
    rows: 2,
    maxlength: LONGEST_REASON,
    required: step.reason === 'required',
  });
  const problem = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const no = h('button', { type: 'button', autofocus: true, onclick: () => dialog.close() }, step.no);
  const yes = h('button', { type: 'submit', class: step.isGrave === true ? 'grave' : 'main' }, step.yes);
  const label = step.reason === 'required' ? 'Reason (required, and kept)' : 'Reason (optional, and kept)';
  const form = h(
    'form',
    {},
    h('h2', { id: 'confirm-title' }, step.title),
    h('div', { id: 'confirm-text' }, ...step.happens.map((text) => h('p', {}, text))),
    step.reason !== 'none' && h('label', { for: 'confirm-reason' }, label),
    step.reason !== 'none' && reason,
    problem,
    h('div', { class: 'buttons' }, no, yes),
  );
  dialog.replaceChildren(form);
  dialog.showModal();
  let isDone = false;
  const send = async () => {
    yes.disabled = true;
    problem.hidden = true;
    try {
      await act(reason.value.trim() || undefined);
      isDone = true;
      dialog.close();
    } catch (thrown) {
      if (!(thrown instanceof AskError)) throw thrown;
      problem.textContent = thrown.message;
      problem.hidden = false;
    } finally {
      yes.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(isDone), { once: true });
  });
}

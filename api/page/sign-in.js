// @ts-check
import { h } from './elements.js';
import { forgetCredential, keepCredential } from './session.js';

/**
 * Asks for a credential.
 * @param {HTMLElement} main
 * @param {string | undefined} trouble what is wrong with the one that was given
 * @param {() => void} onGiven
 */
export function showSignIn(main, trouble, onGiven) {
  forgetCredential();
  // Without a name: a form that is sent after all would not carry it anywhere.
  const key = h('input', {
    id: 'key',
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    // What a header takes.
    pattern: String.raw`\s*[!-~]+\s*`,
    title: 'visible ASCII characters alone',
    'aria-describedby': 'key-about',
  });
  const form = h(
    'form',
    { class: 'sign-in' },
    h('h1', {}, 'Who is calling?'),
    trouble !== undefined && h('p', { class: 'notice bad', role: 'alert' }, trouble),
    h('label', { for: 'key' }, 'API key or bearer token'),
    key,
    h(
      'p',
      { id: 'key-about', class: 'quiet' },
      'Kept until this tab is closed, and sent to this service alone. quiesce keys create makes one; it needs the scope “read”, and “cancel” or “campaign” to do more than look.',
    ),
    h('button', { class: 'main' }, 'Go on'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    keepCredential(key.value.trim());
    onGiven();
  });
  main.replaceChildren(form);
  key.focus();
}

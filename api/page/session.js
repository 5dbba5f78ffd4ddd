// @ts-check

const KEY = 'quiesce.credential';

/** The credential of this tab, until it is closed. It goes into the header of requests, and nowhere else. */
export function credential() {
  return sessionStorage.getItem(KEY);
}

/** @param {string} value */
export function keepCredential(value) {
  sessionStorage.setItem(KEY, value);
}

export function forgetCredential() {
  sessionStorage.removeItem(KEY);
}

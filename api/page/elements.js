// @ts-check

/** @typedef {Node | string | number | null | undefined | false} Child */
/**
 * @typedef {object} Properties
 * @property {string} [key] tells it from its siblings, so that it is found again among them
 * @property {Record<string, string>} [style]
 * @property {((event: Event) => unknown)} [onclick]
 */

/**
 * An element. Text is only ever text: nothing that a vendor or another user has written is read as HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties & Record<string, any>} [properties] the others are attributes; `false` and `undefined` leave one out
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { key, style, onclick, ...attributes } = properties;
  if (key !== undefined) element.dataset['key'] = key;
  // By the object model: the page's policy forbids styles and handlers in attributes.
  if (style !== undefined) Object.assign(element.style, style);
  if (onclick !== undefined) setClick(element, onclick);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false && value !== undefined)
      element.setAttribute(name, value === true ? '' : String(value));
  element.append(...nodesOf(children));
  return element;
}

/**
 * Makes these the children of an element. What is there already and alike stays and is only brought up to date, so that focus, selection
 * and scroll position live through it.
 * @param {Element} host
 * @param {...(Child | readonly Child[])} children
 */
export function show(host, ...children) {
  const byKey = new Map([...host.children].map((child) => [keyOf(child), child]));
  let place = host.firstChild;
  for (const next of nodesOf(children)) {
    const key = keyOf(next);
    const there = key === undefined ? place : (byKey.get(key) ?? null);
    byKey.delete(key); // Of two with one key, each needs an element.
    if (there === null || !isAlike(there, next)) host.insertBefore(next, place);
    else {
      if (there === place) place = place.nextSibling;
      else host.insertBefore(there, place);
      update(there, next);
    }
  }
  while (place !== null) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** @param {readonly (Child | readonly Child[])[]} children */
function nodesOf(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof HTMLElement ? node.dataset['key'] : undefined;
}

/** @param {Node} one @param {Node} other */
function isAlike(one, other) {
  return one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
}

/** What a click on an element does; in one place, so that it can be replaced. @type {WeakMap<HTMLElement, (event: Event) => unknown>} */
const clicks = new WeakMap();

/** @param {HTMLElement} element @param {((event: Event) => unknown) | undefined} onclick */
function setClick(element, onclick) {
  if (onclick === undefined) clicks.delete(element);
  else clicks.set(element, onclick);
  // The same function again is no second listener.
  element.addEventListener('click', click);
}

/** @param {Event} event */
function click(event) {
  if (event.currentTarget instanceof HTMLElement) clicks.get(event.currentTarget)?.(event);
}

/** @param {Node} there @param {Node} next */
function update(there, next) {
  if (there === next) return;
  if (!(there instanceof HTMLElement && next instanceof HTMLElement)) {
    if (there.nodeValue !== next.nodeValue) there.nodeValue = next.nodeValue;
    return;
  }
  for (const name of there.getAttributeNames())
    if (!next.hasAttribute(name) && name !== 'style') there.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (name !== 'style' && there.getAttribute(name) !== value) there.setAttribute(name, value);
  if (there.style.cssText !== next.style.cssText) there.style.cssText = next.style.cssText;
  if (clicks.has(there) || clicks.has(next)) setClick(there, clicks.get(next));
  show(there, ...next.childNodes);
}

/**
 * An element of index.html.
 * @param {string} id
 */
export function the(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}.`);
  return element;
}

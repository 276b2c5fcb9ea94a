// @ts-check
// Elements in one call. Texts go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
/** @typedef {Node|string|null|undefined|false} Child */

/**
 * Return an HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [attributes] `onclick` and the like are listeners; `class` and `aria-...` attributes;
 *   false, null and undefined are left out, true is an attribute without a value
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * Return an SVG element.
 *
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 * @returns {E}
 */
function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter(isChild));
  return made;
}

/** @param {Child} child @returns {child is Node|string} */
const isChild = (child) => child !== null && child !== undefined && child !== false;

let count = 0;
/** Return an id that no other element of the page has. @param {string} name */
export const freshId = (name) => `nodewright-${name}-${++count}`;

/** Return a sentence with a capital letter. @param {string} text */
export const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Return whether a key belongs to an input method that composes a character, rather than to us. @param {KeyboardEvent} event */
export const composes = (event) => event.isComposing || event.keyCode === 229;

/**
 * Return an icon of ComfyUI's icon font.
 *
 * @param {string} name
 */
export const icon = (name) => element("i", { class: `pi pi-${name}`, "aria-hidden": "true" });

/**
 * Return a button with a text and an icon before it.
 *
 * @param {string} text
 * @param {Record<string, any>} attributes
 * @param {string} [iconName]
 */
export function button(text, attributes, iconName) {
  const label = element("span", { class: "nw-button-text" }, text);
  const { class: classes = "", ...rest } = attributes;
  return element(
    "button",
    { type: "button", class: `nw-button ${classes}`.trim(), ...rest },
    iconName && icon(iconName),
    label,
  );
}

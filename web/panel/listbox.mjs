// @ts-check
// A list of options to choose one from, by mouse or keyboard; long ones are filtered by typing.
import { composes, element, freshId, icon } from "./dom.mjs";
import { filtered, nameParts } from "./filter.mjs";

const FILTERED_FROM = 16;
const SHOWN = 200;
const PAGE = 10;

/**
 * @typedef {object} ListboxSettings
 * @property {string} label
 * @property {string[]} options
 * @property {string} value the one that is chosen
 * @property {(value: string) => void} chosen
 * @property {(value: string) => string} shown what a person reads
 * @property {(value: string) => string} [hint] a few words behind it
 * @property {import("./types.mjs").Texts} texts
 */

/**
 * Return a listbox, with a field to filter it where it is long, and what gives it the focus.
 *
 * @param {ListboxSettings} settings
 * @returns {{root: HTMLElement, focus: () => void}}
 */
export function listbox(settings) {
  const { label, options, texts } = settings;
  const id = freshId("list");
  const list = element("ul", { class: "nw-options", role: "listbox", id, "aria-label": label, tabindex: "-1" });
  const left = element("p", { class: "nw-quiet nw-options-left", role: "status" });
  const isLong = options.length > FILTERED_FROM;
  const filter = element("input", {
    class: "nw-field", type: "text", role: "combobox", placeholder: texts("menu_filter"), autocomplete: "off",
    spellcheck: "false", "aria-label": `${label}: ${texts("menu_filter")}`, "aria-controls": id, "aria-expanded": "true",
    "aria-autocomplete": "list",
  }); // prettier-ignore
  const focused = isLong ? filter : list;
  let active = 0;

  /** @param {number} index */
  function activate(index) {
    const items = list.children;
    items[active]?.classList.remove("nw-active");
    active = Math.max(0, Math.min(index, items.length - 1));
    const item = items[active];
    item?.classList.add("nw-active");
    item?.scrollIntoView({ block: "nearest" });
    focused.setAttribute("aria-activedescendant", item?.id ?? "");
  }
  function fill() {
    const query = filter.value;
    const found = filtered(options, query, SHOWN);
    list.replaceChildren(...found.shown.map((value) => optionItem(value, settings)));
    if (!found.shown.length) left.textContent = texts("menu_none", { query });
    else left.textContent = found.left ? texts("menu_left", { count: found.left }) : "";
    activate(query ? 0 : Math.max(0, found.shown.indexOf(settings.value)));
  }
  /** @param {Element|null|undefined} item */
  function choose(item) {
    const value = /** @type {HTMLElement|null} */ (item)?.dataset.value;
    if (value !== undefined) settings.chosen(value);
  }
  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (composes(event)) return;
    const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + PAGE, PageUp: active - PAGE };
    const ends = isLong ? {} : { Home: 0, End: list.children.length - 1 }; // in a text field they move the cursor
    const target = /** @type {Record<string, number>} */ ({ ...moves, ...ends })[event.key];
    if (target !== undefined) activate(target);
    else if (event.key === "Enter" || (event.key === " " && !isLong)) choose(list.children[active]);
    else if (!isLong && event.key.length === 1 && !event.ctrlKey && !event.metaKey) startsWith(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  /** @param {string} letter */
  function startsWith(letter) {
    const items = [...list.children];
    const order = [...items.slice(active + 1), ...items.slice(0, active + 1)];
    const next = order.find((item) => item.textContent?.toLowerCase().startsWith(letter.toLowerCase()));
    if (next) activate(items.indexOf(next));
  }

  focused.addEventListener("keydown", /** @type {EventListener} */ (pressed));
  filter.addEventListener("input", fill);
  list.addEventListener("click", (event) => choose(/** @type {Element} */ (event.target).closest("li")));
  const root = element("div", { class: "nw-listbox" }, isLong && filter, list, left);
  fill();
  if (!isLong) list.tabIndex = 0;
  return {
    root,
    focus() {
      focused.focus();
      activate(active); // in view, now that there is one
    },
  };
}

/**
 * @param {string} value
 * @param {ListboxSettings} settings
 */
function optionItem(value, { value: current, shown, hint }) {
  const selected = value === current;
  const { folder, name } = nameParts(value);
  const isFile = name !== value;
  const aside = isFile ? folder : (hint?.(value) ?? "");
  return element(
    "li",
    {
      class: "nw-option",
      role: "option",
      id: freshId("option"),
      "aria-selected": String(selected),
      "data-value": value,
      title: isFile ? value : null,
    },
    element("span", { class: "nw-option-name" }, isFile ? name : shown(value)),
    aside && element("span", { class: "nw-quiet nw-option-aside" }, aside),
    selected && icon("check"),
  );
}

// @ts-check
// A menu of the ask: a small button that shows what is set, and opens a list.
import { element, icon } from "./dom.mjs";
import { nameParts } from "./filter.mjs";
import { listbox } from "./listbox.mjs";
import { openPopover } from "./popover.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

const AUTO = "auto";
const SHORT = 4; // letters of a value beside which its menu's name has room

/**
 * Return a menu.
 *
 * @param {string} name of the node's input, and of its text
 * @param {Texts} texts
 * @param {(value: string) => void} changed called when a person chooses
 */
export function menu(name, texts, changed) {
  const label = texts(name);
  const value = element("span", { class: "nw-menu-value" });
  const root = element(
    "button",
    {
      type: "button",
      class: "nw-menu",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "data-menu": name,
      onclick: open,
    },
    element("span", { class: "nw-menu-name" }, label),
    value,
    icon("chevron-down"),
  );
  let options = [AUTO];
  let current = AUTO;
  /** @type {(() => void)|null} */
  let close = null;

  function open() {
    if (close) return close();
    const list = listbox({ label, options, value: current, shown, hint, texts, chosen });
    close = openPopover(root, list.root, { label, closed: () => (close = null) });
    list.focus();
  }
  /** @param {string} option */
  function chosen(option) {
    set(option);
    close?.();
    changed(option);
  }
  /** @param {string} option */
  function shown(option) {
    const key = `option_${option}`;
    const text = texts(key);
    return text === key ? nameParts(option).name : text;
  }
  /** @param {string} option */
  function hint(option) {
    if (option === AUTO) return texts("menu_hint_auto");
    const index = options.indexOf(option);
    const isFamily = name === "model" && index > 0 && nameParts(option).name === option;
    return isFamily ? texts("menu_hint_family") : "";
  }
  /** @param {string} option */
  function set(option) {
    current = option;
    const isSet = option !== AUTO;
    const text = shown(option);
    value.textContent = isSet ? text : "";
    root.classList.toggle("nw-set", isSet);
    root.classList.toggle("nw-alone", isSet && text.length > SHORT);
    root.setAttribute("aria-label", `${label}: ${text}`);
    root.title = `${label}: ${isSet ? option : text}`;
  }
  set(AUTO);
  return {
    root,
    set,
    open,
    get value() {
      return current;
    },
    get options() {
      return options;
    },
    /**
     * Take the options that are there now, and set one of them. A list that is open, as before the server's first
     * answer, shows them.
     *
     * @param {string[]} given
     * @param {string} wanted where it is not among them, "auto" is set
     */
    offer(given, wanted) {
      const before = options;
      options = given.length ? given : [AUTO];
      set(options.includes(wanted) ? wanted : AUTO);
      if (!close || before.join("\n") === options.join("\n")) return;
      close();
      open();
    },
    shown,
  };
}

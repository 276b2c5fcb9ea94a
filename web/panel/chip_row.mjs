// @ts-check
// What was read in the prompt, as chips. A click on one shows why it is there, and what may stand in its place.
import { alternatives, isWritten } from "./chips.mjs";
import { button, element } from "./dom.mjs";
import { listbox } from "./listbox.mjs";
import { openPopover } from "./popover.mjs";

/** @typedef {import("./types.mjs").Chip} Chip */

/**
 * @typedef {object} Actions
 * @property {() => Record<string, string[]>} menus options by menu
 * @property {(value: string) => string} shown an option as a person reads it
 * @property {(menu: string, value: string) => void} set
 * @property {(chip: Chip) => void} remove
 */

/**
 * @param {import("./types.mjs").Texts} texts
 * @param {Actions} actions
 */
export function chipRow(texts, actions) {
  const list = element("ul", { class: "nw-chips", "aria-label": texts("read") });
  const notes = element("div", { class: "nw-notes", role: "status" });
  let shown = "";
  let noted = "";

  /** @param {Chip} chip */
  function item(chip) {
    const main = element("button", {
      type: "button", class: `nw-chip nw-chip-${chip.origin}`, "aria-haspopup": "dialog", "aria-expanded": "false",
      "aria-label": texts("chip_change", { label: chip.label }), title: chip.label, "data-kind": chip.kind, onclick: open,
    }, element("span", {}, chip.label)); // prettier-ignore
    /** @type {(() => void)|null} */
    let close = null;

    function open() {
      if (close) return close();
      const others = alternatives(chip, actions.menus());
      const parts = [
        element("p", { class: "nw-chip-title" }, chip.label),
        chip.reason && element("p", { class: "nw-quiet" }, chip.reason),
      ];
      const choice = others.length
        ? listbox({ label: texts("chip_instead"), options: others, value: "", shown: actions.shown, chosen, texts })
        : null;
      const remove = canRemove(chip) ? removeButton() : null;
      const box = element(
        "div",
        { class: "nw-chip-box" },
        ...parts,
        choice && element("p", { class: "nw-label" }, texts("chip_instead")),
        choice?.root,
        remove,
      );
      close = openPopover(main, box, { label: chip.label, closed: () => (close = null) });
      if (choice) choice.focus();
      else if (remove) remove.focus();
      else ((box.tabIndex = -1), box.focus());
    }
    function removeButton() {
      const text = isWritten(chip) ? texts("chip_remove_words", { words: chip.words }) : texts("chip_remove");
      return button(text, { class: "nw-chip-remove", onclick: removed }, "times");
    }
    function removed() {
      close?.();
      actions.remove(chip);
    }
    /** @param {string} value */
    function chosen(value) {
      close?.();
      if (chip.menu !== null) actions.set(chip.menu, value);
    }
    return element("li", {}, main);
  }
  return {
    root: element("div", { class: "nw-read" }, list, notes),
    /** @param {import("./types.mjs").Read} read */
    show(read) {
      const [chips, beside] = [read.chips, [read.notes, read.problem]].map((each) => JSON.stringify(each));
      if (chips !== shown) list.replaceChildren(...read.chips.map(item)); // else what has the focus stays
      shown = chips;
      if (beside === noted) return;
      noted = beside;
      const lines = read.notes.map((note) => element("p", { class: "nw-note" }, note));
      notes.replaceChildren(...lines, ...(read.problem ? [element("p", { class: "nw-problem" }, read.problem)] : []));
    },
    /** @param {string} message */
    failed(message) {
      shown = noted = "";
      list.replaceChildren();
      notes.replaceChildren(element("p", { class: "nw-note" }, texts("read_failed", { message })));
    },
  };
}

/** @param {Chip} chip */
const canRemove = (chip) => isWritten(chip) || chip.origin === "menu";

// @ts-check
import { element, freshId } from "./dom.mjs";

/**
 * Return tabs over views; the arrow keys go from one to the next.
 *
 * @param {string} label
 * @param {{name: string, label: string, view: HTMLElement}[]} entries
 * @param {(name: string) => void} changed
 */
export function tabs(label, entries, changed) {
  const made = entries.map(({ name, label: text, view }) => {
    const id = freshId("tab");
    const viewId = freshId("view");
    const tab = element(
      "button",
      {
        type: "button",
        role: "tab",
        id,
        class: "nw-tab",
        "aria-controls": viewId,
        "data-tab": name,
        onclick: () => show(name),
      },
      text,
    );
    const panel = element("div", { role: "tabpanel", id: viewId, class: "nw-view", "aria-labelledby": id }, view);
    return { name, tab, panel };
  });
  const bar = element(
    "div",
    { class: "nw-tabs", role: "tablist", "aria-label": label, onkeydown: pressed },
    ...made.map(({ tab }) => tab),
  );
  let current = "";

  /** @param {string} name */
  function show(name) {
    for (const one of made) {
      const on = one.name === name;
      one.tab.setAttribute("aria-selected", String(on));
      one.tab.tabIndex = on ? 0 : -1;
      one.panel.hidden = !on;
    }
    if (current !== name) changed(name);
    current = name;
  }
  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const index = made.findIndex(({ name }) => name === current);
    /** @type {Record<string, number>} */
    const targets = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: made.length - 1 };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = made[(target + made.length) % made.length];
    show(next.name);
    next.tab.focus();
  }
  show(entries[0].name);
  return { bar, views: made.map(({ panel }) => panel), show };
}

// @ts-check
import { differences } from "./compare.mjs";
import { element } from "./dom.mjs";

/** @typedef {import("./types.mjs").Card} Card */

/**
 * Return a table of what differs between two cards.
 *
 * @param {{card: Card, place: number}} left
 * @param {{card: Card, place: number}} right
 * @param {import("./types.mjs").Texts} texts
 * @param {() => void} close
 */
export function compareView(left, right, texts, close) {
  const title = texts("compare_title", { left: left.place, right: right.place });
  const rows = differences(left.card, right.card).map(({ what, left: one, right: other }) =>
    element("tr", {}, element("th", { scope: "row" }, texts(`compare_${what}`)), cell(one, texts), cell(other, texts)),
  );
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, texts("compare_what")),
    ...[left, right].map(({ place }) => element("th", { scope: "col" }, String(place))),
  );
  const table = element("table", { class: "nw-table" }, element("thead", {}, head), element("tbody", {}, ...rows));
  const closing = element(
    "button",
    { type: "button", class: "nw-icon-button", "aria-label": texts("close"), title: texts("close"), onclick: close },
    element("i", { class: "pi pi-times", "aria-hidden": "true" }),
  );
  return element(
    "section",
    { class: "nw-comparison", "aria-label": title, tabindex: "-1" },
    element("header", { class: "nw-section-head" }, element("h3", {}, title), closing),
    rows.length ? table : element("p", { class: "nw-quiet" }, texts("compare_same")),
  );
}

/** @param {string} text @param {import("./types.mjs").Texts} texts */
const cell = (text, texts) => element("td", {}, text || texts("nothing"));

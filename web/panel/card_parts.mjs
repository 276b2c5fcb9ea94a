// @ts-check
// The parts of a card that say what its workflow is.
import { capitalised, element } from "./dom.mjs";
import { nameParts } from "./filter.mjs";

/** @typedef {import("./types.mjs").Card} Card */
/** @typedef {import("./types.mjs").Texts} Texts */

const REASONS = 3;

/** @param {Card} card @param {number} place @param {Texts} texts */
export function heading(card, place, texts) {
  const file = card.model ? nameParts(card.model.file).name : texts("card_no_model");
  const size = card.size && texts("card_size", { width: card.size[0], height: card.size[1] });
  return element(
    "header",
    { class: "nw-card-head" },
    element("span", { class: "nw-place", "aria-hidden": "true" }, String(place)),
    element(
      "div",
      { class: "nw-card-title" },
      element("h3", { title: card.model?.file }, file),
      element("p", { class: "nw-quiet" }, [card.model?.title, size].filter(Boolean).join(" · ")),
    ),
  );
}

/** @param {Card} card @param {Texts} texts */
export function reasonsView(card, texts) {
  const all = card.reasons ?? [];
  const lines = all.map(({ choice, value, reason }) => {
    const key = `choice_${choice}`;
    const name = texts(key) === key ? capitalised(choice.replaceAll("_", " ")) : texts(key);
    return element("li", {}, element("b", {}, `${name} ${value}`), ` – ${reason}`);
  });
  const text = card.text && element("li", {}, element("b", {}, texts("card_text")), ` – ${card.text}`);
  const negative = card.negative && element("li", {}, element("b", {}, texts("card_negative")), ` – ${card.negative}`);
  const seed = element("li", {}, texts("card_seed", { seed: card.seed }));
  return element(
    "div",
    { class: "nw-why" },
    element("ul", { class: "nw-reasons" }, ...lines.slice(0, REASONS)),
    element(
      "details",
      { class: "nw-details" },
      element("summary", {}, texts("card_more")),
      element("ul", { class: "nw-reasons" }, ...lines.slice(REASONS), text, negative, seed),
    ),
  );
}

/** @param {Card} card @param {Texts} texts */
export function notesView(card, texts) {
  const notes = (card.notes ?? []).map((note) => element("p", { class: "nw-note" }, note));
  if (!notes.length) return [];
  return [element("div", { class: "nw-notes" }, element("p", { class: "nw-label" }, texts("notes")), ...notes)];
}

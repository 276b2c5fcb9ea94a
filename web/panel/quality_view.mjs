// @ts-check
import { capitalised, element } from "./dom.mjs";
import { bar } from "./quality.mjs";

/**
 * Return the expected quality of a card in words and as a bar, whose pale part is how far it may be off; or in words
 * why there is none.
 *
 * @param {import("./types.mjs").Card} card
 * @param {import("./types.mjs").Texts} texts
 */
export function qualityView(card, texts) {
  const quality = card.quality;
  if (!quality)
    return element(
      "p",
      { class: "nw-quiet nw-no-quality" },
      card.no_quality ? capitalised(card.no_quality) : texts("no_quality"),
    );
  const { low, middle, high } = bar(quality);
  const words = texts("expected_words", { words: quality.words, certainty: quality.certainty });
  const track = element(
    "div",
    { class: "nw-track", role: "img", "aria-label": `${texts("expected")}: ${words}` },
    element("div", { class: "nw-track-range", style: `left: ${low.toFixed(1)}%; right: ${(100 - high).toFixed(1)}%` }),
    element("div", { class: "nw-track-mean", style: `left: ${middle.toFixed(1)}%` }),
  );
  const evidence = quality.evidence && element("p", { class: "nw-quiet" }, capitalised(quality.evidence));
  const warning = quality.warning && element("p", { class: "nw-note" }, quality.warning);
  return element(
    "div",
    { class: "nw-quality" },
    element("p", {}, element("span", { class: "nw-quiet" }, `${texts("expected")}: `), words),
    track,
    evidence,
    warning,
  );
}

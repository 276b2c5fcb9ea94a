// @ts-check
import { button, element } from "./dom.mjs";
import { gainKey } from "./quality.mjs";

/** @typedef {import("./types.mjs").Change} Change */
/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * Return a change as it is shown before anything is touched: what, why, what it may bring, and a button that applies it.
 *
 * @param {Change} change
 * @param {Texts} texts
 * @param {(change: Change) => Promise<string[]|null>} apply null where it failed, which is shown elsewhere
 */
export function changeView(change, texts, apply) {
  const applying = button(
    texts("apply"),
    { class: "nw-apply", "aria-label": `${texts("apply")}: ${change.title}`, onclick: pressed },
    "check",
  );
  const done = element("p", { class: "nw-status", role: "status" });
  async function pressed() {
    applying.disabled = true;
    done.textContent = texts("applying");
    const applied = await apply(change);
    if (applied) applying.replaceWith(element("span", { class: "nw-done" }, texts("applied_title")));
    applying.disabled = false;
    done.textContent = applied ? texts("applied") : "";
  }
  return element(
    "div",
    { class: "nw-change" },
    element("p", { class: "nw-change-title" }, change.title),
    change.reason && element("p", { class: "nw-quiet" }, change.reason),
    gainView(change, texts),
    element("div", { class: "nw-actions" }, applying),
    done,
  );
}

/** @param {Change} change @param {Texts} texts */
function gainView(change, texts) {
  if (typeof change.gain !== "number") return null;
  const amount = texts(gainKey(change.gain));
  const certainty = change.certainty ?? "";
  return element(
    "p",
    { class: "nw-gain" },
    certainty ? texts("gain_words", { amount, certainty }) : texts("gain", { amount }),
  );
}

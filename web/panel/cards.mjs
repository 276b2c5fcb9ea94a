// @ts-check
// The list of written workflows, best first, with the comparison of two of them on top.
import { cardView } from "./card.mjs";
import { compareView } from "./compare_view.mjs";
import { button, element } from "./dom.mjs";

/** @typedef {import("./types.mjs").Card} Card */
/** @typedef {import("./types.mjs").Texts} Texts */

const EXAMPLES = ["example_photo", "example_anime", "example_letters"];

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {Texts} texts
 * @param {{rate: (rendered: import("./types.mjs").Rendered) => Promise<HTMLElement|null>, example: (text: string) => void,
 *   ran: (card: Card, id: string) => void}} actions
 */
export function cardList(comfyui, texts, actions) {
  const live = element("p", { class: "nw-hidden", role: "status", "aria-live": "polite" });
  const head = element("div", { class: "nw-results-head" });
  const comparison = element("div", { class: "nw-compare-place", "aria-live": "polite" });
  const list = element("ol", { class: "nw-cards" });
  const root = element("div", { class: "nw-results" }, live, head, comparison, list);
  /** @type {ReturnType<typeof cardView>[]} */
  let views = [];
  /** @type {ReturnType<typeof cardView>[]} */
  let picked = [];
  let written = "";

  /** @param {ReturnType<typeof cardView>} view @param {boolean} on */
  function compared(view, on) {
    picked = picked.filter((one) => one !== view);
    if (on) picked.push(view);
    if (picked.length > 2) picked.shift()?.uncompare();
    showComparison();
  }
  function showComparison() {
    const [left, right] = [...picked].sort((one, other) => one.place - other.place);
    if (!left) return comparison.replaceChildren();
    if (!right)
      return comparison.replaceChildren(
        element("p", { class: "nw-hint" }, texts("compare_pick", { number: left.place })),
      );
    const table = compareView(left, right, texts, () => {
      for (const one of picked) one.uncompare();
      picked = [];
      showComparison();
    });
    comparison.replaceChildren(table);
    table.scrollIntoView({ block: "nearest" });
    table.focus({ preventScroll: true });
  }
  /** @param {string} text */
  function announce(text) {
    live.textContent = text;
  }
  return {
    root,
    announce,
    /** @param {Card[]} cards @param {string} prompt @param {boolean} complete whether all are there */
    show(cards, prompt, complete) {
      const context = { comfyui, texts, prompt, rate: actions.rate, compared, ran: actions.ran, announce };
      // A first card that has been looked at, or is being run, stays as it is when the others come.
      const before = complete && prompt === written ? views : [];
      const focused = /** @type {HTMLElement|null} */ (document.activeElement);
      const hadFocus = list.contains(focused);
      written = prompt;
      views = cards.map((card, index) => {
        const kept = before.find((view) => isSame(view.card, card));
        kept?.rank(card, index + 1);
        return kept ?? cardView(card, index + 1, context);
      });
      picked = picked.filter((view) => views.includes(view));
      showComparison();
      list.replaceChildren(...views.map((view) => view.root));
      const isJudged = cards.some((card) => card.quality); // else their order says nothing of their quality
      const results = isJudged ? "results" : "results_unjudged";
      const title = complete ? texts(results, { count: cards.length }) : texts("results_first");
      head.replaceChildren(
        element("h2", {}, title),
        element("p", { class: "nw-quiet nw-cut", title: prompt }, texts("results_of", { prompt })),
      );
      announce(title);
      if (hadFocus) focused?.focus({ preventScroll: true });
      if (!before.length) root.scrollTop = 0;
    },
    /** Go on with the runs that the page had started before it was reloaded. @param {Record<string, string>} runs number of a card -> id */
    resume(runs) {
      for (const view of views) if (runs[view.card.number]) view.resume(runs[view.card.number]);
    },
    /** Show what to do where there are no workflows yet. @param {(string|Node)[]} [notices] what keeps from writing any */
    showEmpty(notices = []) {
      views = [];
      picked = [];
      comparison.replaceChildren();
      head.replaceChildren();
      const examples = EXAMPLES.map((key) =>
        button(texts(key), { class: "nw-example", onclick: () => actions.example(texts(key)) }),
      );
      list.replaceChildren(
        element(
          "li",
          { class: "nw-empty" },
          ...notices.map((notice) => element("div", { class: "nw-warning" }, notice)),
          element("h2", {}, texts("empty_title")),
          element("p", { class: "nw-quiet" }, texts("empty_text")),
          element("p", { class: "nw-label" }, texts("empty_examples")),
          element("div", { class: "nw-examples" }, ...examples),
        ),
      );
    },
    get isEmpty() {
      return views.length === 0;
    },
  };
}

/** @param {Card} one @param {Card} other */
const isSame = (one, other) => one.seed === other.seed && JSON.stringify(one.api) === JSON.stringify(other.api);

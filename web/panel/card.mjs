// @ts-check
// One written workflow: what it is, why, how good it may become, and what can be done with it.
import { appOf, nameOf } from "./card_api.mjs";
import { heading, notesView, reasonsView } from "./card_parts.mjs";
import { cardRun } from "./card_run.mjs";
import { button, element } from "./dom.mjs";
import { drawing } from "./drawing.mjs";
import { inWords } from "./problems.mjs";
import { qualityView } from "./quality_view.mjs";

/** @typedef {import("./types.mjs").Card} Card */
/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * @param {Card} card
 * @param {number} place in the ranking, from 1
 * @param {import("./types.mjs").CardContext} context
 */
export function cardView(card, place, context) {
  const { comfyui, texts, prompt } = context;
  const message = element("p", { class: "nw-status", role: "status" });
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const report = { status, problem: wrong };
  const run = cardRun(card, () => view.place, context, report);
  const compare = button(texts("compare"), { "aria-pressed": "false", class: "nw-compare", onclick: comparePressed });
  const actions = element("div", { class: "nw-actions" }, run.button, openButton("open"), openButton("app"), compare);
  const root = element("li", { class: "nw-card" });

  function fill() {
    root.setAttribute("aria-label", texts("card", { number: view.place }));
    const stages = (view.card.stages ?? []).map((stage) => element("li", {}, stage.words));
    root.replaceChildren(
      heading(view.card, view.place, texts),
      run.pictures,
      element("div", { class: "nw-well" }, drawing(view.card.api, texts)),
      element("ol", { class: "nw-stages" }, ...stages),
      qualityView(view.card, texts),
      reasonsView(view.card, texts),
      ...notesView(view.card, texts),
      actions,
      problem,
      message,
    );
  }
  /** @param {"open"|"app"} name */
  function openButton(name) {
    if (name === "app" && !comfyui.hasAppMode()) return null;
    const symbol = name === "open" ? "external-link" : undefined;
    const made = button(texts(name), { title: texts(`${name}_tip`), class: `nw-${name}`, onclick: pressed }, symbol);
    async function pressed() {
      made.disabled = true;
      await open(name === "app");
      made.disabled = false;
    }
    return made;
  }
  /** @param {boolean} asApp */
  async function open(asApp) {
    const options = asApp ? { app: appOf(card) } : undefined;
    try {
      const { missing } = await comfyui.openWorkflow(card.api, nameOf(prompt || card.text), options);
      if (missing.length) wrong(texts("open_missing", { names: missing.join(", ") }));
      else status(texts("opened"));
    } catch (error) {
      wrong(inWords(error, texts));
    }
  }
  function comparePressed() {
    const on = compare.getAttribute("aria-pressed") !== "true";
    compare.setAttribute("aria-pressed", String(on));
    context.compared(view, on);
  }
  /** @param {string} text */
  function status(text) {
    problem.hidden = true;
    if (message.textContent !== text) message.textContent = text;
  }
  /** @param {string} text */
  function wrong(text) {
    status("");
    problem.textContent = text;
    problem.hidden = false;
  }
  const view = {
    root,
    card,
    place,
    resume: run.resume,
    uncompare: () => compare.setAttribute("aria-pressed", "false"),
    /** Show the same workflow as it is ranked now, with all that was done with it. @param {Card} now @param {number} at */
    rank(now, at) {
      view.card = now;
      view.place = at;
      fill();
    },
  };
  fill();
  return view;
}

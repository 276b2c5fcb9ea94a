// @ts-check
// Renders a card's workflow beside the canvas, and shows the pictures on the card.
import { withSeed } from "./card_api.mjs";
import { button, element } from "./dom.mjs";
import { seedIn } from "./node_inputs.mjs";
import { picture } from "./picture.mjs";
import { endInWords, inWords } from "./problems.mjs";

/** @typedef {import("./types.mjs").Api} Api */
/** @typedef {import("./types.mjs").Run} Run */
/** @typedef {import("./types.mjs").Picture & {node: string}} Made */

/**
 * @param {import("./types.mjs").Card} card
 * @param {() => number} place in the ranking
 * @param {import("./types.mjs").CardContext} context
 * @param {{status: (text: string) => void, problem: (text: string) => void}} report
 */
export function cardRun(card, place, context, report) {
  const { comfyui, texts, prompt } = context;
  const pictures = element("div", { class: "nw-pictures" });
  const start = button(texts("run"), { class: "nw-run", onclick: pressed }, "play");
  const startText = /** @type {HTMLElement} */ (start.querySelector(".nw-button-text"));
  /** @type {Run|null} */
  let running = null;
  let isBusy = false;
  let hasRun = false;

  async function pressed() {
    if (running) return running.cancel();
    if (isBusy) return; // it is being queued
    const api = hasRun ? withSeed(card, seedIn("") ?? 0) : card.api;
    busy(texts("starting"), null);
    await followed(async () => {
      const run = await comfyui.queue(api);
      context.ran(card, run.id);
      return run;
    }, api);
  }
  /** @param {() => Promise<Run>} begin @param {Api} api */
  async function followed(begin, api) {
    try {
      await follow(await begin(), api);
    } catch (error) {
      running = null;
      ready("");
      report.problem(inWords(error, texts));
    }
  }
  /** @param {Run} run @param {Api} api */
  async function follow(run, api) {
    running = run;
    run.on("waiting", (before) => busy(before ? texts("waiting", { count: before }) : texts("starting"), null));
    run.on("offline", () => busy(texts("error_offline"), null));
    run.on("progress", ({ value, max }) => {
      const share = max ? value / max : 0;
      busy(max > 1 ? texts("running_of", { percent: Math.round(100 * share) }) : texts("running"), share);
    });
    const ended = await run.done;
    running = null;
    if (ended.status === "interrupted") return ready(texts("run_cancelled"));
    const failure = endInWords(ended, texts);
    if (failure !== null) throw new Error(failure);
    hasRun = true;
    const made = picturesOf(ended.outputs);
    ready(made.length ? "" : texts("run_no_picture"));
    for (const one of made) await show(one, api);
    if (made.length) context.announce(texts("run_done", { number: place() }));
  }
  /** @param {Made} made @param {Api} api */
  async function show({ node, ...made }, api) {
    const alt = texts("picture_alt", { number: place() });
    const figure = element("figure", { class: "nw-figure" }, picture(comfyui.imageUrl(made), alt, texts));
    pictures.prepend(figure);
    const rating = await context.rate({ api, node, picture: made, prompt });
    if (rating) figure.append(rating);
  }
  /** @param {string} text @param {number|null} share */
  function busy(text, share) {
    isBusy = true;
    start.classList.add("nw-busy");
    start.style.setProperty("--nw-share", String(share ?? 0));
    startText.textContent = texts("cancel");
    report.status(text);
  }
  /** @param {string} text */
  function ready(text) {
    isBusy = false;
    start.classList.remove("nw-busy");
    startText.textContent = texts(hasRun ? "run_again" : "run");
    report.status(text);
  }
  return {
    pictures,
    button: start,
    /** @param {string} id of a run that the page had started before it was reloaded */
    resume(id) {
      busy(texts("resumed"), null);
      return followed(async () => comfyui.follow(id), card.api);
    },
  };
}

/**
 * Return the pictures that a run has saved, or where it saved none, those that it has shown.
 *
 * @param {Record<string, any>} outputs
 * @returns {Made[]}
 */
function picturesOf(outputs) {
  const made = Object.entries(outputs).flatMap(([node, output]) =>
    (output?.images ?? []).map((/** @type {import("./types.mjs").Picture} */ one) => {
      const { filename, subfolder, type } = one;
      return { filename, subfolder, type, node };
    }),
  );
  const saved = made.filter((one) => one.type === "output");
  return saved.length ? saved : made;
}

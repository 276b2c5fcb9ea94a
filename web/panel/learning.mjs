// @ts-check
// "Learn from my ratings": a queued job with progress, its result in words, and the way back.
import { button, element } from "./dom.mjs";
import { endInWords, inWords } from "./problems.mjs";
import { keepForThisPage, ofThisPage } from "./remembered.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */
/** @typedef {import("./types.mjs").Run} Run */
/** @typedef {{count: number, fewest: number, learned: any, can_undo: boolean, problem: string}} Standing */

const ID = "nodewright-learn";
const NODE = "NodewrightLearnFromRatings";
const ROUTE = "/nodewright/ratings";

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {Texts} texts
 */
export function learning(comfyui, texts) {
  const count = element("p", { class: "nw-rated-count", role: "status" });
  const filled = element("div", { class: "nw-meter-filled" });
  const meter = element("div", { class: "nw-meter", "aria-hidden": "true" }, filled);
  const learn = button(texts("ratings_learn"), { class: "nw-primary nw-learn", onclick: pressed });
  const label = /** @type {HTMLElement} */ (learn.querySelector(".nw-button-text"));
  const state = element("p", { class: "nw-status", role: "status" });
  const result = element("div", { class: "nw-learned", role: "status" });
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const root = element("div", { class: "nw-learning" }, count, meter, learn, state, problem, result);
  /** @type {Standing} */
  let standing = { count: 0, fewest: 20, learned: null, can_undo: false, problem: "" };
  /** @type {Run|null} */
  let running = null;
  let changes = 0;

  /** @param {Partial<Standing>} changed */
  function show(changed) {
    changes++;
    standing = { ...standing, ...changed };
    const left = Math.max(0, standing.fewest - standing.count);
    count.textContent = left
      ? `${texts("ratings_count", { count: standing.count })} ${texts("ratings_left", { count: left })}`
      : texts("ratings_count", { count: standing.count });
    filled.style.width = `${Math.min(100, (100 * standing.count) / standing.fewest)}%`;
    meter.hidden = !left;
    learn.disabled = Boolean(left) && !running;
    result.replaceChildren(...resultView());
  }
  function resultView() {
    const { learned, can_undo: canUndo, problem: damaged } = standing;
    const parts = [];
    if (damaged) parts.push(element("p", { class: "nw-note" }, damaged));
    if (learned) parts.push(...learnedView(learned, texts));
    const back = (learned || damaged) && button(texts("ratings_take_back"), { onclick: () => move("take_back") }, "undo");
    const again = canUndo && button(texts("ratings_undo"), { onclick: () => move("undo") }, "replay");
    if (back || again) parts.push(element("div", { class: "nw-actions" }, back, again));
    return parts;
  }
  /** @param {string} text */
  function wrong(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }
  /** @param {"take_back"|"undo"} where */
  async function move(where) {
    wrong("");
    try {
      show(await comfyui.postJson(`${ROUTE}/${where}`, {}));
      state.textContent = texts(where === "undo" ? "ratings_undone" : "ratings_taken_back");
      learn.focus();
    } catch (error) {
      wrong(inWords(error, texts));
    }
  }
  async function pressed() {
    if (running) return running.cancel();
    wrong("");
    busy(texts("starting"), 0);
    try {
      await follow(await comfyui.queue({ [ID]: { class_type: NODE, inputs: {} } }));
    } catch (error) {
      ready("");
      wrong(inWords(error, texts));
    }
  }
  /** @param {Run} run */
  async function follow(run) {
    running = run;
    keepForThisPage({ learning: run.id });
    run.on("waiting", (before) => {
      const jobs = Number(before?.before ?? before);
      busy(jobs ? texts("waiting", { count: jobs }) : texts("starting"), 0);
    });
    run.on("progress", ({ value, max }) => busy(texts("ratings_learning"), max ? value / max : 0));
    const ended = await run.done;
    running = null;
    keepForThisPage({ learning: null });
    const found = ended.outputs?.[ID]?.nodewright_ratings?.[0];
    ready(ended.status === "interrupted" ? texts("ratings_cancelled") : "");
    if (found) show(found.learned ? found : { count: found.count });
    if (found && !found.learned) wrong(found.problem);
    if (ended.status !== "success" && ended.status !== "interrupted") wrong(endInWords(ended, texts) ?? "");
  }
  /** @param {string} text @param {number} share */
  function busy(text, share) {
    learn.classList.add("nw-busy");
    learn.style.setProperty("--nw-share", String(share));
    learn.disabled = false;
    label.textContent = texts("cancel");
    if (state.textContent !== text) state.textContent = text;
  }
  /** @param {string} text */
  function ready(text) {
    learn.classList.remove("nw-busy");
    label.textContent = texts("ratings_learn");
    state.textContent = text;
    show({});
  }
  /** Go on with a job that this page had started before it was reloaded. */
  async function resume() {
    const id = ofThisPage().learning;
    if (!id || running) return;
    busy(texts("resumed"), 0);
    await follow(await comfyui.follow(String(id)));
  }
  /**
   * Ask where learning stands, and show it unless something has been changed here meanwhile.
   *
   * @param {() => Promise<Standing>} ask
   */
  async function refresh(ask) {
    const before = changes;
    const found = await ask();
    if (changes === before) show(found);
  }
  return { root, show, refresh, resume };
}

/**
 * Return what was learned, in words.
 *
 * @param {Record<string, any>} learned
 * @param {Texts} texts
 */
function learnedView(learned, texts) {
  const percent = (/** @type {number} */ share) => Math.round(100 * share);
  const { ratings, liked, prompts, left_out: leftOut, pairs, after, before, compared, used } = learned;
  const held = { pairs, after: percent(after), before: percent(before) };
  return [
    element("p", { class: used ? "nw-done" : "nw-hint" }, texts(used ? "ratings_better" : "ratings_not_better")),
    element("p", { class: "nw-quiet" }, texts(compared ? "ratings_held_out" : "ratings_held_out_chance", held)),
    element("p", { class: "nw-quiet" }, texts("ratings_learned_from", { ratings, liked, count: prompts })),
    ...(leftOut ? [element("p", { class: "nw-note" }, texts("ratings_left_out", { count: leftOut }))] : []),
  ];
}

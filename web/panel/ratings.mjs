// @ts-check
// The tab "Pictures": what the queue has rendered lately, to be rated; and learning from the ratings.
import { button, element, icon } from "./dom.mjs";
import { learning } from "./learning.mjs";
import { picture } from "./picture.mjs";
import { inWords } from "./problems.mjs";
import { keyOf, onCount, ratingsOf, thumbs as thumbsOf } from "./thumbs.mjs";

/** @typedef {import("./types.mjs").Comfyui} Comfyui */
/** @typedef {import("./types.mjs").Texts} Texts */
/** @typedef {import("./thumbs.mjs").Rendered} Rendered */

const JOBS = 100; // of the history
const AT_ONCE = 24; // pictures that are listed before "More"
const IMAGE = /\.(png|jpe?g|webp)$/i;

/**
 * Return thumbs for a picture with the rating that it has; null for what is no picture.
 *
 * @param {Comfyui} comfyui
 * @param {Texts} texts
 * @param {Rendered} rendered
 */
export async function thumbs(comfyui, texts, rendered) {
  if (!isRateable(rendered.picture)) return null;
  try {
    const { ratings } = await ratingsOf(comfyui, [rendered.picture]);
    return thumbsOf(comfyui, texts, rendered, ratings[0]);
  } catch (error) {
    return element("p", { class: "nw-problem", role: "alert" }, inWords(error, texts));
  }
}

/**
 * Return the list of pictures, which is filled when it comes into view.
 *
 * @param {Comfyui} comfyui
 * @param {Texts} texts
 */
export function ratingsView(comfyui, texts) {
  const learn = learning(comfyui, texts);
  onCount((count) => learn.show({ count }));
  const list = element("ol", { class: "nw-rated" });
  const more = button(texts("ratings_more"), { class: "nw-rated-more", hidden: true, onclick: () => add() });
  const label = texts("ratings_refresh");
  const refresh = element(
    "button",
    { type: "button", class: "nw-icon-button", "aria-label": label, title: label, onclick: shown },
    icon("refresh"),
  );
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const empty = element("p", { class: "nw-quiet nw-rated-empty", hidden: true }, texts("ratings_empty"));
  const loading = element("p", { class: "nw-quiet", role: "status", hidden: true }, texts("loading"));
  const body = element("div", { class: "nw-results" }, problem, loading, empty, list, more);
  const head = element(
    "div",
    { class: "nw-ratings-head" },
    element("div", { class: "nw-section-head" }, element("h2", {}, texts("ratings_title")), refresh),
    element("p", { class: "nw-quiet" }, texts("ratings_intro")),
    learn.root,
  );
  const root = element("div", { class: "nw-ratings" }, head, body);
  /** @type {Rendered[]} */
  let found = [];
  /** @type {Set<string>} */
  let listed = new Set();
  let turn = 0;

  /** Show what there is now. */
  async function shown() {
    const mine = ++turn;
    problem.hidden = true;
    loading.hidden = listed.size > 0 || !empty.hidden;
    try {
      const [jobs] = await Promise.all([comfyui.history(JOBS), learn.refresh(() => ratingsOf(comfyui, []))]);
      if (mine !== turn) return;
      const now = renderedBy(jobs);
      const isSame = now.length === found.length && now.every((one, at) => keyOf(one.picture) === keyOf(found[at].picture));
      if (!isSame) {
        found = now;
        listed = new Set();
        list.replaceChildren();
        await add(mine);
      }
      empty.hidden = found.length > 0;
      await learn.resume();
    } catch (error) {
      problem.textContent = inWords(error, texts);
      problem.hidden = false;
    }
    if (mine === turn) loading.hidden = true;
  }
  /** List the next pictures. @param {number} [mine] */
  async function add(mine = turn) {
    const next = found.filter(({ picture: one }) => !listed.has(keyOf(one))).slice(0, AT_ONCE);
    const { ratings } = await ratingsOf(comfyui, next.map((one) => one.picture)); // prettier-ignore
    if (mine !== turn) return;
    for (const [index, rendered] of next.entries()) {
      listed.add(keyOf(rendered.picture));
      list.append(entry(rendered, listed.size, ratings[index]));
    }
    more.hidden = listed.size >= found.length;
  }
  /** @param {Rendered} rendered @param {number} number @param {import("./thumbs.mjs").Rating} rating */
  function entry(rendered, number, rating) {
    const alt = texts("ratings_picture", { number });
    return element(
      "li",
      { class: "nw-figure" },
      picture(comfyui.imageUrl(rendered.picture), alt, texts),
      thumbsOf(comfyui, texts, rendered, rating),
    );
  }
  return { root, shown };
}

/** @param {{filename: string, type?: string}} one */
const isRateable = ({ filename, type = "output" }) => IMAGE.test(filename) && (type === "output" || type === "temp");

/**
 * Return the pictures of jobs, each once, in their order.
 *
 * @param {{api: import("./types.mjs").Api, images: any[]}[]} jobs
 * @returns {Rendered[]}
 */
export function renderedBy(jobs) {
  /** @type {Map<string, Rendered>} */
  const found = new Map();
  for (const { api, images } of jobs) {
    for (const image of images.filter(isRateable)) {
      if (!found.has(keyOf(image))) found.set(keyOf(image), { picture: image, api, node: image.node });
    }
  }
  return [...found.values()];
}

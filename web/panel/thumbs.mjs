// @ts-check
// Thumbs up and down for a picture that was seen. Every pair of thumbs for the same picture shows the same.
import { element, icon } from "./dom.mjs";
import { inWords } from "./problems.mjs";

/** @typedef {import("./types.mjs").Comfyui} Comfyui */
/** @typedef {import("./types.mjs").Texts} Texts */
/** @typedef {import("./types.mjs").Picture} Picture */
/** @typedef {"up"|"down"|null} Rating */
/** @typedef {{picture: Picture, prompt?: string, api?: import("./types.mjs").Api, node?: string}} Rendered */

const ROUTE = "/nodewright/ratings";
const AT_ONCE = 20; // pictures that one address holds

/** @type {Set<(count: number) => void>} */
const counting = new Set();

/** Call a function with the number of all ratings after each change. @param {(count: number) => void} call */
export const onCount = (call) => counting.add(call);

/** @type {Set<WeakRef<HTMLElement>>} */
const shown = new Set();
/** @type {WeakMap<HTMLElement, (rating: Rating) => void>} */
const showing = new WeakMap();

/**
 * Return thumbs for a picture.
 *
 * @param {Comfyui} comfyui
 * @param {Texts} texts
 * @param {Rendered} rendered the picture, what was asked for it, and the workflow that made it
 * @param {Rating} rating the rating that it has
 */
export function thumbs(comfyui, texts, rendered, rating) {
  let current = rating;
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const up = thumb("up", "thumbs-up", "rate_up");
  const down = thumb("down", "thumbs-down", "rate_down");
  const root = element(
    "div",
    { class: "nw-thumbs", role: "group", "aria-label": texts("rate"), "data-picture": keyOf(rendered.picture) },
    up,
    down,
    problem,
  );

  /** @param {"up"|"down"} which @param {string} symbol @param {string} key */
  function thumb(which, symbol, key) {
    const label = texts(key);
    return element(
      "button",
      { type: "button", class: `nw-thumb nw-thumb-${which}`, "aria-label": label, title: label, onclick: () => press(which) },
      icon(symbol),
    );
  }
  /** @param {Rating} next */
  function show(next) {
    current = next;
    for (const [button, which] of /** @type {const} */ ([[up, "up"], [down, "down"]])) {
      button.setAttribute("aria-pressed", String(next === which));
    }
  }
  /** @param {"up"|"down"} which */
  async function press(which) {
    const before = current;
    problem.hidden = true;
    show(before === which ? null : which);
    const { picture, prompt = "", api = null, node = null } = rendered;
    const { filename, subfolder = "", type = "output" } = picture;
    try {
      const body = { picture: { filename, subfolder, type }, rating: current, prompt, workflow: api, node };
      const found = await comfyui.postJson(ROUTE, body);
      showEverywhere(picture, found.rating);
      for (const call of counting) call(found.count);
    } catch (error) {
      show(before);
      problem.textContent = inWords(error, texts);
      problem.hidden = false;
    }
  }
  show(current);
  shown.add(new WeakRef(root));
  showing.set(root, show);
  return root;
}

/** Show a new rating at all thumbs of a picture. @param {Picture} picture @param {Rating} rating */
function showEverywhere(picture, rating) {
  const key = keyOf(picture);
  for (const reference of shown) {
    const root = reference.deref();
    if (!root) shown.delete(reference);
    else if (root.dataset.picture === key) showing.get(root)?.(rating);
  }
}

/** @param {Picture} picture */
export const keyOf = ({ filename, subfolder = "", type = "output" }) => `${type}/${subfolder}/${filename}`;

/**
 * Return the ratings of pictures, in their order, and where learning stands.
 *
 * @param {Comfyui} comfyui
 * @param {Picture[]} pictures
 * @returns {Promise<{ratings: Rating[], count: number, fewest: number, learned: any, can_undo: boolean, problem: string}>}
 */
export async function ratingsOf(comfyui, pictures) {
  /** @type {Rating[]} */
  const ratings = [];
  let standing;
  for (let start = 0; start === 0 || start < pictures.length; start += AT_ONCE) {
    const named = pictures
      .slice(start, start + AT_ONCE)
      .map(({ filename, subfolder = "", type = "output" }) => ({ filename, subfolder, type }));
    standing = await comfyui.getJson(`${ROUTE}?${new URLSearchParams({ pictures: JSON.stringify(named) })}`);
    ratings.push(...standing.ratings);
  }
  return { ...standing, ratings };
}

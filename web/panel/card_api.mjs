// @ts-check
// What is read off a card's workflow for opening it as an app, and for running it with another seed.
import { kindOf } from "./layout.mjs";

/** @typedef {import("./types.mjs").Api} Api */
/** @typedef {import("./types.mjs").Card} Card */

const SEEDS = ["seed", "noise_seed"];

/**
 * Return what an app shows of a workflow: the text, the size, the seed, and the pictures.
 *
 * @param {Card} card
 * @returns {{inputs: [string, string][], outputs: string[]}}
 */
export function appOf(card) {
  const nodes = Object.entries(card.api);
  const inputs = promptInputs(card);
  const latent = nodes.find(
    ([, { inputs: given }]) => card.size && given.width === card.size[0] && given.height === card.size[1],
  );
  if (latent) inputs.push([latent[0], "width"], [latent[0], "height"]);
  const seeded = nodes.flatMap(([id, node]) =>
    SEEDS.filter((name) => Number.isInteger(node.inputs[name])).map((name) => [id, name]),
  );
  if (seeded.length) inputs.push([seeded[0][0], seeded[0][1]]);
  return { inputs, outputs: nodes.filter(([, node]) => kindOf(node.class_type) === "output").map(([id]) => id) };
}

/**
 * Return where the prompt stands: the inputs that are the card's text, or else those that have words beside it.
 *
 * @param {Card} card
 * @returns {[string, string][]}
 */
function promptInputs({ api, text }) {
  const texts = Object.entries(api).flatMap(([id, node]) =>
    kindOf(node.class_type) === "text" ? Object.entries(node.inputs).map(([name, value]) => ({ id, name, value })) : [],
  );
  const same = texts.filter(({ value }) => text && value === text);
  const around = texts.filter(({ value }) => text && typeof value === "string" && value.includes(text));
  return (same.length ? same : around).map(({ id, name }) => [id, name]);
}

/**
 * Return the workflow with other seeds, as far apart as they are.
 *
 * @param {Card} card
 * @param {number} seed what takes the place of the card's
 * @returns {Api}
 */
export function withSeed(card, seed) {
  const nodes = Object.entries(card.api).map(([id, node]) => {
    const inputs = { ...node.inputs };
    for (const name of SEEDS) {
      if (Number.isInteger(inputs[name]))
        inputs[name] = Math.abs(inputs[name] - card.seed + seed) % Number.MAX_SAFE_INTEGER;
    }
    return [id, { ...node, inputs }];
  });
  return Object.fromEntries(nodes);
}

/**
 * Return a name for a workflow's tab: the first words of its prompt.
 *
 * @param {string} prompt
 */
export function nameOf(prompt) {
  const words = prompt.trim().split(/\s+/).join(" ");
  return words.length <= 40 ? words : `${words.slice(0, 40).replace(/\s\S*$/, "")}…`;
}

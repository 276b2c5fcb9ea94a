// @ts-check
// What differs between two written workflows.
import { nameParts } from "./filter.mjs";

/** @typedef {import("./types.mjs").Card} Card */
/** @typedef {{what: string, left: string, right: string}} Difference */

/** @type {[string, (card: Card) => string][]} */
const FIELDS = [
  ["model", (card) => nameParts(card.model?.file ?? "").name],
  ["loras", (card) => (card.loras ?? []).map((lora) => `${nameParts(lora.file).name} ${lora.strength}`).join(", ")],
  ["size", (card) => (card.size ?? []).join(" × ")],
  ["stages", (card) => laterStages(card).join("; ")],
  ["sampler", (card) => [card.sampler, card.scheduler].filter(Boolean).join(" ")],
  ["steps", (card) => String(card.steps ?? "")],
  ["cfg", (card) => String(card.cfg ?? "")],
  ["text", (card) => card.text ?? ""],
  ["negative", (card) => card.negative ?? ""],
  ["expected", (card) => card.quality?.words ?? ""],
];

/**
 * Return the stages after the first, whose settings have lines of their own.
 *
 * @param {Card} card
 */
const laterStages = (card) => (card.stages ?? []).slice(1).map((stage) => stage.words);

/**
 * Return what differs, in the order in which a person would ask. Seeds always differ, and are not listed.
 *
 * @param {Card} left
 * @param {Card} right
 * @returns {Difference[]}
 */
export function differences(left, right) {
  const found = FIELDS.map(([what, read]) => ({ what, left: read(left), right: read(right) }));
  const nodes = nodeDifference(left, right);
  if (nodes) found.splice(7, 0, nodes);
  return found.filter((one) => one.left !== one.right);
}

/**
 * Return the node classes that one has more often than the other, or null.
 *
 * @param {Card} left
 * @param {Card} right
 * @returns {Difference|null}
 */
function nodeDifference(left, right) {
  const mine = counts(left);
  const theirs = counts(right);
  const more = (/** @type {Map<string, number>} */ one, /** @type {Map<string, number>} */ other) =>
    [...one]
      .map(([name, count]) => [name, count - (other.get(name) ?? 0)])
      .filter(([, extra]) => Number(extra) > 0)
      .map(([name, extra]) => (extra === 1 ? name : `${name} × ${extra}`))
      .join(", ");
  const [first, second] = [more(mine, theirs), more(theirs, mine)];
  return first || second ? { what: "nodes", left: first && `+ ${first}`, right: second && `+ ${second}` } : null;
}

/** @param {Card} card */
function counts(card) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const node of Object.values(card.api ?? {})) {
    found.set(node.class_type, (found.get(node.class_type) ?? 0) + 1);
  }
  return found;
}

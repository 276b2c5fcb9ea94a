// @ts-check
// Where the nodes of a workflow in API format stand in its small drawing: a layered layout.

import { columnsOf, rowsOf } from "../layered.mjs";

/** @typedef {import("./types.mjs").Api} Api */
/** @typedef {{id: string, kind: string, title: string, label: string, column: number, row: number}} DrawnNode */
/** @typedef {{columns: number, rows: number, nodes: DrawnNode[], links: [string, string][], hidden: number}} Layout */

/** What a node does, by its class; the first that fits. @type {[string, RegExp][]} */
const KINDS = [
  ["output", /^(Save|Preview)/],
  ["loader", /Loader|^Load[A-Z]/],
  ["upscale", /Upscale|ImageScale/],
  ["other", /Select$|Scheduler$|Noise$/],
  ["sampling", /Sampler/],
  ["decode", /VAE(Decode|Encode)/],
  ["text", /TextEncode|Conditioning|Guidance|Guider|CLIPSetLastLayer/],
  ["latent", /Latent/],
];
/** What is left out first in a large graph. */
const LEAST_FIRST = ["other", "text", "latent", "decode", "loader", "upscale", "output", "sampling"];

/**
 * Return what a node of this class does.
 *
 * @param {string} classType
 */
export function kindOf(classType) {
  return KINDS.find(([, pattern]) => pattern.test(classType))?.[0] ?? "other";
}

/**
 * Lay a workflow out, from its loaders on the left to its picture on the right.
 *
 * @param {Api} api
 * @param {number} [maximum] most nodes that are drawn; the rest is contracted into its links
 * @returns {Layout}
 */
export function layout(api, maximum = 20) {
  const ids = Object.keys(api).filter((id) => typeof api[id]?.class_type === "string");
  const kinds = new Map(ids.map((id) => [id, kindOf(api[id].class_type)]));
  let links = linksOf(api, ids);
  const dropped = leastImportant(ids, kinds, ids.length - maximum);
  for (const id of dropped) links = contracted(links, id);
  const kept = ids.filter((id) => !dropped.has(id));
  const columns = columnsOf(kept, links);
  const rows = rowsOf(kept, links, columns);
  const nodes = kept.map((id) => ({
    id,
    kind: kinds.get(id) ?? "other",
    title: api[id]._meta?.title || api[id].class_type,
    label: kinds.get(id) === "sampling" ? stepsOf(api[id].inputs) : "",
    column: columns.get(id) ?? 0,
    row: rows.get(id) ?? 0,
  }));
  const highest = Math.max(0, ...nodes.map((node) => node.row));
  const last = Math.max(0, ...nodes.map((node) => node.column));
  return { columns: last + 1, rows: highest + 1, nodes, links, hidden: dropped.size };
}

/**
 * Return each pair of linked nodes once, from source to target.
 *
 * @param {Api} api
 * @param {string[]} ids
 * @returns {[string, string][]}
 */
function linksOf(api, ids) {
  const known = new Set(ids);
  const pairs = new Map();
  for (const id of ids) {
    for (const value of Object.values(api[id].inputs ?? {})) {
      if (!Array.isArray(value) || value.length !== 2 || typeof value[1] !== "number") continue;
      const source = String(value[0]);
      if (known.has(source) && source !== id) pairs.set(`${source}\n${id}`, [source, id]);
    }
  }
  return [...pairs.values()];
}

/**
 * @param {string[]} ids
 * @param {Map<string, string>} kinds
 * @param {number} count
 * @returns {Set<string>}
 */
function leastImportant(ids, kinds, count) {
  if (count <= 0) return new Set();
  const rank = (/** @type {string} */ id) => LEAST_FIRST.indexOf(kinds.get(id) ?? "other");
  return new Set([...ids].sort((one, other) => rank(one) - rank(other)).slice(0, count));
}

/**
 * Return the links without a node, its sources linked to its targets.
 *
 * @param {[string, string][]} links
 * @param {string} id
 * @returns {[string, string][]}
 */
function contracted(links, id) {
  const sources = links.filter(([, to]) => to === id).map(([from]) => from);
  const targets = links.filter(([from]) => from === id).map(([, to]) => to);
  const rest = new Map(links.filter((pair) => !pair.includes(id)).map((pair) => [pair.join("\n"), pair]));
  for (const from of sources) {
    for (const to of targets) {
      if (from !== to) rest.set(`${from}\n${to}`, [from, to]);
    }
  }
  return [...rest.values()];
}

/** @param {Record<string, any>} inputs */
function stepsOf(inputs) {
  const steps = inputs?.steps;
  return Number.isInteger(steps) ? String(steps) : "";
}

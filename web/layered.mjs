// @ts-check
// The columns and rows of a graph that is drawn from left to right.

const SWEEPS = 4;

/**
 * Return the column of each node: one behind the last of its sources, and a node without sources right before the first
 * that needs it, so that links are short.
 *
 * @param {string[]} ids
 * @param {[string, string][]} links
 * @returns {Map<string, number>}
 */
export function columnsOf(ids, links) {
  /** @type {Map<string, number>} */
  const columns = new Map(ids.map((id) => [id, 0]));
  // As many rounds as the longest path can have; a graph with a loop, which is none of ours, ends all the same.
  for (let round = 0, moved = true; moved && round < ids.length; round++) {
    moved = false;
    for (const [from, to] of links) {
      const column = (columns.get(from) ?? 0) + 1;
      if (column > (columns.get(to) ?? 0) && column < ids.length) {
        columns.set(to, column);
        moved = true;
      }
    }
  }
  const targets = new Set(links.map(([, to]) => to));
  for (const id of ids) {
    const needed = links.filter(([from]) => from === id).map(([, to]) => columns.get(to) ?? 0);
    if (!targets.has(id) && needed.length) columns.set(id, Math.max(0, Math.min(...needed) - 1));
  }
  return columns;
}

/**
 * Return the row of each node, its column centred, neighbours of linked nodes near each other (barycentres).
 *
 * @param {string[]} ids
 * @param {[string, string][]} links
 * @param {Map<string, number>} columns
 * @returns {Map<string, number>}
 */
export function rowsOf(ids, links, columns) {
  /** @type {string[][]} */
  const layers = [];
  for (const id of ids) (layers[columns.get(id) ?? 0] ??= []).push(id);
  const filled = layers.filter(Boolean);
  const tallest = Math.max(1, ...filled.map((layer) => layer.length));
  /** @type {Map<string, number>} */
  const rows = new Map();
  const place = (/** @type {string[]} */ layer) =>
    layer.forEach((id, index) => rows.set(id, index + (tallest - layer.length) / 2));
  filled.forEach(place);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const backwards = sweep % 2 === 0;
    for (const layer of backwards ? [...filled].reverse() : filled) {
      const centres = new Map(layer.map((id) => [id, centre(id, links, rows, backwards)]));
      layer.sort((one, other) => (centres.get(one) ?? 0) - (centres.get(other) ?? 0));
      place(layer);
    }
  }
  return rows;
}

/**
 * @param {string} id
 * @param {[string, string][]} links
 * @param {Map<string, number>} rows
 * @param {boolean} backwards whether its targets decide, rather than its sources
 */
function centre(id, links, rows, backwards) {
  const near = links.filter((pair) => pair[backwards ? 0 : 1] === id).map((pair) => pair[backwards ? 1 : 0]);
  if (!near.length) return rows.get(id) ?? 0;
  return near.reduce((sum, other) => sum + (rows.get(other) ?? 0), 0) / near.length;
}

// @ts-check
import { columnsOf, rowsOf } from "../layered.mjs";

export const TITLE = 30; // height of a node's title, which stands above its place
const GAP_X = 80;
const GAP_Y = 50;

/**
 * Return the place of each node's upper left corner, below its title.
 * @param {{id: string, size: [number, number]}[]} nodes
 * @param {[string, string][]} links from a node to the one that it feeds
 * @returns {Map<string, [number, number]>}
 */
export function layout(nodes, links) {
  const ids = nodes.map(({ id }) => id);
  const columns = columnsOf(ids, links);
  const rows = rowsOf(ids, links, columns);
  const sorted = [...nodes].sort((one, other) => (rows.get(one.id) ?? 0) - (rows.get(other.id) ?? 0));
  /** @type {Map<string, [number, number]>} */
  const places = new Map();
  let x = 0;
  for (let column = 0; places.size < nodes.length; column++) {
    const here = sorted.filter(({ id }) => columns.get(id) === column);
    let y = 0;
    for (const { id, size } of here) {
      places.set(id, [x, y]);
      y += size[1] + TITLE + GAP_Y;
    }
    if (here.length) x += Math.max(...here.map(({ size }) => size[0])) + GAP_X;
  }
  return places;
}

// @ts-check
import { TITLE } from "./layout.mjs";
import { drawn, nodeElement, rootGraph } from "./tabs.mjs";

/** Wait until the nodes have their sizes, which Nodes 2.0 measure in the page. @param {any} app */
export async function settled(app) {
  const sizes = () =>
    JSON.stringify(rootGraph(app).nodes.map((/** @type {any} */ node) => [...node.size, ...sizeOf(node)]));
  let before;
  for (let turn = 0; turn < 20 && before !== sizes(); turn++) {
    before = sizes();
    await drawn(3);
  }
}

/** Return a node's size, below its title. @param {any} node @returns {[number, number]} */
export function sizeOf(node) {
  const element = nodeElement(node);
  const [width, height] = [element?.offsetWidth ?? 0, (element?.offsetHeight ?? 0) - TITLE];
  return [Math.max(node.size[0], width), Math.max(node.size[1], height)];
}

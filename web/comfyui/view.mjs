// @ts-check
import { TITLE } from "./layout.mjs";
import { sizeOf } from "./sizes.mjs";

const FILLED = 0.9; // part of the view that what is shown takes at most
const MOST = 1; // scale beyond which nothing is magnified

/**
 * Bring nodes into the part of the canvas that no panel covers, and as large as they fit there, at most as large as they
 * are. By itself, the frontend fits them to the whole canvas, part of it below the sidebar.
 * @param {any} app
 * @param {any[]} nodes of the graph in sight
 * @param {number} [scale] where it stays as it is
 */
export function fit(app, nodes, scale) {
  const { ds, canvas } = app.canvas;
  const whole = canvas.getBoundingClientRect();
  const free = document.querySelector(".graph-canvas-panel")?.getBoundingClientRect() ?? whole;
  const boxes = nodes.map((node) => [node.pos, sizeOf(node)]);
  const left = Math.min(...boxes.map(([[x]]) => x));
  const top = Math.min(...boxes.map(([[, y]]) => y - TITLE));
  const width = Math.max(...boxes.map(([[x], [wide]]) => x + wide)) - left;
  const height = Math.max(...boxes.map(([[, y], [, high]]) => y + high)) - top;
  ds.scale = scale ?? Math.min(MOST, (FILLED * free.width) / width, (FILLED * free.height) / height);
  ds.offset[0] = (free.x - whole.x + free.width / 2) / ds.scale - left - width / 2;
  ds.offset[1] = (free.y - whole.y + free.height / 2) / ds.scale - top - height / 2;
  app.canvas.setDirty(true, true);
}

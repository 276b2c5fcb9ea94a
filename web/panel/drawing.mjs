// @ts-check
// A small drawing of a workflow. What a node does is told by shape and colour: the colours are those that ComfyUI gives
// the things that such nodes hand on.
import { drawn } from "./dom.mjs";
import { layout } from "./layout.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

const COLUMN = 30;
const ROW = 20;
const EDGE = 14;
const SHOWN = ["loader", "text", "latent", "sampling", "decode", "upscale", "output"];
/** Outlines around the middle of a node. @type {Record<string, string>} */
const SHAPES = {
  loader: "M-9 -6 H4 L9 -1 V6 H-9 Z", // a page with a folded corner
  text: "M-6 -5 H6 A5 5 0 0 1 6 5 H-6 A5 5 0 0 1 -6 -5 Z",
  latent: "M-6 -6 H6 V6 H-6 Z",
  sampling: "M-7 -9 H7 L12 0 L7 9 H-7 L-12 0 Z",
  decode: "M0 -8 L8 0 L0 8 L-8 0 Z",
  upscale: "M-4 -7 H4 L9 7 H-9 Z",
  output: "M-8 -7 H8 V7 H-8 Z M-8 4 L-3 -1 L1 3 L4 0 L8 4",
  other: "M-4 0 A4 4 0 0 1 4 0 A4 4 0 0 1 -4 0 Z",
};

/**
 * Return the drawing of a workflow in API format.
 *
 * @param {import("./types.mjs").Api} api
 * @param {Texts} texts
 */
export function drawing(api, texts) {
  const { columns, rows, nodes, links, hidden } = layout(api);
  const width = (columns - 1) * COLUMN + 2 * EDGE;
  const height = (rows - 1) * ROW + 2 * EDGE;
  const at = new Map(nodes.map((node) => [node.id, [EDGE + node.column * COLUMN, EDGE + node.row * ROW]]));
  const lines = links.map(([from, to]) =>
    drawn("path", { class: "nw-link", d: curve(at.get(from) ?? [0, 0], at.get(to) ?? [0, 0]) }),
  );
  const shapes = nodes.map((node) => {
    const [x, y] = at.get(node.id) ?? [0, 0];
    return drawn(
      "g",
      { class: `nw-node nw-node-${node.kind}`, transform: `translate(${x} ${y})` },
      drawn("title", {}, node.title),
      drawn("path", { d: SHAPES[node.kind] ?? SHAPES.other }),
      node.label && drawn("text", { y: 3 }, node.label),
    );
  });
  const label = texts("card_drawing", { parts: parts(nodes, hidden, texts) });
  return drawn(
    "svg",
    {
      class: "nw-drawing",
      role: "img",
      "aria-label": label,
      viewBox: `0 0 ${width} ${height}`,
      style: `--nw-width: ${width}px; --nw-height: ${height}px`,
    },
    ...lines,
    ...shapes,
  );
}

/** @param {number[]} from @param {number[]} to */
function curve([x, y], [tox, toy]) {
  const bend = Math.max(8, (tox - x) / 2);
  return `M${x} ${y} C${x + bend} ${y} ${tox - bend} ${toy} ${tox} ${toy}`;
}

/**
 * Return in words what is drawn: "2 × loader, sampling, decode".
 *
 * @param {{kind: string}[]} nodes
 * @param {number} hidden
 * @param {Texts} texts
 */
function parts(nodes, hidden, texts) {
  const counted = SHOWN.map((kind) => ({ kind, count: nodes.filter((node) => node.kind === kind).length }));
  const words = counted
    .filter(({ count }) => count)
    .map(({ kind, count }) => (count > 1 ? `${count} × ` : "") + texts(`kind_${kind}`));
  return [...words, ...(hidden ? [texts("drawing_hidden", { count: hidden })] : [])].join(", ");
}

// @ts-check
import { TITLE } from "./layout.mjs";
import { isActive, isOpen, nodeElement, nodePath, rootGraph } from "./tabs.mjs";

const EDGE = 6; // pixels between a node and its frame, with the frame
const READABLE = 0.4; // below this scale of the canvas the words are left out
const COLOURS = { error: "#e5484d", warning: "#f5a524" };

/**
 * Return what marks nodes: frames over the canvas that follow their nodes, in both ways of drawing them. Nothing of a
 * mark is in the graph, so none is saved.
 * @param {any} app
 */
export function marks(app) {
  /** @type {import("./tabs.mjs").Tab | undefined} */
  let marked;
  /** @type {string | null} the node whose mark is in words; all of them at once would cover the graph */
  let explained = null;
  /** @type {{node: string, frame: HTMLElement}[]} */
  let frames = [];
  const layer = document.createElement("div");
  layer.className = "nodewright-marks";
  layer.setAttribute("aria-hidden", "true"); // the panel has the same in words
  Object.assign(layer.style, { position: "absolute", inset: "0", overflow: "hidden", pointerEvents: "none" });

  function follow() {
    if (!frames.length || !marked) return;
    if (!isOpen(app, marked)) return clear();
    layer.hidden = !isActive(app, marked);
    if (!layer.hidden) for (const { node, frame } of frames) move(app, frame, visibleNode(app, node), node === explained);
    requestAnimationFrame(follow);
  }

  function clear() {
    frames = [];
    layer.remove();
    layer.replaceChildren();
  }

  return {
    clear,

    /** Show what a node is marked for, and of no other. @param {string} id */
    explain(id) {
      explained = id;
    },

    /**
     * Mark these nodes, and no others.
     * @param {import("./tabs.mjs").Tab} tab
     * @param {{node: string, message: string, severity: "error" | "warning"}[]} given
     */
    mark(tab, given) {
      clear();
      marked = tab;
      explained = null;
      frames = gathered(given).map(({ node, messages, severity }) => ({ node, frame: framed(messages, severity) }));
      if (!frames.length) return;
      layer.append(...frames.map(({ frame }) => frame));
      app.canvas.canvas.parentElement.append(layer);
      follow();
    },
  };
}

/** @param {{node: string, message: string, severity: "error" | "warning"}[]} given */
function gathered(given) {
  /** @type {Map<string, {node: string, messages: string[], severity: "error" | "warning"}>} */
  const nodes = new Map();
  for (const { node, message, severity } of given) {
    const all = nodes.get(node) ?? { node, messages: [], severity: "warning" };
    all.messages.push(message);
    if (severity === "error") all.severity = "error";
    nodes.set(node, all);
  }
  return [...nodes.values()];
}

/** @param {string[]} messages @param {"error" | "warning"} severity */
function framed(messages, severity) {
  const frame = document.createElement("div");
  frame.className = `nodewright-mark nodewright-${severity}`;
  const colour = COLOURS[severity];
  const border = `3px solid ${colour}`;
  Object.assign(frame.style, { position: "absolute", boxSizing: "border-box", border, borderRadius: "10px" });
  const words = document.createElement("div");
  words.textContent = messages.join("\n");
  Object.assign(words.style, {
    position: "absolute", left: "0", top: "calc(100% + 4px)", minWidth: "100%", maxWidth: "360px", width: "max-content",
    padding: "3px 8px", borderRadius: "6px", whiteSpace: "pre-wrap", overflowWrap: "anywhere", font: "12px sans-serif",
    color: "#fff", background: "#1d1d1df0", borderLeft: border,
  }); // prettier-ignore
  const badge = document.createElement("div");
  badge.textContent = "!";
  Object.assign(badge.style, {
    position: "absolute", right: "-9px", top: "-9px", width: "18px", height: "18px", borderRadius: "50%",
    font: "bold 13px/18px sans-serif", textAlign: "center", color: "#1d1d1d", background: colour,
  }); // prettier-ignore
  frame.append(words, badge);
  return frame;
}

/**
 * Return the node, or the one that stands for a subgraph around it, in the graph that is in sight.
 * @param {any} app
 * @param {string} id
 */
function visibleNode(app, id) {
  return nodePath(rootGraph(app), id)?.find((node) => node.graph === app.canvas.graph);
}

/** @param {any} app @param {HTMLElement} frame @param {any} node @param {boolean} inWords */
function move(app, frame, node, inWords) {
  frame.hidden = !node;
  if (!node) return;
  const [x, y, width, height] = placeOf(app, node);
  Object.assign(frame.style, {
    left: `${x - EDGE}px`, top: `${y - EDGE}px`, width: `${width + 2 * EDGE}px`, height: `${height + 2 * EDGE}px`,
  }); // prettier-ignore
  /** @type {HTMLElement} */ (frame.firstElementChild).hidden = !inWords || app.canvas.ds.scale < READABLE;
}

/** Return where a node is in sight, in pixels of the canvas. @param {any} app @param {any} node */
function placeOf(app, node) {
  const element = nodeElement(node);
  const { offset, scale } = app.canvas.ds;
  if (element) {
    const [own, canvas] = [element, app.canvas.canvas].map((each) => each.getBoundingClientRect());
    return [own.x - canvas.x, own.y - canvas.y, own.width, own.height];
  }
  const collapsed = node.flags?.collapsed;
  const width = collapsed ? (node._collapsed_width ?? node.size[0]) : node.size[0];
  const height = TITLE + (collapsed ? 0 : node.size[1]);
  return [(node.pos[0] + offset[0]) * scale, (node.pos[1] - TITLE + offset[1]) * scale, width * scale, height * scale];
}

// @ts-check
import { applied } from "./edits.mjs";
import { marks } from "./marks.mjs";
import { settled } from "./sizes.mjs";
import { activate, activeTab, capture, drawn, inTurn, isActive, nodePath, rootGraph } from "./tabs.mjs";
import { fit } from "./view.mjs";

/** @typedef {import("./edits.mjs").Edit} Edit */
/** @typedef {import("./tabs.mjs").Tab} Tab */

const PATIENCE = 10_000; // milliseconds in which a busy frontend has noted a change

/** @param {any} app */
export function graphs(app) {
  const shown = marks(app);
  return {
    /** @returns {Promise<{tab: Tab, api: Record<string, any>, nodes: {id: string, type: string, title: string}[]}>} */
    async read() {
      const tab = activeTab(app);
      const { output } = await app.graphToPrompt();
      for (const [id, node] of Object.entries(output)) output[id] = plain(node, nodePath(rootGraph(app), id)?.at(-1));
      const nodes = Object.entries(output).map(([id, { class_type: type, _meta }]) => ({
        id,
        type,
        title: _meta?.title || type,
      }));
      return { tab, api: output, nodes };
    },

    /**
     * @param {Tab} tab
     * @param {Edit[]} edits
     * @returns {Promise<string[]>} what was done, a line each
     */
    apply: (tab, edits) => inTurn(() => apply(app, tab, edits)),

    mark: shown.mark,
    clearMarks: shown.clear,

    /** @param {Tab} tab @param {string} id */
    showNode: (tab, id) => {
      shown.explain(id);
      return inTurn(() => showNode(app, tab, id));
    },
  };
}

/** @param {any} app @param {Tab} tab @param {string} id */
async function showNode(app, tab, id) {
  await activate(app, tab);
  const node = nodePath(rootGraph(app), id)?.at(-1);
  if (!node) throw new Error(`Node ${id} is not in this workflow any more. Check it again.`);
  if (app.canvas.graph !== node.graph) {
    app.canvas.setGraph(node.graph);
    await drawn(2);
  }
  app.canvas.selectItems?.([node]);
  fit(app, [node], app.canvas.ds.scale);
}

/**
 * Apply edits as one step of a tab's history; where one fails, none stays.
 * @param {any} app
 * @param {Tab} tab
 * @param {Edit[]} edits
 */
async function apply(app, tab, edits) {
  await activate(app, tab);
  const { changeTracker: tracker } = tab.workflow;
  capture(tab); // what came before is a step of its own
  const before = tracker.undoQueue.at(-1);
  const isNoted = () => tracker.undoQueue.at(-1) !== before;
  /** @type {string[]} */
  let lines = [];
  tracker.beforeChange();
  try {
    lines = applied(app, edits);
  } catch (error) {
    tracker.afterChange();
    if (isNoted()) {
      await tracker.undo();
      tracker.redoQueue.pop();
    }
    throw error;
  }
  tracker.afterChange();
  app.canvas.setDirty(true, true);
  for (const until = Date.now() + PATIENCE; lines.length && !isNoted() && isChanged(app, tab) && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 50)); // the frontend was busy, and noted nothing
    capture(tab);
  }
  await settled(app);
  joinSizes(app, tab);
  return lines;
}

/**
 * Count the sizes that Nodes 2.0 have given to changed nodes to the same step of the history. 1.58 does so by itself.
 * @param {any} app
 * @param {Tab} tab
 */
function joinSizes(app, tab) {
  const { changeTracker: tracker } = tab.workflow;
  if (tracker.squashState || !isActive(app, tab)) return;
  tracker.activeState = saved(app);
}

/** Report whether the graph is another than its tab has noted. @param {any} app @param {Tab} tab */
function isChanged(app, { workflow: { changeTracker: tracker } }) {
  return !tracker.constructor.graphEqual?.(tracker.activeState, saved(app));
}

/** Return the open graph as it would be saved. @param {any} app */
const saved = (app) => JSON.parse(JSON.stringify(rootGraph(app).serialize()));

/**
 * Return a node of the API format as the server reads it: lists are not wrapped, and a class that is not installed has
 * its name.
 * @param {any} node
 * @param {any} onCanvas
 */
function plain(node, onCanvas) {
  const inputs = Object.entries(node.inputs).map(([name, value]) => [name, value?.__value__ ?? value]);
  const type = node.class_type ?? onCanvas?.last_serialization?.type ?? onCanvas?.type ?? "";
  return { ...node, class_type: type, inputs: Object.fromEntries(inputs) };
}

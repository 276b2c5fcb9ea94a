// @ts-check
import { layout } from "./layout.mjs";
import { settled, sizeOf } from "./sizes.mjs";
import { activeTab, capture, drawn, inTurn, nodeElement, rootGraph } from "./tabs.mjs";
import { fit } from "./view.mjs";

const CONTROLS = ["fixed", "increment", "decrement", "randomize"];

const PATIENCE = 60_000; // milliseconds in which a busy page has opened a tab
const NOTHING = "[]"; // what the page shows of nodes that are drawn on the canvas

/** @typedef {{inputs: [string, string][], outputs: string[]}} AppMode node ids with a field each, and node ids */

/** @param {any} app */
export function workflows(app) {
  const store = app.extensionManager.workflow;

  /** @param {any} before the active workflow until now */
  async function opened(before) {
    // 1.32 goes on in the background after its function has returned.
    for (const until = Date.now() + PATIENCE; store.activeWorkflow === before && Date.now() < until; ) await drawn();
    if (store.activeWorkflow === before) throw new Error("The workflow could not be opened in a new tab.");
    return store.activeWorkflow;
  }

  return { open: (/** @type {Parameters<typeof open>} */ ...given) => inTurn(() => open(...given)) };

  /**
   * @param {Record<string, any>} workflow
   * @param {string} name
   * @param {{app?: AppMode}} [options]
   * @returns {Promise<{missing: string[]}>}
   */
  async function open(workflow, name, options = {}) {
    const missing = missingClasses(workflow);
    if (missing.length) return { missing };
    capture(activeTab(app)); // else what was typed last is lost
    const before = store.activeWorkflow;
    await app.loadApiJson(workflow, freshName(store, name));
    const opening = await opened(before);
    const count = rootGraph(app).nodes.length;
    const wanted = Object.keys(workflow).length;
    if (count !== wanted) throw new Error(`Of the workflow's ${wanted} nodes, ${count} could be opened.`);
    fixSeeds(rootGraph(app));
    const reload = () => app.loadGraphData(rootGraph(app).serialize(), true, true, opening);
    const seen = await tidy(app);
    if (inPage(rootGraph(app)) !== NOTHING) await reload(); // Nodes 2.0 see that a seed is fixed only then
    if (!seen && !(await tidy(app))) await reload(); // and those of 1.32 have their right sizes only now
    if (options.app) {
      expose(rootGraph(app), options.app);
      await reload();
    }
    await settled(app);
    if (options.app) opening.activeMode = "app";
    else fit(app, rootGraph(app).nodes);
    opening.changeTracker.reset(rootGraph(app).serialize());
    opening.changeTracker.undoQueue.length = 0;
    opening.isModified = false; // what was noted of the nodes on their way to their places
    return { missing: [] };
  }
}

/** @param {Record<string, any>} workflow */
function missingClasses(workflow) {
  const registered = window.LiteGraph.registered_node_types;
  const classes = new Set(Object.values(workflow).map((node) => node.class_type));
  return [...classes].filter((type) => !Object.hasOwn(registered, type));
}

/**
 * Return a name that no workflow has: one that exists could be replaced.
 * @param {any} store
 * @param {string} name
 */
function freshName(store, name) {
  const words = name.replace(/[^\p{L}\p{N} _-]+/gu, " ").replace(/\s+/g, " ").trim();
  const slug = [...words].slice(0, 40).join("").trim() || "Nodewright";
  const taken = new Set(store.workflows.map((/** @type {any} */ each) => each.path.toLowerCase()));
  for (let number = 1; ; number++) {
    const fresh = number === 1 ? slug : `${slug} ${number}`;
    if (!taken.has(`workflows/${fresh}.json`.toLowerCase())) return fresh;
  }
}

/** Keep seeds as they are when the workflow runs. The frontend sets them to change. @param {any} graph */
function fixSeeds(graph) {
  for (const node of graph.nodes) {
    for (const widget of node.widgets ?? []) {
      const values = widget.options?.values;
      if (Array.isArray(values) && CONTROLS.every((each) => values.includes(each))) widget.value = "fixed";
    }
  }
}

/**
 * Lay the graph out once its nodes have their sizes. Return whether the page shows it: Nodes 2.0 of 1.32 see where a
 * node stands only when its workflow is loaded.
 * @param {any} app
 */
async function tidy(app) {
  await settled(app);
  const graph = rootGraph(app);
  const nodes = graph.nodes.map((/** @type {any} */ node) => ({ id: String(node.id), size: sizeOf(node) }));
  const places = layout(nodes, linksOf(graph));
  const before = inPage(graph);
  for (const node of graph.nodes) node.pos = places.get(String(node.id));
  app.canvas.setDirty(true, true);
  await drawn(3);
  const seen = before === NOTHING || before !== inPage(graph);
  if (!seen) graph.extra = { ...graph.extra, workflowRendererVersion: "Vue" }; // sizes are those of Nodes 2.0 already
  return seen;
}

/** Return where the page shows nodes, for a comparison. @param {any} graph */
function inPage(graph) {
  const elements = graph.nodes.map(nodeElement).filter(Boolean);
  return JSON.stringify(elements.map((/** @type {HTMLElement} */ each) => each.getBoundingClientRect()));
}

/** @param {any} graph @returns {[string, string][]} */
function linksOf(graph) {
  return graph.nodes.flatMap((/** @type {any} */ node) => {
    const links = (node.inputs ?? []).map((/** @type {any} */ _, /** @type {number} */ index) => node.getInputLink(index));
    return links.filter(Boolean).map((/** @type {any} */ link) => [String(link.origin_id), String(node.id)]);
  });
}

/** Note in a graph what it shows as an app. @param {any} graph @param {AppMode} exposed */
function expose(graph, { inputs, outputs }) {
  graph.extra = { ...graph.extra, linearMode: true, linearData: { inputs, outputs } };
}

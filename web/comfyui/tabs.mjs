// @ts-check
// The frontend's tabs, each a workflow with a history of its own, and the nodes in them.

/**
 * A tab. It stays the same while others are opened, and until it is closed.
 * @typedef {{workflow: any}} Tab
 */

/** @param {any} app @returns {Tab} */
export function activeTab(app) {
  return { workflow: app.extensionManager.workflow.activeWorkflow };
}

/** @param {any} app @param {Tab} tab */
export const isOpen = (app, { workflow }) => app.extensionManager.workflow.openWorkflows.includes(workflow);

/** @param {any} app @param {Tab} tab */
export const isActive = (app, { workflow }) => app.extensionManager.workflow.activeWorkflow === workflow;

/**
 * Bring a tab to the front, as a click on it does. Throws an Error where it has been closed.
 * @param {any} app
 * @param {Tab} tab
 */
export async function activate(app, tab) {
  const { workflow } = tab;
  if (!isOpen(app, tab)) throw new Error(`The tab "${workflow?.filename}" is closed. Open it and check it again.`);
  if (isActive(app, tab)) return;
  capture(activeTab(app));
  if (!workflow.isLoaded) await workflow.load();
  await app.loadGraphData(workflow.activeState, true, true, workflow, { checkForRerouteMigration: false });
  if (!isActive(app, tab)) throw new Error(`The tab "${workflow.filename}" cannot be opened. Open it and try again.`);
}

/**
 * Have what is on the canvas noted in its tab's history. By itself, the frontend does so at the next click or key.
 * @param {Tab} tab the active one
 */
export function capture({ workflow }) {
  const tracker = workflow?.changeTracker;
  if (tracker) (tracker.captureCanvasState ?? tracker.checkState).call(tracker);
}

/** @param {any} app */
export const rootGraph = (app) => app.rootGraph ?? app.graph;

/**
 * Return the nodes that an id of the API format leads through: "120:104" is node 104 in the subgraph of node 120.
 * Undefined where there is none.
 * @param {any} root
 * @param {string} id
 * @returns {any[] | undefined}
 */
export function nodePath(root, id) {
  const path = [];
  let graph = root;
  for (const part of String(id).split(":")) {
    const node = graph?.nodes.find((/** @type {any} */ each) => String(each.id) === part); // a number in 1.32
    if (!node) return undefined;
    path.push(node);
    graph = node.subgraph;
  }
  return path;
}

/** Return the element that shows a node of the graph in sight; null on the canvas. @param {any} node */
export function nodeElement(node) {
  const selector = `.lg-node[data-node-id="${CSS.escape(String(node.id))}"]`;
  return /** @type {HTMLElement | null} */ (document.querySelector(selector));
}

/** @type {Promise<unknown>} */
let turn = Promise.resolve();

/**
 * Do what changes the open graph or the open tab after all such work before it: a second click comes while the first is
 * still at work.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function inTurn(work) {
  const done = turn.then(work);
  turn = done.catch(() => undefined); // who asked for it hears of it
  return done;
}

/** Wait until the page has been drawn. @param {number} [times] */
export async function drawn(times = 1) {
  for (; times > 0; times--) await new Promise((resolve) => requestAnimationFrame(resolve));
}

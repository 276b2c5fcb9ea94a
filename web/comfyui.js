// @ts-check
// The one module that touches the frontend's `app` and `api`, in both of its generations. Everything else of the pack
// goes through `comfyui`. What takes more than a few lines is in comfyui/, and is imported when it is first used.
import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

/** @typedef {import("./comfyui/tabs.mjs").Tab} Tab */

const COPY = Symbol.for("nodewright");
const SEVERITY = { success: "success", error: "error", info: "info", warning: "warn" };

/** @template T @param {() => Promise<T>} load @returns {() => Promise<T>} */
function once(load) {
  /** @type {Promise<T> | undefined} */
  let loading;
  return () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

const server = once(async () => (await import("./comfyui/server.mjs")).server(api));
const runs = once(async () => (await import("./comfyui/runs.mjs")).runs(api, await server()));
const workflows = once(async () => (await import("./comfyui/workflows.mjs")).workflows(app));
const graphs = once(async () => (await import("./comfyui/graphs.mjs")).graphs(app));

export const comfyui = {
  /** Return the JSON of a GET. Throws an Error with the server's message and `status`. @param {string} path */
  getJson: async (path) => (await server()).getJson(path),

  /** Return the JSON of a POST of JSON. Throws as `getJson`. @param {string} path @param {unknown} body */
  postJson: async (path, body) => (await server()).postJson(path, body),

  /** @param {{filename: string, subfolder?: string, type?: string}} image */
  imageUrl: ({ filename, subfolder = "", type = "output" }) =>
    api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type })}`),

  /**
   * Queue a prompt in API format beside the canvas.
   * @param {Record<string, import("./comfyui/runs.mjs").ApiNode>} prompt
   * @param {{front?: boolean, extraData?: object}} [options]
   */
  queue: async (prompt, options) => (await runs()).queue(prompt, options),

  /** Follow a prompt that was queued before, by this page or another. @param {string} id */
  follow: async (id) => (await runs()).follow(id),

  /**
   * Return the newest prompts that have ended, newest first.
   * @param {number} limit
   */
  history: async (limit) => (await server()).history(limit),

  /**
   * Open a workflow in API format in a tab of its own.
   * @param {Record<string, import("./comfyui/runs.mjs").ApiNode>} workflow
   * @param {string} name
   * @param {{app?: {inputs: [string, string][], outputs: string[]}}} [options]
   * @returns {Promise<{missing: string[]}>} the classes that are not installed; then nothing was opened
   */
  openWorkflow: async (workflow, name, options) => (await workflows()).open(workflow, name, options),

  /** Return the open tab's graph in API format, with a handle for `apply`, `mark` and `showNode`. */
  graph: async () => (await graphs()).read(),

  /**
   * Apply edits to the tab that was read, as one step of its undo.
   * @param {Tab} tab
   * @param {import("./comfyui/graphs.mjs").Edit[]} edits
   */
  apply: async (tab, edits) => (await graphs()).apply(tab, edits),

  /**
   * Mark nodes of a tab.
   * @param {Tab} tab
   * @param {{node: string, message: string, severity: "error" | "warning"}[]} marks
   */
  mark: async (tab, marks) => (await graphs()).mark(tab, marks),

  clearMarks: async () => (await graphs()).clearMarks(),

  /** Bring a node into view. @param {Tab} tab @param {string} id */
  showNode: async (tab, id) => (await graphs()).showNode(tab, id),

  /** @param {string} id */
  setting: (id) => app.extensionManager.setting.get(id),

  /** Keep a value for this user, on the server. @param {string} id @param {unknown} value */
  saveSetting: async (id, value) => app.extensionManager.setting.set(id, value),

  /** Return the frontend's language, such as "de". */
  language: () => String(app.extensionManager.setting.get("Comfy.Locale") ?? "en"),

  /** @param {keyof typeof SEVERITY} kind @param {string} summary @param {string} [detail] */
  toast(kind, summary, detail) {
    const { toast } = manager();
    if (typeof toast[kind] === "function") toast[kind](summary, { description: detail });
    else toast.add({ severity: SEVERITY[kind], summary, detail, life: kind === "error" ? 10_000 : 5_000 });
  },

  /** Call `call` when the server is back after its connection was lost. @param {() => void} call */
  onReconnected(call) {
    api.addEventListener("reconnected", () => call());
  },

  /** Report whether this frontend shows workflows as apps. */
  hasAppMode: () => "activeMode" in (app.extensionManager.workflow.activeWorkflow ?? {}),

  /** Call `call` with the detail of an event of the websocket. @param {string} kind @param {(detail: any) => void} call */
  onEvent(kind, call) {
    api.addEventListener(/** @type {any} */ (kind), (/** @type {CustomEvent} */ { detail }) => call(detail));
  },

  /** Hand an event to the page's listeners, as the websocket would. @param {string} kind @param {any} detail */
  emit(kind, detail) {
    api.dispatchCustomEvent(/** @type {any} */ (kind), detail);
  },

  /** Call `call` once, when a prompt of the canvas has been queued. @param {() => void} call */
  onceQueued(call) {
    api.addEventListener("promptQueued", () => call(), { once: true });
  },

  /** Return the errors by node for which the server refused the last prompt; another object for another prompt. */
  nodeErrors: () => app.lastNodeErrors,

  /** Return the id that the open workflow keeps in its file. */
  workflowId: () => String(rootGraph().id),

  /**
   * Return the id that a node of the canvas has in a queued prompt: within subgraphs, that of each on the way to it.
   * @param {any} node
   * @returns {string | undefined} nothing for a node that is not in the graph
   */
  executionId: (node) => pathTo(rootGraph(), node)?.join(":"),

  /** Return what a node of a queued prompt has returned in the open tab. @param {string} id */
  outputHere: (id) => app.extensionManager.workflow.activeWorkflow?.changeTracker?.nodeOutputs?.[id],

  /** Report whether the frontend is older than a version. @param {number} major @param {number} minor */
  frontendBefore(major, minor) {
    const [ownMajor = 0, ownMinor = 0] = (window.__COMFYUI_FRONTEND_VERSION__ ?? "").split(".").map(Number);
    return ownMajor < major || (ownMajor === major && ownMinor < minor);
  },

  /** Zoom the canvas by a wheel event over an element on it; in Nodes 2.0 the frontend does. @param {WheelEvent} event */
  zoom(event) {
    if (window.LiteGraph.vueNodesMode) return;
    event.preventDefault();
    app.canvas.processMouseWheel(event);
  },

  /** @param {...any} extensions */
  register(...extensions) {
    for (const extension of extensions) app.registerExtension(extension);
  },

  /** @param {any} tab */
  addTab(tab) {
    app.extensionManager.registerSidebarTab(tab);
  },

  /** @param {string} id */
  isTabOpen: (id) => manager().sidebarTab.activeSidebarTabId === id,

  /** Open a tab of the sidebar, and leave it open where it is. @param {string} id */
  openTab(id) {
    if (!this.isTabOpen(id)) app.extensionManager.command.execute(`Workspace.ToggleSidebarTab.${id}`);
  },

  /** @param {() => void} call */
  onTabChange(call) {
    manager().sidebarTab.$subscribe?.(call);
  },

  /**
   * Report whether no other copy of the pack has registered itself in this page; of two copies, the second stays quiet.
   * @param {string} url of the copy's entry
   */
  isFirstCopy(url) {
    const page = /** @type {Record<symbol, any>} */ (/** @type {unknown} */ (app));
    const first = page[COPY];
    page[COPY] ??= url;
    if (first === undefined) return true;
    duplicate(first, url);
    return false;
  },
};

/** @param {string[]} urls */
function duplicate(...urls) {
  const [used, ignored] = urls.map((url) => url.match(/extensions\/([^/]+)\//)?.[1] ?? url);
  const advice = `remove "${ignored}" from custom_nodes, and restart ComfyUI.`;
  const message = `Nodewright is installed twice. "${used}" is used; ${advice}`;
  console.warn(message);
  comfyui.register({ name: "Nodewright.Duplicate", setup: () => comfyui.toast("warning", "Nodewright", message) });
}

/** What is there in both frontends, of which the published types know less. @returns {any} */
const manager = () => app.extensionManager;

const rootGraph = () => app.rootGraph ?? app.graph;

/**
 * @param {any} graph
 * @param {any} node
 * @returns {(string | number)[] | undefined} ids of the subgraphs that lead to a node, and its own
 */
function pathTo(graph, node) {
  if (node.graph === graph) return [node.id];
  for (const each of graph.nodes) {
    const path = each.subgraph && pathTo(each.subgraph, node);
    if (path) return [each.id, ...path];
  }
}

// @ts-check
// Show the text that these nodes return inside the node. By itself, the frontend does so for PreviewAny only.
import { gathering } from "./gathering.mjs";
import { nodesOf, refusalOf, rememberedRun, rememberRun, stateOf, textOf } from "./last_runs.mjs";

/**
 * Class -> key of the text that stands in the box before the first run, the box's height, and the most that it takes of a
 * higher node. What is longer scrolls.
 * @type {Record<string, {placeholder: string, height: number, most?: number}>}
 */
const CLASSES = {
  NodewrightPromptToWorkflow: { placeholder: "box_workflow", height: 230 },
  NodewrightRunWorkflow: { placeholder: "box_run", height: 60, most: 200 },
  NodewrightScoreWorkflow: { placeholder: "box_score", height: 120 },
  NodewrightRecordResult: { placeholder: "box_record", height: 80 },
};
const MARGINS = 20; // that the canvas leaves around a widget
const MOST = 200; // nodes whose last state is remembered
const REFUSAL_MS = 120_000; // after which a prompt that was sent has been accepted
const PATIENCE = [0, 300, 1000, 3000, 10_000]; // a run reaches the history a moment after its last event

/** @typedef {import("./last_runs.mjs").State} State */
/** @typedef {import("./last_runs.mjs").Texts} Texts */

/**
 * Return the extension that gives the nodes their boxes.
 *
 * The frontend makes all nodes anew whenever a tab is opened or something is undone, and hands the results of a run to
 * whatever node has that id in the tab that is open. So what each node shows is kept here, by workflow and node: from the
 * frontend's own outputs of the tab as soon as the node has run, and from the server's history at the end of a run, after
 * an error, and when the page is loaded.
 * @param {any} comfyui
 */
export function summary(comfyui) {
  /** @type {Map<any, HTMLTextAreaElement>} */
  const boxes = new Map();
  /** @type {Map<string, State>} */
  const states = new Map();
  /** @type {Set<string>} */
  const asked = new Set();
  /** @type {Promise<Texts> | undefined} */
  let loading;
  /** @type {Map<string, string>} */
  const running = new Map(); // of each run, the id of the node that ran last, also inside another

  /** @returns {Promise<Texts>} */
  function loadedTexts() {
    loading ??= import("../panel/texts.mjs").then(({ loadTexts }) => loadTexts(comfyui));
    return loading;
  }

  /** @param {any} node */
  const keyOf = (node) => `${comfyui.workflowId()}/${comfyui.executionId(node)}`;

  /** @param {string} key @param {State} state */
  function keep(key, state) {
    states.delete(key);
    states.set(key, state);
    if (states.size > MOST) states.delete(String(states.keys().next().value));
  }

  function refresh() {
    for (const [node, area] of boxes) {
      const state = states.get(keyOf(node));
      if (state) fill(area, state);
    }
  }

  /** @param {{node: string, output: any}} detail of a node that has run, in whichever tab */
  function executed({ node, output }) {
    const text = textOf(output);
    if (text === undefined || textOf(comfyui.outputHere(String(node))) !== text) return;
    for (const each of boxes.keys()) {
      if (comfyui.executionId(each) === String(node)) keep(keyOf(each), { text, failed: false });
    }
    refresh();
  }

  /** @param {string} run that has ended */
  async function settle(run) {
    const item = await finished(run);
    const { workflow, nodes } = item ? nodesOf(item, CLASSES) : { workflow: undefined, nodes: [] };
    if (!workflow || !nodes.length) return;
    const texts = await loadedTexts();
    for (const id of nodes) {
      const state = stateOf(item, id, texts, running.get(run));
      if (state) keep(`${workflow}/${id}`, state);
    }
    running.delete(run);
    rememberRun(workflow, run);
    refresh();
  }

  /** @param {string} run */
  async function finished(run) {
    for (const pause of PATIENCE) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const item = (await comfyui.getJson(`/history/${encodeURIComponent(run)}`))?.[run];
      if (item) return item;
    }
  }

  /** @param {string | undefined} run */
  function ask(run) {
    if (run) settle(run).catch((error) => console.warn("Nodewright: the last run cannot be read", error));
  }

  /**
   * Show what the server refuses a prompt for, which the frontend has as errors of its nodes a moment later: the newest one
   * only names the inputs.
   * @param {any} node that is being queued
   */
  async function watchForRefusal(node) {
    const before = comfyui.nodeErrors();
    let queued = false; // 1.32.9 reports a prompt that was refused as queued, too
    comfyui.onceQueued(() => (queued = true));
    for (const until = Date.now() + REFUSAL_MS; Date.now() < until; ) {
      const last = queued;
      const errors = comfyui.nodeErrors();
      const message = errors !== before && refusalOf(errors?.[comfyui.executionId(node) ?? ""]);
      if (message) {
        keep(keyOf(node), { text: (await loadedTexts())("box_refused", { message }), failed: true });
        return refresh();
      }
      if (last) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** @param {any} node */
  function addBox(node) {
    const { placeholder, height, most } = CLASSES[node.comfyClass];
    const area = box(height);
    loadedTexts().then((texts) => {
      area.placeholder = texts(placeholder);
      area.setAttribute("aria-label", texts(placeholder));
    });
    area.addEventListener("wheel", (event) => {
      if (area.scrollHeight > area.clientHeight && !event.ctrlKey) event.stopPropagation();
      else comfyui.zoom(event);
    });
    const widget = node.addDOMWidget("summary", "nodewright_summary", area, {
      serialize: false,
      hideOnZoom: false,
      getMinHeight: () => height + MARGINS,
      ...(most && { getMaxHeight: () => most + MARGINS }),
      getValue: () => area.value,
      setValue: () => {}, // a file has no value for it
    });
    widget.serialize = false;
    widget.beforeQueued = () => void watchForRefusal(node);
    boxes.set(node, area);
    const onRemoved = node.onRemoved;
    node.onRemoved = function (/** @type {any[]} */ ...rest) {
      boxes.delete(node);
      return onRemoved?.apply(this, rest);
    };
  }

  return {
    name: "Nodewright.Summary",
    setup() {
      // After the frontend's own listeners, which hand the output to its tab.
      comfyui.onEvent("executed", (/** @type {any} */ detail) => setTimeout(() => executed(detail)));
      comfyui.onEvent("progress_state", (/** @type {any} */ { prompt_id, nodes }) => {
        const now = loading && Object.values(nodes ?? {}).find(({ state }) => state === "running");
        if (now) running.set(prompt_id, String(now.node_id));
      });
      const gather = gathering((/** @type {any} */ detail) => comfyui.emit("executed", detail));
      comfyui.onEvent("executed", (/** @type {any} */ detail) => {
        if ([...boxes.keys()].some((node) => isRunWorkflow(node) && comfyui.executionId(node) === detail.display_node)) {
          setTimeout(() => gather(detail));
        }
      });
      for (const kind of ["execution_success", "execution_error", "execution_interrupted"]) {
        comfyui.onEvent(kind, (/** @type {any} */ detail) => loading && ask(detail?.prompt_id));
      }
    },
    /** @param {any} node */
    nodeCreated(node) {
      if (Object.hasOwn(CLASSES, node.comfyClass ?? "")) addBox(node);
    },
    /** @param {any} node */
    loadedGraphNode(node) {
      const area = boxes.get(node);
      if (!area) return;
      const state = states.get(keyOf(node));
      if (state) return fill(area, state);
      const workflow = comfyui.workflowId();
      if (asked.has(workflow)) return;
      asked.add(workflow);
      ask(rememberedRun(workflow));
    },
  };
}

/** @param {any} node */
const isRunWorkflow = (node) => node.comfyClass === "NodewrightRunWorkflow";

/** @param {number} height */
function box(height) {
  const area = document.createElement("textarea");
  area.className = "comfy-multiline-input";
  area.readOnly = true;
  area.dataset.captureWheel = "true"; // Nodes 2.0 zooms otherwise, also where the text scrolls
  // The frontend gives it the rest of the node's height on the canvas, and none in Nodes 2.0.
  Object.assign(area.style, { width: "100%", minHeight: `${height}px`, boxSizing: "border-box", resize: "none" });
  return area;
}

/** @param {HTMLTextAreaElement} area @param {State} state */
function fill(area, { text, failed }) {
  area.value = text;
  area.style.color = failed ? "var(--error-text)" : "";
}

// @ts-check
// What the last run of a workflow brought for one of its nodes, read from ComfyUI's history.

/**
 * @typedef {{text: string, failed: boolean}} State what a node shows of its last run
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Texts
 */

const STORED = "Nodewright.lastRuns";
const MOST = 20; // workflows whose last run is remembered

/**
 * Return what a run brought for a node; undefined where it brought nothing, and nothing went wrong either.
 * @param {any} item the run as /history has it
 * @param {string} id of the node in the prompt
 * @param {Texts} texts
 * @param {string} [running] id of the node inside it that ran last, where it is known
 * @returns {State | undefined}
 */
export function stateOf(item, id, texts, running) {
  const messages = new Map(item.status?.messages ?? []);
  const error = messages.get("execution_error");
  const here = error && String(error.node_id) === id;
  const text = textOf(item.outputs?.[id]);
  if (text !== undefined && !here) return { text: withPictures(text, item, id), failed: false };
  if (error) return { text: failure(item, error, id, texts, running), failed: true };
  return messages.has("execution_interrupted") ? { text: texts("box_stopped"), failed: true } : undefined;
}

/** @param {any} item @param {any} error @param {string} id @param {Texts} texts @param {string | undefined} running */
function failure(item, error, id, texts, running) {
  const message = String(error.exception_message ?? "").trim() || error.exception_type || texts("error_unknown");
  if (String(error.node_id) !== id) {
    const node = item.prompt?.[2]?.[error.node_id]?._meta?.title ?? error.node_type ?? "";
    return texts("box_failed_before", { node, message });
  }
  const several = (item.outputs?.[id]?.text ?? []).length > 1;
  const place = placeOf(running ?? "", id);
  const inside = place === undefined ? message : `${error.node_type}: ${message}`;
  return several && place !== undefined
    ? texts("box_failed_workflow", { number: place + 1, message: inside })
    : texts("box_failed", { message: inside });
}

/**
 * Return the text with the names of the pictures that each of its lines has saved: a line is one of several workflows,
 * which ran inside the node.
 * @param {string} text
 * @param {any} item the run as /history has it
 * @param {string} id
 */
function withPictures(text, item, id) {
  /** @type {string[][]} */
  const names = [];
  for (const [inner, output] of Object.entries(item.outputs)) {
    const place = placeOf(inner, id);
    const saved = (output?.images ?? []).filter((/** @type {any} */ image) => image.type === "output");
    if (place !== undefined && saved.length) {
      (names[place] ??= []).push(...saved.map((/** @type {any} */ image) => image.filename));
    }
  }
  if (!names.length) return text;
  return text.split("\n").map((line, place) => [line, ...(names[place] ?? [])].join("\n    ")).join("\n");
}

/**
 * Return the place, from 0, of the workflow that a node inside another belongs to. ComfyUI names it by the other node, this
 * place, a number, and the node's own id: "7.2.0.5".
 * @param {string} inner
 * @param {string} id of the other node
 */
export function placeOf(inner, id) {
  const [, place] = inner.startsWith(`${id}.`) ? (inner.slice(id.length).match(/^\.(\d+)\.\d+\./) ?? []) : [];
  return place === undefined ? undefined : Number(place);
}

/**
 * Return why the server refused a node, each reason once: it repeats the one of a node's own check for all inputs.
 * @param {any} found the node's errors as the frontend keeps them
 * @returns {string} empty where there are none
 */
export function refusalOf(found) {
  const reasons = (found?.errors ?? []).map((/** @type {any} */ { type, message, details, extra_info }) => {
    const own = String(details ?? "").replace(`${extra_info?.input_name} - `, "");
    return type === "custom_validation_failed" ? own : `${message}: ${own}`;
  });
  return [...new Set(reasons)].join("\n");
}

/**
 * Return the text in what a node returned; undefined where there is none.
 * @param {any} output
 * @returns {string | undefined}
 */
export function textOf(output) {
  return output?.text === undefined || output.text === null ? undefined : [].concat(output.text).join("\n");
}

/**
 * Return the nodes of a run that are of one of these classes, and the id of their workflow, if it was one of the canvas.
 * @param {any} item the run as /history has it
 * @param {Record<string, unknown>} classes
 * @returns {{workflow: string | undefined, nodes: string[]}}
 */
export function nodesOf(item, classes) {
  const [, , prompt = {}, extra = {}] = item.prompt ?? [];
  const nodes = Object.entries(prompt).filter(([, node]) => Object.hasOwn(classes, node?.class_type ?? ""));
  return { workflow: extra.extra_pnginfo?.workflow?.id, nodes: nodes.map(([id]) => id) };
}

/**
 * Return the id of the last run of a workflow, as this browser remembers it. It is in no file: a run is of one server.
 * @param {string} workflow
 * @returns {string | undefined}
 */
export function rememberedRun(workflow) {
  return stored().find(([name]) => name === workflow)?.[1];
}

/**
 * Remember the last run of a workflow.
 * @param {string} workflow
 * @param {string} run
 */
export function rememberRun(workflow, run) {
  const others = stored().filter(([name]) => name !== workflow);
  try {
    localStorage.setItem(STORED, JSON.stringify([[workflow, run], ...others].slice(0, MOST)));
  } catch {
    // Without storage, nothing is shown after the page is loaded anew.
  }
}

/** @returns {[string, string][]} */
function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    const isPair = (/** @type {any} */ one) => Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === "string");
    return Array.isArray(found) ? found.filter(isPair) : [];
  } catch {
    return [];
  }
}

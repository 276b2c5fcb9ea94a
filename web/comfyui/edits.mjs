// @ts-check
import { TITLE } from "./layout.mjs";
import { nodePath, rootGraph } from "./tabs.mjs";

/**
 * @typedef {{edit: "set", node_id: string, input: string, value: any}
 *   | {edit: "link", node_id: string, input: string, from: [string, number]}
 *   | {edit: "add", node_id: string, class_type: string, inputs?: Record<string, any>, title?: string}
 *   | {edit: "remove", node_id: string}} Edit
 */

const BOUNDARY = "-10"; // the id of the node that stands for a subgraph's inputs
const GAP = 50;

/**
 * Apply edits to the graph on the canvas, and return a line for each. Everything is looked up before anything is
 * touched. Throws an Error for an edit that the graph does not allow.
 * @param {any} app
 * @param {Edit[]} edits
 */
export function applied(app, edits) {
  const scope = new Scope(app, edits);
  const steps = edits.map((edit) => planned(scope, edit));
  const additions = edits.filter((edit) => edit.edit === "add");
  for (const edit of additions) put(scope, edit);
  for (const edit of additions) linkUp(scope, edit);
  const lines = steps.map((step) => step());
  return lines;
}

/** What the ids of edits stand for: nodes of the graph, and those that the edits add. */
class Scope {
  /** @param {any} app @param {Edit[]} edits */
  constructor(app, edits) {
    this.app = app;
    this.root = rootGraph(app);
    /** @type {Map<string, any[]>} */
    this.added = new Map();
    for (const edit of edits) if (edit.edit === "add") this.added.set(edit.node_id, [created(edit)]);
  }

  /** @param {string} id */
  path(id) {
    const path = this.added.get(String(id)) ?? nodePath(this.root, id);
    if (!path) throw new Error(`Node ${id} is not in this workflow any more. Check it again.`);
    return path;
  }

  /** @param {string} id */
  node(id) {
    return this.path(id).at(-1);
  }
}

/** @param {Scope} scope @param {Edit} edit @returns {() => string} */
function planned(scope, edit) {
  switch (edit.edit) {
    case "set":
      return settable(scope, edit);
    case "link":
      return linkable(scope, edit.node_id, edit.input, edit.from);
    case "add":
      return () => `+ ${named(scope.node(edit.node_id))}`;
    case "remove":
      return removable(scope, edit.node_id);
    default:
      throw new Error(`"${/** @type {any} */ (edit).edit}" is no edit of a workflow.`);
  }
}

/** @param {Edit & {edit: "add"}} edit */
function created({ class_type: type, title }) {
  const node = window.LiteGraph.createNode(type);
  if (!node) throw new Error(`The node class "${type}" is not installed.`);
  if (title) node.title = title;
  return node;
}

/** @param {Scope} scope @param {Edit & {edit: "set"}} edit */
function settable(scope, { node_id: id, input, value }) {
  const { node, index, link, widget } = holder(scope.path(id), input);
  if (!widget) throw new Error(`${named(node)} has no field "${input}".`);
  checkChoice(node, widget, value);
  const shared = instances(scope.root, node.graph) > 1 ? ", in every copy of its subgraph" : "";
  return () => {
    const former = link ? "a link" : shown(widget.value);
    if (link) node.disconnectInput(index);
    write(scope.app, node, widget, value);
    return `${named(node)}: ${input} ${former} → ${shown(widget.value)}${shared}`;
  };
}

/**
 * Return the field that holds an input's value. Where the input is one of the subgraph around the node, this is a field
 * of the node that stands for the subgraph.
 * @param {any[]} path
 * @param {string} input
 */
function holder(path, input) {
  let name = input;
  for (let level = path.length - 1; ; level--) {
    const node = path[level];
    const index = node.inputs?.findIndex((/** @type {any} */ each) => each.name === name) ?? -1;
    const slot = node.inputs?.[index];
    const link = slot && node.graph ? linkInto(node, index) : undefined;
    if (level > 0 && String(link?.origin_id) === BOUNDARY) {
      name = path[level - 1].inputs[link.origin_slot].name;
      continue;
    }
    return { node, index, link, widget: (slot && node.getWidgetFromSlot?.(slot)) ?? field(node, name) };
  }
}

/**
 * Return the link into an input. Asked itself, a node that stands for a subgraph gives the one inside.
 * @param {any} node
 * @param {number} index
 */
function linkInto(node, index) {
  if (!node.subgraph) return node.getInputLink(index) ?? undefined;
  const links = [...node.graph.links.values()];
  return links.find((link) => String(link.target_id) === String(node.id) && link.target_slot === index);
}

/** @param {any} node @param {any} widget @param {any} value */
function checkChoice(node, widget, value) {
  if (widget.type !== "combo") return;
  const given = widget.options?.values;
  const values = typeof given === "function" ? given(widget, node) : given;
  const choices = Array.isArray(values) ? values : Object.keys(values ?? {});
  if (choices.length && !choices.map(String).includes(String(value))) {
    throw new Error(`${named(node)}: "${value}" is not among the choices of "${widget.name}".`);
  }
}

/** @param {any} app @param {any} node @param {any} widget @param {any} value */
function write(app, node, widget, value) {
  const former = widget.value;
  widget.value = value;
  try {
    widget.callback?.(value, app.canvas, node);
    node.onWidgetChanged?.(widget.name, value, former, widget);
  } catch (error) {
    console.warn(`Nodewright: what listens to "${widget.name}" of ${named(node)} failed`, error); // another pack's
  }
}

/**
 * @param {Scope} scope
 * @param {string} id
 * @param {string} input
 * @param {[string, number]} from
 */
function linkable(scope, id, input, [fromId, fromSlot]) {
  const node = scope.node(id);
  const source = scope.node(fromId);
  const index = node.inputs?.findIndex((/** @type {any} */ each) => each.name === input) ?? -1;
  const output = source.outputs?.[fromSlot];
  if (index < 0) throw new Error(`${named(node)} has no input "${input}".`);
  if (!output) throw new Error(`${named(source)} has no output ${fromSlot}.`);
  if (!window.LiteGraph.isValidConnection(output.type, node.inputs[index].type)) {
    const taken = node.inputs[index].type;
    throw new Error(`${named(source)} gives ${output.type}, and "${input}" of ${named(node)} takes ${taken}.`);
  }
  return () => {
    if (source.graph !== node.graph) {
      throw new Error(`${named(source)} and ${named(node)} are in different subgraphs, and cannot be linked.`);
    }
    const linked = source.connect(fromSlot, node, index);
    if (!linked) throw new Error(`${named(source)} cannot be linked to "${input}" of ${named(node)}.`);
    return `${named(source)} → ${named(node)}: ${input}`;
  };
}

/** @param {any} value */
const isLink = (value) => Array.isArray(value) && value.length === 2 && Number.isInteger(value[1]);

/**
 * Add a new node to its graph, with the values of its fields.
 * @param {Scope} scope
 * @param {Edit & {edit: "add"}} edit
 */
function put(scope, { node_id: id, inputs = {} }) {
  const node = scope.node(id);
  const around = id.split(":").slice(0, -1).join(":");
  const graph = around ? scope.node(around).subgraph : scope.root;
  if (!graph) throw new Error(`Node ${around} is no subgraph, so nothing can be added to it.`);
  node.pos = freePlace(scope, graph, node, inputs); // before it is added: Nodes 2.0 of 1.32 look at it then
  graph.add(node);
  let rest = Object.entries(inputs).filter(([, value]) => !isLink(value));
  for (let before = Infinity; rest.length && rest.length < before; ) {
    before = rest.length; // a field may only appear once another has its value
    rest = rest.filter(([name, value]) => !fill(scope, node, name, value));
  }
  if (rest.length) throw new Error(`${named(node)} has no field "${rest[0][0]}".`);
}

/** @param {Scope} scope @param {Edit & {edit: "add"}} edit */
function linkUp(scope, { node_id: id, inputs = {} }) {
  for (const [name, value] of Object.entries(inputs)) if (isLink(value)) linkable(scope, id, name, value)();
}

/** @param {Scope} scope @param {any} node @param {string} name @param {any} value */
function fill(scope, node, name, value) {
  const widget = field(node, name);
  if (!widget) return false;
  checkChoice(node, widget, value);
  write(scope.app, node, widget, value);
  return true;
}

/** @param {Scope} scope @param {string} id */
function removable(scope, id) {
  const node = scope.node(id);
  return () => {
    const line = `− ${named(node)}`;
    node.graph.remove(node);
    return line;
  };
}

/**
 * Return a place to the right of what feeds a new node, below whatever stands there.
 * @param {Scope} scope
 * @param {any} graph
 * @param {any} node
 * @param {Record<string, any>} inputs
 */
function freePlace(scope, graph, node, inputs) {
  const links = Object.values(inputs).filter(isLink);
  const feeding = links.map(([id]) => scope.node(id)).filter((each) => each.graph === graph);
  const near = feeding.length ? feeding : graph.nodes;
  const x = Math.max(0, ...near.map((/** @type {any} */ each) => each.pos[0] + each.size[0])) + GAP;
  let y = near.length ? Math.min(...near.map((/** @type {any} */ each) => each.pos[1])) : 0;
  const hit = () => graph.nodes.find((/** @type {any} */ each) => overlap({ pos: [x, y], size: node.size }, each));
  for (let other = hit(); other; other = hit()) y = other.pos[1] + other.size[1] + TITLE + GAP;
  return [x, y];
}

/** @param {any} one @param {any} other */
function overlap(one, other) {
  const apart =
    one.pos[0] + one.size[0] < other.pos[0] ||
    other.pos[0] + other.size[0] < one.pos[0] ||
    one.pos[1] + one.size[1] + TITLE < other.pos[1] ||
    other.pos[1] + other.size[1] + TITLE < one.pos[1];
  return !apart;
}

/** Return how many nodes stand for this subgraph; 1 for the workflow itself. @param {any} root @param {any} graph */
function instances(root, graph) {
  if (graph === root) return 1;
  /** @type {(each: any) => number} */
  const count = (each) =>
    each.nodes.reduce((/** @type {number} */ sum, /** @type {any} */ node) => {
      if (!node.subgraph) return sum;
      return sum + (node.subgraph === graph ? 1 : 0) + count(node.subgraph);
    }, 0);
  return count(root);
}

/** @param {any} node @param {string} name */
const field = (node, name) => node.widgets?.find((/** @type {any} */ each) => each.name === name);

/** @param {any} node */
const named = (node) => node.title || node.type;

/** @param {any} value */
function shown(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

import assert from "node:assert/strict";
import test from "node:test";
import { gathering } from "../../web/nodes/gathering.mjs";
import { nodesOf, placeOf, stateOf } from "../../web/nodes/last_runs.mjs";
import { textsOf } from "../../web/panel/texts.mjs";

const texts = textsOf({}, "en");
const run = (outputs, ...messages) => ({
  prompt: [1, "run", { 1: { class_type: "Writer" }, 7: { class_type: "Runner", _meta: { title: "My runner" } } },
    { extra_pnginfo: { workflow: { id: "w" } } }, []], // prettier-ignore
  outputs,
  status: { messages },
});
const error = (node_id, node_type) => ["execution_error", { node_id, node_type, exception_message: "out of memory\n" }];

test("a node shows its text, also where another failed after it", () => {
  const item = run({ 1: { text: ["written"] } }, error("7", "KSampler"));
  assert.deepEqual(stateOf(item, "1", texts), { text: "written", failed: false });
});

test("an error is named, at the node or before it", () => {
  const { text } = stateOf(run({}, error("1", "Writer")), "1", texts);
  assert.equal(text, "The last run failed at this node: out of memory");
  const before = stateOf(run({}, error("7", "Runner")), "1", texts);
  assert.equal(before.text, "The last run failed before this node ran, at My runner: out of memory");
  assert.ok(before.failed);
  assert.match(stateOf(run({}, ["execution_interrupted", {}]), "1", texts).text, /stopped/);
  assert.equal(stateOf(run({}), "1", texts), undefined);
});

test("of several workflows, the one that failed is named", () => {
  const item = run({ 7: { text: ["1. a", "2. b"] } }, error("7", "KSampler"));
  assert.equal(stateOf(item, "7", texts, "7.1.0.4").text, "The last run failed in workflow 2: KSampler: out of memory");
  assert.equal(stateOf(item, "7", texts).text, "The last run failed at this node: out of memory");
});

test("each workflow has the names of its own pictures, in whichever order they were made", () => {
  const saved = (filename, type = "output") => ({ images: [{ filename, type }] });
  const item = run({ 7: { text: ["1. a", "2. b"] }, "7.1.0.9": saved("y.png"), "7.0.0.9": saved("x.png"), 8: saved("z.png") });
  assert.equal(stateOf(item, "7", texts).text, "1. a\n    x.png\n2. b\n    y.png");
  assert.equal(stateOf(run({ 7: { text: ["a"] }, "7.0.0.9": saved("x.png", "temp") }), "7", texts).text, "a");
});

test("nodes of a run are found with their workflow", () => {
  assert.deepEqual(nodesOf(run({}), { Runner: 1 }), { workflow: "w", nodes: ["7"] });
  assert.deepEqual(nodesOf({ prompt: [1, "run", { 1: { class_type: "toString" } }, {}] }, {}), { workflow: undefined, nodes: [] });
  assert.equal(placeOf("70.1.0.9", "7"), undefined);
  assert.equal(placeOf("120:4.12.0.9", "120:4"), 12);
});

test("pictures of several workflows are shown together, and of one run only", () => {
  const shown = [];
  const listen = gathering(({ output }) => shown.push(output.images.join()));
  const event = (prompt_id, node, ...images) => listen({ prompt_id, node, display_node: "7", output: { images } });
  event("a", "7.1.0.9", "second");
  assert.deepEqual(shown, []); // the frontend shows these by itself
  event("a", "7.1.0.12", "second, too");
  assert.deepEqual(shown, ["second,second, too"]);
  event("a", "7.0.0.9", "first");
  assert.equal(shown[1], "first,second,second, too");
  event("b", "7.0.0.9", "anew");
  assert.equal(shown.length, 2);
});

test("pictures of what ComfyUI has kept are shown again, and no others", () => {
  const shown = [];
  const listen = gathering(({ output }) => shown.push(output.images.join()));
  const outer = (prompt_id, ...runs) => listen({ prompt_id, node: "7", display_node: "7", output: { text: ["a"], nodewright_runs: runs } });
  outer("a", "x");
  listen({ prompt_id: "a", node: "7.0.0.9", display_node: "7", output: { images: ["picture"] } });
  assert.deepEqual(shown, []);
  outer("b", "y");
  assert.deepEqual(shown, []);
  outer("c", "x");
  assert.deepEqual(shown, ["picture"]);
});

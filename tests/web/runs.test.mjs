// Runs as they are followed, against a server that is made up step by step.
import assert from "node:assert/strict";
import test from "node:test";
import { layout } from "../../web/comfyui/layout.mjs";
import { beside, own, ownId } from "../../web/comfyui/node_ids.mjs";
import { FollowedRun } from "../../web/comfyui/followed_run.mjs";
import { messageOf, statusOf } from "../../web/comfyui/server.mjs";

const ID = "11111111-2222-4333-8444-555555555555";
const PROMPT = {
  1: { class_type: "EmptyImage", inputs: { width: 64, color: 7 } },
  "120:104": { class_type: "ImageScale", inputs: { image: ["1", 0], size: [2, 3] } },
  nodewright: { class_type: "PreviewImage", inputs: { images: ["120:104", 0], text: "1" } },
};

/** A server with this queue and history; null in place of an answer is one that is not there. */
function serverWith(state) {
  const posted = [];
  const answer = (value) => {
    if (value === null) throw new TypeError("fetch failed");
    return value;
  };
  return {
    posted,
    getJson: async (path) =>
      path === "/queue"
        ? answer(state.queue && { queue_running: state.queue.slice(0, 1), queue_pending: state.queue.slice(1) })
        : answer(state.history),
    post: async (path, body) => {
      posted.push([path, body]);
      state.onPost?.(path);
    },
  };
}

const entry = (id, number = 1) => [number, id, {}, {}, []];
const ended = (status, messages = [], outputs = {}) => ({ [ID]: { outputs, status: { status_str: status, messages } } });
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test("queued ids are none of a canvas, and lead back", () => {
  const queued = beside(PROMPT);
  assert.deepEqual(Object.keys(queued), ["nw-1", "nw-120-104", "nodewright"]);
  assert.deepEqual(queued["nw-120-104"].inputs, { image: ["nw-1", 0], size: [2, 3] });
  assert.equal(queued.nodewright.inputs.text, "1");
  assert.deepEqual(own(queued), PROMPT);
  assert.equal(ownId("nw-x"), "nw-x");
});

test("an end that comes before the POST is answered is not lost, and is heard later", async () => {
  const run = new FollowedRun(ID, serverWith({ queue: [], history: {} }));
  run.heard("executed", { node: "nw-5", output: { images: [1] } });
  run.heard("execution_success", {});
  run.posted();
  const heard = [];
  run.shown().on("executed", (detail) => heard.push(detail));
  assert.deepEqual(await run.done, { status: "success", outputs: { 5: { images: [1] } } });
  assert.deepEqual(heard, [{ node: "5", output: { images: [1] } }]);
});

test("what waits before it is counted in the order of the queue", async () => {
  const state = { queue: [entry("a"), entry("b", 3), entry(ID, 5), entry("c", 2)], history: {} };
  const run = new FollowedRun(ID, serverWith(state));
  const places = [];
  run.shown().on("waiting", (place) => places.push(place));
  run.posted();
  await turns();
  state.queue = [entry("b"), entry(ID, 5)];
  run.queueChanged();
  await turns();
  run.queueChanged();
  await turns();
  assert.deepEqual(places, [3, 1]);
  run.end("lost");
});

test("after a silence the history has the end, and what was missed", async () => {
  const state = { queue: [entry(ID)], history: {} };
  const run = new FollowedRun(ID, serverWith(state));
  run.posted();
  run.heard("execution_start", {});
  await turns();
  Object.assign(state, { queue: [], history: ended("success", [], { "nw-7": { images: [2] } }) });
  run.missed();
  assert.deepEqual(await run.done, { status: "success", outputs: { 7: { images: [2] } } });
});

test("a server that is away is waited for; one that came back without the prompt has lost it", async () => {
  const state = { queue: null, history: null };
  const run = new FollowedRun(ID, serverWith(state));
  let away = 0;
  run.shown().on("offline", () => (away += 1));
  run.posted();
  await turns();
  assert.equal(away, 1);
  assert.equal(run.over, false);
  Object.assign(state, { queue: [], history: {} });
  run.missed();
  assert.equal((await run.done).status, "lost");
});

test("an error in the history has its node and message", async () => {
  const failure = ["execution_error", { node_id: "nw-3", exception_message: " no memory \n" }];
  const run = new FollowedRun(ID, serverWith({ queue: [], history: ended("error", [failure]) }));
  run.posted();
  assert.deepEqual((await run.done).error, { message: "no memory", nodeId: "3" });
});

test("cancelling takes a waiting prompt out of the queue, and interrupts a running one by its id", async () => {
  const state = { queue: [entry("a"), entry(ID, 2)], history: {} };
  state.onPost = () => (state.queue = [entry("a")]);
  const server = serverWith(state);
  const run = new FollowedRun(ID, server);
  run.posted();
  await run.cancel();
  assert.equal((await run.done).status, "interrupted");
  assert.deepEqual(server.posted, [["/queue", { delete: [ID] }]]);

  const running = serverWith({ queue: [entry(ID)], history: {} });
  const other = new FollowedRun(ID, running);
  other.posted();
  await other.cancel();
  assert.deepEqual(running.posted.at(-1), ["/interrupt", { prompt_id: ID }]);
  other.heard("execution_interrupted", {});
  assert.equal((await other.done).status, "interrupted");
});

test("a listener that throws does not keep the others from hearing", async () => {
  const run = new FollowedRun(ID, serverWith({ queue: [], history: {} }));
  const heard = [];
  const { error } = console;
  console.error = () => {};
  run.shown().on("progress", () => {
    throw new Error("broken");
  });
  run.shown().on("progress", ({ value }) => heard.push(value));
  run.heard("progress_state", { nodes: { "nw-5": { state: "running", value: 3, max: 9 } } });
  console.error = error;
  assert.deepEqual(heard, [3]);
  run.end("lost");
});

test("a refusal's message has every reason", () => {
  assert.equal(messageOf({ error: "too many" }), "too many");
  const refused = {
    error: { message: "invalid", details: "Node ID '#nw-1'" },
    node_errors: { "nw-12-4": { class_type: "KSampler", errors: [{ message: "a", details: "b" }, { message: "c" }] } },
  };
  assert.equal(messageOf(refused), "invalid: Node ID '#1'\nKSampler (12:4): a: b\nKSampler (12:4): c");
  const own = { type: "custom_validation_failed", message: "Custom validation failed for node" };
  const node_errors = {
    "nw-prompt": {
      class_type: "NodewrightPromptToWorkflow",
      errors: ["prompt", "families"].map((name) => ({ ...own, details: `${name} - families: there is no 'fluxx'` })),
    },
  };
  const error = { type: "prompt_outputs_failed_validation", message: "Prompt outputs failed validation", details: "" };
  assert.equal(messageOf({ error, node_errors }), "families: there is no 'fluxx'");
  assert.equal(messageOf(undefined), "");
  assert.equal(statusOf({ status: { status_str: "error", messages: [["execution_interrupted", {}]] } }), "interrupted");
});

test("nodes lie in columns, each before what it feeds", () => {
  const nodes = ["a", "b", "c", "d"].map((id) => ({ id, size: [100, 50] }));
  const places = layout(nodes, [["a", "c"], ["b", "c"], ["c", "d"]]); // prettier-ignore
  assert.deepEqual([...places.keys()].sort(), ["a", "b", "c", "d"]);
  assert.equal(places.get("a")[0], places.get("b")[0]);
  assert.ok(Math.abs(places.get("a")[1] - places.get("b")[1]) >= 80);
  assert.ok(places.get("b")[0] + 100 < places.get("c")[0] && places.get("c")[0] + 100 < places.get("d")[0]);
  assert.equal(layout([], []).size, 0);
});

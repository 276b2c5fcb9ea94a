// The panel's modules that need no page.
import assert from "node:assert/strict";
import test from "node:test";
import { appOf, nameOf, withSeed } from "../../web/panel/card_api.mjs";
import { alternatives, isWritten, withoutWords } from "../../web/panel/chips.mjs";
import { differences } from "../../web/panel/compare.mjs";
import { filtered, nameParts } from "../../web/panel/filter.mjs";
import { kindOf, layout } from "../../web/panel/layout.mjs";
import { describedInputs, numberIn, seedIn } from "../../web/panel/node_inputs.mjs";
import { endInWords, inWords, refusalInWords, withLabel } from "../../web/panel/problems.mjs";
import { bar, gainKey } from "../../web/panel/quality.mjs";
import { reader } from "../../web/panel/reader.mjs";

const texts = (key, values = {}) => [key, ...Object.values(values)].join(" ");
const chip = (prompt, words) => {
  const start = prompt.indexOf(words);
  return { start, end: start + words.length, words, menu: "style", how_to_change: ["auto", "anime", "gone"] };
};

const API = {
  1: { class_type: "CheckpointLoaderSimple", inputs: { ckpt_name: "a.safetensors" } },
  2: { class_type: "CLIPTextEncode", inputs: { text: "a fox", clip: ["1", 1] } },
  3: { class_type: "CLIPTextEncode", inputs: { text: "blurry", clip: ["1", 1] } },
  4: { class_type: "EmptyLatentImage", inputs: { width: 832, height: 1216, batch_size: 1 } },
  5: {
    class_type: "KSampler",
    inputs: { steps: 28, seed: 7, model: ["1", 0], positive: ["2", 0], negative: ["3", 0], latent_image: ["4", 0] },
  },
  6: { class_type: "VAEDecode", inputs: { samples: ["5", 0], vae: ["1", 2] } },
  7: { class_type: "SaveImage", inputs: { images: ["6", 0] } },
};
const CARD = {
  number: 0, api: API, text: "a fox", negative: "blurry", seed: 7, size: [832, 1216], steps: 28, cfg: 5,
  model: { file: "x/a.safetensors", family: "sdxl", title: "SDXL" }, stages: [{ kind: "base", words: "832x1216" }],
  sampler: "euler", scheduler: "karras",
}; // prettier-ignore

// -- menus ----------------------------------------------------------------------------------------------------------

test("a filter needs every typed word, and joints do not matter", () => {
  const options = ["auto", "SDXL/juggernaut_xl-v9.safetensors", "SD1.5/Juggernaut.safetensors", "dreamshaper.ckpt"];
  assert.deepEqual(filtered(options, "jugg xl v9", 10), { shown: [options[1]], left: 0 });
  assert.deepEqual(filtered(options, "sd1 5", 10).shown, [options[2]]);
  assert.deepEqual(filtered(options, "", 3), { shown: options.slice(0, 3), left: 1 });
  assert.deepEqual(filtered(options, "flux", 3), { shown: [], left: 0 });
});

test("what starts with the typed letters comes first", () => {
  const options = ["my_pony.safetensors", "folder/pony_v6.safetensors", "z_pony.safetensors"];
  assert.deepEqual(filtered(options, "pony", 9).shown, [options[1], options[0], options[2]]);
});

test("a file's name is shown without folder and ending; other options as they are", () => {
  assert.deepEqual(nameParts("SD1.5\\old/dream.v8.safetensors"), { folder: "SD1.5/old", name: "dream.v8" });
  assert.deepEqual(nameParts("16:9"), { folder: "", name: "16:9" });
  assert.deepEqual(nameParts("SD 1.5"), { folder: "", name: "SD 1.5" });
});

test("both forms of a menu are read from object_info", () => {
  const info = {
    NodewrightPromptToWorkflow: {
      input: {
        required: { prompt: ["STRING", {}] },
        optional: {
          shape: [["auto", "wide"], {}],
          model: ["COMBO", { options: ["auto", "a.ckpt"] }],
          temperature: ["FLOAT", { min: 0, max: 2, step: 0.05, default: 0.5 }],
          candidates: ["INT", { min: 1, max: 4, default: 1 }],
        },
      },
    },
  };
  const { menus, ranges } = describedInputs(info);
  assert.deepEqual(menus, { shape: ["auto", "wide"], model: ["auto", "a.ckpt"] });
  assert.equal(ranges.candidates.start, 4, "as many as there may be, where that is less than the panel wants");
  assert.equal(numberIn("", ranges.temperature), 0.5);
  assert.equal(numberIn("1,5", ranges.temperature), 1.5);
  for (const bad of ["9", "-1", "warm"]) assert.equal(numberIn(bad, ranges.temperature), null);
  assert.equal(numberIn("1.5", ranges.candidates), null);
  assert.deepEqual(describedInputs({}), { menus: {}, ranges: {} });
});

test("a seed is what was typed, a random one, or none", () => {
  assert.equal(seedIn(" 42 "), 42);
  assert.equal(seedIn("0"), 0);
  for (const bad of ["-1", "1.5", "abc", "99999999999999999999"]) assert.equal(seedIn(bad), null);
  assert.notEqual(seedIn(""), seedIn(""));
});

// -- chips ----------------------------------------------------------------------------------------------------------

test("a chip's words leave the prompt with their comma", () => {
  const cases = [
    ["a fox, photo, 16:9", "photo", "a fox, 16:9"],
    ["a fox, photo, 16:9", "16:9", "a fox, photo"],
    ["photo, a fox", "photo", "a fox"],
    ["a photo of a fox", "photo of", "a a fox"],
    ["a fox photo", "photo", "a fox"],
    ["photo", "photo", ""],
    ["a fox\nphoto\nat dawn", "photo", "a fox\nat dawn"],
    ["a fox (photo)", "photo", "a fox ()"],
    ["雪の中の狐、アニメ風、16:9", "アニメ風", "雪の中の狐、16:9"],
    ["🦊🦊 in snow, photo", "photo", "🦊🦊 in snow"],
  ];
  for (const [prompt, words, left] of cases) assert.equal(withoutWords(prompt, chip(prompt, words)), left, prompt);
});

test("a chip without words leaves the prompt alone", () => {
  const chosen = { start: null, end: null };
  assert.equal(withoutWords("a fox", chosen), "a fox");
  assert.equal(isWritten(chosen), false);
  assert.equal(isWritten(chip("a fox, photo", "photo")), true);
});

test("a chip offers what its menu has", () => {
  assert.deepEqual(alternatives(chip("photo", "photo"), { style: ["auto", "photo", "anime"] }), ["anime"]);
  assert.deepEqual(alternatives({ ...chip("x", "x"), menu: null }, { style: ["anime"] }), []);
  assert.deepEqual(alternatives({ ...chip("x", "x"), how_to_change: null }, { style: ["anime"] }), []);
});

test("only the newest text is read and shown", async () => {
  const sent = [];
  const shown = [];
  let finish = () => {};
  const reading = reader(
    (body) => {
      sent.push(body);
      return new Promise((resolve) => (finish = () => resolve({ text: body })));
    },
    { show: (read) => shown.push(read.text), failed: (error) => assert.fail(error) },
  );
  const turn = (time = 1) => new Promise((resolve) => setTimeout(resolve, time));
  reading.read("a", 0);
  await turn(20);
  reading.read("a f", 0);
  reading.read("a fox", 0);
  await turn(20);
  assert.deepEqual(sent, ["a"], "one request at a time");
  finish();
  await turn();
  finish();
  await turn();
  assert.deepEqual([sent, shown], [["a", "a fox"], ["a fox"]]);
});

test("what was being read when the prompt was emptied is not shown", async () => {
  const shown = [];
  let finish = () => {};
  const reading = reader(
    (body) => new Promise((resolve) => (finish = () => resolve({ text: body }))),
    { show: (read) => shown.push(read.text), failed: (error) => assert.fail(error) },
  );
  const turn = (time = 1) => new Promise((resolve) => setTimeout(resolve, time));
  reading.read("a fox", 0);
  await turn(20);
  reading.stop();
  finish();
  await turn();
  assert.deepEqual(shown, []);
  reading.read("a hare", 0);
  await turn(20);
  finish();
  await turn();
  assert.deepEqual(shown, ["a hare"]);
});

// -- drawing --------------------------------------------------------------------------------------------------------

test("what a node does is told from its class", () => {
  const kinds = {
    CheckpointLoaderSimple: "loader", UpscaleModelLoader: "loader", LoraLoader: "loader", KSampler: "sampling",
    SamplerCustomAdvanced: "sampling", KSamplerSelect: "other", BasicScheduler: "other", RandomNoise: "other",
    CLIPTextEncode: "text", FluxGuidance: "text", EmptySD3LatentImage: "latent", LatentUpscaleBy: "upscale",
    ImageUpscaleWithModel: "upscale", VAEDecode: "decode", VAEDecodeTiled: "decode", SaveImage: "output", Whatever: "other",
  }; // prettier-ignore
  for (const [name, kind] of Object.entries(kinds)) assert.equal(kindOf(name), kind, name);
});

test("a drawing goes from loaders to the picture, sources right before what needs them", () => {
  const drawn = layout(API);
  const at = Object.fromEntries(drawn.nodes.map((node) => [node.id, node]));
  assert.deepEqual(
    ["1", "2", "4", "5", "6", "7"].map((id) => at[id].column),
    [0, 1, 1, 2, 3, 4],
  );
  assert.equal(at[5].label, "28");
  assert.equal(drawn.columns, 5);
  for (const [from, to] of drawn.links) assert.ok(at[from].column < at[to].column);
  const places = drawn.nodes.map(({ column, row }) => `${column} ${row}`);
  assert.equal(new Set(places).size, places.length, "no two nodes in one place");
  assert.ok(drawn.nodes.every(({ row }) => row >= 0 && row < drawn.rows));
});

test("a large graph is contracted into twenty nodes, and stays connected", () => {
  const api = { ...API };
  for (let number = 0; number < 60; number++) {
    api[`c${number}`] = { class_type: "ConditioningCombine", inputs: { one: [number ? `c${number - 1}` : "2", 0] } };
  }
  api[5] = { class_type: "KSampler", inputs: { ...API[5].inputs, positive: ["c59", 0] } };
  const drawn = layout(api);
  assert.equal(drawn.nodes.length, 20);
  assert.equal(drawn.hidden, Object.keys(api).length - 20);
  const reached = new Set(["7"]);
  for (let round = 0; round < 30; round++) for (const [from, to] of drawn.links) if (reached.has(to)) reached.add(from);
  assert.equal(reached.size, 20);
});

test("a loop, dangling links and nodes without inputs do no harm", () => {
  const api = {
    a: { class_type: "X", inputs: { in: ["b", 0], gone: ["nowhere", 0], self: ["a", 0] } },
    b: { class_type: "Y", inputs: { in: ["a", 0] } },
    c: { class_type: "Z" },
    d: null,
  };
  const drawn = layout(api);
  assert.deepEqual(drawn.nodes.map(({ id }) => id).sort(), ["a", "b", "c"]);
  assert.ok(drawn.nodes.every(({ column, row }) => Number.isFinite(column) && Number.isFinite(row)));
  assert.deepEqual(layout({}), { columns: 1, rows: 1, nodes: [], links: [], hidden: 0 });
});

// -- cards ----------------------------------------------------------------------------------------------------------

test("two cards are compared by what a person would ask for", () => {
  const other = {
    ...CARD, seed: 8, steps: 40, model: { ...CARD.model, file: "b.safetensors" },
    stages: [...CARD.stages, { kind: "upscale", words: "enlarged 2x" }],
    api: { ...API, 8: { class_type: "UpscaleModelLoader", inputs: {} } },
  }; // prettier-ignore
  assert.deepEqual(differences(CARD, other), [
    { what: "model", left: "a", right: "b" },
    { what: "stages", left: "", right: "enlarged 2x" },
    { what: "steps", left: "28", right: "40" },
    { what: "nodes", left: "", right: "+ UpscaleModelLoader" },
  ]);
});

test("cards that differ in their seeds alone are the same", () => {
  assert.deepEqual(differences(CARD, { ...CARD, number: 1, seed: 8 }), []);
});

test("an app shows the text, the size, the seed and the picture", () => {
  assert.deepEqual(appOf(CARD), {
    inputs: [["2", "text"], ["4", "width"], ["4", "height"], ["5", "seed"]],
    outputs: ["7"],
  }); // prettier-ignore
  assert.deepEqual(appOf({ ...CARD, size: null, text: "" }).inputs, [["5", "seed"]]);
  const added = { ...API, 2: { ...API[2], inputs: { text: "masterpiece, a fox, best quality", clip: ["1", 1] } } };
  assert.deepEqual(appOf({ ...CARD, api: added }).inputs[0], ["2", "text"]);
});

test("another seed moves all seeds alike and leaves the card as it was", () => {
  const api = { ...API, 9: { class_type: "RandomNoise", inputs: { noise_seed: 8 } } };
  const moved = withSeed({ ...CARD, api }, 100);
  assert.equal(moved[5].inputs.seed, 100);
  assert.equal(moved[9].inputs.noise_seed, 101);
  assert.equal(API[5].inputs.seed, 7);
});

test("a tab is named after the first words of the prompt", () => {
  assert.equal(nameOf(" a fox\nin the snow "), "a fox in the snow");
  const long = nameOf("a very long prompt that goes on and on and never comes to an end");
  assert.ok(long.length <= 41 && long.endsWith("…") && !long.includes("  "), long);
});

test("the bar has its mark at the share of worse pictures, and its pale part around it", () => {
  assert.deepEqual(bar({ low: 0.25, position: 0.5, high: 0.75 }), { low: 25, middle: 50, high: 75 });
  assert.deepEqual(bar({ low: -1, position: NaN, high: 2 }), { low: 0, middle: 0, high: 100 });
  assert.deepEqual([0.9, 0.2, 0.01].map(gainKey), ["gain_much", "gain_some", "gain_little"]);
});

// -- errors ---------------------------------------------------------------------------------------------------------

test("what cannot be written is stated with what to do", () => {
  const refused = { reason: "max_nodes: 2 are too few", what_to_do: "Raise max_nodes", input: "max_nodes" };
  const labels = /** @type {any} */ ((/** @type {string} */ key) => ({ max_nodes: "Most nodes" })[key] ?? key);
  assert.equal(refusalInWords(refused, labels), "Most nodes: 2 are too few. Raise max_nodes.");
  assert.equal(refusalInWords({ ...refused, what_to_do: "" }, labels), "Most nodes: 2 are too few.");
  assert.equal(withLabel("flux: is not installed", labels), "flux: is not installed");
});

test("every failure is a sentence", () => {
  const failure = (message, status) => Object.assign(new Error(message), { status });
  assert.equal(inWords(new TypeError("Failed to fetch"), texts), "error_offline");
  assert.equal(inWords(failure("x: 404", 404), texts), "error_route");
  assert.equal(inWords(failure("too many", 503), texts), "error_busy");
  assert.equal(inWords(failure("bad gateway", 502), texts), "error_offline");
  assert.equal(inWords(failure("Node 'NodewrightPromptToWorkflow' does not exist", 400), texts), "error_pack");
  assert.equal(inWords(failure("prompt: is empty", 400), texts), "prompt: is empty");
  assert.equal(inWords(new Error(""), texts), "error_unknown");
  assert.equal(endInWords({ status: "success", outputs: {} }, texts), null);
  assert.equal(endInWords({ status: "lost", outputs: {} }, texts), "error_restarted");
  assert.equal(
    endInWords({ status: "error", outputs: {}, error: { message: "out of memory" } }, texts),
    "out of memory",
  );
});

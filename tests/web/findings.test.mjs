// @ts-check
import assert from "node:assert/strict";
import test from "node:test";

import { gathered, mending, sentence } from "../../web/panel/findings.mjs";

/** @param {string} id @param {string} message @param {any} [change] @returns {any} */
const found = (id, message, change = null) => ({
  node_id: id, class_type: "KSampler", input: "steps", kind: "settings", severity: "warning", message, change,
}); // prettier-ignore
/** @param {string} id @param {string} [edit] */
const change = (id, edit = "set") => ({ title: "steps 1 → 28", reason: "1 step is noise", edits: [{ edit, node_id: id }] });

test("what is found at several nodes is one thing, and is mended at all of them at once", () => {
  const all = ["3", "7"].map((id) => found(id, "1 step is noise", change(id)));
  const groups = gathered([all[0], found("4", "cfg 20 burns the picture"), all[1]]);
  assert.deepEqual(groups.map((each) => each.map(({ node_id }) => node_id)), [["3", "7"], ["4"]]); // prettier-ignore
  assert.deepEqual(mending(groups[0])?.edits.map(({ node_id }) => node_id), ["3", "7"]);
  assert.equal(mending(groups[1]), null);
});

test("changes that add nodes stay alone", () => {
  const all = ["3", "7"].map((id) => found(id, "the VAE does not fit", change(id, "add")));
  assert.equal(gathered(all).length, 2);
});

test("a reason that repeats the finding is left out", () => {
  assert.equal(mending([found("3", "1 step is noise", change("3"))])?.reason, "");
  assert.equal(mending([found("3", "something else", change("3"))])?.reason, "1 step is noise");
});

test("sentences begin with a capital, names of files and settings do not", () => {
  assert.equal(sentence("the VAE does not fit"), "The VAE does not fit");
  assert.equal(sentence("ae.safetensors is missing"), "ae.safetensors is missing");
  assert.equal(sentence("cfg 20 burns the picture"), "cfg 20 burns the picture");
});

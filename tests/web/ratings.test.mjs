import assert from "node:assert/strict";
import test from "node:test";
import { renderedBy } from "../../web/panel/ratings.mjs";
import { keyOf, ratingsOf } from "../../web/panel/thumbs.mjs";

const image = (filename, more = {}) => ({ filename, subfolder: "", type: "output", node: "9", ...more });

test("pictures of jobs are listed once, in order, and nothing that is no picture", () => {
  const api = { 9: { class_type: "SaveImage", inputs: {} } };
  const again = image("a.png");
  const others = [image("b.WEBP", { type: "temp" }), image("c.mp4"), image("d.png", { type: "input" })];
  const found = renderedBy([{ api, images: [image("a.png"), ...others] }, { api: {}, images: [again, image("a.png", { subfolder: "x" })] }]);
  assert.deepEqual(found.map(({ picture }) => keyOf(picture)), ["output//a.png", "temp//b.WEBP", "output/x/a.png"]);
  assert.equal(found[0].api, api);
  assert.equal(found[0].node, "9");
});

test("ratings are asked for in parts that fit into an address", async () => {
  const asked = [];
  const comfyui = {
    getJson: async (path) => {
      const pictures = JSON.parse(new URL(path, "http://x").searchParams.get("pictures"));
      asked.push(pictures.length);
      assert.ok(path.length < 8000);
      return { ratings: pictures.map(({ filename }) => (filename.startsWith("1") ? "up" : null)), count: 7, fewest: 20 };
    },
  };
  const names = Array.from({ length: 45 }, (_, number) => image(`${number} ${"ä".repeat(20)}.png`));
  const { ratings, count } = await ratingsOf(comfyui, names);
  assert.deepEqual(asked, [20, 20, 5]);
  assert.equal(count, 7);
  assert.deepEqual(ratings.map(Boolean), names.map(({ filename }) => filename.startsWith("1")));
  assert.equal((await ratingsOf(comfyui, [])).ratings.length, 0);
  assert.equal(asked.at(-1), 0);
});

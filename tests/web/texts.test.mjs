import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { ENGLISH } from "../../web/panel/english.mjs";
import { loadTexts, textsOf } from "../../web/panel/texts.mjs";

const LOCALES = new URL("../../locales/", import.meta.url);
const places = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("the English locale is what is built in", () => {
  const saved = JSON.parse(readFileSync(new URL("en/main.json", LOCALES), "utf8"));
  assert.deepEqual(saved.nodewright, ENGLISH);
});

test("every language has the places that are filled in", () => {
  for (const language of readdirSync(LOCALES)) {
    const own = JSON.parse(readFileSync(new URL(`${language}/main.json`, LOCALES), "utf8")).nodewright;
    for (const [key, text] of Object.entries(own)) {
      assert.deepEqual(places(text), places(ENGLISH[key] ?? text), `${language}: ${key}`);
    }
  }
});

test("values are filled in, and the count chooses the form", () => {
  const texts = textsOf({}, "en");
  assert.equal(texts("writing_of", { done: 2, all: 8 }), "Writing workflows: 2 of 8");
  assert.equal(texts("waiting", { count: 1 }), "Waiting for 1 job before this one");
  assert.equal(texts("waiting", { count: 3 }), "Waiting for 3 jobs before this one");
  assert.equal(texts("no such key"), "no such key");
});

test("a language's own texts go first, and English fills its gaps", async () => {
  const i18n = { de: { nodewright: { generate: "Erzeugen" } } };
  const texts = await loadTexts({ language: () => "de", getJson: async () => i18n });
  assert.equal(texts("generate"), "Erzeugen");
  assert.equal(texts("cancel"), ENGLISH.cancel);
});

test("without translations the panel is in English", async (context) => {
  context.mock.method(console, "warn", () => {});
  const broken = async () => {
    throw new Error("no server");
  };
  assert.equal((await loadTexts({ language: () => "ja", getJson: broken }))("generate"), ENGLISH.generate);
});

import assert from "node:assert/strict";
import test from "node:test";
import { learning } from "../../web/panel/learning.mjs";

// As much of a page as the view needs.
class Fake {
  constructor() {
    this.children = [];
    this.style = { setProperty() {} };
    this.classList = { add() {}, remove() {} };
  }
  setAttribute() {}
  addEventListener() {}
  append(...children) {
    this.children.push(...children);
    for (const child of children) if (typeof child === "string") this.textContent = child;
  }
  replaceChildren(...children) {
    this.children = children;
  }
  querySelector() {
    return new Fake();
  }
}

test("an answer that was asked for before a change does not undo what the change shows", async (context) => {
  globalThis.document = { createElement: () => new Fake(), createElementNS: () => new Fake() };
  context.after(() => delete globalThis.document);
  const view = learning({}, (key, values) => `${key} ${JSON.stringify(values ?? {})}`);
  const count = view.root.children[0];
  const standing = (counted) => ({ count: counted, fewest: 20, learned: null, can_undo: false, problem: "" });
  let answer = () => {};
  const asked = view.refresh(() => new Promise((resolve) => (answer = resolve)));
  view.show(standing(24));
  answer(standing(23));
  await asked;
  assert.match(count.textContent, /"count":24/);
  await view.refresh(async () => standing(25));
  assert.match(count.textContent, /"count":25/);
});

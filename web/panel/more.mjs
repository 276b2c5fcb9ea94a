// @ts-check
// The settings under "More": numbers, the seed, and texts.
import { element, freshId } from "./dom.mjs";
import { NUMBERS, TEXTS, numberIn, seedIn } from "./node_inputs.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

const ORDER = ["candidates", "seed", "temperature", "guidance_scale", "max_nodes", "max_megapixels"];

/**
 * @param {Texts} texts
 * @param {{get: (name: string) => any, set: (name: string, value: any) => void}} memory
 * @param {() => void} onChange called when a person has changed a setting
 */
export function moreSettings(texts, memory, onChange) {
  /** @type {Record<string, HTMLInputElement>} */
  const fields = {};
  /** @type {Record<string, import("./node_inputs.mjs").Range>} */
  let ranges = {};
  const wrong = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const grid = element("div", { class: "nw-fields" }, ...ORDER.map((name) => field(name)));
  const root = element("div", { class: "nw-more", hidden: true }, grid, ...TEXTS.map((name) => field(name)), wrong);

  /** @param {string} name */
  function field(name) {
    const id = freshId(name);
    const isText = TEXTS.includes(name);
    const hint = isText || name === "seed" ? texts(`${name}_hint`) : "";
    fields[name] = element("input", {
      class: "nw-field", id, type: "text", inputmode: isText ? "text" : "decimal", placeholder: hint, autocomplete: "off",
      spellcheck: "false", value: memory.get(name) ?? "", "data-setting": name, oninput: changed, onkeydown: stepped,
    }); // prettier-ignore
    return element(
      "label",
      { class: isText ? "nw-labelled nw-wide" : "nw-labelled", for: id },
      element("span", {}, texts(name)),
      fields[name],
    );

    function changed() {
      memory.set(name, fields[name].value);
      check();
      onChange();
    }
    /** @param {KeyboardEvent} event */
    function stepped(event) {
      const range = ranges[name];
      const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!range || !direction) return;
      event.preventDefault();
      const step = range.whole ? 1 : Math.max(range.step, 0.05);
      const value = (numberIn(fields[name].value, range) ?? range.start) + direction * step;
      fields[name].value = String(Number(Math.max(range.min, Math.min(range.max, value)).toFixed(3)));
      changed();
    }
  }
  /** Show what is out of range; return its field, or null. */
  function check() {
    const bad = NUMBERS.find((name) => ranges[name] && numberIn(fields[name].value, ranges[name]) === null);
    const found = bad ?? (seedIn(fields.seed.value) === null ? "seed" : null);
    for (const [name, input] of Object.entries(fields)) input.setAttribute("aria-invalid", String(name === found));
    wrong.hidden = found === null;
    const { min, max } = ranges[found ?? ""] ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
    wrong.textContent = found === null ? "" : texts("out_of_range", { name: texts(found), min, max });
    return found === null ? null : fields[found];
  }
  return {
    root,
    check,
    /** Mark a setting as the one at fault; return whether it is one of these. @param {string} name */
    mark(name) {
      fields[name]?.setAttribute("aria-invalid", "true");
      return name in fields;
    },
    /** @param {Record<string, import("./node_inputs.mjs").Range>} given */
    describe(given) {
      ranges = given;
      for (const [name, range] of Object.entries(given)) fields[name].placeholder = String(range.start);
    },
    /** Return the values as the node's inputs; to be called where `check` found nothing. */
    inputs() {
      const numbers = NUMBERS.filter((name) => ranges[name]).map((name) => [
        name,
        numberIn(fields[name].value, ranges[name]),
      ]);
      const words = TEXTS.map((name) => [name, fields[name].value.trim()]);
      return { ...Object.fromEntries([...numbers, ...words]), seed: seedIn(fields.seed.value) };
    },
  };
}

// @ts-check
// The menus of the ask: model, LoRA, shape, quality, style, upscale.
import { element } from "./dom.mjs";
import { menu } from "./menu.mjs";
import { MENUS } from "./node_inputs.mjs";

const AUTO = "auto";

/**
 * @param {import("./types.mjs").Texts} texts
 * @param {{get: (name: string) => any, set: (name: string, value: any) => void}} memory
 * @param {() => void} changed
 */
export function menuRow(texts, memory, changed) {
  const menus = Object.fromEntries(MENUS.map((name) => [name, menu(name, texts, (value) => picked(name, value))]));
  const buttons = MENUS.map((name) => menus[name].root);

  /** @param {string} name @param {string} value */
  function picked(name, value) {
    memory.set(name, value);
    changed();
  }
  return {
    root: element("div", { class: "nw-menus", role: "group", "aria-label": texts("menus") }, ...buttons),
    /** @param {string} name @param {string} value */
    set(name, value) {
      menus[name].set(value);
      picked(name, value);
    },
    values: () => Object.fromEntries(MENUS.map((name) => [name, menus[name].value])),
    options: () => Object.fromEntries(MENUS.map((name) => [name, menus[name].options])),
    shown: menus.shape.shown,
    /**
     * Take the options that there are now, and set what is remembered.
     *
     * @param {Record<string, string[]>} options by menu
     * @returns {{name: string, value: string}[]} what is remembered and not there any more
     */
    offer(options) {
      const gone = [];
      for (const name of MENUS) {
        const saved = memory.get(name) ?? AUTO;
        menus[name].offer(options[name] ?? [], saved);
        if (menus[name].value !== saved) gone.push({ name, value: saved });
      }
      for (const { name } of gone) memory.set(name, AUTO);
      return gone;
    },
  };
}

// @ts-check
// The prompt box with the chips of what was read in it, the menus, Generate, and the settings under "More".
import { chipRow } from "./chip_row.mjs";
import { withoutWords } from "./chips.mjs";
import { button, composes, element } from "./dom.mjs";
import { goBar } from "./go_bar.mjs";
import { menuRow } from "./menu_row.mjs";
import { moreSettings } from "./more.mjs";
import { NODE, describedInputs } from "./node_inputs.mjs";
import { inWords, withLabel } from "./problems.mjs";
import { reader } from "./reader.mjs";

/** @typedef {import("./types.mjs").Chip} Chip */

const NOTHING = { text: "", line: "", chips: [], notes: [], problem: null };

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {import("./types.mjs").Texts} texts
 * @param {{get: (name: string) => any, set: (name: string, value: any) => void}} memory
 * @param {{generate: (inputs: Record<string, any>) => void, cancel: () => void}} actions
 */
export function ask(comfyui, texts, memory, actions) {
  const prompt = element("textarea", {
    class: "nw-prompt",
    rows: "3",
    placeholder: texts("prompt_hint"),
    spellcheck: "true",
    "aria-label": texts("prompt"),
    "aria-keyshortcuts": "Control+Enter",
    oninput: typed,
  });
  prompt.value = memory.get("prompt") ?? "";
  const menus = menuRow(texts, memory, () => readSoon(0));
  const chips = chipRow(texts, { menus: menus.options, shown: menus.shown, set: setMenu, remove: removeChip });
  const more = moreSettings(texts, memory, changed);
  const opener = { class: "nw-more-button", "aria-expanded": "false", onclick: toggleMore };
  const moreButton = button(texts("more"), opener, "sliders-h");
  const go = goBar(texts, { generate: start, cancel: actions.cancel }, moreButton);
  const reading = reader(read, {
    show: (read) => chips.show({ ...read, problem: read.problem && withLabel(read.problem, texts) }),
    failed: (error) => chips.failed(inWords(error, texts)),
  });
  const root = element(
    "form",
    { class: "nw-ask", autocomplete: "off", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
    element("div", { class: "nw-box" }, prompt, chips.root),
    menus.root,
    go.bar,
    go.problem,
    go.status,
    more.root,
  );
  let isDescribed = false; // whether the server has said which menus and ranges there are
  /** @type {Promise<unknown>} */
  let asking = Promise.resolve();
  let turn = 0;
  root.addEventListener("keydown", pressed);
  if (memory.get("more")) toggleMore();

  function typed() {
    memory.set("prompt", prompt.value);
    grow();
    changed();
  }
  function changed() {
    go.wrong("");
    readSoon();
  }
  /** Make the box as high as its text, within what the style sheet allows. */
  function grow() {
    prompt.style.height = "auto";
    if (prompt.scrollHeight) prompt.style.height = `${prompt.scrollHeight + 2}px`;
  }
  /** @param {KeyboardEvent} event */
  function pressed(event) {
    if (composes(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation(); // the frontend queues the canvas with these keys, whatever has the focus
      if (!go.isBusy) start();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (go.isBusy) actions.cancel();
    }
  }
  /** @param {number} [pause] */
  function readSoon(pause) {
    if (prompt.value.trim()) return reading.read({ prompt: prompt.value, ...menus.values(), ...limits() }, pause);
    reading.stop();
    chips.show(NOTHING);
  }
  function limits() {
    const { families, max_nodes, max_megapixels } = more.check() ? {} : /** @type {any} */ (more.inputs());
    return { families, max_nodes, max_megapixels };
  }
  /** @param {Record<string, any>} body */
  async function read(body) {
    await asking; // what a chip can be changed to is in the menus
    return comfyui.postJson("/nodewright/read", body);
  }
  /** @param {string} name @param {string} value */
  function setMenu(name, value) {
    menus.set(name, value);
    prompt.focus();
  }
  /** @param {Chip} chip */
  function removeChip(chip) {
    if (chip.start !== null) write(withoutWords(prompt.value, chip));
    else if (chip.menu !== null) setMenu(chip.menu, "auto");
  }
  /** @param {string} text */
  function write(text) {
    prompt.value = text;
    typed();
    prompt.focus();
  }
  function toggleMore() {
    const open = more.root.hidden;
    more.root.hidden = !open;
    moreButton.setAttribute("aria-expanded", String(open));
    memory.set("more", open);
  }
  async function start() {
    go.wrong("");
    if (!prompt.value.trim()) {
      go.wrong(texts("prompt_missing"));
      return prompt.focus();
    }
    if (!isDescribed) {
      // Until then the menus are not at what is remembered, and what a field holds has no range.
      const mine = ++turn;
      go.busy(texts("starting"), null);
      await asking;
      if (mine !== turn) return; // cancelled meanwhile
      go.ready();
    }
    const bad = more.check();
    if (!bad) return actions.generate({ prompt: prompt.value, ...menus.values(), ...more.inputs() });
    if (more.root.hidden) toggleMore();
    bad.focus();
  }
  /** Ask the server which menus and ranges there are now, and read the prompt again. */
  function refresh() {
    const described = describe();
    if (!isDescribed) asking = described.catch(() => {}); // the caller shows what is wrong
    return described;
  }
  async function describe() {
    const described = describedInputs(await comfyui.getJson(`/object_info/${NODE}`));
    if (!Object.keys(described.menus).length) throw new Error(`${NODE} not found`);
    const gone = menus
      .offer(described.menus)
      .map(({ name, value }) => texts("menu_gone", { name: value, menu: texts(name) }));
    if (gone.length) go.say(gone.join(" "));
    more.describe(described.ranges);
    isDescribed = true;
    readSoon(0);
  }
  return {
    root,
    focus: () => prompt.focus(),
    grow,
    refresh,
    write,
    busy: go.busy,
    /** @param {string} [words] */
    ready(words) {
      turn++;
      go.ready(words);
    },
    /** Take back what `wrong` has shown, unless something else is shown by now. @param {string} words */
    right(words) {
      if (go.problemWords === words) go.wrong("");
    },
    /**
     * Show what is wrong; an empty text where nothing is.
     *
     * @param {string} words
     * @param {string|null} [input] the one at fault
     */
    wrong(words, input = null) {
      go.wrong(words);
      if (input !== null && more.mark(input) && more.root.hidden) toggleMore();
    },
  };
}

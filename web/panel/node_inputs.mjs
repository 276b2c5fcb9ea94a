// @ts-check
// The inputs of Prompt to Workflow, as the server describes them: the options of its menus, the ranges of its numbers.

export const NODE = "NodewrightPromptToWorkflow";
export const MENUS = ["model", "lora", "shape", "quality", "style", "upscale"];
export const NUMBERS = ["candidates", "guidance_scale", "temperature", "max_nodes", "max_megapixels"];
export const TEXTS = ["negative", "families"];

const CANDIDATES = 8; // cards; the node on the canvas, which renders what it writes, starts with one

/** @typedef {{min: number, max: number, step: number, start: number, whole: boolean}} Range */
/** @typedef {{menus: Record<string, string[]>, ranges: Record<string, Range>}} Described */

/**
 * Read what /object_info says of the node. Both forms of a menu occur: a list, and "COMBO" with options.
 *
 * @param {any} info
 * @returns {Described}
 */
export function describedInputs(info) {
  const inputs = { ...info?.[NODE]?.input?.required, ...info?.[NODE]?.input?.optional };
  /** @type {Described} */
  const found = { menus: {}, ranges: {} };
  for (const name of MENUS) {
    const [type, settings] = inputs[name] ?? [];
    const options = Array.isArray(type) ? type : settings?.options;
    if (Array.isArray(options)) found.menus[name] = options.map(String);
  }
  for (const name of NUMBERS) {
    const [type, settings] = inputs[name] ?? [];
    if (!settings) continue;
    const { min = 0, max = Number.MAX_SAFE_INTEGER, step = 1, default: start = min } = settings;
    const mine = name === "candidates" ? Math.min(CANDIDATES, max) : start;
    found.ranges[name] = { min, max, step, start: mine, whole: type === "INT" };
  }
  return found;
}

/**
 * Return the number that a field holds, its starting value where it is empty, or null for one outside its range.
 *
 * @param {string} text
 * @param {Range} range
 * @returns {number|null}
 */
export function numberIn(text, range) {
  if (!text.trim()) return range.start;
  const value = Number(text.replace(",", "."));
  const fits = Number.isFinite(value) && value >= range.min && value <= range.max;
  return fits && (!range.whole || Number.isInteger(value)) ? value : null;
}

/**
 * Return the seed that a field holds, a random one where it is empty, or null for what is no seed.
 *
 * @param {string} text
 * @returns {number|null}
 */
export function seedIn(text) {
  if (!text.trim()) return Math.floor(Math.random() * 2 ** 32);
  return /^\d+$/.test(text.trim()) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

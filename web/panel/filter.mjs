// @ts-check
// Filtering of long menus: which options a few typed letters leave, and how a file's name is shown.

const JOINTS = /[\s_\-./\\]+/g;

/** @param {string} text */
const plain = (text) => text.toLowerCase().replace(JOINTS, " ").trim();

/**
 * Return the options that have all typed words, those first whose own name starts with what was typed.
 *
 * @param {string[]} options
 * @param {string} query
 * @param {number} limit the most that are shown
 * @returns {{shown: string[], left: number}} and how many more there are
 */
export function filtered(options, query, limit) {
  const typed = plain(query);
  const words = typed.split(" ").filter(Boolean);
  const found = options.filter((option) => {
    const text = plain(option);
    return words.every((word) => text.includes(word));
  });
  if (words.length) {
    const starts = (/** @type {string} */ option) => (plain(nameParts(option).name).startsWith(typed) ? 0 : 1);
    found.sort((one, other) => starts(one) - starts(other)); // stable: within both, the menu's own order
  }
  return { shown: found.slice(0, limit), left: Math.max(0, found.length - limit) };
}

/**
 * Take a model file's name apart: "SD1.5/dreamshaper_8.safetensors" -> folder "SD1.5", name "dreamshaper_8".
 *
 * @param {string} option
 * @returns {{folder: string, name: string}}
 */
export function nameParts(option) {
  const parts = option.split(/[/\\]/);
  const last = parts.pop() ?? "";
  return { folder: parts.join("/"), name: last.replace(/\.(safetensors|sft|ckpt|pth?|bin|gguf)$/i, "") };
}

// @ts-check
// What a click on a chip does: set the menu that goes before it, or take the words out of the prompt that said it.

/** @typedef {import("./types.mjs").Chip} Chip */

/** @param {Chip} chip */
export const isWritten = (chip) => chip.start !== null && chip.end !== null && chip.end > chip.start;

/**
 * Return the values that a chip can be changed to: those that the server offers for it and that its menu has, for
 * ComfyUI refuses all others. "auto" is what removing a chip does.
 *
 * @param {Chip} chip
 * @param {Record<string, string[]>} menus options by menu
 * @returns {string[]}
 */
export function alternatives(chip, menus) {
  const options = new Set(chip.menu === null ? [] : menus[chip.menu]);
  return (chip.how_to_change ?? []).filter((value) => value !== "auto" && options.has(value));
}

/**
 * Return the prompt without a chip's words, and without the comma and the space that they leave over.
 *
 * @param {string} prompt
 * @param {Chip} chip
 */
export function withoutWords(prompt, chip) {
  if (chip.start === null || chip.end === null) return prompt;
  const left = prompt.slice(0, chip.start);
  const right = prompt.slice(chip.end);
  const before = left.trimEnd();
  let after = right.trimStart();
  const gap = left.slice(before.length) + right.slice(0, right.length - after.length);
  if (!before || /[,;、，]$/.test(before)) after = after.replace(/^[,;、，.]\s*/, "");
  if (!after) return before.replace(/[\s,;、，]+$/, "");
  if (!before) return after;
  const joint = /^[,;.:!?)\]、，。]/.test(after) || !gap ? "" : gap.includes("\n") ? "\n" : " ";
  return before + joint + after;
}

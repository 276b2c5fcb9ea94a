// @ts-check
// Expected quality and expected gains, as a bar and in words.

/** @typedef {import("./types.mjs").Quality} Quality */

/**
 * Return where the bar of an expected quality starts and ends, and where its mean is, in percent of the track.
 *
 * The track is the pictures that the reward model was trained on: half of them are left of its middle.
 *
 * @param {Quality} quality
 * @returns {{low: number, middle: number, high: number}}
 */
export function bar(quality) {
  const percent = (/** @type {number} */ share) => 100 * Math.min(1, Math.max(0, Number(share) || 0));
  return { low: percent(quality.low), middle: percent(quality.position), high: percent(quality.high) };
}

/**
 * Return the key of the word for a gain, in standard deviations of scores.
 *
 * @param {number} gain
 */
export function gainKey(gain) {
  if (gain >= 0.5) return "gain_much";
  return gain >= 0.15 ? "gain_some" : "gain_little";
}

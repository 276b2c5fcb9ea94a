// @ts-check
// What went wrong, in words and with what to do.

import { MENUS, NODE, NUMBERS, TEXTS } from "./node_inputs.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

const INPUTS = new Set(["prompt", "seed", ...MENUS, ...NUMBERS, ...TEXTS]);

/**
 * Return a sentence for an error of a request, or of the server's work.
 *
 * @param {any} error
 * @param {Texts} texts
 */
export function inWords(error, texts) {
  const message = String(error?.message ?? error ?? "").trim();
  const status = error?.status;
  if (
    status === undefined &&
    (error instanceof TypeError || /failed to fetch|networkerror|load failed/i.test(message))
  ) {
    return texts("error_offline");
  }
  if (message.includes(NODE) && /not exist|not found|missing/i.test(message)) return texts("error_pack");
  if (status === 404 || status === 405) return texts("error_route");
  if (status === 503) return texts("error_busy");
  if (status === 502 || status === 504) return texts("error_offline");
  return message ? withLabel(message, texts) : texts("error_unknown");
}

/**
 * Return a message with the label of the panel's field in place of the input's name at its beginning.
 *
 * @param {string} message
 * @param {Texts} texts
 */
export function withLabel(message, texts) {
  return message.replace(/^(\w+)(?=: )/, (name) => (INPUTS.has(name) ? texts(name) : name));
}

/**
 * Return a sentence for a run that did not end well, or null for one that did.
 *
 * @param {import("./types.mjs").Ended} ended
 * @param {Texts} texts
 */
export function endInWords(ended, texts) {
  if (ended.status === "success") return null;
  if (ended.status === "interrupted") return texts("cancelled");
  if (ended.status === "lost") return texts("error_restarted");
  return inWords(ended.error?.message ?? "", texts);
}

/**
 * Return why nothing was written, and what to do, as the node hands it out in place of workflows.
 *
 * @param {{reason: string, what_to_do: string, input: string|null}} refused
 * @param {Texts} texts
 */
export function refusalInWords({ reason, what_to_do: remedy }, texts) {
  const parts = [reason, remedy].filter(Boolean).map((part) => `${part.replace(/\.$/, "")}.`);
  return withLabel(parts.join(" "), texts);
}

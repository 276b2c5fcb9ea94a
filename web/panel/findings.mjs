// @ts-check
// Findings as a person reads them.

/** @typedef {import("./types.mjs").Change} Change */
/** @typedef {import("./types.mjs").Finding} Finding */

/**
 * Return the findings with those together that are the same at several nodes. Where what mends one adds or links nodes,
 * it stays alone, since the ids of new nodes might meet.
 *
 * @param {Finding[]} findings
 * @returns {Finding[][]}
 */
export function gathered(findings) {
  /** @type {Map<string, Finding[]>} */
  const groups = new Map();
  for (const [index, finding] of findings.entries()) {
    const { kind, severity, message, change } = finding;
    const together = (change?.edits ?? []).every(({ edit }) => edit === "set");
    const key = together ? JSON.stringify([kind, severity, message, change?.title]) : String(index);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

/**
 * Return what mends all of these, which are the same thing at several nodes; null where nothing does. Its reason is left
 * out where the finding has said it.
 *
 * @param {Finding[]} findings
 * @returns {Change|null}
 */
export function mending(findings) {
  const [{ change, message }] = findings;
  if (!change) return null;
  const edits = findings.flatMap((finding) => finding.change?.edits ?? []);
  return { ...change, edits, reason: change.reason === message ? "" : sentence(change.reason) };
}

/**
 * Return a text with a capital at its beginning, unless it begins with the name of a file or of a setting.
 *
 * @param {string} text
 */
export function sentence(text) {
  return /^[a-z]+ [^\d]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

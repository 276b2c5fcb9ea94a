// @ts-check
// Ids of the nodes of prompts that are queued beside the canvas. The frontend shows outputs and progress at the
// canvas's node of the same id, whatever prompt they belong to, so a queued prompt gets ids that no canvas has.

const BESIDE = /^nw-(\d[\d-]*)$/;

/** @param {string} id */
function besideId(id) {
  return /^\d[\d:]*$/.test(id) ? `nw-${id.replaceAll(":", "-")}` : id;
}

/**
 * Return the id that a node had before `beside`.
 * @param {string | number} id
 */
export function ownId(id) {
  return BESIDE.test(String(id)) ? String(id).slice(3).replaceAll("-", ":") : String(id);
}

/**
 * Return a prompt in API format with ids that no canvas has.
 * @template {Record<string, any>} Prompt
 * @param {Prompt} prompt
 */
export const beside = (prompt) => withIds(prompt, besideId);

/**
 * Return a prompt in API format with the ids that it had before `beside`.
 * @template {Record<string, any>} Prompt
 * @param {Prompt} prompt
 */
export const own = (prompt) => withIds(prompt, ownId);

/** @param {Record<string, any>} prompt @param {(id: string) => string} named */
function withIds(prompt, named) {
  /** @param {any} value */
  const link = (value) =>
    Array.isArray(value) && value.length === 2 && Object.hasOwn(prompt, value[0]) && Number.isInteger(value[1])
      ? [named(String(value[0])), value[1]]
      : value;
  const nodes = Object.entries(prompt).map(([id, node]) => {
    const inputs = Object.entries(node.inputs ?? {}).map(([name, value]) => [name, link(value)]);
    return [named(id), { ...node, inputs: Object.fromEntries(inputs) }];
  });
  return Object.fromEntries(nodes);
}

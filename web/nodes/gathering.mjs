// @ts-check
// Show the pictures of all nodes that ran inside one, of one workflow or of several. The frontend keeps those of the last.
import { placeOf } from "./last_runs.mjs";

const MOST = 50; // runs whose pictures are remembered

/**
 * Return a listener to the events "executed" of a node and of those inside it. Where the frontend by itself would not show
 * all pictures of a run, the listener calls `show` with the event that ComfyUI would send if they were the outer node's own,
 * in the order of the workflows: when pictures of a second inner node have come, and when ComfyUI has kept the result of a
 * former run, for which nothing inside runs again.
 * @param {(detail: any) => void} show
 */
export function gathering(show) {
  /** @type {Map<string, {run: string, key: string, pictures: Map<string, any[]>}>} */
  const nodes = new Map();
  /** @type {Map<string, any[]>} */
  const former = new Map(); // what was run -> its pictures

  /** @param {any} detail */
  function outer({ prompt_id, display_node, output }) {
    const key = (output?.nodewright_runs ?? []).join(" ");
    nodes.set(display_node, { run: prompt_id, key, pictures: new Map() });
    const images = former.get(key);
    if (images) show({ prompt_id, node: display_node, display_node, output: { ...output, images } });
  }

  return (/** @type {any} */ detail) => {
    const { prompt_id, node, display_node, output } = detail;
    const images = output?.images;
    if (node === display_node) return images ? undefined : outer(detail);
    if (!Array.isArray(images)) return;
    const known = nodes.get(display_node);
    const { key, pictures } = known && known.run === prompt_id ? known : { key: "", pictures: new Map() };
    nodes.set(display_node, { run: prompt_id, key, pictures: pictures.set(node, images) });
    const inner = [...pictures.keys()].sort((one, other) => order(one, display_node) - order(other, display_node));
    const all = inner.flatMap((id) => pictures.get(id) ?? []);
    former.delete(key);
    if (key) former.set(key, all);
    if (former.size > MOST) former.delete(String(former.keys().next().value));
    if (pictures.size > 1) show({ prompt_id, node: display_node, display_node, output: { images: all } });
  };
}

/** @param {string} inner @param {string} id */
const order = (inner, id) => placeOf(inner, id) ?? 0;

// @ts-check

/**
 * Return the extension that opens a workflow which is made for app mode as a graph where there is no app mode yet. The
 * frontend of ComfyUI 0.3.75 reads the same mark, and draws the widgets of all nodes over each other.
 * @param {any} comfyui
 */
export function appMode(comfyui) {
  return {
    name: "Nodewright.AppMode",
    /** @param {any} graph */
    beforeConfigureGraph(graph) {
      const ours = graph?.extra?.linearData && graph.nodes?.some((/** @type {any} */ node) => node.type?.startsWith("Nodewright"));
      if (ours && comfyui.frontendBefore(1, 41)) graph.extra = { ...graph.extra, linearMode: false };
    },
  };
}

// @ts-check
const CLASS = "NodewrightPromptToWorkflow";

// The frontend restores a saved workflow's widgets by position. This is the order that the node had before; what stands
// behind the prompt tells it from today's, which has a text there.
const FORMER = [
  "prompt", "seed", "control_after_generate", "temperature", "top_p", "candidates", "kappa", "families", "max_nodes",
  "max_megapixels", "guidance_scale", "required", "forbidden", "ends_in",
];

/**
 * Put values of the former order into today's; a widget that there was not yet keeps its own. What was in sight stays so.
 * @param {any} saved
 * @param {any[]} widgets
 */
function reorder(saved, widgets) {
  const values = saved.widgets_values;
  if (!Array.isArray(values) || typeof values[1] !== "number") return;
  const former = Object.fromEntries(values.map((value, index) => [FORMER[index], value]));
  saved.widgets_values = widgets
    .filter((widget) => widget.serialize !== false)
    .map((widget) => (widget.name in former ? former[widget.name] : widget.value));
  saved.showAdvanced = true;
}

/**
 * Nodes 2.0 hides advanced widgets by itself. The canvas does so by this attribute, but keeps their place free; on both,
 * "Show Advanced" in the node's menu brings them back.
 * @param {any} node
 */
function hideAdvanced(node) {
  for (const widget of node.widgets) {
    if (!widget.options?.advanced) continue;
    widget.advanced = true;
    widget.computeSize = (/** @type {number} */ width) => [width, node.isWidgetVisible(widget) ? window.LiteGraph.NODE_WIDGET_HEIGHT : -4];
  }
}

/**
 * Nodes 2.0 leaves out what the node declares as hidden; the canvas goes by this attribute.
 * @param {any} node
 */
function hideWhatIsForPrograms(node) {
  for (const widget of node.widgets) {
    if (!widget.options?.hidden) continue;
    widget.hidden = true;
    widget.computeSize = (/** @type {number} */ width) => [width, -4];
  }
}

export const promptToWorkflow = {
  name: "Nodewright.PromptToWorkflow",
  /** @param {any} node */
  nodeCreated(node) {
    if (node.comfyClass !== CLASS) return;
    hideAdvanced(node);
    hideWhatIsForPrograms(node);
    const prompt = node.widgets.find((/** @type {any} */ widget) => widget.name === "prompt");
    if (prompt?.options) prompt.options.getMinHeight = () => 120;
    const configure = node.configure;
    node.configure = function (/** @type {any} */ saved, /** @type {any[]} */ ...rest) {
      reorder(saved, this.widgets ?? []);
      return configure.call(this, saved, ...rest);
    };
  },
};

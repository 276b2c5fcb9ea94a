import { app } from "../../scripts/app.js";

// Show the text that these nodes return inside the node. By itself, the frontend does so for PreviewAny only.
const PLACEHOLDERS = {
  NodewrightPromptToWorkflow: "The workflow that was written appears here after a run.",
  NodewrightScoreWorkflow: "The score appears here after a run.",
  NodewrightRecordResult: "The record appears here after a run.",
};

app.registerExtension({
  name: "Nodewright.Summary",
  nodeCreated(node) {
    const placeholder = PLACEHOLDERS[node.comfyClass];
    if (!placeholder) return;
    const area = document.createElement("textarea");
    area.className = "comfy-multiline-input";
    area.readOnly = true;
    area.placeholder = placeholder;
    const widget = node.addDOMWidget("summary", "nodewright_summary", area, {
      serialize: false,
      getMinHeight: () => 130,
      getValue: () => area.value,
      setValue: (value) => {
        area.value = value ?? "";
      },
    });
    widget.serialize = false;
    const onExecuted = node.onExecuted;
    node.onExecuted = function (output, ...rest) {
      onExecuted?.call(this, output, ...rest);
      if (output?.text) widget.value = [].concat(output.text).join("\n");
    };
  },
});

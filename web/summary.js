import { app } from "/scripts/app.js";

// Shows inside Prompt to Workflow the text that it returns. The frontend does so by itself for PreviewAny only.
app.registerExtension({
  name: "Nodewright.Summary",
  nodeCreated(node) {
    if (node.comfyClass !== "NodewrightPromptToWorkflow") return;
    const area = document.createElement("textarea");
    area.className = "comfy-multiline-input";
    area.readOnly = true;
    area.placeholder = "The workflow that was written stands here after a run.";
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

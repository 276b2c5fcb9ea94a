// What the frontend's published types leave out.

// Modules that ComfyUI serves beside the pack's: web/ stands at /extensions/nodewright/, these at /scripts/.
declare module "*/scripts/app.js" {
  export const app: import("@comfyorg/comfyui-frontend-types").ComfyApp;
}
declare module "*/scripts/api.js" {
  export const api: import("@comfyorg/comfyui-frontend-types").ComfyApi;
}

/** A node on the canvas, with what the frontend adds to LiteGraph's: for @param of an extension's hooks. */
type CanvasNode = Parameters<NonNullable<import("@comfyorg/comfyui-frontend-types").ComfyExtension["nodeCreated"]>>[0] & {
  addDOMWidget<T extends HTMLElement>(
    name: string,
    type: string,
    element: T,
    options?: import("@comfyorg/comfyui-frontend-types").DOMWidgetOptions<string>,
  ): import("@comfyorg/comfyui-frontend-types").DOMWidget<T, string>;
  onExecuted?(output: Record<string, any>, ...rest: unknown[]): void;
};

interface Window {
  LiteGraph: {
    NODE_WIDGET_HEIGHT: number;
    registered_node_types: Record<string, unknown>;
    vueNodesMode?: boolean;
    createNode(type: string): any;
    isValidConnection(one: unknown, other: unknown): boolean;
  };
  __COMFYUI_FRONTEND_VERSION__?: string;
}

// @ts-check
// The panel of the sidebar. It is built once, and keeps its state while its tab is closed.
import { create } from "./create.mjs";
import { element } from "./dom.mjs";
import { graphView } from "./graph.mjs";
import { inWords } from "./problems.mjs";
import { tabs } from "./tabs.mjs";

/** @typedef {import("./types.mjs").Comfyui} Comfyui */
/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * Build the panel.
 *
 * @param {Comfyui} comfyui
 * @param {Texts} texts
 */
export function panel(comfyui, texts) {
  const root = element("section", { class: "nodewright", "aria-label": texts("panel"), onkeydown: keysStayHere });
  // The canvas copies and pastes nodes, wherever the focus is.
  for (const kind of ["copy", "cut", "paste"]) root.addEventListener(kind, (event) => event.stopPropagation());
  withStyles(root);
  const creating = create(comfyui, texts, async (rendered) => (await ratings()).thumbs(comfyui, texts, rendered));
  const graph = graphView(comfyui, texts);
  const pictures = ratingsTab(comfyui, texts);
  const entries = [
    { name: "create", label: texts("tab_create"), view: creating.root },
    { name: "graph", label: texts("tab_graph"), view: graph.root },
    { name: "pictures", label: texts("tab_pictures"), view: pictures.root },
  ];
  const { bar, views, show } = tabs(texts("panel"), entries, (name) => name === "pictures" && pictures.shown());
  root.append(bar, ...views);
  return {
    root,
    /** The tab has come into view. */
    shown() {
      creating.grow();
      creating.refresh();
      if (!pictures.root.closest("[hidden]")) pictures.shown();
    },
    focusPrompt() {
      show("create");
      creating.focus();
    },
    /**
     * Check the graph that is open, propose what makes it run here, or list what would improve it.
     *
     * @param {"check"|"fix"|"improve"} kind
     */
    examine(kind) {
      show("graph");
      return graph.examine(kind);
    },
  };
}

const ratings = () => import("./ratings.mjs");

/**
 * Return the view of ratings, which is imported when it first comes into view.
 *
 * @param {Comfyui} comfyui
 * @param {Texts} texts
 */
function ratingsTab(comfyui, texts) {
  const root = element("div", { class: "nw-view" });
  /** @type {ReturnType<typeof import("./ratings.mjs").ratingsView>|undefined} */
  let view;
  return {
    root,
    async shown() {
      try {
        view ??= (await ratings()).ratingsView(comfyui, texts);
        if (view.root.parentElement !== root) root.replaceChildren(view.root);
      } catch (error) {
        root.replaceChildren(element("p", { class: "nw-problem", role: "alert" }, inWords(error, texts)));
        return;
      }
      await view.shown();
    },
  };
}

/**
 * The canvas has keys that delete and move what is selected there, wherever the focus is.
 *
 * @param {KeyboardEvent} event
 */
function keysStayHere(event) {
  const taken = ["Delete", "Backspace", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", " "];
  if (taken.includes(event.key)) event.stopPropagation();
}

/**
 * Load the style sheet, which ComfyUI serves and does not load by itself. The panel is transparent until then.
 *
 * @param {HTMLElement} root
 */
function withStyles(root) {
  const ready = () => root.style.removeProperty("opacity");
  const link = element("link", {
    rel: "stylesheet",
    href: new URL("./panel.css", import.meta.url).href,
    onload: ready,
    onerror: ready,
  });
  root.style.opacity = "0"; // and not its visibility: what is hidden takes no focus
  document.head.append(link);
}

// @ts-check
// What ComfyUI's frontend loads with the page: it registers the tab, commands, keys, menus and settings. The panel
// itself is imported when it is first opened.
import { comfyui } from "./comfyui.js";
import { appMode } from "./nodes/app_mode.mjs";
import { promptToWorkflow } from "./nodes/prompt_to_workflow.mjs";
import { summary } from "./nodes/summary.mjs";

const TAB = "nodewright";
const PATIENCE = 30_000; // milliseconds in which a busy page has drawn the tab
const LOOKS = { height: "100%", minHeight: "0", display: "flex", flexDirection: "column" };

/** @type {Promise<ReturnType<typeof import("./panel/panel.mjs").panel>> | undefined} */
let building;
/** @type {HTMLElement | undefined} */
let shownAt; // where the frontend wanted the tab last
/** @type {HTMLElement | undefined} */
let shownRoot; // what stands there

/** Return the panel, which is built at the first call. After a failure the next call tries again. */
function builtPanel() {
  building ??= (async () => {
    const [{ panel }, { loadTexts }] = await Promise.all([import("./panel/panel.mjs"), import("./panel/texts.mjs")]);
    return panel(comfyui, await loadTexts(comfyui));
  })().catch((error) => {
    building = undefined;
    throw error;
  });
  return building;
}

/**
 * Put the panel into the tab. The frontend calls this whenever it draws the tab again, so the panel stays where it is.
 * @param {HTMLElement} place
 */
async function show(place) {
  shownAt = place;
  Object.assign(place.style, LOOKS); // the frontend gives it no height
  try {
    const panel = await builtPanel();
    if (panel.root.parentElement === place || !comfyui.isTabOpen(TAB)) return;
    shownRoot = panel.root;
    place.replaceChildren(shownRoot);
    panel.shown();
  } catch (error) {
    if (!comfyui.isTabOpen(TAB)) return;
    shownRoot = failure(error, () => show(place));
    place.replaceChildren(shownRoot);
  }
}

/** Take the panel out of the tab. Another pack's tab is drawn into the same place, which nobody clears. */
function hide() {
  if (!shownAt || comfyui.isTabOpen(TAB)) return;
  shownRoot?.remove();
  for (const name of /** @type {(keyof typeof LOOKS)[]} */ (Object.keys(LOOKS))) shownAt.style[name] = "";
}

/**
 * Return what stands in the tab where the panel cannot be built: never nothing.
 * @param {unknown} error
 * @param {() => void} again
 */
function failure(error, again) {
  console.error("Nodewright: the panel cannot be shown", error);
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  Object.assign(box.style, { padding: "12px", color: "var(--fg-color)", overflowWrap: "anywhere" });
  const message = document.createElement("p");
  message.textContent = `Nodewright's panel cannot be shown: ${error instanceof Error ? error.message : error}`;
  const advice = document.createElement("p");
  advice.textContent = "Try again, or reload the page. The browser's console has the details.";
  const button = document.createElement("button");
  button.textContent = "Try again";
  button.addEventListener("click", again);
  box.append(message, advice, button);
  return box;
}

/** Open the tab, and return the panel once it is in the page; undefined where it cannot be shown. */
async function openPanel() {
  comfyui.openTab(TAB);
  const panel = await builtPanel().catch(() => undefined); // `show` reports it
  if (panel && shownAt?.isConnected) await show(shownAt); // it may have failed there before
  for (const until = Date.now() + PATIENCE; panel && !isVisible(panel.root) && Date.now() < until; ) {
    await new Promise(requestAnimationFrame);
  }
  return panel;
}

/** Report whether an element is in the page, and its style sheet has come. @param {HTMLElement} element */
const isVisible = (element) => element.isConnected && getComputedStyle(element).visibility === "visible";

/** @param {"check" | "fix" | "improve"} kind */
async function examine(kind) {
  (await openPanel())?.examine(kind);
}

const GRAPH_COMMANDS = [
  command("Nodewright.Check", "Check this graph", "pi pi-check-circle", () => examine("check")),
  command("Nodewright.Fix", "Make it run here", "pi pi-wrench", () => examine("fix")),
  command("Nodewright.Improve", "Improve this graph", "pi pi-arrow-up-right", () => examine("improve")),
];
const COMMANDS = [
  command("Nodewright.Open", "Describe a picture", "pi pi-sparkles", async () => (await openPanel())?.focusPrompt()),
  ...GRAPH_COMMANDS,
];

/**
 * @param {string} id
 * @param {string} words what menus show, under the pack's name; among other commands it goes before
 * @param {string} icon
 * @param {() => Promise<void>} run
 */
function command(id, words, icon, run) {
  return { id, label: `Nodewright: ${words}`, menubarLabel: words, icon, function: run };
}

const extension = {
  name: "Nodewright",
  commands: COMMANDS,
  menuCommands: [{ path: ["Extensions", "Nodewright"], commands: COMMANDS.map((command) => command.id) }],
  keybindings: [
    { commandId: "Nodewright.Open", combo: { key: "n", alt: true } },
    // On a Mac, Option+N is a dead key; Option+Shift+N types a small tilde.
    { commandId: "Nodewright.Open", combo: { key: "\u02dc", alt: true, shift: true } },
  ],
  settings: [{ id: "Nodewright.Panel", name: "What the panel remembers", type: "hidden", defaultValue: {} }],
  getCanvasMenuItems() {
    const options = GRAPH_COMMANDS.map(({ menubarLabel, function: run }) => ({ content: menubarLabel, callback: run }));
    return [null, { content: "Nodewright", has_submenu: true, submenu: { options } }];
  },
  setup() {
    comfyui.addTab({
      id: TAB,
      title: "Nodewright",
      icon: "pi pi-sparkles",
      tooltip: "Nodewright: describe a picture, get workflows (Alt+N)",
      type: "custom",
      render: show,
      destroy: hide,
    });
    comfyui.onTabChange(hide);
  },
};

if (comfyui.isFirstCopy(import.meta.url)) {
  comfyui.register(promptToWorkflow, summary(comfyui), appMode(comfyui), extension);
}

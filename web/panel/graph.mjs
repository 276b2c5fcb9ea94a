// @ts-check
// The tab "This graph": what is open on the canvas is checked, made to run here, or improved. Nothing is touched before
// a person has seen what would change.
import { changeView } from "./change_view.mjs";
import { button, element } from "./dom.mjs";
import { gathered } from "./findings.mjs";
import { findingView, proposalView } from "./findings_view.mjs";
import { endInWords, inWords } from "./problems.mjs";

/** @typedef {import("./types.mjs").Finding} Finding */
/** @typedef {import("./findings_view.mjs").GraphActions} GraphActions */
/** @typedef {"check"|"fix"|"improve"} Kind */

/** @type {Record<Kind, string>} */
const BUSY = { check: "checking", fix: "fixing", improve: "improving" };
const KINDS = /** @type {Kind[]} */ (Object.keys(BUSY));

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {import("./types.mjs").Texts} texts
 */
export function graphView(comfyui, texts) {
  const buttons = KINDS.map((kind) => {
    const attributes = { class: `nw-${kind}`, title: texts(`${kind}_tip`), "aria-pressed": "false" };
    return button(texts(kind), { ...attributes, onclick: () => examine(kind) });
  });
  const status = element("p", { class: "nw-status", role: "status", "aria-live": "polite" });
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  const results = element("div", { class: "nw-results nw-findings", tabindex: "-1" });
  const intro = element("p", { class: "nw-quiet" }, texts("graph_intro"));
  const actions = element("div", { class: "nw-actions", role: "group", "aria-label": texts("tab_graph") }, ...buttons);
  const head = element("div", { class: "nw-graph-head" }, intro, actions, problem, status);
  let turn = 0;
  /** @type {import("./types.mjs").Run|null} */
  let running = null;

  /** @param {Kind} kind */
  async function examine(kind) {
    const mine = ++turn;
    const isMine = () => mine === turn;
    running?.cancel();
    running = null;
    wrong("");
    status.textContent = texts(BUSY[kind]);
    results.replaceChildren();
    comfyui.clearMarks();
    KINDS.forEach((one, index) => buttons[index].setAttribute("aria-pressed", String(one === kind)));
    try {
      const open = await comfyui.graph();
      const shown = open.nodes.length
        ? await { check, fix, improve }[kind](actionsOn(open), isMine)
        : texts("graph_empty");
      if (isMine()) status.textContent = shown;
    } catch (error) {
      if (!isMine()) return;
      status.textContent = "";
      wrong(inWords(error, texts));
    }
  }

  /** @param {GraphActions} on @param {() => boolean} isMine */
  async function check(on, isMine) {
    const { findings } = await comfyui.postJson("/nodewright/check", { workflow: on.open.api });
    if (!isMine()) return "";
    results.replaceChildren(...gathered(findings).map((alike) => findingView(alike, on)));
    comfyui.mark(on.open.tab, marksOf(findings));
    return findings.length ? counted(findings) : texts("check_clean", { count: on.open.nodes.length });
  }

  /** @param {GraphActions} on @param {() => boolean} isMine */
  async function fix(on, isMine) {
    const { proposal } = await comfyui.postJson("/nodewright/fix", { workflow: on.open.api });
    if (!isMine()) return "";
    if (!proposal.edits.length && !proposal.missing.length) return texts("fix_none");
    results.replaceChildren(...proposalView(proposal, on, (shown) => results.replaceChildren(...shown)));
    return "";
  }

  /** @param {GraphActions} on @param {() => boolean} isMine */
  async function improve(on, isMine) {
    const { prompt_id: id } = await comfyui.postJson("/nodewright/improve", { workflow: on.open.api });
    const run = await comfyui.follow(id);
    if (!isMine()) {
      run.cancel();
      return "";
    }
    running = run;
    run.on("waiting", (count) => {
      if (isMine() && count) status.textContent = texts("waiting", { count });
    });
    const ended = await run.done;
    if (!isMine()) return "";
    running = null;
    const failure = endInWords(ended, texts);
    if (failure !== null) throw new Error(failure);
    const { nodewright_changes: changes = [], nodewright_reason: reason = [] } = ended.outputs.improve ?? {};
    results.replaceChildren(...changes.map((/** @type {import("./types.mjs").Change} */ one) => improvement(one, on)));
    return changes.length ? "" : reason.filter(Boolean).join(" ") || texts("improve_none");
  }

  /** @param {import("./types.mjs").Change} change @param {GraphActions} on */
  function improvement(change, on) {
    return element(
      "article",
      { class: "nw-finding" },
      changeView(change, texts, ({ edits }) => on.apply(edits)),
    );
  }

  /** @param {Finding[]} findings */
  function counted(findings) {
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const warnings = findings.length - errors;
    const parts = [
      errors && texts("check_errors", { count: errors }),
      warnings && texts("check_warnings", { count: warnings }),
    ];
    return parts.filter(Boolean).join(", ");
  }

  /** Return what can be done with the tab that was read, whichever is open by then. @param {import("./types.mjs").OpenGraph} open @returns {GraphActions} */
  function actionsOn(open) {
    return {
      open,
      texts,
      show: (id) => guarded(() => comfyui.showNode(open.tab, id)),
      apply: (edits) => guarded(() => comfyui.apply(open.tab, edits)),
      check: () => examine("check"),
    };
  }

  /** @template T @param {() => T|Promise<T>} act @returns {Promise<T|null>} null where it failed, which is shown */
  async function guarded(act) {
    wrong("");
    try {
      return await act();
    } catch (error) {
      wrong(inWords(error, texts));
      return null;
    }
  }

  /** @param {string} text what is wrong; empty where nothing is */
  function wrong(text) {
    problem.textContent = text;
    problem.hidden = !text;
  }
  return { root: element("div", { class: "nw-graph" }, head, results), examine };
}

/** @param {Finding[]} findings */
function marksOf(findings) {
  return findings.flatMap(({ node_id: node, message, severity }) =>
    node === null ? [] : [{ node, message, severity }],
  );
}

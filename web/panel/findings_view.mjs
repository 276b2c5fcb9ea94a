// @ts-check
// What was found in the graph that is open, and what would be put in place, before anything is touched.
import { changeView } from "./change_view.mjs";
import { mending, sentence } from "./findings.mjs";
import { button, element } from "./dom.mjs";

/** @typedef {import("./types.mjs").Edit} Edit */
/** @typedef {import("./types.mjs").Finding} Finding */
/** @typedef {import("./types.mjs").OpenGraph} OpenGraph */
/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * @typedef {object} GraphActions
 * @property {OpenGraph} open
 * @property {Texts} texts
 * @property {(id: string) => void} show bring a node into view
 * @property {(edits: Edit[]) => Promise<string[]|null>} apply null where it failed, which is shown elsewhere
 * @property {() => void} check check what is open again
 */

/**
 * Return the same thing found at one node or at several, with what mends it at all of them.
 *
 * @param {Finding[]} findings
 * @param {GraphActions} actions
 */
export function findingView(findings, actions) {
  const { texts } = actions;
  const [{ severity, message, kind }] = findings;
  const change = mending(findings);
  return element(
    "article",
    { class: `nw-finding nw-${severity}`, "data-kind": kind },
    element(
      "header",
      { class: "nw-finding-head" },
      element("span", { class: "nw-severity" }, texts(`severity_${severity}`)),
      ...findings.map((finding) => nodeLink(finding, actions)),
    ),
    element("p", {}, sentence(message)),
    change && changeView(change, texts, ({ edits }) => actions.apply(edits)),
  );
}

/**
 * Return a button that brings a finding's node into view, null where it is about none.
 *
 * @param {Finding} finding
 * @param {GraphActions} actions
 */
function nodeLink({ node_id: id, class_type: type }, { open, texts, show }) {
  if (id === null) return null;
  const node = open.nodes.find((one) => String(one.id) === String(id));
  const name = node?.title || node?.type || type || "";
  const label = texts("show_node", { name: `${name} #${id}` });
  const number = element("span", { class: "nw-quiet" }, `#${id}`);
  const attributes = { type: "button", class: "nw-node-link", "aria-label": label, onclick: () => show(id) };
  return element("button", attributes, `${name} `, number);
}

/**
 * Return what a proposal would put in place, what stays missing, and the button that applies all of it.
 *
 * @param {import("./types.mjs").Proposal} proposal
 * @param {GraphActions} actions
 * @param {(shown: HTMLElement[]) => void} replace shows something else in its place
 */
export function proposalView({ substitutions, edits, missing }, actions, replace) {
  const { texts } = actions;
  const lines = substitutions.map(({ title, reason }) => substitution(title, reason));
  const stays = missing.map((finding) => findingView([finding], actions));
  const count = substitutions.length || edits.length;
  const applying = button(texts("apply_all", { count }), { class: "nw-primary", onclick: pressed }, "check");
  const discard = button(texts("fix_discard"), { onclick: () => replace([]) });
  async function pressed() {
    applying.disabled = true;
    const applied = await actions.apply(edits);
    applying.disabled = false;
    if (applied) replace([appliedView(applied, actions)]);
  }
  return [
    lines.length && element("h3", {}, texts("fix_title")),
    lines.length && element("ul", { class: "nw-list" }, ...lines),
    stays.length && element("h3", {}, texts("fix_missing")),
    ...stays,
    edits.length && element("div", { class: "nw-actions nw-sticky" }, applying, discard),
  ].filter((part) => part instanceof HTMLElement);
}

/** @param {string} title @param {string} reason */
const substitution = (title, reason) =>
  element(
    "li",
    { class: "nw-finding" },
    element("p", { class: "nw-change-title" }, title),
    element("p", { class: "nw-quiet" }, reason),
  );

/** @param {string[]} applied @param {GraphActions} actions */
function appliedView(applied, { texts, check }) {
  return element(
    "div",
    { class: "nw-finding" },
    element("h3", {}, texts("applied_title")),
    element("ul", { class: "nw-list" }, ...applied.map((line) => element("li", {}, line))),
    element("p", { class: "nw-status", role: "status" }, texts("applied")),
    element("div", { class: "nw-actions" }, button(texts("check_again"), { onclick: check }, "check-circle")),
  );
}

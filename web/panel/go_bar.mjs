// @ts-check
// Generate, which becomes Cancel with its progress while something runs, and what is to be said about it.
import { button, capitalised, element } from "./dom.mjs";

/**
 * @param {import("./types.mjs").Texts} texts
 * @param {{generate: () => void, cancel: () => void}} actions
 * @param {HTMLElement} beside what stands behind the button
 */
export function goBar(texts, actions, beside) {
  const go = button(
    texts("generate"),
    { class: "nw-primary nw-generate", title: texts("prompt_keys"), onclick: pressed },
    "sparkles",
  );
  const text = /** @type {HTMLElement} */ (go.querySelector(".nw-button-text"));
  const symbol = /** @type {HTMLElement} */ (go.querySelector(".pi"));
  const status = element("p", { class: "nw-status", role: "status", "aria-live": "polite" });
  const problem = element("p", { class: "nw-problem", role: "alert", hidden: true });
  let isBusy = false;
  let problemWords = "";

  function pressed() {
    if (isBusy) actions.cancel();
    else actions.generate();
  }
  /** @param {boolean} now */
  function become(now) {
    isBusy = now;
    text.textContent = texts(now ? "cancel" : "generate");
    symbol.className = `pi pi-${now ? "times" : "sparkles"}`;
    go.classList.toggle("nw-busy", now);
  }
  /** @param {string} words */
  function say(words) {
    if (status.textContent !== words) status.textContent = words;
  }
  return {
    bar: element("div", { class: "nw-go" }, go, beside),
    problem,
    status,
    say,
    get problemWords() {
      return problemWords;
    },
    get isBusy() {
      return isBusy;
    },
    /** Show what is wrong; an empty text where nothing is. @param {string} words */
    wrong(words) {
      problemWords = words;
      problem.textContent = capitalised(words);
      problem.hidden = !words;
    },
    /**
     * Show that something runs, and how far it is.
     *
     * @param {string} words
     * @param {number|null} share from 0 to 1, null where that is not known
     */
    busy(words, share) {
      become(true);
      go.style.setProperty("--nw-share", String(share ?? 0));
      say(words);
    },
    /** @param {string} [words] */
    ready(words = "") {
      become(false);
      say(words);
    },
  };
}

// @ts-check
// The tab "Create": the ask above, the written workflows below.
import { ask } from "./ask.mjs";
import { cardList } from "./cards.mjs";
import { capitalised, element } from "./dom.mjs";
import { generation } from "./generate.mjs";
import { inWords } from "./problems.mjs";
import { keepForThisPage, ofThisPage, remembered } from "./remembered.mjs";

/** @typedef {import("./types.mjs").Card} Card */

const NOTHING = { generating: null, prompt: "", cards: [], runs: {} };

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {import("./types.mjs").Texts} texts
 * @param {(rendered: import("./types.mjs").Rendered) => Promise<HTMLElement|null>} rate returns the thumbs below a picture
 */
export function create(comfyui, texts, rate) {
  const memory = remembered(comfyui);
  const cards = cardList(comfyui, texts, { rate, example: (text) => asking.write(text), ran });
  const asking = ask(comfyui, texts, memory, { generate, cancel: () => writing.cancel() });
  let prompt = "";
  let hasFirst = false;
  let notRefreshed = ""; // why the server could not be asked the last time
  const writing = generation(comfyui, texts, {
    queued: (id) => keepForThisPage({ ...NOTHING, generating: id, prompt }),
    progressed: (text, share) => asking.busy(text, share),
    first(card) {
      hasFirst = true;
      cards.show([card], prompt, false);
    },
    done(written) {
      keepForThisPage({ generating: null, cards: written });
      cards.show(written, prompt, true);
      asking.ready();
    },
    failed(message, input) {
      ended();
      asking.wrong(message, input);
    },
    cancelled(message) {
      ended();
      asking.ready(message);
    },
  });
  function ended() {
    keepForThisPage({ generating: null });
    asking.ready();
    if (hasFirst || cards.isEmpty) showEmpty();
  }
  /** @param {Record<string, any>} inputs */
  function generate(inputs) {
    prompt = inputs.prompt;
    hasFirst = false;
    writing.start(inputs);
  }
  /** @param {Card} card @param {string} id */
  function ran(card, id) {
    keepForThisPage({ runs: { ...ofThisPage().runs, [card.number]: id } });
  }
  /** Show what was there before the page was reloaded, and go on with what was running. */
  function resume() {
    const before = { ...NOTHING, ...ofThisPage() };
    prompt = String(before.prompt);
    if (before.generating) return writing.resume(String(before.generating));
    if (!Array.isArray(before.cards) || !before.cards.length) return showEmpty();
    cards.show(before.cards, prompt, true);
    cards.resume(before.runs);
  }
  async function showEmpty() {
    cards.showEmpty();
    try {
      const { lacking = [] } = await comfyui.getJson("/nodewright/status");
      if (cards.isEmpty && lacking.length)
        cards.showEmpty(lacking.map((/** @type {string} */ one) => element("p", {}, capitalised(one))));
    } catch {
      // `refresh` asks the same server, and shows what is wrong with it
    }
  }
  async function refresh() {
    try {
      await asking.refresh();
      asking.right(notRefreshed); // and nothing else: it may have been shown while the server was asked
    } catch (error) {
      notRefreshed = inWords(error, texts);
      asking.wrong(notRefreshed);
    }
  }
  /** Have the server load what the first run would load; what it cannot load, the run itself reports. */
  const prepare = () => comfyui.postJson("/nodewright/ready", {}).catch(() => {});
  comfyui.onReconnected(() => {
    refresh();
    prepare();
  });
  prepare();
  resume();
  return {
    root: element("div", { class: "nw-create" }, asking.root, cards.root),
    refresh,
    grow: asking.grow,
    focus: asking.focus,
  };
}

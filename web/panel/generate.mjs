// @ts-check
// One prompt's way to its workflows: queued as a prompt of one node, so that progress, interruption, history and memory
// are ComfyUI's own.
import { NODE } from "./node_inputs.mjs";
import { endInWords, inWords, refusalInWords } from "./problems.mjs";

/** @typedef {import("./types.mjs").Card} Card */
/** @typedef {import("./types.mjs").Run} Run */

const ID = "nodewright"; // no number: both frontends show the output of a number on the canvas's node of that number

/**
 * @typedef {object} Listener
 * @property {(id: string) => void} queued
 * @property {(text: string, share: number|null) => void} progressed
 * @property {(card: Card) => void} first
 * @property {(cards: Card[]) => void} done
 * @property {(message: string, input?: string|null) => void} failed with the input that is in the way, if one is
 * @property {(message: string) => void} cancelled
 */

/**
 * @param {import("./types.mjs").Comfyui} comfyui
 * @param {import("./types.mjs").Texts} texts
 * @param {Listener} listener
 */
export function generation(comfyui, texts, listener) {
  /** @type {Run|null} */
  let running = null;
  let turn = 0;

  /** @param {Run} run @param {number} mine */
  async function follow(run, mine) {
    running = run;
    if (mine !== turn) return run.cancel(); // cancelled while it was being queued
    listener.queued(run.id);
    const isMine = () => mine === turn;
    run.on("waiting", (before) => {
      const count = Number(before?.before ?? before);
      if (isMine()) listener.progressed(count ? texts("waiting", { count }) : texts("starting"), null);
    });
    run.on("progress", ({ value, max }) => {
      if (isMine())
        listener.progressed(
          max > 1 ? texts("writing_of", { done: value, all: max }) : texts("writing"),
          value / (max || 1),
        );
    });
    run.on("candidate", ({ card }) => {
      if (isMine() && card) listener.first(card);
    });
    run.on("offline", () => {
      if (isMine()) listener.progressed(texts("error_offline"), null);
    });
    const ended = await run.done;
    if (!isMine()) return;
    running = null;
    const output = ended.outputs?.[ID];
    const cards = output?.nodewright_cards;
    /** @type {{reason: string, what_to_do: string, input: string|null}|undefined} */
    const refused = output?.nodewright_refused?.[0];
    if (ended.status === "interrupted") listener.cancelled(texts("cancelled"));
    else if (ended.status !== "success") listener.failed(endInWords(ended, texts) ?? "");
    else if (Array.isArray(cards) && cards.length) listener.done(cards);
    else if (refused) listener.failed(refusalInWords(refused, texts), refused.input);
    else listener.failed(texts("error_nothing_written"));
  }
  return {
    /** @param {Record<string, any>} inputs of Prompt to Workflow */
    async start(inputs) {
      const mine = ++turn;
      listener.progressed(texts("starting"), null);
      try {
        await follow(await comfyui.queue({ [ID]: { class_type: NODE, inputs: { ...inputs, cards: true } } }), mine);
      } catch (error) {
        if (mine === turn) listener.failed(inWords(error, texts));
      }
    },
    /** Go on with a run that the page had started before it was reloaded. @param {string} id */
    async resume(id) {
      const mine = ++turn;
      listener.progressed(texts("resumed"), null);
      try {
        await follow(await comfyui.follow(id), mine);
      } catch (error) {
        if (mine === turn) listener.failed(inWords(error, texts));
      }
    },
    async cancel() {
      const run = running;
      if (!run) {
        turn++;
        return listener.cancelled(texts("cancelled"));
      }
      try {
        await run.cancel();
      } catch (error) {
        listener.failed(inWords(error, texts));
      }
    },
  };
}

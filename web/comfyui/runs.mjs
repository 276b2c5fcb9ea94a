// @ts-check
import { FollowedRun } from "./followed_run.mjs";
import { beside } from "./node_ids.mjs";

/** @typedef {import("./followed_run.mjs").Run} Run */
/** @typedef {{class_type: string, inputs: Record<string, any>, _meta?: {title?: string}}} ApiNode */

const EVENTS = ["execution_start", "progress_state", "executed", "execution_success", "execution_error",
  "execution_interrupted", "nodewright.candidate"]; // prettier-ignore

/**
 * Return what queues prompts and follows them to their end: by the websocket's events, and where those stay away
 * (another page's prompt, a lost connection, a restarted server), by asking the queue and the history.
 * @param {any} api
 * @param {ReturnType<typeof import("./server.mjs").server>} server
 */
export function runs(api, server) {
  /** @type {Map<string, FollowedRun>} */
  const followed = new Map();
  for (const kind of EVENTS) {
    api.addEventListener(kind, (/** @type {CustomEvent} */ { detail }) => {
      followed.get(detail?.prompt_id)?.heard(kind, detail);
    });
  }
  api.addEventListener("status", () => followed.forEach((run) => run.queueChanged()));
  api.addEventListener("reconnected", () => followed.forEach((run) => run.missed()));

  /** @param {string} id */
  function follow(id) {
    const run = followed.get(id) ?? new FollowedRun(id, server);
    followed.set(id, run);
    run.done.then(() => followed.delete(id));
    return run;
  }

  return {
    /** @param {string} id */
    follow(id) {
      const run = follow(id);
      if (!run.isPosted) run.missed(); // what was before this moment
      run.posted();
      return run.shown();
    },

    /**
     * @param {Record<string, ApiNode>} prompt
     * @param {{front?: boolean, extraData?: object}} [options]
     * @returns {Promise<Run>}
     */
    async queue(prompt, { front = false, extraData = {} } = {}) {
      const id = newId();
      const run = follow(id); // before the prompt is sent: it can end before its POST is answered
      try {
        const body = { client_id: api.clientId, prompt_id: id, prompt: beside(prompt), extra_data: extraData };
        await server.postJson("/prompt", front ? { ...body, front } : body);
      } catch (error) {
        followed.delete(id);
        throw error;
      }
      run.posted();
      return run.shown();
    },
  };
}

/** Return a UUID. `crypto.randomUUID` is missing on a page of plain http from another machine. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

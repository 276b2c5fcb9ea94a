// @ts-check
import { ownId } from "./node_ids.mjs";
import { statusOf } from "./server.mjs";

/**
 * @typedef {{status: "success" | "error" | "interrupted" | "lost", outputs: Record<string, any>,
 *   error?: {message: string, nodeId: string | null}}} Ended
 * @typedef {{id: string, on(kind: string, call: (detail: any) => void): void, done: Promise<Ended>,
 *   cancel(): Promise<void>}} Run
 */

const FIRST_SILENCE = 2_000; // milliseconds without a word of a run until the server is asked for it
const LONGEST_SILENCE = 20_000;
const SOON = 250; // milliseconds until the server is asked for what it is about to know
const KEPT = ["executed", "candidate"]; // kinds of which a late listener hears all, instead of the last

/** A prompt on its way from the queue to its end. */
export class FollowedRun {
  /**
   * @param {string} id
   * @param {ReturnType<typeof import("./server.mjs").server>} server
   */
  constructor(id, server) {
    this.id = id;
    this.server = server;
    /** @type {Record<string, any>} */
    this.outputs = {};
    /** @type {Map<string, ((detail: any) => void)[]>} */
    this.listeners = new Map();
    /** @type {[string, any][]} */
    this.past = [];
    this.isPosted = false;
    this.started = false; // an event of this prompt was heard
    this.complete = true; // every event of it was
    this.over = false;
    this.silence = FIRST_SILENCE;
    /** @type {number | undefined} */
    this.place = undefined; // how many prompts ran before it when the server was asked last
    /** @type {Promise<Ended>} */
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Return what a caller may use. @returns {Run} */
  shown() {
    return {
      id: this.id,
      done: this.done,
      on: (kind, call) => {
        this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), call]);
        for (const [past, detail] of this.past) if (past === kind) safely(call, detail);
      },
      cancel: () => this.cancel(),
    };
  }

  /** @param {string} kind @param {any} detail */
  emit(kind, detail) {
    const former = KEPT.includes(kind) ? this.past : this.past.filter(([past]) => past !== kind);
    this.past = [...former, [kind, detail]];
    for (const call of this.listeners.get(kind) ?? []) safely(call, detail);
  }

  /** The server has the prompt. */
  posted() {
    if (this.over || this.isPosted) return;
    this.isPosted = true;
    if (!this.started) this.look();
    this.listen();
  }

  /** Events may have been missed. */
  missed() {
    this.complete = false;
    this.look();
  }

  /** @param {string} kind @param {any} detail of an event of this prompt */
  heard(kind, detail) {
    if (this.over) return;
    this.started = true;
    this.silence = FIRST_SILENCE;
    if (kind === "nodewright.candidate") this.emit("candidate", detail);
    else if (kind === "progress_state") this.progressed(detail.nodes ?? {});
    else if (kind === "executed") this.executed(detail.node, detail.output);
    else if (kind === "execution_error") this.failed(detail);
    else if (kind === "execution_interrupted") this.end("interrupted");
    else if (kind === "execution_success") this.succeeded();
    this.listen();
  }

  /** @param {Record<string, any>} nodes */
  progressed(nodes) {
    const running = Object.entries(nodes).find(([, { state }]) => state === "running");
    if (running) this.emit("progress", { value: running[1].value, max: running[1].max, node: ownId(running[0]) });
  }

  /** @param {string} node @param {any} output */
  executed(node, output) {
    const name = ownId(node);
    if (Object.hasOwn(this.outputs, name)) return;
    this.outputs[name] = output ?? {};
    this.emit("executed", { node: name, output: output ?? {} });
  }

  succeeded() {
    if (this.complete) this.end("success");
    else this.silence = SOON; // the history has what was missed, in a moment
  }

  /** @param {{node_id?: string, exception_message?: string, exception_type?: string}} detail */
  failed({ node_id: node, exception_message: message, exception_type: type }) {
    const nodeId = node === undefined || node === null ? null : ownId(node);
    this.end("error", { message: message?.trim() || type || "the prompt failed", nodeId });
  }

  /** @param {Ended["status"]} status @param {Ended["error"]} [error] */
  end(status, error) {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.resolve?.({ status, outputs: this.outputs, ...(error ? { error } : {}) });
  }

  /** The server's queue is another than before. */
  queueChanged() {
    if (!this.started || !this.complete) this.look();
  }

  /** Wait for the next event, and ask the server if it stays away. */
  listen() {
    clearTimeout(this.timer);
    if (this.over || !this.isPosted) return;
    this.timer = setTimeout(() => {
      this.complete = false;
      this.look();
      this.listen();
    }, this.silence);
    this.silence = Math.min(this.silence * 1.5, LONGEST_SILENCE);
  }

  /** Ask the server what has become of the prompt; while it is being asked, once more afterwards. */
  async look() {
    if (this.over || !this.isPosted) return;
    this.again = this.looking === true;
    if (this.again) return;
    this.looking = true;
    try {
      await this.lookNow();
    } catch (error) {
      this.emit("offline", error instanceof Error ? error.message : String(error)); // asked again until it is there
    } finally {
      this.looking = false;
    }
    if (this.again) this.look();
  }

  async lookNow() {
    const place = this.position(await this.server.getJson("/queue"));
    if (place !== undefined) {
      if (!this.started && place !== this.place) this.emit("waiting", place);
      this.place = place;
    } else if (!(await this.inHistory())) {
      this.end("lost"); // what leaves the queue is in the history at the same moment
    }
  }

  /** Return how many prompts run before this one; undefined where it is not in the queue. @param {any} queue */
  position(queue) {
    /** @type {[number, string][][]} */
    const [running, pending] = [queue.queue_running ?? [], queue.queue_pending ?? []];
    if (running.some(([, id]) => id === this.id)) return 0;
    const place = [...pending].sort(([one], [other]) => one - other).findIndex(([, id]) => id === this.id);
    return place < 0 ? undefined : place + running.length;
  }

  /** Report whether the prompt has ended; if so, end. */
  async inHistory() {
    const entry = (await this.server.getJson(`/history/${this.id}`))[this.id];
    if (!entry) return false;
    for (const [node, output] of Object.entries(entry.outputs ?? {})) this.executed(node, output);
    const status = statusOf(entry);
    const failure = entry.status?.messages?.find((/** @type {any} */ [kind]) => kind === "execution_error");
    if (status === "error") this.failed(failure?.[1] ?? {});
    else this.end(status);
    return true;
  }

  /** Take the prompt out of the queue, or interrupt it where it runs already. Throws where the server is not there. */
  async cancel() {
    if (this.over) return;
    await this.server.post("/queue", { delete: [this.id] });
    const place = this.position(await this.server.getJson("/queue"));
    if (place !== undefined) await this.server.post("/interrupt", { prompt_id: this.id });
    else if (!(await this.inHistory())) this.end("interrupted");
  }
}

/**
 * Call a listener. What it throws must not keep the others from hearing.
 * @param {(detail: any) => void} call
 * @param {any} detail
 */
function safely(call, detail) {
  try {
    call(detail);
  } catch (error) {
    console.error("Nodewright: a listener of a run failed", error);
  }
}

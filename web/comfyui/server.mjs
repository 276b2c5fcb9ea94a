// @ts-check
import { own, ownId } from "./node_ids.mjs";

/**
 * Return what is asked of ComfyUI's server.
 * @param {{fetchApi(path: string, options?: object): Promise<Response>}} api
 */
export function server(api) {
  /**
   * @param {string} path
   * @param {object} [options]
   */
  async function response(path, options) {
    try {
      return await api.fetchApi(path, options);
    } catch (error) {
      throw new TypeError("The ComfyUI server does not answer.", { cause: error });
    }
  }

  /** @param {string} path @param {object} [options] */
  async function json(path, options) {
    const answer = await response(path, options);
    const text = await answer.text();
    /** @type {any} */
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined; // nothing, or the page of a proxy
    }
    if (answer.ok && body !== undefined) return body;
    const message = messageOf(body) || `${path}: ${answer.status} ${answer.ok ? "without JSON" : answer.statusText}`;
    throw Object.assign(new Error(message), { status: answer.status });
  }

  /** @param {unknown} body */
  const posting = (body) => ({
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

  return {
    /** @param {string} path */
    getJson: (path) => json(path),

    /** @param {string} path @param {unknown} body */
    postJson: (path, body) => json(path, posting(body)),

    /** POST where there is nothing to read. @param {string} path @param {unknown} body */
    async post(path, body) {
      const answer = await response(path, posting(body));
      if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status}`), { status: answer.status });
    },

    /** @param {number} limit */
    async history(limit) {
      const entries = Object.entries(await json(`/history?max_items=${limit}`));
      return entries.map(([id, entry]) => ended(id, entry)).sort((one, other) => other.when - one.when);
    },
  };
}

/**
 * Return every sentence in the body of a refusal: `{error}` of a route, or POST /prompt's error with its node_errors.
 * @param {any} body
 */
export function messageOf(body) {
  if (typeof body?.error === "string") return body.error;
  const found = Object.keys(body?.node_errors ?? {}).length > 0;
  // That outputs failed says nothing beside why they did.
  const lines = new Set(found && body.error?.type === "prompt_outputs_failed_validation" ? [] : [joined(body?.error)]);
  for (const [id, { class_type: name = "", errors = [] }] of Object.entries(body?.node_errors ?? {})) {
    for (const error of errors) lines.add(ownWords(error) ?? `${name || "node"} (${ownId(id)}): ${joined(error)}`);
  }
  return [...lines].filter(Boolean).join("\n");
}

/**
 * Return what a node class itself has against its inputs, without what ComfyUI puts before it: it gives the same reason
 * to each input that the class checks. Null for ComfyUI's own errors.
 * @param {{type?: string, details?: string}} error
 */
function ownWords({ type, details = "" }) {
  return type === "custom_validation_failed" ? details.replace(/^\w+ - /, "") : null;
}

/** @param {{message?: string, details?: string} | undefined} error */
function joined(error) {
  return [error?.message, error?.details].filter(Boolean).join(": ").replace(/\bnw-\d[\d-]*/g, ownId);
}

/** @param {string} id @param {any} entry of /history */
function ended(id, entry) {
  const [, , api = {}, extra = {}] = entry.prompt ?? [];
  const images = Object.entries(entry.outputs ?? {}).flatMap(([node, output]) =>
    (output?.images ?? []).map((/** @type {any} */ image) => ({ ...image, node: ownId(node) })),
  );
  return { id, api: own(api), images, status: statusOf(entry), when: extra.create_time ?? lastTime(entry) };
}

/** @param {any} entry */
function lastTime(entry) {
  return Math.max(0, ...(entry.status?.messages ?? []).map((/** @type {any} */ [, data]) => data?.timestamp ?? 0));
}

/**
 * Return how a prompt in the history ended.
 * @param {any} entry
 * @returns {"success" | "error" | "interrupted"}
 */
export function statusOf(entry) {
  const kinds = (entry.status?.messages ?? []).map((/** @type {any} */ [kind]) => kind);
  if (kinds.includes("execution_interrupted")) return "interrupted";
  return entry.status?.status_str === "error" ? "error" : "success";
}

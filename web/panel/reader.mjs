// @ts-check
// Reads the prompt on the server while it is typed: after a pause, one request at a time, the newest text last.

const PAUSE = 250;
const BUILDING = 2_000;

/**
 * @param {(body: any) => Promise<import("./types.mjs").Read>} send
 * @param {{show: (read: import("./types.mjs").Read) => void, failed: (error: any) => void}} shown
 */
export function reader(send, shown) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {any} */
  let wanted = null;
  let sending = false;
  let stopped = false; // since what is being sent was wanted

  async function ask() {
    if (sending) return;
    sending = true;
    while (wanted !== null) {
      const body = wanted;
      wanted = null;
      stopped = false;
      try {
        const read = await send(body);
        if (wanted !== null || stopped) continue; // it has changed meanwhile
        shown.show(read);
        if (read.building) later(body, BUILDING);
      } catch (error) {
        if (wanted === null && !stopped) shown.failed(error);
      }
    }
    sending = false;
  }
  /** @param {any} body @param {number} pause */
  function later(body, pause) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      wanted = body;
      ask();
    }, pause);
  }
  return {
    /** @param {any} body @param {number} [pause] */
    read: (body, pause = PAUSE) => later(body, pause),
    stop() {
      clearTimeout(timer);
      wanted = null;
      stopped = true;
    },
  };
}

// @ts-check
// What the panel remembers: the ask, for the user and on every machine; what is running, for this page and its reloads.

const SETTING = "Nodewright.Panel";
const SESSION = "Nodewright.Panel";
const DELAY = 600;

/** @typedef {import("./types.mjs").Comfyui} Comfyui */

/**
 * Return what keeps values for the user, a moment after they have changed.
 *
 * @param {Comfyui} comfyui
 */
export function remembered(comfyui) {
  const saved = comfyui.setting(SETTING);
  /** @type {Record<string, any>} */
  const values = saved && typeof saved === "object" ? { ...saved } : {};
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  return {
    /** @param {string} name */
    get: (name) => values[name],
    /** @param {string} name @param {any} value */
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        try {
          await comfyui.saveSetting(SETTING, { ...values });
        } catch (error) {
          console.warn("Nodewright: what the panel remembers could not be saved.", error);
        }
      }, DELAY);
    },
  };
}

/**
 * Return what this page had kept before it was reloaded. Another browser tab has its own.
 *
 * @returns {Record<string, any>}
 */
export function ofThisPage() {
  try {
    return JSON.parse(sessionStorage.getItem(SESSION) ?? "{}") ?? {};
  } catch {
    return {}; // storage is switched off, or holds what we did not write
  }
}

/** Keep values over a reload of this page. @param {Record<string, any>} values */
export function keepForThisPage(values) {
  try {
    sessionStorage.setItem(SESSION, JSON.stringify({ ...ofThisPage(), ...values }));
  } catch (error) {
    console.warn("Nodewright: a reload of the page will not find what is shown now.", error);
  }
}

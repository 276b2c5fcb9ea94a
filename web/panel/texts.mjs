// @ts-check
// The panel's texts in the language of the frontend.
import { ENGLISH } from "./english.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * Return a function from a key to a text, over one language's texts and English for those that it lacks.
 *
 * @param {Record<string, string>} own
 * @param {string} language
 * @returns {Texts}
 */
export function textsOf(own, language) {
  /** @type {Record<string, string>} */
  const english = ENGLISH;
  const plural = pluralRules(language);
  const found = (/** @type {string} */ key) => (typeof own[key] === "string" ? own[key] : english[key]);
  return (key, values = {}) => {
    const counted = "count" in values ? found(`${key}_${plural.select(Number(values.count))}`) : undefined;
    const text = counted ?? found(key) ?? found(`${key}_other`) ?? key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  };
}

/**
 * Return the texts of the frontend's language; English where the server has no translations, or cannot be reached.
 *
 * @param {import("./types.mjs").Comfyui} comfyui
 * @returns {Promise<Texts>}
 */
export async function loadTexts(comfyui) {
  const language = comfyui.language() || "en";
  if (language === "en") return textsOf({}, "en");
  try {
    const all = await comfyui.getJson("/i18n");
    const own = all?.[language]?.nodewright ?? all?.[language.split("-")[0]]?.nodewright ?? {};
    return textsOf(own, language);
  } catch (error) {
    console.warn("Nodewright: no translations, so the panel is in English.", error);
    return textsOf({}, "en");
  }
}

/** @param {string} language */
function pluralRules(language) {
  try {
    return new Intl.PluralRules(language);
  } catch {
    return new Intl.PluralRules("en"); // a custom locale whose tag is none
  }
}

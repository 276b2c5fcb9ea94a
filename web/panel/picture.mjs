// @ts-check
// A rendered picture: small on its card, and in full size over the page.
import { button, element } from "./dom.mjs";

/** @typedef {import("./types.mjs").Texts} Texts */

/**
 * Return a picture that a click shows in full size.
 *
 * @param {string} url
 * @param {string} alt
 * @param {Texts} texts
 */
export function picture(url, alt, texts) {
  const gone = element("p", { class: "nw-note", hidden: true }, texts("picture_gone"));
  const image = element("img", { src: url, alt, decoding: "async" });
  const opener = element(
    "button",
    { type: "button", class: "nw-picture", title: texts("picture_open"), "aria-haspopup": "dialog" },
    image,
  );
  opener.addEventListener("click", () => fullSize(opener, url, alt, texts));
  image.addEventListener("error", () => {
    opener.hidden = true;
    gone.hidden = false;
  });
  return element("div", { class: "nw-picture-place" }, opener, gone);
}

/**
 * @param {HTMLElement} opener
 * @param {string} url
 * @param {string} alt
 * @param {Texts} texts
 */
function fullSize(opener, url, alt, texts) {
  const close = button(texts("picture_close"), { class: "nw-viewer-close", onclick: () => viewer.close() }, "times");
  const viewer = element("dialog", { class: "nw-viewer", "aria-label": alt }, element("img", { src: url, alt }), close);
  viewer.addEventListener("click", (event) => {
    if (event.target !== close) viewer.close();
  });
  viewer.addEventListener("keydown", (event) => event.stopPropagation()); // the canvas has keys of its own
  viewer.addEventListener("close", () => {
    viewer.remove();
    opener.focus();
  });
  opener.closest(".nodewright")?.append(viewer);
  viewer.showModal();
}

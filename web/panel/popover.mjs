// @ts-check
// A box over the panel below the control that opened it. Escape, a click elsewhere and leaving it close it.
import { element } from "./dom.mjs";

const GAP = 4;
const LEAST = 160;

/**
 * Open a popover in the panel; what was open there closes.
 *
 * @param {HTMLElement} opener the control that it belongs to, which gets the focus back
 * @param {HTMLElement} content
 * @param {{label: string, closed?: () => void}} options
 * @returns {() => void} closes it
 */
export function openPopover(opener, content, { label, closed }) {
  const panel = /** @type {HTMLElement} */ (opener.closest(".nodewright"));
  const box = element("div", { class: "nw-popover", role: "dialog", "aria-label": label }, content);
  let open = true;

  /** @param {boolean} [focus] whether the opener gets the focus */
  function close(focus = true) {
    if (!open) return;
    open = false;
    document.removeEventListener("pointerdown", outside, true);
    box.remove();
    opener.setAttribute("aria-expanded", "false");
    if (focus && opener.isConnected) opener.focus();
    closed?.();
  }
  /** @param {PointerEvent} event */
  function outside(event) {
    const target = /** @type {Node} */ (event.target);
    if (!box.contains(target) && !opener.contains(target)) close(false);
  }
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  box.addEventListener("focusout", (event) => {
    const next = /** @type {Node|null} */ (event.relatedTarget);
    if (next && !box.contains(next) && next !== opener) close(false);
  });
  document.addEventListener("pointerdown", outside, true); // only while it is open
  opener.setAttribute("aria-expanded", "true");
  panel.append(box);
  place(panel, opener, box);
  return close;
}

/**
 * Put the box below its opener, or above it where there is more room.
 *
 * @param {HTMLElement} panel
 * @param {HTMLElement} opener
 * @param {HTMLElement} box
 */
function place(panel, opener, box) {
  const frame = panel.getBoundingClientRect();
  const at = opener.getBoundingClientRect();
  const scale = frame.width / panel.offsetWidth || 1;
  const below = (frame.bottom - at.bottom) / scale - 2 * GAP;
  const above = (at.top - frame.top) / scale - 2 * GAP;
  const under = below >= Math.min(box.offsetHeight, 2 * LEAST) || below >= above;
  box.style.maxHeight = `${Math.max(LEAST, under ? below : above)}px`;
  if (under) box.style.top = `${(at.bottom - frame.top) / scale + GAP}px`;
  else box.style.bottom = `${(frame.bottom - at.top) / scale + GAP}px`;
  const furthest = panel.clientWidth - box.offsetWidth - 8;
  box.style.left = `${Math.max(8, Math.min((at.left - frame.left) / scale, furthest))}px`;
}

// Small parts that both halves of a lesson are made of: elements, and a stepper with its buttons.

/** An element with attributes, listeners and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Says something to those who listen to the page. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

function scrolling() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
}

/** Scrolls the page until a panel that fits on the screen is there whole: what a step changes may be below its edge. */
function bringIntoSight(panel) {
  if (panel.getBoundingClientRect().height > window.innerHeight) return;
  panel.scrollIntoView({ block: "nearest", behavior: scrolling() });
}

/** Scrolls a box, never the page, until the element is in its sight. */
export function reveal(box, element, block = "nearest") {
  const outer = box.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  const margin = 12;
  let top = 0;
  if (block === "center") top = inner.top + inner.height / 2 - outer.top - outer.height / 2;
  else if (inner.top < outer.top + margin || inner.height > outer.height) top = inner.top - outer.top - margin;
  else if (inner.bottom > outer.bottom - margin) top = inner.bottom - outer.bottom + margin;
  let left = 0;
  if (inner.left < outer.left + margin) left = inner.left - outer.left - margin;
  else if (inner.right > outer.right - margin) left = inner.right - outer.right + margin;
  box.scrollBy({ top, left, behavior: scrolling() });
}

/**
 * Goes through steps 1 to `count`; 0 is before the first. Buttons, a slider, and the arrow keys anywhere in the panel.
 * `show(position, byUser)` does what a step is.
 */
export class Stepper {
  constructor(host, panel, name, show) {
    this.show = show;
    this.panel = panel;
    this.position = 0;
    this.count = 0;
    const step = (text, label, move) =>
      make("button", { type: "button", "aria-label": `${label}: ${name}`, onclick: () => this.go(move()) }, text);
    this.first = step("Start", "Start", () => 0);
    this.previous = step("‹ Back", "Back", () => this.position - 1);
    this.next = step("Next ›", "Next", () => this.position + 1);
    this.last = step("End", "End", () => this.count);
    this.next.classList.add("primary");
    this.slider = make("input", {
      type: "range",
      min: "0",
      value: "0",
      "aria-label": `Step: ${name}`,
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.status = make("output", { class: "status" });
    host.append(this.first, this.previous, this.next, this.last, this.slider, this.status);
    panel.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, select, pre")) return;
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.go(this.position + moves[event.key]);
  }

  /** New steps, from the beginning. */
  reset(count) {
    this.count = count;
    this.slider.max = String(count);
    this.go(0, false);
  }

  go(position, byUser = true) {
    const wanted = Math.max(0, Math.min(this.count, position));
    if (byUser && wanted === this.position) return;
    this.position = wanted;
    this.slider.value = String(wanted);
    this.slider.setAttribute("aria-valuetext", wanted === 0 ? "before the first step" : `step ${wanted}`);
    this.status.textContent = wanted === 0 ? `${this.count} steps` : `${wanted} of ${this.count}`;
    for (const [button, off] of [
      [this.first, wanted === 0],
      [this.previous, wanted === 0],
      [this.next, wanted === this.count],
      [this.last, wanted === this.count],
    ]) {
      button.setAttribute("aria-disabled", String(off));
    }
    this.show(wanted, byUser);
    if (byUser) bringIntoSight(this.panel);
  }
}

/** Marks what lies before, at and after the current step of a list; a placeholder asks for the next one. */
export function markProgress(items, position, ask) {
  items.forEach((item, k) => {
    item.classList.toggle("past", k + 1 < position);
    item.classList.toggle("current", k + 1 === position);
    item.classList.toggle("future", k + 1 > position);
    item.classList.toggle("before-current", k + 2 === position);
    if (k + 1 === position) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
  if (position < items.length) items[position].before(ask);
  else ask.remove();
}

// Where the two roads meet, part by part: a part of a formula names what it is on the tape (data-m), "v5" the value of
// node 5, "g5" its gradient, "e11-5-0" what node 11 passes on to node 5, its operand 0.
import { announce, make } from "./panel.js";

const litClasses = { v: "lit-value", g: "lit-gradient", e: "lit-part" };

export class Highlight {
  constructor(article) {
    this.article = article;
    this.lit = [];
    this.pinned = null;
    this.focused = null;
    this.parts = new Map();
    for (const part of article.querySelectorAll("[data-m]")) {
      for (const token of part.dataset.m.split(" ")) {
        if (!this.parts.has(token)) this.parts.set(token, []);
        this.parts.get(token).push(part);
      }
    }
    this.nodes = new Map();
    for (const node of article.querySelectorAll(".picture .node[data-node]")) this.nodes.set(node.dataset.node, node);
    this.listen();
  }

  edge(id) {
    return document.getElementById(`${this.article.id}-${id}`);
  }

  /** The tokens that belong to a node: its value, its gradient, and what it passes on. */
  tokensOf(node) {
    const passes = [...this.parts.keys()].filter((token) => token.startsWith(`e${node}-`));
    return [`v${node}`, `g${node}`, ...passes];
  }

  clear() {
    for (const element of this.lit) element.classList.remove("lit", ...Object.values(litClasses));
    this.lit = [];
  }

  light(element, kind) {
    if (!element) return;
    element.classList.add("lit", litClasses[kind]);
    this.lit.push(element);
  }

  /** Lights these tokens in the formulas and on the graph. */
  show(tokens) {
    this.clear();
    for (const token of tokens) {
      const kind = token[0];
      for (const part of this.parts.get(token) ?? []) this.light(part, kind);
      if (kind === "e") this.light(this.edge(`backward_${token.slice(1).replaceAll("-", "_")}`), kind);
      else this.light(this.nodes.get(token.slice(1)), kind);
    }
  }

  /** Back to what is pinned or focused, or to nothing. */
  rest() {
    const tokens = this.pinned ?? this.focused;
    if (tokens) this.show(tokens);
    else this.clear();
  }

  focus(tokens) {
    this.focused = tokens;
    if (tokens) this.show(tokens);
    else this.rest();
  }

  pin(tokens, control) {
    const off = control.getAttribute("aria-pressed") === "true";
    for (const pressed of this.article.querySelectorAll("[aria-pressed=true][data-pins]"))
      pressed.setAttribute("aria-pressed", "false");
    control.setAttribute("data-pins", "");
    control.setAttribute("aria-pressed", String(!off));
    this.pinned = off ? null : tokens;
    this.rest();
  }

  describe(node) {
    const count = (token) => (this.parts.get(token) ?? []).filter((part) => part.checkVisibility()).length;
    const passed = this.tokensOf(node).slice(2);
    const sum = passed.reduce((total, token) => total + count(token), 0);
    return `In the formulas shown: its value ${count(`v${node}`)} times, its gradient ${count(`g${node}`)} times, what it passes on ${sum} times`;
  }

  listen() {
    for (const [id, node] of this.nodes) {
      node.addEventListener("pointerenter", () => this.show(this.tokensOf(id)));
      node.addEventListener("pointerleave", () => this.rest());
      node.addEventListener("focus", () => {
        this.focus(this.tokensOf(id));
        announce(this.describe(id));
      });
      node.addEventListener("blur", () => this.focus(null));
      node.addEventListener("click", () => this.pin(this.tokensOf(id), node));
      node.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.pin(this.tokensOf(id), node);
      });
    }
    this.article.addEventListener("pointerover", (event) => {
      const part = event.target.closest("[data-m]");
      if (part) this.show(part.dataset.m.split(" "));
    });
    this.article.addEventListener("pointerout", (event) => {
      if (event.target.closest("[data-m]")) this.rest();
    });
    this.article.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.pinned = null;
      this.focused = null;
      for (const pressed of this.article.querySelectorAll("[aria-pressed=true][data-pins]"))
        pressed.setAttribute("aria-pressed", "false");
      this.clear();
    });
  }

  /** Buttons for the parts of a formula that are somewhere on the graph: each once. */
  chips(equation) {
    const list = make("ul", { class: "chips", "aria-label": "Parts of this line on the graph" });
    list.append(make("li", { class: "quiet" }, "On the graph:"));
    const seen = new Set();
    for (const part of equation.querySelectorAll(".right [data-m]")) {
      const { m } = part.dataset;
      if (seen.has(m)) continue;
      seen.add(m);
      const math = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
      const copy = part.cloneNode(true);
      copy.removeAttribute("data-m");
      copy.removeAttribute("class");
      for (const inner of copy.querySelectorAll("[data-m], [class]")) {
        inner.removeAttribute("data-m");
        inner.removeAttribute("class");
      }
      if (part instanceof HTMLElement) continue; // the whole line, over several formulas
      math.append(copy);
      const tokens = m.split(" ");
      const chip = make(
        "button",
        {
          type: "button",
          "aria-pressed": "false",
          "aria-label": part.textContent,
          "data-tokens": m,
          onclick: () => this.pin(tokens, chip),
          onfocus: () => this.focus(tokens),
          onblur: () => this.focus(null),
          onpointerenter: () => this.show(tokens),
          onpointerleave: () => this.rest(),
        },
        math,
      );
      list.append(make("li", {}, chip));
    }
    return list;
  }
}

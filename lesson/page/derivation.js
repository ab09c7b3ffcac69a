// The paper road: goes through the derivation, in the style and detail that are chosen.
import { make, markProgress, reveal, Stepper } from "./panel.js";

export class Derivation {
  constructor(article, highlight, onVariant) {
    this.highlight = highlight;
    this.onVariant = onVariant;
    this.panel = article.querySelector(".paper");
    this.box = this.panel.querySelector(".steps-box");
    this.variants = [...this.panel.querySelectorAll(".variant")];
    this.follow = () => {};
    this.hint = make("span", { class: "hint" });
    this.ask = make(
      "li",
      { class: "ask" },
      "What comes next? ",
      make("button", { type: "button", onclick: () => this.tellRule() }, "Which rule?"),
      " ",
      make("button", { type: "button", onclick: () => this.stepper.go(this.stepper.position + 1) }, "Show it"),
      " ",
      this.hint,
    );
    const host = this.panel.querySelector(".controls");
    this.stepper = new Stepper(host, this.panel, "the derivation", (position, byUser) => this.show(position, byUser));
    this.choosers();
    this.choose();
  }

  /** A list to choose from, of the values that the variants have. */
  chooser(label, attribute, order) {
    const values = order.filter((value) => this.variants.some((variant) => variant.dataset[attribute] === value));
    const select = make("select", { onchange: () => this.choose() });
    for (const value of values) select.append(make("option", { value }, value));
    return { select, field: make("label", {}, label + " ", select) };
  }

  choosers() {
    const style = this.chooser("Style", "style", ["staged", "direct"]);
    const detail = this.chooser("Detail", "detail", ["normal", "brief", "full"]);
    this.style = style.select;
    this.detail = detail.select;
    this.panel.querySelector(".choosers").append(style.field, detail.field);
  }

  choose() {
    for (const variant of this.variants) {
      const chosen = variant.dataset.style === this.style.value && variant.dataset.detail === this.detail.value;
      variant.hidden = !chosen;
      variant.open = chosen;
      if (chosen) this.variant = variant;
    }
    this.steps = [...this.variant.querySelectorAll(".step")];
    this.onVariant(this.variant);
    this.stepper.reset(this.steps.length);
  }

  tellRule() {
    const rule = this.steps[this.stepper.position]?.dataset.rule;
    this.hint.textContent = rule ? `by ${rule}` : "";
  }

  show(position, byUser) {
    this.hint.textContent = "";
    markProgress(this.steps, position, this.ask);
    this.chips?.remove();
    for (const section of this.variant.querySelectorAll(".gradient"))
      section.classList.toggle("all-future", !section.querySelector(".past, .current, .ask"));
    if (position === 0) {
      this.box.scrollTo({ top: 0 });
      return;
    }
    const step = this.steps[position - 1];
    const equation = step.querySelector(".equation");
    this.chips = this.highlight.chips(equation);
    if (this.chips.childElementCount > 1) equation.after(this.chips);
    // What was rewritten stands right above: both are shown where they fit.
    if (position > 1) reveal(this.box, this.steps[position - 2]);
    reveal(this.box, step);
    if (!byUser) return;
    this.highlight.clear();
    this.follow(step.closest(".gradient"), step.nextElementSibling === null);
  }

  /** The first or last step of a name's gradient. */
  goTo(name, complete) {
    const section = [...this.variant.querySelectorAll(".gradient")].find(
      (each) => each.dataset.name === name && each.dataset.kind === "gradient",
    );
    if (!section) return;
    const steps = section.querySelectorAll(".step");
    const wanted = complete ? steps[steps.length - 1] : steps[0];
    if (wanted) this.stepper.go(this.steps.indexOf(wanted) + 1, false);
  }
}

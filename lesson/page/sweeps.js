// The computational road: goes through the two sweeps on the graph.
import { make, markProgress, reveal, Stepper } from "./panel.js";

export class Sweeps {
  constructor(article, highlight) {
    this.highlight = highlight;
    this.panel = article.querySelector(".tape");
    this.picture = this.panel.querySelector(".picture");
    this.box = this.panel.querySelector(".steps-box");
    this.events = [...this.panel.querySelectorAll(".event")];
    this.follow = () => {};
    this.ask = make(
      "li",
      { class: "ask" },
      "What comes next? ",
      make("button", { type: "button", onclick: () => this.stepper.go(this.stepper.position + 1) }, "Show it"),
    );
    const host = this.panel.querySelector(".controls");
    this.stepper = new Stepper(host, this.panel, "the two sweeps", (position, byUser) => this.show(position, byUser));
    this.stepper.reset(this.events.length);
    const whole = make(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        onclick: () => {
          const on = this.picture.classList.toggle("whole");
          whole.setAttribute("aria-pressed", String(on));
        },
      },
      "Whole graph",
    );
    host.append(whole);
  }

  element(id) {
    return this.picture.querySelector(`#${this.highlight.article.id}-${id}`);
  }

  show(position, byUser) {
    markProgress(this.events, position, this.ask);
    this.panel.classList.toggle("stepping", position > 0);
    for (const marked of this.picture.querySelectorAll(".reached, .known, .now"))
      marked.classList.remove("reached", "known", "now");
    this.events.slice(0, position).forEach((event, k) => this.reach(event, k + 1 === position));
    if (position === 0) {
      this.highlight.clear();
      this.box.scrollTo({ top: 0 });
      return;
    }
    const event = this.events[position - 1];
    const node = this.element(`node_${event.dataset.node}`);
    if (node) reveal(this.picture, node, "center");
    reveal(this.box, event);
    if (!byUser) return;
    this.light(event);
    this.follow(event);
  }

  /** What a step has reached on the graph. */
  reach(event, isCurrent) {
    const node = this.element(`node_${event.dataset.node}`);
    const reached = [node];
    if ("done" in event.dataset) node?.classList.add("known");
    for (const id of (event.dataset.edges ?? "").split(" ")) if (id) reached.push(this.element(id));
    for (const element of reached) {
      element?.classList.add("reached");
      if (isCurrent) element?.classList.add("now");
    }
  }

  light(event) {
    const { node, from, edges } = event.dataset;
    if (event.classList.contains("forward")) this.highlight.show([`v${node}`]);
    else if (from) this.highlight.show([edges.replace("backward_", "e").replaceAll("_", "-")]);
    else this.highlight.show([`g${node}`]);
  }

  /** The step in which the gradient of a name is complete, or begins; else its place in the forward sweep. */
  goTo(name, kind, complete) {
    const belongs = (event) => event.dataset.name === name;
    const backward = this.events.filter((event) => belongs(event) && event.classList.contains("backward"));
    const forward = this.events.find((event) => belongs(event) && event.classList.contains("forward"));
    const wanted = kind === "derivative" ? forward : complete ? backward.at(-1) : backward[0];
    if (wanted) this.stepper.go(this.events.indexOf(wanted) + 1, false);
  }
}

// The page: sets the halves of each lesson up, links them, and has the controls that belong to all.
import { Derivation } from "./derivation.js";
import { Highlight } from "./highlight.js";
import { announce, make } from "./panel.js";
import { Sweeps } from "./sweeps.js";

const root = document.documentElement;

/** A switch that keeps a class on the page. */
function toggle(text, className, onChange = () => {}) {
  const button = make(
    "button",
    {
      type: "button",
      "aria-pressed": String(root.classList.contains(className)),
      onclick: () => {
        const on = root.classList.toggle(className);
        button.setAttribute("aria-pressed", String(on));
        onChange(on);
      },
    },
    text,
  );
  return button;
}

/** Formulas too wide for their place are set smaller, and only then scrolled. */
function fit(container) {
  const equations = [...container.querySelectorAll(".equation")].filter((each) => each.offsetParent !== null);
  for (const equation of equations) equation.style.removeProperty("font-size");
  const smallest = 0.62;
  const tooWide = equations
    .map((equation) => ({ equation, ratio: equation.clientWidth / equation.scrollWidth }))
    .filter(({ ratio }) => ratio < 1);
  for (const { equation, ratio } of tooWide) equation.style.fontSize = `${Math.max(ratio * 0.97, smallest)}em`;
  // What scrolls must be within the keyboard's reach.
  const boxes = [...equations, ...[...container.querySelectorAll(".numbers")].filter((each) => each.offsetParent)];
  const scrolling = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
  boxes.forEach((box, k) => {
    if (scrolling[k]) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", "Wider than its place: scrolls");
    } else if (box.hasAttribute("tabindex")) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  });
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from a file may not use the clipboard directly.
    const area = make("textarea", { class: "visually-hidden" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "copied";
  announce("LaTeX copied");
  setTimeout(() => {
    button.textContent = "LaTeX";
  }, 1500);
}

/** A button to copy the LaTeX of each formula; made when the formula is first shown. */
function addCopyButtons(container) {
  for (const equation of container.querySelectorAll(".equation[data-latex]:not(.has-copy)")) {
    equation.classList.add("has-copy");
    const button = make(
      "button",
      {
        type: "button",
        class: "copy",
        title: "Copy this line as LaTeX",
        onclick: () => copy(equation.dataset.latex, button),
      },
      "LaTeX",
    );
    const rule = equation.previousElementSibling;
    if (rule?.classList.contains("rule")) {
      rule.append(button);
      continue;
    }
    const line = make("div", { class: "line" });
    equation.replaceWith(line);
    line.append(equation, button);
  }
}

function setUp(article) {
  const highlight = new Highlight(article);
  const sweeps = new Sweeps(article, highlight);
  const derivation = new Derivation(article, highlight, (variant) => {
    addCopyButtons(variant);
    if (article.offsetParent !== null) fit(variant);
  });
  sweeps.follow = (event) => {
    if (root.classList.contains("apart") || !event.classList.contains("backward") || !event.dataset.name) return;
    derivation.goTo(event.dataset.name, "done" in event.dataset || !event.dataset.from);
  };
  derivation.follow = (section, isLast) => {
    if (root.classList.contains("apart")) return;
    sweeps.goTo(section.dataset.name, section.dataset.kind, isLast);
  };
  for (const part of article.querySelectorAll(".layer-formulas, .meet")) addCopyButtons(part);
  // What scrolls must be within the keyboard's reach.
  for (const [selector, label] of [
    [".picture", "The graph, scrollable"],
    [".tape .steps-box", "The steps of the two sweeps, scrollable"],
    [".paper .steps-box", "The steps of the derivation, scrollable"],
  ]) {
    const box = article.querySelector(selector);
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", label);
  }
  return { article, sweeps, derivation };
}

function chooseLayer(lessons, id) {
  const chosen = lessons.find((lesson) => lesson.article.id === id) ?? lessons[0];
  for (const { article } of lessons) article.hidden = article !== chosen.article;
  for (const link of document.querySelectorAll(".layers a")) {
    if (link.hash === `#${chosen.article.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  fit(chosen.article);
  return chosen;
}

function isDark() {
  const chosen = root.style.colorScheme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function start() {
  root.classList.add("js");
  const lessons = [...document.querySelectorAll("article.lesson")].map(setUp);
  let current = chooseLayer(lessons, location.hash.slice(1));
  window.addEventListener("hashchange", () => {
    const id = location.hash.slice(1);
    if (!lessons.some((lesson) => lesson.article.id === id)) return;
    current = chooseLayer(lessons, id);
    window.scrollTo({ top: 0 });
  });

  const theme = make(
    "button",
    {
      type: "button",
      onclick: () => {
        root.style.colorScheme = isDark() ? "light" : "dark";
      },
    },
    "Light / dark",
  );
  const exercise = toggle("Exercise", "exercise", (on) => {
    for (const { sweeps, derivation } of lessons) {
      sweeps.stepper.go(0, false);
      derivation.stepper.go(0, false);
    }
    announce(on ? "Exercise: the next step is hidden until you ask for it" : "All steps are shown");
  });
  exercise.title = "Hide each next step, and each gradient, until it is asked for";
  const together = toggle("Separately", "apart");
  together.title = "Step through the two roads each by itself";
  document.querySelector(".page-controls").append(exercise, together, theme);

  // Arrow keys outside of both panels step through the derivation.
  document.addEventListener("keydown", (event) => {
    if (event.target === document.body) current.derivation.stepper.key(event);
  });

  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    fit(current.article);
  });
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.open) fit(event.target);
    },
    true,
  );
  // On paper, the reasons are unfolded.
  const unfolded = [];
  window.addEventListener("beforeprint", () => {
    for (const details of current.article.querySelectorAll("details:not([open]):not(.variant)")) {
      details.open = true;
      unfolded.push(details);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const details of unfolded.splice(0)) details.open = false;
  });
}

start();

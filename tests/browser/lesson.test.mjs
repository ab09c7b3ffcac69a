// The lesson page in a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { checked, desktop, launch, lesson, phone, run, write } from "./browser.mjs";
import { litBy } from "./lit.mjs";

const layers = ["batch_norm", "attention_multi_head", "sigmoid"];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const inPage = (layerNames, body, context) => checked(browser, lesson(...layerNames), body, context);

const next = (panel) => `.${panel} .controls button.primary`;
const status = (page, panel) => page.textContent(`.${panel} .status`);

/** Goes to the last step by Next, and says which item was the current one each time. */
async function walk(page, panel, item) {
  return page.evaluate(
    ([button, selector]) => {
      const items = [...document.querySelectorAll(selector)].filter(
        (each) => each.closest("details.variant:not([open])") === null,
      );
      const visited = [];
      for (let k = 0; k < items.length + 3; ++k) {
        document.querySelector(button).click();
        const current = items.filter((each) => each.getAttribute("aria-current") === "step");
        if (current.length !== 1) return { visited: "not one current step", count: items.length };
        visited.push(items.indexOf(current[0]));
      }
      return { visited, count: items.length };
    },
    [next(panel), item],
  );
}

for (const layer of layers) {
  test(`${layer}: stepping shows each step once, without errors or requests`, () =>
    inPage([layer], async (page) => {
      for (const [panel, item] of [
        ["tape", ".tape .event"],
        ["paper", ".paper .step"],
      ]) {
        await page
          .locator(`.${panel} .controls button`)
          .first()
          .evaluate((start) => start.click());
        const { visited, count } = await walk(page, panel, item);
        assert.ok(count > 3);
        // At the end, Next does nothing more.
        assert.deepEqual(visited, [...Array(count).keys(), count - 1, count - 1, count - 1]);
        assert.equal(await status(page, panel), `${count} of ${count}`);
      }
    }));

  test(`${layer}: the numbers shown are those that trace prints`, () =>
    inPage([layer], async (page) => {
      const isNumbers = (line) => /^\s*(\[.*\]|-?[\d.]|-?inf|nan)/.test(line);
      const [sweeps, gradients] = run("trace", layer, "--unicode").split("GRADIENTS");
      const printed = (text) =>
        text
          .split("\n")
          .filter((line) => line.startsWith("    ") && isNumbers(line))
          .map((line) => line.trim());
      const shown = async (selector) => {
        const lines = await page.$$eval(`${selector} .numbers`, (all) =>
          all.flatMap((each) => each.textContent.split("\n")),
        );
        return lines.map((line) => line.trim()).filter((line) => line !== "");
      };
      const wanted = printed(sweeps);
      assert.ok(wanted.length > 8);
      assert.deepEqual(await shown(".event:not([data-result])"), wanted);
      // Where several parts make a tensor's gradient, the page says its numbers once more.
      for (const line of await shown(".event[data-result]")) assert.ok(printed(gradients).includes(line), line);
    }));

  test(`${layer}: nothing is clipped, and the page is no wider than the window`, async () => {
    for (const viewport of [desktop, phone]) {
      await inPage(
        [layer],
        async (page) => {
          const { wide, clipped } = await page.evaluate(() => ({
            wide: document.documentElement.scrollWidth - window.innerWidth,
            // What still does not fit must at least be within reach.
            clipped: [...document.querySelectorAll(".equation")]
              .filter((each) => each.offsetParent && each.scrollWidth > each.clientWidth + 1 && each.tabIndex < 0)
              .map((each) => each.textContent),
          }));
          assert.ok(wide <= 0, `${viewport.width}: too wide by ${wide}`);
          assert.deepEqual(clipped, []);
        },
        { viewport },
      );
    }
  });

  test(`${layer}: no two nodes of the graph overlap`, () =>
    inPage([layer], async (page) => {
      const boxes = await page.$$eval(".picture .node", (nodes) =>
        nodes.map((node) => node.querySelector("path, polygon").getBoundingClientRect().toJSON()),
      );
      boxes.forEach((a, k) =>
        boxes.slice(k + 1).forEach((b) => {
          const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
          assert.ok(apart);
        }),
      );
    }));

  test(`${layer}: readable without JavaScript`, () =>
    inPage(
      [layer],
      async (page) => {
        const all = [".event", ".variant[open] .step", ".meeting", ".picture svg", ".chart"];
        for (const selector of all) {
          const visible = await page
            .locator(selector)
            .evaluateAll((found) =>
              found.map((each) => each.checkVisibility() && each.getBoundingClientRect().height > 0),
            );
          assert.ok(visible.length > 0, selector);
          assert.ok(
            visible.every((each) => each),
            selector,
          );
        }
        // Everything else unfolds by the browser's own means, and there is no button that does nothing.
        assert.equal(await page.locator("[hidden]").count(), 0);
        assert.equal(await page.locator("button, select, input").count(), 0);
      },
      { javaScriptEnabled: false },
    ));
}

test("pointing at a node lights what it is in the formulas, and only that", () =>
  inPage(["batch_norm"], async (page) => {
    const expected = JSON.parse(readFileSync(new URL("batch_norm_lit.json", import.meta.url), "utf8"));
    const nodes = await page.$$(".picture .node[data-node]");
    assert.equal(nodes.length, Object.keys(expected).length);
    for (const node of nodes) {
      const name = await node.getAttribute("aria-label");
      assert.deepEqual(await litBy(page, node), expected[name], name);
    }
    // Pointing does what focus does.
    await page.evaluate(() => document.activeElement.blur());
    assert.equal(await page.locator(".lit").count(), 0);
    await nodes[0].hover({ force: true });
    assert.ok(await nodes[0].evaluate((each) => each.classList.contains("lit")));
  }));

test("a term lights the nodes that it is", () =>
  inPage(["batch_norm"], async (page) => {
    // For every part of every formula: the nodes lit are those of its tokens.
    const wrong = await page.evaluate(() => {
      const failures = [];
      for (const part of document.querySelectorAll(".paper .variant[open] [data-m]")) {
        part.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
        const lit = [...document.querySelectorAll(".picture .lit")].map((each) => each.id).sort();
        const wanted = part.dataset.m
          .split(" ")
          .map((token) =>
            token[0] === "e" ? `l1-backward_${token.slice(1).replaceAll("-", "_")}` : `l1-node_${token.slice(1)}`,
          );
        if (JSON.stringify(lit) !== JSON.stringify([...new Set(wanted)].sort())) failures.push(part.dataset.m);
        part.dispatchEvent(new PointerEvent("pointerout", { bubbles: true }));
      }
      return failures;
    });
    assert.deepEqual(wrong, []);
    assert.equal(await page.locator(".lit").count(), 0);
  }));

test("every control works from the keyboard", () =>
  inPage(["sigmoid", "softmax"], async (page) => {
    // Tab reaches everything that can be used.
    const wanted = await page.evaluate(() => {
      const usable = "a[href], button, select, input, summary, [tabindex='0']";
      const visible = [...document.querySelectorAll(usable)].filter((each) => each.checkVisibility());
      visible.forEach((each, k) => each.setAttribute("data-control", String(k)));
      return visible.length;
    });
    const reached = new Set();
    for (let k = 0; k < wanted + 5; ++k) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement.getAttribute("data-control")));
    }
    reached.delete(null);
    assert.equal(reached.size, wanted);

    // Buttons, arrow keys, a list, a node, a folded reason.
    await page.focus(next("paper"));
    await page.keyboard.press("Enter");
    assert.match(await status(page, "paper"), /^1 of /);
    await page.keyboard.press("ArrowRight");
    assert.match(await status(page, "paper"), /^2 of /);
    await page.keyboard.press("ArrowLeft");
    assert.match(await status(page, "paper"), /^1 of /);
    await page.focus(".tape .controls input");
    await page.keyboard.press("End");
    assert.match(await status(page, "tape"), /^(\d+) of \1$/);
    const node = page.locator(".picture .node").first();
    await node.focus();
    await page.keyboard.press("Enter");
    assert.equal(await node.getAttribute("aria-pressed"), "true");
    await page.keyboard.press("Escape");
    assert.equal(await node.getAttribute("aria-pressed"), "false");
    await page.focus(".variant[open] .why summary");
    await page.keyboard.press("Enter");
    assert.ok(await page.locator(".variant[open] .why p").first().isVisible());
    await page.focus(".choosers select >> nth=0");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator(".variant[open]").first().getAttribute("data-style"), "direct");
    for (const name of ["Exercise", "Separately", "Whole graph"]) {
      const toggle = page.getByRole("button", { name }).first();
      await toggle.focus();
      await page.keyboard.press("Space");
      assert.equal(await toggle.getAttribute("aria-pressed"), "true", name);
    }
    // The chooser of layers is a list of links.
    await page.getByRole("link", { name: "softmax", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.locator("article#l2").waitFor({ state: "visible" });
    assert.ok(await page.locator("article#l1").isHidden());
  }));

test("each style and detail has all its steps", () =>
  inPage(["batch_norm"], async (page) => {
    const counts = {};
    for (const style of ["staged", "direct"]) {
      for (const detail of ["brief", "normal", "full"]) {
        await page.selectOption(".choosers select >> nth=0", style);
        await page.selectOption(".choosers select >> nth=1", detail);
        const shown = page.locator(".paper .variant:visible");
        assert.equal(await shown.count(), 1);
        assert.equal(await shown.getAttribute("data-style"), style);
        assert.equal(await shown.getAttribute("data-detail"), detail);
        const steps = await shown.locator(".step").count();
        assert.equal(await status(page, "paper"), `${steps} steps`);
        counts[`${style} ${detail}`] = steps;
      }
      assert.ok(counts[`${style} brief`] < counts[`${style} normal`]);
      assert.ok(counts[`${style} normal`] <= counts[`${style} full`]);
    }
    // All of them, as `derive` counts them.
    const derived = JSON.parse(run("derive", "batch_norm", "--format", "json", "--no-times"));
    const all = [...derived.gradients, ...derived.intermediates].reduce((sum, each) => sum + each.steps.length, 0);
    assert.equal(counts["staged full"], all);
  }));

test("the two roads go together, or separately", () =>
  inPage(["batch_norm"], async (page) => {
    const current = (selector) => page.locator(`${selector}[aria-current=step]`);
    // The tape's last step completes dx: the derivation is at its result.
    await page.getByRole("button", { name: "End: the two sweeps" }).click();
    assert.equal(await current(".paper .step").evaluate((step) => step.closest(".gradient").dataset.name), "x");
    assert.ok(await current(".paper .step").evaluate((step) => step.nextElementSibling === null));
    // The derivation's first step is about gamma: so is the tape's.
    await page.getByRole("button", { name: "Start: the derivation" }).click();
    await page.click(next("paper"));
    assert.equal(await current(".tape .event").getAttribute("data-name"), "gamma");
    await page.getByRole("button", { name: "Separately" }).click();
    const before = await status(page, "tape");
    await page.click(next("paper"));
    assert.equal(await status(page, "tape"), before);
  }));

test("stepping brings the whole panel into sight", () =>
  inPage(
    ["batch_norm"],
    async (page) => {
      const bottom = () => page.$eval(".panel.paper", (panel) => panel.getBoundingClientRect().bottom);
      assert.ok((await bottom()) > desktop.height, "a window in which the panel does not fit at first");
      await page.focus(next("paper"));
      await page.evaluate(() => window.scrollTo({ top: 0 }));
      await page.keyboard.press("ArrowRight");
      assert.ok((await bottom()) < desktop.height + 1, "but for a part of a pixel");
    },
    { viewport: desktop, reducedMotion: "reduce" },
  ));

test("what a step rewrites and makes is marked", () =>
  inPage(["batch_norm"], async (page) => {
    await page.click(next("paper"));
    await page.click(next("paper"));
    const coloured = (selector) =>
      page.$$eval(selector, (parts) =>
        parts.map((part) => [part.textContent.replace(/[\u2061-\u2063]/g, ""), getComputedStyle(part).backgroundColor]),
      );
    const [before] = await coloured(".before-current .next");
    const made = await coloured(".current .made");
    assert.ok(before && made.length > 0);
    for (const [, colour] of [before, ...made]) assert.notEqual(colour, "rgba(0, 0, 0, 0)");
    assert.match(before[0], /∂yik∂γj/);
  }));

test("an exercise hides what comes next until it is asked for", () =>
  inPage(["batch_norm"], async (page) => {
    await page.getByRole("button", { name: "Exercise" }).click();
    assert.equal(await page.locator(".paper .variant[open] .step:visible").count(), 0);
    assert.equal(await page.locator(".tape .event:visible").count(), 0);
    const gradients = page.locator('.picture .node text[fill="#c81e1e"]:visible');
    assert.equal(await gradients.count(), 0);
    await page.locator(".paper .ask").getByRole("button", { name: "Which rule?" }).click();
    assert.match(await page.textContent(".paper .hint"), /chain-rule/);
    await page.locator(".paper .ask").getByRole("button", { name: "Show it" }).click();
    assert.equal(await page.locator(".paper .variant[open] .step:visible").count(), 1);
    await page.getByRole("button", { name: "End: the two sweeps" }).click();
    assert.ok((await gradients.count()) > 20);
    assert.ok(await page.locator(".tape .event").last().isVisible());
  }));

test("a formula is copied as LaTeX", () =>
  inPage(
    ["sigmoid"],
    async (page) => {
      await page.locator(".layer-formulas .copy").first().click();
      await page.getByText("copied").first().waitFor();
      const text = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(text, /^y_\{ij\} = \\frac\{1\}/);
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  ));

test("on paper there are no controls, and the reasons are unfolded", () =>
  inPage(["sigmoid"], async (page) => {
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    for (const selector of [".controls", ".choosers", ".copy", ".page-controls"])
      assert.equal(await page.locator(`${selector}:visible`).count(), 0, selector);
    const reasons = await page.locator(".variant[open] .why").all();
    for (const reason of reasons) assert.ok(await reason.locator("p").first().isVisible());
  }));

test("what a user writes is text", async () => {
  const source =
    "# --> </pre></script><script>alert(1)</script><img src=x onerror=alert(2)>\n" +
    "layer evil(x[N,D])\n" +
    "  y[i,j] = x[i,j]^2 # <b>bold</b> & more\n" +
    "  return y\n";
  const file = write("<script>.chalk", source);
  await inPage([file], async (page) => {
    await page.locator(".source summary").click();
    assert.equal(await page.textContent(".source pre"), source);
    assert.equal(await page.locator("script").count(), 1);
    assert.equal(await page.locator("img, b").count(), 0);
  });
});

test("the same input gives the same bytes", () => {
  const first = lesson("softmax");
  const again = run("lesson", "softmax");
  assert.equal(again, first.text);
});

test("the page of batch norm is small, and quick to be used", async () => {
  assert.ok(lesson("batch_norm").text.length < 1_000_000);
  for (const [layer, limit] of [
    ["batch_norm", 0.3],
    ["attention_multi_head", 0.6],
  ]) {
    await inPage([layer], async (page) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      await page.reload();
      await page.click(next("paper"));
      const { metrics } = await session.send("Performance.getMetrics");
      const seconds = metrics.find(({ name }) => name === "ScriptDuration").value;
      assert.ok(seconds < limit, `${layer}: ${seconds} s of scripts`);
    });
  }
});

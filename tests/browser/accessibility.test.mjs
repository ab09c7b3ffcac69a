// What axe-core has to say about the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { checked, launch, lesson } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** All rules on what can be seen. Derivations that are not chosen are taken out first: they only cost time. */
async function violations(page) {
  return page.evaluate(async () => {
    for (const variant of document.querySelectorAll(".variant:not([open])")) variant.remove();
    const { violations: found } = await window.axe.run(document, { resultTypes: ["violations"] });
    return found.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(" | ")}`,
    );
  });
}

async function step(page, count) {
  for (let k = 0; k < count; ++k) {
    for (const panel of ["tape", "paper"])
      await page.locator(`.${panel} .controls button.primary`).evaluate((button) => button.click());
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`in ${colorScheme}: at the start, in the middle, in an exercise`, () =>
    checked(
      browser,
      lesson("sigmoid"),
      async (page) => {
        await page.evaluate(axe);
        assert.deepEqual(await violations(page), []);
        await step(page, 4);
        assert.deepEqual(await violations(page), []);
        await page.getByRole("button", { name: "Exercise" }).click();
        assert.deepEqual(await violations(page), []);
      },
      { colorScheme },
    ));

  for (const layer of ["batch_norm", "attention_multi_head"]) {
    test(`in ${colorScheme}: ${layer}, stepping`, () =>
      checked(
        browser,
        lesson(layer),
        async (page) => {
          await page.evaluate(axe);
          await step(page, 6);
          assert.deepEqual(await violations(page), []);
        },
        { colorScheme },
      ));
  }
}

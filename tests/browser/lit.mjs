// What pointing at a node lights up in the formulas.

/** By kind (value, gradient, part), the texts of the parts that are lit, each once and sorted. */
export async function litBy(page, node) {
  await node.focus();
  return page.evaluate(() => {
    const found = {};
    for (const part of document.querySelectorAll(".paper .variant[open] .lit, .layer-formulas .lit")) {
      const kind = [...part.classList].find((name) => name.startsWith("lit-")).slice(4);
      const text = part.textContent.replace(/[\u2061-\u2063]/g, "");
      (found[kind] ??= new Set()).add(text);
    }
    return Object.fromEntries(Object.entries(found).map(([kind, texts]) => [kind, [...texts].sort()]));
  });
}

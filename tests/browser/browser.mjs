// Chromium, and pages that the command has written.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const command = process.env.CHALKTAPE;
if (!command) throw new Error("CHALKTAPE must name the command that is tested");

const folder = mkdtempSync(join(tmpdir(), "chalktape-browser-"));

// Tests run as any user, also as root, in a closed network.
const options = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const launch = () => chromium.launch(options);

/** What the command prints. */
export function run(...args) {
  return execFileSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
}

/** Writes a file of the test's own, and says where it is. */
export function write(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const pages = new Map();

/** The lesson of these layers: its file, its text and its address. The same layers are written once. */
export function lesson(...layers) {
  const key = layers.join(" ");
  if (!pages.has(key)) {
    const path = join(folder, `${pages.size}.html`);
    run("lesson", ...layers, "-o", path);
    pages.set(key, { path, text: readFileSync(path, "utf8"), url: pathToFileURL(path).href });
  }
  return pages.get(key);
}

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** A page in a context of its own; `troubles` collects what should not happen: errors, warnings, requests. */
export async function open(browser, { url }, context = {}) {
  const created = await browser.newContext({ viewport: desktop, reducedMotion: "reduce", ...context });
  const page = await created.newPage();
  page.setDefaultTimeout(60000); // machines may be busy
  const troubles = [];
  page.on("console", (message) => troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== url && request.url() !== "data:,") troubles.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, troubles, close: () => created.close() };
}

/** Opens a lesson, runs the body, and insists that nothing went wrong in the page. */
export async function checked(browser, written, body, context = {}) {
  const { page, troubles, close } = await open(browser, written, context);
  try {
    await body(page);
    assert.deepEqual(troubles, []);
  } finally {
    await close();
  }
}

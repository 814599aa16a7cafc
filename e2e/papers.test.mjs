// What people take home: pages that need nothing else, looked at in a browser, and PDFs read by a reader that others wrote.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { open } from "./browser.mjs";
import { faults, overflow, shot } from "./workbench.mjs";

/** The folder with papers; `cargo xtask e2e` writes it and names it. */
const PAPERS = process.env.NW_PAPERS ?? join(import.meta.dirname, "../target/e2e/papers");
const all = readdirSync(PAPERS).sort();
const pages = all.filter((f) => f.endsWith(".html"));
const documents = all.filter((f) => f.endsWith(".pdf"));

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser?.close(); });

test("there are papers of every kind, in both languages and sizes of print", () => {
  for (const kind of ["leaflet", "aid-6", "diary", "calendar", "letter"]) {
    for (const rest of ["nl-a4", "nl-large", "en-a4", "en-large"]) {
      assert.ok(pages.includes(`${kind}-${rest}.html`) && documents.includes(`${kind}-${rest}.pdf`), `${kind}-${rest}`);
    }
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`pages have no fault for a screen reader, keyboard or weak eyes (${colorScheme})`, async () => {
    for (const [width, height] of [[1366, 900], [320, 256]]) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height } });
      const tab = await context.newPage();
      for (const page of pages) {
        await tab.goto(pathToFileURL(join(PAPERS, page)).href);
        assert.deepEqual(await faults(tab), [], `${page} at ${width}`);
      }
      await context.close();
    }
  });
}

test("no page scrolls sideways, from 400 % zoom on", async () => {
  // 320 px is a window of 1280 px at 400 %, as WCAG 1.4.10 counts it.
  for (const width of [320, 360, 768, 1366, 3840]) {
    const context = await browser.newContext({ viewport: { width, height: 700 } });
    const tab = await context.newPage();
    for (const page of pages) {
      await tab.goto(pathToFileURL(join(PAPERS, page)).href);
      assert.ok(await overflow(tab) <= 0, `${page} at ${width} px: ${await overflow(tab)} px too wide`);
      if (width === 360 || width === 1366) await shot(tab, `paper-${page.replace(".html", "")}-${width}`);
    }
    await context.close();
  }
});

test("a page asks nothing of any machine, and runs nothing", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const asked = [];
  tab.on("request", (request) => asked.push(request.url()));
  for (const page of pages) {
    await tab.goto(pathToFileURL(join(PAPERS, page)).href);
    assert.equal(await tab.locator("script").count(), 0, page);
    assert.equal(await tab.locator("h1").count(), 1, page);
    assert.equal(await tab.locator("html").getAttribute("lang"), page.includes("-en") ? "en" : "nl", page);
  }
  assert.deepEqual(asked.filter((url) => !/^(file|data):/.test(url)), []);
  await context.close();
});

test("the first Tab leads to the text", async () => {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(join(PAPERS, "leaflet-nl-a4.html")).href);
  await tab.keyboard.press("Tab");
  await tab.keyboard.press("Enter");
  assert.equal(await tab.evaluate(() => document.activeElement.id), "text");
  await context.close();
});

test("pages are valid HTML", async () => {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard"],
    rules: {
      "no-trailing-whitespace": "off", "long-title": "off", "doctype-style": "off", "void-style": "off",
      // Tables say what they are, because a table that is drawn as blocks on a narrow screen is none for some readers.
      "no-redundant-role": "off", "prefer-native-element": "off",
    },
  });
  for (const page of pages) {
    const report = await validator.validateString(readFileSync(join(PAPERS, page), "utf8"), page);
    const told = report.results.flatMap((r) => r.messages).map((m) => `${m.line}: ${m.ruleId}: ${m.message}`);
    assert.deepEqual(told.slice(0, 5), [], page);
  }
});

/** Every element of a structure tree. */
function* elements(node) {
  if (!node?.role) return;
  yield node;
  for (const child of node.children ?? []) yield* elements(child);
}

test("PDFs tell their language, title, tags and alternative texts", async () => {
  for (const name of documents) {
    const data = new Uint8Array(readFileSync(join(PAPERS, name)));
    const pdf = await getDocument({ data, verbosity: 0 }).promise;
    const { info, metadata } = await pdf.getMetadata();
    assert.equal(info.Language, name.includes("-en") ? "en" : "nl", name);
    assert.ok(info.Title?.length > 3, `${name} has no title`);
    assert.equal((await pdf.getMarkInfo())?.Marked, true, `${name} is not tagged`);
    assert.equal(metadata.get("pdfuaid:part"), "1", `${name} does not claim PDF/UA-1`);
    const found = [];
    for (let at = 1; at <= pdf.numPages; at += 1) {
      const page = await pdf.getPage(at);
      found.push(...elements(await page.getStructTree()));
      // A page whose text cannot be copied cannot be read aloud either.
      const text = (await page.getTextContent()).items.map((i) => i.str).join("");
      assert.ok(text.length > 20 && !text.includes("\uFFFD"), `${name} page ${at} has no text`);
    }
    const roles = new Set(found.map((e) => e.role));
    assert.ok(roles.has("H1"), `${name}: ${[...roles].join()}`);
    for (const figure of found.filter((e) => e.role === "Figure")) assert.ok(figure.alt, `${name}: a figure says nothing`);
    if (roles.has("Table")) assert.ok(roles.has("TH") && roles.has("TD"), `${name}: a table without heads`);
    await pdf.destroy();
  }
});

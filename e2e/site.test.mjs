// The guideline as a site: every kind of page in both languages and both themes.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import { SITE, open } from "./browser.mjs";

const AXE = readFileSync(new URL(import.meta.resolve("axe-core")), "utf8");

/** One page of each kind, with the longest chapter and the widest chain among them. */
const KINDS = [
  "index.html", "chapters/grade.html", "chapters/patient-life.html", "conclusions.html",
  "conclusions/tumour.grade.html", "conclusions/tnm.uicc8.stage.html", "facts.html", "facts/pathology.html",
  "sources.html", "sources/seed-000.html", "statements/seed-000.html", "differences.html", "agreements.html",
  "coverage.html", "confirmations.html", "search.html?q=insulin",
];

const pages = ["index.html", ...["nl", "en"].flatMap((language) => KINDS.map((page) => `${language}/${page}`))];

function address(page) {
  const [path, query] = page.split("?");
  const url = pathToFileURL(join(SITE, path));
  url.search = query ?? "";
  return url.href;
}

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser?.close(); });

async function visit(page, options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const asked = [];
  tab.on("request", (request) => asked.push(request.url()));
  const faults = [];
  tab.on("pageerror", (error) => faults.push(error.message));
  await tab.goto(address(page));
  return { context, tab, asked, faults };
}

for (const colorScheme of ["light", "dark"]) {
  test(`no fault for a reader with a screen reader, keyboard or weak eyes (${colorScheme})`, async () => {
    for (const page of pages) {
      const { context, tab, faults } = await visit(page, { colorScheme, viewport: { width: 1366, height: 900 } });
      await tab.evaluate(() => document.querySelectorAll("details").forEach((d, i) => { d.open = i < 12; }));
      await tab.addScriptTag({ content: AXE });
      const found = await tab.evaluate(() => globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }));
      const told = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html} (${v.nodes.length})`);
      assert.deepEqual(told, [], page);
      assert.deepEqual(faults, [], page);
      await context.close();
    }
  });
}

test("nothing is asked of another machine", async () => {
  for (const page of pages) {
    const { context, asked } = await visit(page);
    assert.deepEqual(asked.filter((url) => !url.startsWith("file:")), [], page);
    await context.close();
  }
});

test("no page scrolls sideways, from a small telephone to a large screen", async () => {
  for (const width of [320, 360, 768, 1366, 3840]) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const tab = await context.newPage();
    for (const page of pages) {
      await tab.goto(address(page));
      await tab.evaluate(() => document.querySelectorAll("details").forEach((d, i) => { d.open = i < 12; }));
      const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(over <= 0, `${page} at ${width}: ${over} px too wide`);
    }
    await context.close();
  }
});

test("the language switch keeps the page and the place in it", async () => {
  const { context, tab } = await visit("nl/chapters/grade.html");
  await tab.goto(`${address("nl/chapters/grade.html")}#tumour.grade/digestive.a`);
  await tab.click("a.twin");
  await tab.waitForURL("**/en/chapters/grade.html#tumour.grade/digestive.a");
  assert.equal(await tab.getAttribute("html", "lang"), "en");
  await context.close();
});

test("search finds chapters, facts and rows, and says how many", async () => {
  const { context, tab } = await visit("en/index.html");
  await tab.fill("#find", "Ki-67");
  await tab.press("#find", "Enter");
  await tab.waitForSelector("#results li");
  assert.match(await tab.textContent("#search-status"), /\d+ found/);
  const kinds = await tab.$$eval("#results .kind", (all) => all.map((k) => k.textContent));
  assert.ok(kinds.includes("fact") && kinds.includes("row"), kinds.join());
  await tab.fill("#q", "no such word anywhere");
  assert.match(await tab.textContent("#search-status"), /^0 found/);
  await tab.fill("#q", "grade digestive");
  await tab.click("#results a");
  assert.ok(await tab.title());
  await context.close();
});

test("without scripts every page still reads and leads on", async () => {
  const { context, tab } = await visit("nl/search.html?q=graad", { javaScriptEnabled: false });
  await tab.click("main noscript a, main .notice a");
  assert.match(tab.url(), /nl\/index\.html$/);
  await context.close();
});

test("every wide table can be reached and scrolled with the keyboard", async () => {
  const { context, tab } = await visit("en/chapters/grade.html", { viewport: { width: 360, height: 800 } });
  const region = tab.locator(".table .scroll").first();
  await region.focus();
  await tab.keyboard.press("ArrowRight");
  await tab.keyboard.press("ArrowRight");
  await tab.waitForFunction(() => document.activeElement.scrollLeft > 0);
  await context.close();
});

test("the pages are valid HTML", async () => {
  const validator = new HtmlValidate({
    extends: ["html-validate:standard"],
    rules: {
      // Style, not validity; ids of the guideline hold dots and slashes, which HTML allows.
      "no-trailing-whitespace": "off", "valid-id": ["error", { relaxed: true }], "long-title": "off",
      "no-inline-style": "off", "attribute-boolean-style": "off", "doctype-style": "off", "void-style": "off",
      // A table that scrolls must take the focus, and a div is what it scrolls in.
      "prefer-native-element": "off", "no-redundant-for": "off",
    },
  });
  const all = readdirSync(SITE, { recursive: true }).filter((f) => f.endsWith(".html"));
  assert.ok(all.length > 100);
  const sample = new Set(pages.map((page) => page.split("?")[0]));
  all.filter((_, at) => at % 40 === 0).forEach((page) => sample.add(page));
  for (const page of sample) {
    const text = readFileSync(join(SITE, page), "utf8");
    const report = await validator.validateString(text, relative(SITE, join(SITE, page)));
    const told = report.results.flatMap((r) => r.messages).map((m) => `${m.line}: ${m.ruleId}: ${m.message}`);
    assert.deepEqual(told.slice(0, 5), [], page);
  }
});

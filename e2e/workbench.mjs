// The workbenches that `cargo xtask e2e` started, and what the tests do with them.

import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Workbenches with an invented record each: `name` (sqlite, postgres) and `address`. */
export const WORKBENCHES = JSON.parse(process.env.NW_WORKBENCHES ?? "[]");
/** Where screenshots are kept. */
export const SHOTS = process.env.NW_SHOTS ?? join(import.meta.dirname, "../target/e2e/shots");
/** The password that the demonstration shows on its sign-in page. */
export const PASSWORD = "netwijzer-demonstratie";

const AXE = readFileSync(new URL(import.meta.resolve("axe-core")), "utf8");

/** What axe finds, one line for each rule. The script comes through the debugger, past the page's strict policy. */
export async function faults(tab) {
  if (!(await tab.evaluate("typeof axe === 'object'"))) await tab.evaluate(`${AXE}; undefined`);
  const found = await tab.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  }));
  return found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 300)} (${v.nodes.length})`);
}

/** How far a page is wider than the window. */
export function overflow(tab) {
  return tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Notes what a browser complains of: scripts that fail, what the policy of the page refuses. */
export function complaints(tab) {
  const all = [];
  tab.on("pageerror", (error) => all.push(error.message));
  tab.on("console", (message) => {
    // A page that answers 404 or 409 on purpose is no complaint.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) all.push(message.text());
  });
  return all;
}

/** Keeps a picture of the page. */
export async function shot(tab, name) {
  await mkdir(SHOTS, { recursive: true });
  await tab.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** Signs in with the form. */
export async function signIn(tab, address, login) {
  await tab.goto(`${address}/sign-in`);
  await tab.fill("#login", login);
  await tab.fill("#password", PASSWORD);
  await tab.click("form button.main");
  await tab.waitForURL((url) => url.pathname !== "/sign-in");
}

// Every page of the workbench in both languages and both themes, on a screen and at 400 % zoom: for readers with a screen
// reader or weak eyes, and without scrolling sideways. The policy of the pages is the one that a centre gets.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { WORKBENCHES, complaints, faults, overflow, shot, signIn } from "./workbench.mjs";

const address = WORKBENCHES.find((w) => w.name === "sqlite")?.address;
/** 1280 px at 400 %, as WCAG 1.4.10 counts it; a small telephone; a laptop. */
const ZOOMED = { width: 320, height: 256 };
const TELEPHONE = { width: 360, height: 740 };
const LAPTOP = { width: 1366, height: 768 };

let browser;
/** Pages as name, who looks, path, and what is done there first. */
let pages;

/** The first address of a list of links that looks like this. */
async function link(tab, path, like) {
  await tab.goto(`${address}${path}`);
  const all = await tab.$$eval("a[href]", (links) => links.map((a) => a.getAttribute("href")));
  const found = all.find((href) => like.test(href));
  assert.ok(found, `${path} links to ${like}`);
  return found;
}

before(async () => {
  assert.ok(address, "start this with `cargo xtask e2e`");
  browser = await open();
  const context = await browser.newContext({ locale: "nl-NL" });
  const tab = await context.newPage();
  await signIn(tab, address, "specialist");
  await tab.goto(`${address}/meetings`);
  const meetings = await tab.$$eval("ul.meetings a", (links) => links.map((a) => a.getAttribute("href")));
  const [planned, held] = meetings.filter((href) => /^\/meetings\/[^/]+$/.test(href));
  // A patient with a decision has everything: facts, tasks, contacts, a letter.
  const letter = await link(tab, `${held}/minutes`, /\/letter$/);
  const patient = letter.split("/decisions/")[0];
  const other = await link(tab, `${planned}`, /^\/patients\/[^/]+$/);
  const query = encodeURIComponent("D00");
  const admin = await context.browser().newContext({ locale: "nl-NL" });
  const office = await admin.newPage();
  await signIn(office, address, "admin");
  const account = await link(office, "/accounts", /^\/accounts\/[^/]+$/);
  await admin.close();
  await context.close();
  const send = (fields) => async (on) => {
    for (const [selector, value] of Object.entries(fields)) await on.fill(selector, value);
  };
  pages = [
    ["sign-in", null, "/sign-in"],
    ["sign-in-refused", null, "/sign-in", async (on) => {
      await on.fill("#login", `nobody-${Math.random()}`);
      await on.fill("#password", "not the password");
      await on.click("form button.main");
      await on.waitForSelector("[role=alert]");
    }],
    ["nothing-here", "specialist", "/patients/none"],
    ["not-allowed", "specialist", "/accounts"],
    ["patients", "specialist", "/patients"],
    ["patients-search", "specialist", `/patients?q=${query}`],
    ["patients-none", "specialist", "/patients?q=nobody+has+this+name"],
    ["patient-new", "specialist", "/patients/new"],
    ["patient", "specialist", patient],
    ["patient-more", "specialist", patient, async (on) => { await on.click("details.rest > summary"); }],
    ["patient-details", "specialist", `${patient}/identity`],
    ["not-kept", "nurse", `${patient}/course`, async (on) => {
      // A browser that knows no field for a moment sends what was typed.
      await on.evaluate(() => {
        document.querySelector("#at").type = "text";
        document.querySelector("#at").value = "tomorrow";
        document.querySelector("#note").value = "A long story.\nIn two lines.";
        document.querySelector("#at").form.submit();
      });
      await on.waitForSelector("#typed");
    }],
    ["patient-on-agenda", "specialist", other],
    ["facts", "specialist", `${patient}/facts`],
    ["facts-refused", "specialist", `${other}/facts`, async (on) => {
      await send({ "input[name=other]": "tumour.ki67", "input[name=other-value]": "many" })(on);
      await on.click("form button.main[name=then]");
      await on.waitForSelector("[role=alert]");
    }],
    ["course", "specialist", `${patient}/course`],
    ["calendar", "nurse", `${patient}/calendar`],
    ["calendar-months", "nurse", `${patient}/calendar?view=months`],
    ["why-list", "specialist", `${patient}/why`],
    ["why", "specialist", `${patient}/why/tumour.grade`],
    ["why-open", "specialist", `${other}/why/tnm.uicc8.stage`],
    ["what-if", "specialist", `${patient}/what-if`],
    ["audit-patient", "specialist", `${patient}/audit`],
    ["audit-for-patient", "specialist", `${patient}/audit/patient`],
    ["emergency", "specialist", `${patient}/emergency`],
    ["objection", "nurse", `${patient}/objection`],
    ["meetings", "specialist", "/meetings"],
    ["meeting", "specialist", planned],
    ["meeting-held", "specialist", held],
    ["meeting-add", "specialist", `${planned}?q=${query}`],
    ["meeting-requests", "specialist", `${planned}/requests`],
    ["meeting-case", "specialist", `${planned}/present/1`],
    ["meeting-case-read", "pathologist", `${planned}/present/2`],
    ["meeting-minutes", "specialist", `${held}/minutes`],
    ["letter", "specialist", letter],
    ["information", "nurse", `${patient}/information`],
    ["information-aid", "specialist", `${other}/information?document=decision-aid&lang=en&print=large`],
    ["information-given", "specialist", `${patient}/information?document=personal`, async (on) => {
      await on.click("section button.main");
      await on.waitForURL((url) => url.hash === "#given");
    }],
    ["reports", "specialist", `${other}/reports`],
    ["report-read", "specialist", `${other}/reports`, async (on) => {
      await send({ "textarea[name=text]": "Pancreasstaart: goed gedifferentieerde NET, 23 mm, Ki-67 4%, mitosen 1 per 2 mm2. Geen metastasen in 0/12 lymfeklieren." })(on);
      await on.click("form button.main");
      await on.waitForSelector("[data-report]");
    }],
    ["follow-up", "nurse", "/follow-up"],
    ["guideline", "specialist", "/guideline"],
    ["guideline-search", "specialist", "/guideline?q=graad"],
    ["guideline-conclusion", "analyst", "/guideline/tumour.grade"],
    ["account", "specialist", "/account"],
    ["accounts", "admin", "/accounts"],
    ["account-edit", "admin", account],
    ["audit", "admin", "/audit"],
  ];
  // While one page is being repaired the others need not be looked at.
  const only = process.env.NW_PAGES?.split(",");
  if (only) pages = pages.filter(([name]) => only.includes(name));
});
after(async () => { await browser?.close(); });

for (const language of ["nl", "en"]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`every page, ${language}, ${colorScheme}: no fault, also at 400 %, and nothing beside the window`, async () => {
      const found = [];
      const sessions = new Map();
      for (const [name, login, path, act] of pages) {
        if (!sessions.has(login)) {
          const context = await browser.newContext({ colorScheme, viewport: LAPTOP, locale: language });
          const tab = await context.newPage();
          if (login) await signIn(tab, address, login);
          // The language is chosen as a person chooses it.
          if (await tab.goto(`${address}/language/${language}`)) sessions.set(login, tab);
        }
        const tab = sessions.get(login);
        const heard = complaints(tab);
        const say = (what) => found.push(`${name}: ${what}`);
        const answer = await tab.goto(`${address}${path}`);
        await act?.(tab);
        const policy = answer.headers()["content-security-policy"] ?? "";
        if (!policy.startsWith("default-src 'none'")) say("no strict policy");
        // What is made for the patient is in the language of the patient.
        const spoken = await tab.getAttribute("html", "lang");
        if (spoken !== language && name !== "audit-for-patient") say(`it is in ${spoken}`);
        for (const viewport of [LAPTOP, TELEPHONE, ZOOMED]) {
          await tab.setViewportSize(viewport);
          await tab.evaluate(() => document.querySelectorAll("details").forEach((d, i) => { d.open = i < 15; }));
          const over = await overflow(tab);
          if (over > 0) say(`${over} px too wide at ${viewport.width}`);
          if (viewport !== TELEPHONE) {
            for (const fault of await faults(tab)) say(`at ${viewport.width}: ${fault}`);
          }
          await tab.evaluate(() => document.querySelectorAll("details.who").forEach((d) => { d.open = false; }));
          const kept = viewport === LAPTOP || (viewport === TELEPHONE && colorScheme === "light");
          if (kept) await shot(tab, `pages/${name}.${language}.${colorScheme}.${viewport.width}`);
        }
        await tab.setViewportSize(LAPTOP);
        for (const complaint of heard) say(complaint);
        tab.removeAllListeners();
      }
      for (const tab of sessions.values()) await tab.context().close();
      assert.deepEqual(found, []);
    });
  }
}

// A whole meeting by keyboard alone: sign in, agenda, case, decision, letter, minutes, in at most twelve actions.
//
// An action is one key that does something (Enter, Space, a shortcut) or one field that is typed.
// Moving the focus with Tab or Shift+Tab does nothing by itself and is not an action; how often it was pressed is told.
// No mouse, no script of ours on the page, no address typed after the first.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { PASSWORD, WORKBENCHES, complaints, shot } from "./workbench.mjs";

const MOST_ACTIONS = 12;
/** More than this to reach something is no way to work, whatever counts as an action. */
const MOST_TABS = 80;
const WORDS = "Verwijzing voor operatie; terug in het overleg met de uitslag van de patholoog.";

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser?.close(); });

/** Hands on a keyboard. */
class Keyboard {
  actions = [];
  tabs = [];

  constructor(tab) { this.tab = tab; }

  focused() {
    return this.tab.evaluate(() => {
      const on = document.activeElement;
      const label = on.getAttribute("aria-label") ?? (on.labels?.[0] ?? on).textContent;
      return { id: on.id, tag: on.tagName, name: on.getAttribute("name"), label: label.trim().replace(/\s+/g, " "),
        href: on.getAttribute("href"), checked: on.checked, ringed: on.matches(":focus-visible") };
    });
  }

  /** Tabs on until the focus is where it is wanted; what has the focus must show it. */
  async reach(what, wanted) {
    for (let count = 0; count <= MOST_TABS; count += 1) {
      const on = await this.focused();
      if (wanted(on)) {
        this.tabs.push([what, count]);
        assert.ok(on.ringed, `${what} has the focus and does not show it`);
        return on;
      }
      await this.tab.keyboard.press("Tab");
    }
    return assert.fail(`${what} is not reached within ${MOST_TABS} steps`);
  }

  async press(key, what) {
    this.actions.push(`${key}: ${what}`);
    await this.tab.keyboard.press(key);
  }

  /** Presses a key that leads to another page. */
  async go(key, what, to) {
    const there = this.tab.waitForURL(to);
    await this.press(key, what);
    await there;
    await this.tab.waitForLoadState();
  }

  async type(text, what) {
    this.actions.push(`type: ${what}`);
    await this.tab.keyboard.type(text);
  }
}

for (const { name, address } of WORKBENCHES) {
  test(`a meeting from sign-in to minutes in at most ${MOST_ACTIONS} actions (${name})`, async () => {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "nl-NL" });
    const tab = await context.newPage();
    const heard = complaints(tab);
    const hands = new Keyboard(tab);
    let page = 0;
    const keep = (what) => shot(tab, `meeting/${name}-${(page += 1)}-${what}`);

    await tab.goto(`${address}/`);
    await keep("sign-in");
    await hands.reach("the user name", (on) => on.id === "login");
    await hands.type("specialist", "the user name");
    await hands.reach("the password", (on) => on.id === "password");
    await hands.type(PASSWORD, "the password");
    await hands.go("Enter", "sign in", /\/patients$/);

    await hands.reach("the meetings", (on) => on.href === "/meetings");
    await hands.go("Enter", "open the meetings", /\/meetings$/);

    await keep("meetings");
    await hands.reach("the meeting", (on) => /^\/meetings\/[0-9a-f-]+$/.test(on.href ?? ""));
    await hands.go("Enter", "open the agenda", /\/meetings\/[0-9a-f-]+$/);

    await keep("agenda");
    const cases = await tab.locator("ol.agenda > li").count();
    assert.ok(cases >= 2, "the agenda has cases");
    await hands.reach("the first case", (on) => /\/present\/\d+$/.test(on.href ?? ""));
    await hands.go("Enter", "present the first case", /\/present\/\d+$/);

    await keep("case");
    const option = await hands.reach("an option", (on) => on.tag === "INPUT" && on.name === "chosen");
    await hands.press("Space", "choose an option");
    assert.ok((await hands.focused()).checked, "the option is chosen");
    await hands.reach("the words of the decision", (on) => on.id === "text");
    await hands.type(WORDS, "the decision");
    await hands.go("Control+Enter", "keep the decision", /#decided$/);

    await keep("decided");
    assert.match(await tab.locator("#decided").textContent(), new RegExp(WORDS.slice(0, 30)));
    const letter = await hands.reach("the letter", (on) => /\/letter$/.test(on.href ?? ""));
    assert.ok(hands.tabs.at(-1)[1] <= 2, "the letter is the next thing after a decision");
    await hands.go("Enter", "open the letter", (url) => url.pathname === letter.href);

    await keep("letter");
    const text = await tab.locator("article").textContent();
    for (const part of [WORDS, "Huisartspraktijk", "Dr."]) assert.ok(text.includes(part), `the letter says ${part}`);
    assert.ok(text.includes(option.label.split(":").at(-1).trim()), "the letter names the chosen option");
    await hands.reach("the minutes", (on) => /\/minutes$/.test(on.href ?? ""));
    await hands.go("Enter", "open the minutes", /\/minutes$/);

    await keep("minutes");
    assert.ok((await tab.locator("article").textContent()).includes(WORDS), "the minutes hold the decision");
    await hands.reach("the end of the meeting", (on) => on.tag === "BUTTON" && on.name === "do");
    await hands.press("Enter", "close the meeting");
    await tab.waitForSelector("form button[value=close]", { state: "detached" });
    await keep("closed");

    const steps = hands.tabs.map(([what, count]) => `${what} ${count}`).join(", ");
    console.log(`${name}: ${hands.actions.length} actions: ${hands.actions.join("; ")}. Steps with Tab: ${steps}`);
    assert.ok(hands.actions.length <= MOST_ACTIONS, hands.actions.join("; "));
    assert.deepEqual(heard, []);
    await context.close();
  });
}

test("every database was there", () => {
  const missing = process.env.NW_REQUIRE_PG && !WORKBENCHES.some((w) => w.name === "postgres");
  assert.ok(WORKBENCHES.length > 0 && !missing, "start this with `cargo xtask e2e`");
});

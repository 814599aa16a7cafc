// Sign-in through a hospital's identity provider: a real OpenID Connect provider, started here, and the workbench beside it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Provider from "oidc-provider";
import { open } from "./browser.mjs";
import { complaints, faults, shot, signIn } from "./workbench.mjs";

const SECRET = "a secret of this test only";
let browser, folder, provider, issuer, program, address;

/** A port that is free now. */
async function free() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

before(async () => {
  browser = await open();
  folder = await mkdtemp(join(tmpdir(), "nw-hospital-"));
  address = `http://127.0.0.1:${await free()}`;
  const port = await free();
  issuer = `http://127.0.0.1:${port}`;
  const known = new Provider(issuer, {
    clients: [{
      client_id: "netwijzer", client_secret: SECRET, redirect_uris: [`${address}/sign-in/provider/back`],
      response_types: ["code"], grant_types: ["authorization_code"], token_endpoint_auth_method: "client_secret_basic",
    }],
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  });
  provider = known.listen(port, "127.0.0.1");
  await once(provider, "listening");
  program = spawn(process.env.NW_PROGRAM, [
    "serve", "--demo", "--listen", address.slice("http://".length), "--database", `sqlite:${join(folder, "record.db")}`,
    "--oidc-issuer", issuer, "--public-url", address,
  ], { env: { ...process.env, NETWIJZER_OIDC_SECRET: SECRET }, stdio: "ignore" });
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`${address}/health`).then((r) => r.ok, () => false);
    if (up) break;
    assert.ok(tries < 240, "the workbench does not answer");
    await new Promise((done) => setTimeout(done, 250));
  }
});
after(async () => {
  await browser?.close();
  program?.kill();
  provider?.close();
  provider?.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

/** Somebody in a browser of their own. */
async function person() {
  const context = await browser.newContext({ locale: "en-GB" });
  const tab = await context.newPage();
  return { context, tab, complaints: complaints(tab) };
}

/** Signs in at the provider, on the pages that it shows. */
async function atProvider(tab, name) {
  await tab.goto(`${address}/sign-in?next=/guideline`);
  await tab.click("a[href^='/sign-in/provider']");
  await tab.fill("input[name=login]", name);
  await tab.fill("input[name=password]", "whatever");
  await tab.click("button[type=submit]");
  // The provider asks once whether the workbench may know who this is.
  const consent = tab.locator("button[type=submit]");
  if (tab.url().startsWith(issuer) && await consent.count()) await consent.click();
  await tab.waitForURL(`${address}/**`);
}

test("whoever is linked to an account comes in, and nobody else", async () => {
  const stranger = await person();
  await atProvider(stranger.tab, "vera.h");
  const refused = await stranger.tab.textContent("[role=alert]");
  assert.ok(refused.includes(`${issuer} vera.h`), refused);
  assert.deepEqual(await faults(stranger.tab), []);
  await shot(stranger.tab, "hospital-not-linked");

  const admin = await person();
  await signIn(admin.tab, address, "admin");
  await admin.tab.goto(`${address}/accounts`);
  await admin.tab.getByRole("link", { name: "Noor Consulent" }).click();
  await admin.tab.fill("[name=subject]", `${issuer} vera.h`);
  await admin.tab.click("button[value=change]");
  await admin.tab.waitForLoadState();
  assert.equal(await admin.tab.inputValue("[name=subject]"), `${issuer} vera.h`);

  const linked = await person();
  await atProvider(linked.tab, "vera.h");
  assert.equal(new URL(linked.tab.url()).pathname, "/guideline");
  await linked.tab.goto(`${address}/patients`);
  assert.equal((await linked.tab.locator("h1").count()), 1);
  const cookies = await linked.context.cookies(address);
  assert.ok(!cookies.some((c) => c.name === "nw_journey"), "the journey is over and its cookie stays");
  assert.deepEqual([...stranger.complaints, ...linked.complaints], []);
});

test("somebody else's way back leads nowhere", async () => {
  const { tab } = await person();
  const answer = await tab.goto(`${address}/sign-in/provider/back?code=stolen&state=guessed`);
  assert.equal(answer.status(), 401);
  await tab.goto(`${address}/sign-in`);
  const left = await tab.request.get(`${address}/sign-in/provider`, { maxRedirects: 0 });
  assert.equal(left.status(), 303);
  const wrong = await tab.goto(`${address}/sign-in/provider/back?code=stolen&state=guessed`);
  assert.equal(wrong.status(), 401);
  assert.equal((await tab.request.get(`${address}/patients`, { maxRedirects: 0 })).status(), 303);
  const elsewhere = await tab.goto(`${address}/sign-in/provider/back?error=access_denied&state=x`);
  assert.equal(elsewhere.status(), 401);
});

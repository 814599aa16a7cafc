// CDS Hooks called by clients that others wrote: the CDS Hooks Sandbox in a browser, and a program on `@medplum/core`.
// Both read the invented patients of the demonstration from the workbench's own FHIR server and send them as prefetch.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after, before, test } from "node:test";
import { open } from "./browser.mjs";
import { PASSWORD, shot } from "./workbench.mjs";

// The library asks for this of node 22 when it is loaded, and uses it for subscriptions alone.
globalThis.WebSocket ??= class {};
const { MedplumClient, buildCdsRequest } = await import("@medplum/core");

const SANDBOX = process.env.NW_CDS_SANDBOX;
const ISSUER = "https://medplum.example";
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png" };
let browser, folder, program, address, pages, ehr, session, privateKey;

/** A server on a free port of this machine. */
async function listen(handler) {
  const server = createServer((request, response) => {
    Promise.resolve(handler(request, response)).catch((error) => {
      response.writeHead(502);
      response.end(String(error));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, base: `http://127.0.0.1:${server.address().port}` };
}

/** The built sandbox, as its makers publish it: a folder of files. */
async function page(request, response) {
  const path = normalize(new URL(request.url, "http://page").pathname).replace(/\/$/, "/index.html");
  const bytes = await readFile(join(SANDBOX, "build", path)).catch(() => null);
  response.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
  response.end(bytes);
}

/** The open FHIR server of a hospital: the workbench's own, with the leave of a specialist put on; what that does not keep
 *  is empty. */
async function fhir(request, response) {
  const open = {
    "access-control-allow-origin": "*", "access-control-allow-headers": "*", "access-control-allow-methods": "*",
  };
  if (request.method === "OPTIONS") return response.writeHead(204, open).end();
  const body = [];
  for await (const part of request) body.push(part);
  const head = { authorization: `Bearer ${session}`, accept: request.headers.accept };
  if (body.length > 0) head["content-type"] = request.headers["content-type"];
  const answer = await fetch(`${address}${request.url}`, {
    method: request.method, headers: head, body: body.length > 0 ? Buffer.concat(body) : undefined,
  });
  if (answer.status === 404 && /\/(Procedure|MedicationRequest)\b/.test(request.url)) {
    response.writeHead(200, { ...open, "content-type": "application/fhir+json" });
    return response.end(JSON.stringify({ resourceType: "Bundle", type: "searchset", total: 0 }));
  }
  response.writeHead(answer.status, { ...open, "content-type": answer.headers.get("content-type") ?? "text/plain" });
  return response.end(JSON.stringify(await answer.json(), parted));
}

/** The sandbox counts on a family name and given names; the workbench keeps a name as one text. */
function parted(key, value) {
  if (key !== "name" || !Array.isArray(value)) return value;
  return value.map((name) => ({ ...name, family: name.text.split(" ").at(-1), given: name.text.split(" ").slice(0, -1) }));
}

before(async () => {
  assert.ok(SANDBOX, "`cargo xtask hooks` builds the sandbox and names it in NW_CDS_SANDBOX");
  browser = await open();
  folder = await mkdtemp(join(tmpdir(), "nw-hooks-"));
  pages = await listen(page);
  ehr = await listen(fhir);
  const free = await listen(() => {});
  address = free.base;
  free.server.close();
  await once(free.server, "close");
  const pair = generateKeyPairSync("ec", { namedCurve: "P-384" });
  privateKey = pair.privateKey;
  const own = { ...pair.publicKey.export({ format: "jwk" }), use: "sig", alg: "ES384", kid: "medplum" };
  await writeFile(join(folder, "medplum.jwks.json"), JSON.stringify({ keys: [own] }));
  await copyFile(join(SANDBOX, "build/.well-known/jwks.json"), join(folder, "sandbox.jwks.json"));
  await writeFile(join(folder, "hooks.toml"), `
public = "${address}"
origins = ["${pages.base}"]
[[client]]
issuer = "https://sandbox.cds-hooks.org"
keys = "sandbox.jwks.json"
[[client]]
issuer = "${ISSUER}"
keys = "medplum.jwks.json"
fhir = ["${address}/fhir"]
`);
  program = spawn(process.env.NW_PROGRAM, [
    "serve", "--demo", "--listen", address.slice("http://".length), "--database", `sqlite:${join(folder, "record.db")}`,
    "--cds-hooks", join(folder, "hooks.toml"),
  ], { stdio: "ignore" });
  for (let tries = 0; ; tries += 1) {
    if (await fetch(`${address}/health`).then((r) => r.ok, () => false)) break;
    assert.ok(tries < 480, "the workbench does not answer");
    await new Promise((done) => setTimeout(done, 250));
  }
  const signedIn = await fetch(`${address}/api/v1/session`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ login: "specialist", password: PASSWORD }),
  });
  session = (await signedIn.json()).token;
});
after(async () => {
  await browser?.close();
  program?.kill();
  for (const one of [pages, ehr]) {
    one?.server.close();
    one?.server.closeAllConnections();
  }
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The sandbox in a browser of its own, with what our services answered it. */
async function sandbox(hook, screen, patient) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1366, height: 900 } });
  // Nothing outside this machine is asked: the services and servers that the sandbox knows by itself are not looked at here.
  await context.route((url) => url.hostname !== "127.0.0.1", (route) => route.abort());
  const tab = await context.newPage();
  const answers = [];
  tab.on("response", async (response) => {
    const request = response.request();
    if (request.method() !== "POST" || !response.url().startsWith(`${address}/cds-services/`)) return;
    answers.push({ url: response.url(), status: response.status(), body: await response.text(), sent: request.postDataJSON() });
  });
  const asked = new URLSearchParams({
    fhirServiceUrl: `${ehr.base}/fhir`, patientId: patient, serviceDiscoveryURL: `${address}/cds-services`, hook, screen,
  });
  await tab.goto(`${pages.base}/?${asked}`);
  const answered = async (service, holds) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = answers.filter((a) => a.url === `${address}/cds-services/${service}` && holds(a)).pop();
      if (found) return found;
      await tab.waitForTimeout(100);
    }
    return assert.fail(`${service} did not answer so: ${JSON.stringify(answers.map((a) => [a.url, a.status, a.body.slice(0, 300)]))}`);
  };
  return { context, tab, answers, answered };
}

/** The cards that the sandbox shows, each held to the card that was sent. */
async function rendered(tab, cards) {
  for (const card of cards) {
    const box = tab.locator("[class*=decision-card]").filter({ hasText: card.summary }).first();
    await box.waitFor();
    const text = await box.innerText();
    assert.ok(text.includes(card.source.label), `the source of "${card.summary}" is not shown: ${text}`);
    assert.match(text, /sha256:/, "the detail names the digest of the guideline");
    assert.ok(!/\*\*|\]\(/.test(text), `Markdown is shown as it was written: ${text}`);
    for (const button of [...(card.suggestions ?? []), ...(card.links ?? [])]) {
      assert.equal(await box.getByRole("button", { name: button.label, exact: true }).count(), 1, button.label);
    }
    assert.equal(await box.getByRole("button", { name: "Dismiss", exact: true }).count(), 1);
  }
  assert.equal(await tab.locator("[class*=decision-card]").count(), cards.length);
}

const cardsOf = (answer) => JSON.parse(answer.body).cards ?? [];

/** Somebody of the demonstration whose pancreatic or small bowel tumour still has questions. */
async function somebody() {
  const list = await (await fetch(`${address}/api/v1/patients`, { headers: { authorization: `Bearer ${session}` } })).json();
  return list.patients.map((p) => p.patient.id);
}

test("the sandbox shows the cards of an opened patient, and one is dismissed with a reason", async () => {
  const patients = await somebody();
  let seen = null;
  for (const patient of patients) {
    const one = await sandbox("patient-view", "patient-view", patient);
    const answer = await one.answered("netwijzer-patient", (a) => a.status === 200);
    // What it sent came from our FHIR server, and is of this patient.
    assert.equal(answer.sent.prefetch.patient.id, patient);
    assert.equal(answer.sent.prefetch.observations.type, "searchset");
    if (cardsOf(answer).length > 0) {
      seen = { ...one, answer };
      break;
    }
    await one.context.close();
  }
  assert.ok(seen, "nobody of the demonstration has a card");
  const cards = cardsOf(seen.answer);
  await rendered(seen.tab, cards);
  await shot(seen.tab, "hooks-patient-view");
  const [card] = cards.filter((c) => c.overrideReasons?.length > 0);
  const box = seen.tab.locator("[class*=decision-card]").filter({ hasText: card.summary });
  await box.getByRole("button", { name: "select dismiss reason" }).click();
  await seen.tab.getByRole("menuitem", { name: card.overrideReasons[0].display }).click();
  await box.waitFor({ state: "detached" });
  const kept = await seen.answered("netwijzer-patient/feedback", () => true);
  assert.equal(kept.status, 200, kept.body);
  const told = await fetch(`${address}/api/v1/card-feedback`, { headers: { authorization: `Bearer ${session}` } });
  const text = await told.text();
  assert.equal(told.status, 200, text);
  assert.ok(text.includes(card.overrideReasons[0].code), text);
  await seen.context.close();
});

test("the sandbox shows what the guideline says of an order while it is chosen, and before it is signed", async () => {
  const [patient] = await somebody();
  for (const [hook, screen, service] of [
    ["order-select", "rx-view", "netwijzer-order-select"], ["order-sign", "rx-sign", "netwijzer-order-sign"],
  ]) {
    const { context, tab, answered } = await sandbox(hook, screen, patient);
    const field = tab.locator("input[name=medication-input]");
    await field.fill("capecitabine");
    await tab.getByText("capecitabine 500 MG Oral Tablet", { exact: true }).click();
    if (screen === "rx-sign") await tab.getByRole("button", { name: /sign/i }).last().click();
    const answer = await answered(service, (a) => a.status === 200 && cardsOf(a).length > 0);
    const cards = cardsOf(answer);
    assert.ok(cards.some((c) => c.source.topic.code.startsWith("dpyd")), answer.body);
    await rendered(tab, cards);
    await shot(tab, `hooks-${hook}`);
    // Taking the suggestion is told to the service, and withdraws the order in the sandbox.
    const taken = cards.find((c) => c.suggestions?.length > 0);
    await tab.getByRole("button", { name: taken.suggestions[0].label, exact: true }).first().click();
    const kept = await answered(`${service}/feedback`, () => true);
    assert.equal(kept.status, 200, kept.body);
    await context.close();
  }
});

/** A token of our second client for one call. */
function token(path) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: ISSUER, aud: `${address}${path}`, iat: now, exp: now + 300, jti: randomUUID() };
  const signed = `${part({ alg: "ES384", typ: "JWT", kid: "medplum" })}.${part(claims)}`;
  const mark = sign("sha384", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${mark.toString("base64url")}`;
}

test("a program on @medplum/core finds the services, reads our FHIR server and gets cards", async () => {
  const record = new MedplumClient({ baseUrl: ehr.base, fhirUrlPath: "fhir" });
  const caller = new MedplumClient({ baseUrl: address });
  const call = (service, body) => {
    const headers = { Authorization: `Bearer ${token(`/cds-services/${service}`)}` };
    return caller.callCdsService(service, body, { headers });
  };
  const { services } = await caller.getCdsServices();
  const service = services.find((s) => s.hook === "patient-view");
  assert.ok(service, JSON.stringify(services));
  const user = { resourceType: "Practitioner", id: "1" };
  let most = 0;
  for (const patientId of await somebody()) {
    const body = await buildCdsRequest(record, user, service, { patientId, userId: "Practitioner/1" });
    assert.equal(body.prefetch.patient.id, patientId);
    assert.equal(body.prefetch.observations.type, "searchset");
    const { cards } = await call(service.id, body);
    most = Math.max(most, cards.length);
    // The same without prefetch: the service fetches from the server that the settings name, with the leave that comes along.
    const fetched = await call(service.id, {
      ...body, hookInstance: randomUUID(), prefetch: undefined, fhirServer: `${address}/fhir`,
      fhirAuthorization: {
        access_token: session, token_type: "Bearer", expires_in: 300, scope: "patient/*.rs", subject: ISSUER,
      },
    });
    const told = (all) => all.map((c) => [c.summary, c.indicator, c.source.topic.code]);
    assert.deepEqual(told(fetched.cards), told(cards));
  }
  assert.ok(most > 0, "nobody of the demonstration has a card");
  // What cannot be answered is an error for this client, too, and names the field.
  await assert.rejects(() => call(service.id, { hook: service.hook, hookInstance: "x" }));
});

// Tokens of a client of CDS Hooks, signed beforehand, so that a measurement measures the service alone.
// node hook-tokens.mjs FOLDER ISSUER COUNT ADDRESS… writes `keys.json` and, for each address in turn, lines of `tokens`.

import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, issuer, count, ...addresses] = process.argv.slice(2);
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const own = { ...publicKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: "load" };
writeFileSync(join(folder, "keys.json"), JSON.stringify({ keys: [own] }));
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const head = part({ alg: "ES256", typ: "JWT", kid: "load" });
const now = Math.floor(Date.now() / 1000);
const tokens = Array.from({ length: Number(count) }, (_, number) => {
  const aud = addresses[number % addresses.length];
  const signed = `${head}.${part({ iss: issuer, aud, iat: now, exp: now + 1800, jti: randomUUID() })}`;
  const mark = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${mark.toString("base64url")}`;
});
writeFileSync(join(folder, "tokens"), tokens.join("\n"));

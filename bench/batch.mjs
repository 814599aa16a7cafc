// Cases through cql-execution: node batch.mjs FOLDER LIBRARY.elm.json CASES.json
// Prints the processor time of the cases alone, and the five outcomes of each.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, elm, cases] = process.argv.slice(2);
const cql = createRequire(resolve(folder, "package.json"))("cql-execution");
const library = new cql.Library(JSON.parse(readFileSync(elm, "utf8")));
const names = ["tumour.grade", "tnm.t", "tnm.n", "tnm.m", "tnm.stage"];

async function outcomes(given) {
  const context = new cql.UnfilteredContext(library, new cql.Results(), new cql.CodeService({}), given);
  const answers = [];
  for (const name of names) answers.push(await library.expressions[name].execute(context));
  return answers;
}

const rows = JSON.parse(readFileSync(cases, "utf8"));
for (const row of rows.slice(0, 500)) await outcomes(row);
const begun = process.cpuUsage();
const answers = [];
for (const row of rows) answers.push(await outcomes(row));
const used = process.cpuUsage(begun);
console.log(JSON.stringify({ seconds: (used.user + used.system) / 1e6, answers }));

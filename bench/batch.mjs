// Cases through an engine of Node: node batch.mjs FOLDER cql LIBRARY.elm.json CASES.json
//                                  node batch.mjs FOLDER logic MODEL.json CASES.json
// Prints the processor time of the cases alone, and the five outcomes of each.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [folder, kind, model, cases] = process.argv.slice(2);
const require = createRequire(resolve(folder, "package.json"));
const parsed = JSON.parse(readFileSync(model, "utf8"));
const rows = JSON.parse(readFileSync(cases, "utf8"));

function byCql() {
  const cql = require("cql-execution");
  const library = new cql.Library(parsed);
  const expressions = ["tumour.grade", "tnm.t", "tnm.n", "tnm.m", "tnm.stage"].map((n) => library.expressions[n]);
  return async (rows) => {
    const answers = [];
    for (const given of rows) {
      const context = new cql.UnfilteredContext(library, new cql.Results(), new cql.CodeService({}), given);
      const one = [];
      for (const expression of expressions) one.push(await expression.execute(context));
      answers.push(one);
    }
    return answers;
  };
}

function byLogic() {
  const { LogicEngine } = require("json-logic-engine");
  const engine = new LogicEngine();
  const [grade, t, n, m, stage] = ["grade", "t", "n", "m", "stage"].map((name) => engine.build(parsed[name]));
  return (rows) => rows.map((given) => {
    const found = { t: t(given), n: n(given), m: m(given) };
    return [grade(given), found.t, found.n, found.m, stage(found)];
  });
}

const run = { cql: byCql, logic: byLogic }[kind]();
// Once to let it be compiled.
await run(rows);
const begun = process.cpuUsage();
const answers = await run(rows);
const used = process.cpuUsage(begun);
console.log(JSON.stringify({ seconds: (used.user + used.system) / 1e6, answers }));

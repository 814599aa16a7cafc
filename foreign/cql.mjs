// CQL: the reference translator makes ELM from the CQL text, `cql-execution` runs it.
import { createRequire } from "node:module";
import {
  CqlCompilerOptions, CqlTranslator, LibraryManager, ModelManager, createModelInfoProvider, stringAsSource,
} from "@cqframework/cql/cql-to-elm";
import { version } from "./version.mjs";

const cql = createRequire(import.meta.url)("cql-execution");

export async function open(text, quick) {
  // A short run translates the beginning of the guideline and takes our own ELM for the rest.
  const before = [compare(text, quick ? "begun" : "loose"), ...(quick ? [] : [compare(text, "chained")])];
  const elm = (name) => (quick ? JSON.parse(text(`${name}.elm.json`)) : translated(text, name).elm);
  return {
    name: `cql-execution ${version("cql-execution")} (ELM)`,
    before,
    table(table) {
      const library = this.loose ??= new cql.Library(elm("loose"));
      const expressions = [`table ${table.id}`, ...(table.collect ? [`table ${table.id} possible`] : [])];
      return async (values) => {
        const [certain, possible] = await run(library, expressions, parameters(table.inputs, values));
        return table.collect ? { certain, possible } : certain;
      };
    },
    chain(page) {
      const library = new cql.Library(elm("chained"));
      const expressions = page.conclusions.flatMap(({ id, collect }) => (collect ? [id, `${id} possible`] : [id]));
      return async (values) => {
        const answers = await run(library, expressions, parameters(page.inputs, values));
        let at = 0;
        return page.conclusions.map(({ collect }) =>
          collect ? { certain: answers[at++], possible: answers[at++] } : answers[at++]);
      };
    },
  };
}

function parameters(inputs, values) {
  const given = {};
  inputs.forEach((input, i) => {
    const value = values[i];
    if (value === null) return;
    if (input.kind === "list") {
      given[input.id] = value.certain;
      given[`${input.id} possible`] = value.possible;
    } else if (value === "not-done" && input.kind === "number-or-not-done") {
      given[`${input.id} not done`] = true;
    } else {
      given[input.id] = value;
    }
  });
  return given;
}

async function run(library, expressions, given) {
  const context = new cql.UnfilteredContext(library, new cql.Results(), new cql.CodeService({}), given);
  const answers = [];
  for (const name of expressions) answers.push(await library.expressions[name].execute(context));
  return answers;
}

// ---- the translator --------------------------------------------------------------------------------------------------

const done = new Map();

function translated(text, name) {
  if (!done.has(name)) done.set(name, translate(text(`${name}.cql`)));
  return done.get(name);
}

/** Our ELM beside what the reference translator makes of our CQL: the same definitions in the same order. */
function compare(text, name) {
  const begun = Date.now();
  const { elm, errors } = translated(text, name);
  const ours = bare(JSON.parse(text(`${name}.elm.json`)).library);
  const theirs = bare(elm.library);
  const examples = errors.slice(0, 5);
  let differences = errors.length;
  for (const key of ["identifier", "parameters"]) {
    if (JSON.stringify(ours[key]) === JSON.stringify(theirs[key])) continue;
    if (process.env.NW_SHOW) console.error(JSON.stringify(ours[key]).slice(0, 600), JSON.stringify(theirs[key]).slice(0, 600));
    differences++;
    examples.push(`${key} differ`);
  }
  const definitions = theirs.statements.def;
  ours.statements.def.forEach((own, at) => {
    if (JSON.stringify(own) === JSON.stringify(definitions[at])) return;
    differences++;
    if (examples.length < 5) examples.push(`definition ${own.name} differs from the translator's ${definitions[at]?.name}`);
  });
  const rows = Math.max(ours.statements.def.length, definitions.length);
  differences += rows - ours.statements.def.length;
  const part = `ELM, definition by definition (${name})`;
  const seconds = (Date.now() - begun) / 1000;
  const engine = `cqframework translator ${version("@cqframework/cql")}`;
  return { engine, part, tables: ours.statements.def.filter((d) => d.name.startsWith("table ")).length,
    rows, missing: 0, differences, seconds, examples };
}

function translate(source) {
  const manager = new ModelManager();
  manager.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => (id === "System" ? stringAsSource(systemModel()) : null)));
  const options = new CqlCompilerOptions();
  options.setOptions([]);
  const translator = CqlTranslator.fromText(source, new LibraryManager(manager, options));
  const elm = JSON.parse(translator.toJson());
  const errors = (elm.library.annotation ?? [])
    .filter((a) => a.type === "CqlToElmError" && a.errorSeverity === "error")
    .map((a) => `line ${a.startLine}: ${a.message}`);
  return { elm, errors };
}

/** Without notes of the translator, and with keys in one order. */
function bare(value) {
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object") return value;
  const left = Object.keys(value).filter((k) => !["annotation", "localId", "locator", "signature"].includes(k));
  return Object.fromEntries(left.sort().map((key) => [key, bare(value[key])]));
}

/** The types of CQL itself, which the translator wants to be told. */
function systemModel() {
  const type = (kind, name, base, elements = "") =>
    `<typeInfo xsi:type="${kind}" name="${name}"${base ? ` baseType="System.${base}"` : ""}>${elements}</typeInfo>`;
  const simple = ["Boolean", "Integer", "Long", "Decimal", "String", "Date", "DateTime", "Time"];
  const classes = {
    Quantity: [["value", "Decimal"], ["unit", "String"]],
    Ratio: [["numerator", "Quantity"], ["denominator", "Quantity"]],
    Code: [["code", "String"], ["system", "String"], ["version", "String"], ["display", "String"]],
    Concept: [["display", "String"]],
    Vocabulary: [["id", "String"], ["version", "String"], ["name", "String"]],
  };
  const members = (list) => list.map(([name, of]) => `<element name="${name}" type="System.${of}"/>`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>
<modelInfo xmlns="urn:hl7-org:elm-modelinfo:r1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  name="System" version="1.0.0" url="urn:hl7-org:elm-types:r1" targetQualifier="system">
${type("SimpleTypeInfo", "Any")}
${simple.map((name) => type("SimpleTypeInfo", name, "Any")).join("\n")}
${Object.entries(classes).map(([name, list]) => type("ClassInfo", name, "Any", members(list))).join("\n")}
${["CodeSystem", "ValueSet"].map((name) => type("ClassInfo", name, "Vocabulary")).join("\n")}
</modelInfo>`;
}

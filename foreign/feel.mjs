// DMN: `dmn-moddle` reads the model, `feelin` evaluates every FEEL expression and unary test. Which rows of a table
// count is the hit policy, a few lines here.
import { DmnModdle } from "dmn-moddle";
import { evaluate, unaryTest } from "feelin";
import { version } from "./version.mjs";
import { context } from "./zen.mjs";

const DMN_1_5 = "https://www.omg.org/spec/DMN/20230324/MODEL/";
const DMN_1_3 = "https://www.omg.org/spec/DMN/20191111/MODEL/";

export async function open(text) {
  const loose = await read(text("loose.dmn"));
  return {
    name: `feelin ${version("feelin")} on dmn-moddle ${version("dmn-moddle")} (DMN)`,
    table(table) {
      const certain = loose.decide(table.rows);
      const open = table.nulls ? loose.decide(table.nulls) : () => (table.collect ? [] : null);
      return async (values) => {
        const given = context(table.inputs, values);
        if (table.collect) return { certain: certain(given), possible: open(given) };
        return certain(given) ?? open(given);
      };
    },
    chain(page) {
      let chained;
      return async (values) => {
        chained ??= await read(text("chained.dmn"));
        const given = context(page.inputs, values);
        return page.conclusions.map(({ name, collect }) =>
          collect
            ? { certain: chained.value(name, given), possible: chained.value(`${name}____possible`, given) }
            : chained.value(name, given));
      };
    },
  };
}

async function read(source) {
  // The reader knows DMN up to 1.3; what a table is has not changed since.
  const { rootElement, warnings } = await new DmnModdle().fromXML(source.replaceAll(DMN_1_5, DMN_1_3), "dmn:Definitions");
  if (warnings.length) throw new Error(`the model does not read cleanly: ${warnings[0].message}`);
  const decisions = new Map();
  const inputs = new Set();
  for (const element of rootElement.drgElement) {
    if (element.$type === "dmn:Decision") decisions.set(element.name, element);
    if (element.$type === "dmn:InputData") inputs.add(element.name);
  }
  const compiled = new Map();
  const decide = (name) => {
    if (!compiled.has(name)) compiled.set(name, compile(decisions.get(name)));
    return compiled.get(name);
  };
  const needs = (name) => decisions.get(name).informationRequirement ?? [];
  const required = (name) =>
    needs(name).map((r) => (r.requiredDecision ?? r.requiredInput).href.slice(2)).filter((n) => decisions.has(n));
  /** A decision of the chain; what it needs is decided first, and kept with what was given. */
  const value = (name, given) => {
    if (name in given) return given[name];
    for (const needed of required(name)) value(needed, given);
    return (given[name] = decide(name)(given));
  };
  return { decide, value };
}

function compile(decision) {
  const logic = decision.decisionLogic;
  if (logic.$type === "dmn:LiteralExpression") {
    const words = names(logic.text);
    return (given) => expression(logic.text, words, given);
  }
  const inputs = (logic.input ?? []).map((i) => ({ text: i.inputExpression.text, words: names(i.inputExpression.text) }));
  const rules = logic.rule.map((rule) => ({
    cells: (rule.inputEntry ?? []).map((e) => e.text),
    output: evaluate(rule.outputEntry[0].text, {}).value,
  }));
  const policy = logic.hitPolicy ?? "UNIQUE";
  return (given) => {
    const values = inputs.map(({ text, words }) => expression(text, words, given));
    const hits = [];
    for (const { cells, output } of rules) {
      if (!cells.every((cell, i) => holds(cell, values[i]))) continue;
      hits.push(output);
      if (policy === "FIRST") break;
    }
    if (policy === "COLLECT") return hits;
    return hits.length === 1 ? hits[0] : null;
  };
}

/** Names in an expression: what its value depends on. */
function names(text) {
  const bare = text.replaceAll(/"[^"]*"/g, "");
  return [...new Set(bare.match(/[A-Za-z][A-Za-z0-9_]*/g) ?? [])];
}

// FEEL has no side effects: the same text over the same values is evaluated once.
const seen = new Map();

function once(key, compute) {
  if (!seen.has(key)) {
    if (seen.size > 2_000_000) seen.clear();
    seen.set(key, compute());
  }
  return seen.get(key);
}

function expression(text, words, given) {
  if (words.length === 1 && words[0] === text) return given[text] ?? null;
  const used = Object.fromEntries(words.filter((w) => given[w] !== undefined).map((w) => [w, given[w]]));
  // A name that is not given is null.
  return once(`${text}\u0000${JSON.stringify(used)}`, () => evaluate(text, used).value ?? null);
}

function holds(cell, value) {
  if (cell === "-") return true;
  return once(`${cell}\u0001${JSON.stringify(value)}`, () => unaryTest(cell, { "?": value }).value === true);
}

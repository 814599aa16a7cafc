// Runs the exports of netwijzer in one engine that others wrote and compares every answer with the expected one.
//
//   node run.mjs ENGINE FOLDER [--quick] [--share=N]
//
// With a share, every Nth combination of a table with more than a thousand is compared.
// FOLDER is what `cargo xtask foreign` wrote. One line of JSON goes out for each part: single tables, whole chains.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const LEFT_OUT = 0xffff;
const [engine, folder, ...flags] = process.argv.slice(2);
const share = Number(flags.find((f) => f.startsWith("--share="))?.slice(8) ?? 1);
const engines = { zen: "./zen.mjs", cql: "./cql.mjs", feel: "./feel.mjs" };
if (!engines[engine] || !folder) {
  console.error("use: node run.mjs zen|cql|feel FOLDER [--quick]");
  process.exit(2);
}

const text = (name) => readFileSync(join(folder, name), "utf8");
const { open } = await import(engines[engine]);
const runner = await open(text, flags.includes("--quick"));
for (const line of runner.before ?? []) report(line);
await singles();
await chains();

/** What an answer looks like in the expected outcomes: two lists in the order of the alphabet, or a text, or null. */
function written(answer, collect) {
  if (!collect) return JSON.stringify(answer ?? null);
  const list = (items) => [...new Set(items ?? [])].sort();
  const certain = list(answer.certain);
  return JSON.stringify({ certain, possible: list([...certain, ...(answer.possible ?? [])]) });
}

async function singles() {
  const { tables } = JSON.parse(text("tests.json"));
  const bytes = readFileSync(join(folder, "tests.bin"));
  const tally = counter("single tables");
  for (const table of tables) {
    const ask = runner.table(table);
    const { inputs } = table;
    const digits = new Array(inputs.length).fill(0);
    for (let i = 0; i < table.count; i++) {
      if (table.combinations !== null) {
        inputs.forEach((_, c) => (digits[c] = bytes[table.combinations + i * inputs.length + c]));
      }
      const expected = bytes.readUInt16LE(table.expected + 2 * i);
      if (expected !== LEFT_OUT && (table.count <= 1000 || i % share === 0)) {
        const values = inputs.map((input, c) => input.values[digits[c]]);
        const answer = written(await ask(values), table.collect);
        tally.row(values.includes(null), answer === table.outcomes[expected], () =>
          `${table.id}: ${said(inputs, values)}: expected ${table.outcomes[expected]}, got ${answer}`);
      }
      if (table.combinations === null) step(digits, inputs);
    }
  }
  tally.done(tables.length);
}

async function chains() {
  const page = JSON.parse(text("chains.json"));
  const bytes = readFileSync(join(folder, "chains.bin"));
  const tally = counter("whole chains");
  const { inputs, conclusions } = page;
  const ask = runner.chain(page);
  for (let i = 0; i < page.count; i++) {
    const values = inputs.map((input, c) => input.values[bytes[page.combinations + i * inputs.length + c]]);
    const answers = await ask(values);
    conclusions.forEach((conclusion, at) => {
      const expected = bytes.readUInt16LE(page.expected + 2 * (i * conclusions.length + at));
      if (expected === LEFT_OUT) return;
      const answer = written(answers[at], conclusion.collect);
      tally.row(values.includes(null), answer === conclusion.outcomes[expected], () =>
        `${conclusion.id} of patient ${i}: expected ${conclusion.outcomes[expected]}, got ${answer}`);
    });
  }
  tally.done(conclusions.length);
}

/** The next combination, last digit first. */
function step(digits, inputs) {
  for (let at = digits.length - 1; at >= 0; at--) {
    if (++digits[at] < inputs[at].values.length) return;
    digits[at] = 0;
  }
}

function said(inputs, values) {
  return inputs.map((input, i) => `${input.id} = ${JSON.stringify(values[i])}`).join(", ");
}

function counter(part) {
  const begun = Date.now();
  let [rows, missing, differences] = [0, 0, 0];
  const examples = [];
  return {
    row(hasMissing, same, describe) {
      rows++;
      if (hasMissing) missing++;
      if (same) return;
      differences++;
      if (examples.length < 5) examples.push(describe());
    },
    done(tables) {
      const seconds = (Date.now() - begun) / 1000;
      report({ engine: runner.name, part, tables, rows, missing, differences, seconds, examples });
    },
  };
}

function report(line) {
  console.log(JSON.stringify(line));
}

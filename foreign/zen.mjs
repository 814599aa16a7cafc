// GoRules ZEN: the JDM graphs, each table as a graph of its own, and the whole guideline as one graph.
import { ZenEngine } from "@gorules/zen-engine";
import { version } from "./version.mjs";

export async function open(text) {
  const engine = new ZenEngine();
  const graphs = JSON.parse(text("loose.jdm.json"));
  const decision = (graph) => engine.createDecision(Buffer.from(JSON.stringify(graph)));
  return {
    name: `zen-engine ${version("@gorules/zen-engine")} (JDM)`,
    table(table) {
      const graph = decision(graphs[table.id]);
      return async (values) => {
        const { result } = await graph.evaluate(context(table.inputs, values));
        if (!table.collect) return result[table.rows] ?? result[table.nulls];
        const list = (node) => (result[node] ?? []).map((row) => row.value);
        return { certain: list(table.rows), possible: table.nulls ? list(table.nulls) : [] };
      };
    },
    chain(page) {
      const graph = decision(JSON.parse(text("chained.jdm.json")));
      return async (values) => {
        const { result } = await graph.evaluate(context(page.inputs, values));
        return page.conclusions.map(({ name, collect }) =>
          collect ? { certain: result[name], possible: result[`${name}____possible`] } : result[name]);
      };
    },
  };
}

/** A missing value is left out: null and absent are the same to the engine. */
export function context(inputs, values) {
  const context = {};
  inputs.forEach((input, i) => {
    const value = values[i];
    if (value === null) return;
    if (input.kind === "list") {
      context[input.name] = value.certain;
      context[`${input.name}____possible`] = value.possible;
    } else {
      context[input.name] = value;
    }
  });
  return context;
}

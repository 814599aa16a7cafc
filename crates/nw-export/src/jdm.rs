//! JDM: the JSON graphs of GoRules ZEN, one node for the rows of each table, one for its null rows, one for each
//! conclusion.

use nw_facts::{ConclusionIdx, Interval, plain};
use nw_guideline::{HitPolicy, Subject};

use crate::dmn::column_name;
use crate::json::Json;
use crate::model::{Column, Model, Part, RowLine, Sheet, Test};
use crate::{NOT_APPLICABLE, NOT_DONE, UNKNOWN, names};

/// A graph in the making.
#[derive(Default)]
struct Graph {
    nodes: Vec<Json>,
    edges: Vec<Json>,
}

impl Graph {
    fn node(&mut self, id: &str, kind: &'static str, content: Option<Json>) {
        let mut node = vec![("id", Json::from(id)), ("name", Json::from(id)), ("type", Json::from(kind))];
        node.extend(content.map(|c| ("content", c)));
        self.nodes.push(Json::Object(node));
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.edges.push(Json::Object(vec![
            ("id", Json::from(format!("{from}->{to}"))),
            ("type", Json::from("edge")),
            ("sourceId", Json::from(from)),
            ("targetId", Json::from(to)),
        ]));
    }

    fn text(self) -> String {
        Json::Object(vec![("nodes", Json::List(self.nodes)), ("edges", Json::List(self.edges))]).text(4)
    }
}

const INPUT: &str = "input";
const OUTPUT: &str = "output";

/// The guideline as one decision graph.
///
/// # Unknowns
/// As for [`dmn`](crate::dmn): a missing input is null or absent; where only a null row holds, the conclusion is
/// "unknown?".
pub fn jdm(model: &Model<'_>) -> String {
    let mut graph = Graph::default();
    graph.node(INPUT, "inputNode", None);
    for part in &model.parts {
        sheets(&mut graph, model, part);
        for subject in &part.reads {
            for node in nodes_of(model, part) {
                match subject {
                    Subject::Fact(_) => {}
                    Subject::Conclusion(idx) => {
                        graph.edge(&names::name(&model.guideline.vocabulary.conclusion(*idx).id), &node);
                    }
                }
            }
        }
        for node in nodes_of(model, part) {
            graph.edge(INPUT, &node);
        }
    }
    for idx in &model.conclusions {
        conclusion(&mut graph, model, *idx);
    }
    graph.node(OUTPUT, "outputNode", None);
    graph.text()
}

/// One table as a graph of its own, with what it reads as inputs.
pub fn jdm_table(model: &Model<'_>, part: &Part) -> String {
    let mut graph = Graph::default();
    graph.node(INPUT, "inputNode", None);
    sheets(&mut graph, model, part);
    for node in nodes_of(model, part) {
        graph.edge(INPUT, &node);
        graph.edge(&node, OUTPUT);
    }
    graph.node(OUTPUT, "outputNode", None);
    graph.text()
}

fn nodes_of(model: &Model<'_>, part: &Part) -> Vec<String> {
    let id = &model.guideline.tables[part.table].id;
    let mut nodes = vec![names::part(id, "rows")];
    if part.nulls.is_some() {
        nodes.push(names::part(id, "nulls"));
    }
    nodes
}

fn sheets(graph: &mut Graph, model: &Model<'_>, part: &Part) {
    let id = &model.guideline.tables[part.table].id;
    let rows = table(model, part, &part.rows, &names::part(id, "rows"));
    graph.node(&names::part(id, "rows"), "decisionTableNode", Some(rows));
    if let Some(nulls) = &part.nulls {
        let content = table(model, part, nulls, &names::part(id, "nulls"));
        graph.node(&names::part(id, "nulls"), "decisionTableNode", Some(content));
    }
}

fn table(model: &Model<'_>, part: &Part, sheet: &Sheet, name: &str) -> Json {
    let table = &model.guideline.tables[part.table];
    let inputs: Vec<Json> = sheet
        .columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let (label, field) = match column {
                Column::Domain { maybe } => {
                    let say =
                        |subject: Subject, test: &Test, maybe: bool| condition(model, subject, test, maybe);
                    let text = model.condition(&table.domain, *maybe, ("and", "or", "not "), &say);
                    (if *maybe { "domain may hold" } else { "domain" }.to_string(), text)
                }
                Column::Condition { subject, test, maybe } => {
                    (model.id(*subject).to_string(), condition(model, *subject, test, *maybe))
                }
                Column::Subject(subject) => {
                    (model.id(*subject).to_string(), column_name(model, *subject, false))
                }
            };
            Json::Object(vec![
                ("id", Json::from(format!("i{i}"))),
                ("name", Json::from(label)),
                ("field", Json::from(field)),
            ])
        })
        .collect();
    let collects = table.policy == HitPolicy::Collect;
    let rules: Vec<Json> = sheet.lines.iter().map(|line| rule(model, part, line)).collect();
    let mut content = vec![
        ("hitPolicy", Json::from(if collects { "collect" } else { "first" })),
        ("inputs", Json::List(inputs)),
        (
            "outputs",
            Json::List(vec![Json::Object(vec![
                ("id", Json::from("o")),
                ("name", Json::from(table.title.get(model.language))),
                ("field", Json::from(if collects { "value" } else { name })),
            ])]),
        ),
        ("rules", Json::List(rules)),
    ];
    if collects {
        content.push(("outputPath", Json::from(name)));
    }
    Json::Object(content)
}

fn rule(model: &Model<'_>, part: &Part, line: &RowLine) -> Json {
    let table = &model.guideline.tables[part.table];
    let [id, source, mark, sentence, annotations] = model.notes(table, line.row);
    let note: Vec<String> =
        [source, mark, sentence, annotations].into_iter().filter(|n| !n.is_empty()).collect();
    let value =
        if line.null && table.policy != HitPolicy::Collect { UNKNOWN } else { model.output(table, line.row) };
    let id = if line.null { format!("{id} (null)") } else { id };
    let mut rule =
        vec![("_id".to_string(), Json::from(id)), ("_description".to_string(), Json::from(note.join(" | ")))];
    for (i, test) in line.tests.iter().enumerate() {
        rule.push((format!("i{i}"), Json::from(cell(test, line.null))));
    }
    rule.push(("o".to_string(), Json::from(text(value))));
    Json::Map(rule)
}

fn conclusion(graph: &mut Graph, model: &Model<'_>, idx: ConclusionIdx) {
    let def = model.guideline.vocabulary.conclusion(idx);
    let name = names::name(&def.id);
    let parts = model.parts_of(idx);
    let mut rows = Vec::new();
    let mut nulls = Vec::new();
    for part in &parts {
        let id = &model.guideline.tables[part.table].id;
        rows.push(names::part(id, "rows"));
        if part.nulls.is_some() {
            nulls.push(names::part(id, "nulls"));
        }
    }
    let expression = |key: &str, value: String| {
        Json::Object(vec![("id", Json::from(key)), ("key", Json::from(key)), ("value", Json::from(value))])
    };
    let expressions = if model.is_collected(idx) {
        let list = |nodes: &[String]| {
            let each = nodes.iter().map(|n| format!("map({n} ?? [], #.value)")).collect::<Vec<_>>();
            format!("flatMap([{}], #)", each.join(", "))
        };
        let all: Vec<String> = rows.iter().chain(&nulls).cloned().collect();
        vec![expression(&name, list(&rows)), expression(&names::part(&def.id, "possible"), list(&all))]
    } else {
        let mut value = String::new();
        for row in &rows {
            value.push_str(&format!("{row} != null ? {row} : "));
        }
        for null in &nulls {
            value.push_str(&format!("{null} != null ? {} : ", text(UNKNOWN)));
        }
        value.push_str(&text(NOT_APPLICABLE));
        vec![expression(&name, value)]
    };
    let content = Json::Object(vec![("expressions", Json::List(expressions))]);
    graph.node(&name, "expressionNode", Some(content));
    for from in rows.iter().chain(&nulls) {
        graph.edge(from, &name);
    }
    if rows.is_empty() {
        graph.edge(INPUT, &name);
    }
    graph.edge(&name, OUTPUT);
}

// ---- the expression language of ZEN ---------------------------------------------------------------------------------

fn text(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn texts(values: &[String]) -> String {
    values.iter().map(|v| text(v)).collect::<Vec<_>>().join(", ")
}

fn range(range: &Interval) -> String {
    match range.single() {
        Some(single) => plain(single, false),
        None => crate::dmn::range(range),
    }
}

/// A cell. Where the column is a condition it says `true`; that leaves texts and numbers.
fn cell(test: &Test, null: bool) -> String {
    let mut parts = Vec::new();
    match test {
        Test::Any => return String::new(),
        Test::True | Test::Contains(_) => return "true".to_string(),
        Test::Values(values) => {
            if null {
                parts.extend(["null".to_string(), text(UNKNOWN)]);
            }
            parts.extend(values.iter().map(|v| text(v)));
        }
        Test::Ranges { ranges, .. } => {
            parts.extend(null.then(|| "null".to_string()));
            parts.extend(ranges.iter().map(range));
        }
    }
    if parts.is_empty() { "false".to_string() } else { parts.join(", ") }
}

/// A number between its ends, as a condition on a name.
pub(crate) fn between(name: &str, range: &Interval, equal: &str) -> String {
    if let Some(single) = range.single() {
        return format!("{name} {equal} {}", plain(single, false));
    }
    let low =
        range.low.map(|b| format!("{name} {} {}", if b.closed { ">=" } else { ">" }, plain(b.at, false)));
    let high =
        range.high.map(|b| format!("{name} {} {}", if b.closed { "<=" } else { "<" }, plain(b.at, false)));
    let ends: Vec<String> = low.into_iter().chain(high).collect();
    if ends.is_empty() { "true".to_string() } else { ends.join(" and ") }
}

/// A test inside a condition.
fn condition(model: &Model<'_>, subject: Subject, test: &Test, maybe: bool) -> String {
    let name = column_name(model, subject, maybe);
    let mut parts = Vec::new();
    match test {
        Test::Any | Test::True => return "true".to_string(),
        Test::Contains(values) => parts.push(format!("some({name}, # in [{}])", texts(values))),
        Test::Values(values) => {
            let mut values = values.clone();
            if maybe {
                values.push(UNKNOWN.to_string());
            }
            parts.push(format!("{name} in [{}]", texts(&values)));
        }
        Test::Ranges { ranges, not_done } => {
            if *not_done {
                parts.push(format!("{name} == {}", text(NOT_DONE)));
            }
            parts.extend(
                ranges
                    .iter()
                    .map(|r| format!("(type({name}) == \"number\" and {})", between(&name, r, "=="))),
            );
        }
    }
    if parts.is_empty() {
        parts.push("false".to_string());
    }
    let any = parts.join(" or ");
    if maybe { format!("({name} == null or {any})") } else { format!("({name} != null and ({any}))") }
}

//! DMN 1.5: one decision for the rows of each table, one for its null rows, one for each conclusion.

use nw_facts::{ConclusionIdx, Interval, plain};
use nw_guideline::{HitPolicy, Subject};

use crate::jdm::between;
use crate::model::{Column, Input, Kind, Model, Part, RowLine, Sheet, Test, Wiring};
use crate::xml::Xml;
use crate::{NOT_APPLICABLE, NOT_DONE, UNKNOWN, names};

/// Namespace of the model elements of DMN 1.5.
const MODEL: &str = "https://www.omg.org/spec/DMN/20230324/MODEL/";
/// Namespace of FEEL as of DMN 1.5.
const FEEL: &str = "https://www.omg.org/spec/DMN/20230324/FEEL/";

/// The guideline as a DMN model.
///
/// # Unknowns
/// An input that is missing is null. Values come from the decision tables alone; where only a null row holds the
/// conclusion is "unknown?". A collected conclusion has a second decision, `…____possible`, with everything that may hold.
///
/// # Source
/// Element names and their order as in the DMN 1.5 schema; FEEL as in its chapter 10.
pub fn dmn(model: &Model<'_>) -> String {
    let guideline = model.guideline;
    let mut xml = Xml::new();
    let namespace = format!("urn:netwijzer:{}:{}", guideline.manifest.id, guideline.manifest.edition);
    xml.open(
        "definitions",
        &[
            ("xmlns", MODEL),
            ("namespace", &namespace),
            ("expressionLanguage", FEEL),
            ("typeLanguage", FEEL),
            ("id", "_definitions"),
            ("name", &names::name(&guideline.manifest.id)),
            ("exporter", "netwijzer"),
            ("exporterVersion", env!("CARGO_PKG_VERSION")),
        ],
    );
    xml.text(
        "description",
        &format!(
            "{}, edition {}, {}. Software and evidence, not a certified medical device.",
            guideline.manifest.title.get(model.language),
            guideline.manifest.edition,
            guideline.digest
        ),
    );
    for input in &model.inputs {
        type_of(&mut xml, input);
    }
    for input in &model.inputs {
        input_data(&mut xml, model, input);
    }
    for part in &model.parts {
        sheet(&mut xml, model, part, &part.rows, "rows");
        if let Some(nulls) = &part.nulls {
            sheet(&mut xml, model, part, nulls, "nulls");
        }
    }
    if model.wiring == Wiring::Chained {
        for idx in &model.conclusions {
            conclusion(&mut xml, model, *idx);
        }
    }
    let mut cited: Vec<&nw_guideline::Source> = guideline.sources.iter().filter(|s| used(model, s)).collect();
    cited.sort_by(|a, b| a.key.cmp(&b.key));
    for source in cited {
        let mut attributes = vec![("id", format!("_source_{}", names::name(&source.key)))];
        attributes.push(("name", source.key.clone()));
        if !source.link.is_empty() {
            attributes.push(("locationURI", source.link.clone()));
        }
        let attributes: Vec<(&str, &str)> = attributes.iter().map(|(k, v)| (*k, v.as_str())).collect();
        xml.open("knowledgeSource", &attributes);
        xml.text("description", &source.title.en);
        xml.close();
    }
    xml.close();
    xml.finish()
}

fn used(model: &Model<'_>, source: &nw_guideline::Source) -> bool {
    let rows = model.guideline.tables.iter().flat_map(|t| &t.rows);
    rows.flat_map(|r| &r.sources).any(|c| c.key == source.key)
}

/// The type of an input with more to say than "number".
fn type_of(xml: &mut Xml, input: &Input) {
    let (base, allowed) = match (&input.kind, &input.range) {
        (Kind::Text(values), _) => ("string", texts(values)),
        (Kind::Number | Kind::Whole, Some((min, max))) => ("number", format!("[{min}..{max}]")),
        _ => return,
    };
    let name = type_name(input);
    xml.open("itemDefinition", &[("id", &format!("_{name}")), ("name", &name)]);
    xml.text("typeRef", base);
    xml.open("allowedValues", &[]);
    xml.text("text", &allowed);
    xml.close();
    xml.close();
}

/// Lists have no type of their own: engines differ on what allowed values mean for them.
fn type_name(input: &Input) -> String {
    match input.kind {
        Kind::NumberOrNotDone | Kind::List(_) => "Any".to_string(),
        _ => format!("t_{}", input.name),
    }
}

fn input_data(xml: &mut Xml, model: &Model<'_>, input: &Input) {
    let mut one = |name: &str, type_ref: &str| {
        // Labels stand in descriptions: not every reader takes the attribute `label` here.
        xml.open("inputData", &[("id", &format!("_{name}")), ("name", name)]);
        let unit = input.unit.as_ref().map(|u| format!(", in {u}")).unwrap_or_default();
        xml.text("description", &format!("{}: {}{unit}", input.id, input.label));
        xml.empty("variable", &[("id", &format!("_v_{name}")), ("name", name), ("typeRef", type_ref)]);
        xml.close();
    };
    one(&input.name, &type_name(input));
    if model.is_list(input.subject) {
        one(&names::part(&input.id, "possible"), &type_name(input));
    }
}

/// The name of what a column reads.
pub(crate) fn column_name(model: &Model<'_>, subject: Subject, possible: bool) -> String {
    let id = model.id(subject);
    if possible && model.is_list(subject) { names::part(id, "possible") } else { names::name(id) }
}

fn requirements(xml: &mut Xml, model: &Model<'_>, part: &Part) {
    let mut names_read: Vec<(bool, String)> = Vec::new();
    for subject in &part.reads {
        let input = matches!(subject, Subject::Fact(_)) || model.wiring == Wiring::Loose;
        names_read.push((input, column_name(model, *subject, false)));
        if model.is_list(*subject) {
            names_read.push((input, column_name(model, *subject, true)));
        }
    }
    for (input, name) in names_read {
        xml.open("informationRequirement", &[]);
        let kind = if input { "requiredInput" } else { "requiredDecision" };
        xml.empty(kind, &[("href", &format!("#_{name}"))]);
        xml.close();
    }
    let table = &model.guideline.tables[part.table];
    let mut keys: Vec<&str> = table.rows.iter().flat_map(|r| &r.sources).map(|c| c.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        xml.open("authorityRequirement", &[]);
        xml.empty("requiredAuthority", &[("href", &format!("#_source_{}", names::name(key)))]);
        xml.close();
    }
}

fn sheet(xml: &mut Xml, model: &Model<'_>, part: &Part, sheet: &Sheet, what: &str) {
    let table = &model.guideline.tables[part.table];
    let name = names::part(&table.id, what);
    let title = table.title.get(model.language);
    xml.open("decision", &[("id", &format!("_{name}")), ("name", &name)]);
    let nulls = what == "nulls";
    let rows = if nulls { " (null rows)" } else { "" };
    xml.text("description", &format!("{}{rows}: {title}", table.id));
    let collects = table.policy == HitPolicy::Collect;
    let type_ref = if collects { "Any" } else { "string" };
    xml.empty("variable", &[("id", &format!("_v_{name}")), ("name", &name), ("typeRef", type_ref)]);
    requirements(xml, model, part);
    let policy = match table.policy {
        HitPolicy::Collect => "COLLECT",
        HitPolicy::Unique if !nulls => "UNIQUE",
        _ => "FIRST",
    };
    xml.open("decisionTable", &[("id", &format!("_t_{name}")), ("hitPolicy", policy)]);
    for (i, column) in sheet.columns.iter().enumerate() {
        let (label, expression) = match column {
            Column::Domain { maybe } => {
                let say = |subject: Subject, test: &Test, maybe: bool| condition(model, subject, test, maybe);
                let label = if *maybe { "domain may hold" } else { "domain" };
                let text = model.condition(&table.domain, *maybe, ("and", "or", "not"), &say);
                (label.to_string(), text)
            }
            Column::Condition { subject, test, maybe } => {
                (model.id(*subject).to_string(), condition(model, *subject, test, *maybe))
            }
            Column::Subject(subject) => (model.id(*subject).to_string(), column_name(model, *subject, false)),
        };
        xml.open("input", &[("id", &format!("_i_{name}_{i}")), ("label", &label)]);
        xml.cell("inputExpression", &expression);
        xml.close();
    }
    xml.empty("output", &[("id", &format!("_o_{name}")), ("typeRef", "string")]);
    for column in ["row", "source", "mark", "sentence", "annotations"] {
        xml.empty("annotation", &[("name", column)]);
    }
    for (i, line) in sheet.lines.iter().enumerate() {
        rule(xml, model, part, line, &format!("_r_{name}_{i}"));
    }
    xml.close();
    xml.close();
}

fn rule(xml: &mut Xml, model: &Model<'_>, part: &Part, line: &RowLine, id: &str) {
    let table = &model.guideline.tables[part.table];
    xml.open("rule", &[("id", id)]);
    for test in &line.tests {
        xml.cell("inputEntry", &entry(test, line.null));
    }
    let value =
        if line.null && table.policy != HitPolicy::Collect { UNKNOWN } else { model.output(table, line.row) };
    xml.cell("outputEntry", &text(value));
    for note in model.notes(table, line.row) {
        xml.cell("annotationEntry", &note);
    }
    xml.close();
}

fn conclusion(xml: &mut Xml, model: &Model<'_>, idx: ConclusionIdx) {
    let def = model.guideline.vocabulary.conclusion(idx);
    let parts = model.parts_of(idx);
    let collected = model.is_collected(idx);
    let rows: Vec<String> = parts.iter().map(|p| part_name(model, p, "rows")).collect();
    let nulls: Vec<String> =
        parts.iter().filter(|p| p.nulls.is_some()).map(|p| part_name(model, p, "nulls")).collect();
    let mut one = |name: &str, required: &[&String], type_ref: &str, expression: &str| {
        let label = def.label.get(model.language);
        xml.open("decision", &[("id", &format!("_{name}")), ("name", name)]);
        xml.text("description", &format!("{}: {label}", def.id));
        xml.empty("variable", &[("id", &format!("_v_{name}")), ("name", name), ("typeRef", type_ref)]);
        for name in required {
            xml.open("informationRequirement", &[]);
            xml.empty("requiredDecision", &[("href", &format!("#_{name}"))]);
            xml.close();
        }
        xml.open("literalExpression", &[("id", &format!("_e_{name}"))]);
        xml.text("text", expression);
        xml.close();
        xml.close();
    };
    let name = names::name(&def.id);
    if collected {
        let union = |lists: &[&String]| {
            let each: Vec<String> =
                lists.iter().map(|l| format!("(if {l} = null then [] else {l})")).collect();
            if each.is_empty() {
                "[]".to_string()
            } else {
                format!("distinct values(concatenate({}))", each.join(", "))
            }
        };
        let certain: Vec<&String> = rows.iter().collect();
        let all: Vec<&String> = rows.iter().chain(&nulls).collect();
        one(&name, &certain, "Any", &union(&certain));
        one(&names::part(&def.id, "possible"), &all, "Any", &union(&all));
        return;
    }
    let mut expression = String::new();
    for row in &rows {
        expression.push_str(&format!("if {row} != null then {row} else "));
    }
    for null in &nulls {
        expression.push_str(&format!("if {null} != null then \"{UNKNOWN}\" else "));
    }
    expression.push_str(&text(NOT_APPLICABLE));
    let all: Vec<&String> = rows.iter().chain(&nulls).collect();
    one(&name, &all, "string", &expression);
}

fn part_name(model: &Model<'_>, part: &Part, what: &str) -> String {
    names::part(&model.guideline.tables[part.table].id, what)
}

// ---- FEEL -----------------------------------------------------------------------------------------------------------

fn text(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

fn texts(values: &[String]) -> String {
    values.iter().map(|v| text(v)).collect::<Vec<_>>().join(", ")
}

/// A range as a unary test.
pub(crate) fn range(range: &Interval) -> String {
    if let Some(single) = range.single() {
        return plain(single, false);
    }
    match (range.low, range.high) {
        (Some(low), Some(high)) => format!(
            "{}{}..{}{}",
            if low.closed { '[' } else { '(' },
            plain(low.at, false),
            plain(high.at, false),
            if high.closed { ']' } else { ')' }
        ),
        (Some(low), None) => format!("{} {}", if low.closed { ">=" } else { ">" }, plain(low.at, false)),
        (None, Some(high)) => format!("{} {}", if high.closed { "<=" } else { "<" }, plain(high.at, false)),
        (None, None) => "-".to_string(),
    }
}

/// A cell. Where the column is a condition it says `true`; that leaves texts and numbers.
fn entry(test: &Test, null: bool) -> String {
    let mut parts = Vec::new();
    match test {
        Test::Any => return "-".to_string(),
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

/// A test inside a condition: it certainly holds, or (`maybe`) may hold.
fn condition(model: &Model<'_>, subject: Subject, test: &Test, maybe: bool) -> String {
    let name = column_name(model, subject, maybe);
    let mut parts = Vec::new();
    match test {
        Test::Any | Test::True => return "true".to_string(),
        Test::Contains(values) => {
            parts.extend(values.iter().map(|v| format!("list contains({name}, {})", text(v))));
        }
        Test::Values(values) => {
            let mut values = values.clone();
            if maybe {
                values.push(UNKNOWN.to_string());
            }
            parts.push(format!("list contains([{}], {name})", texts(&values)));
        }
        Test::Ranges { ranges, not_done } => {
            if *not_done {
                parts.push(format!("{name} = {}", text(NOT_DONE)));
            }
            for range in ranges {
                parts.push(format!("(({name} instance of number) and {})", between(&name, range, "=")));
            }
        }
    }
    if parts.is_empty() {
        parts.push("false".to_string());
    }
    let any = parts.join(" or ");
    if matches!(test, Test::Contains(_)) {
        // Whether a list equals null is null to some engines.
        format!("(if {name} = null then {maybe} else ({any}))")
    } else if maybe {
        format!("({name} = null or {any})")
    } else {
        format!("({name} != null and ({any}))")
    }
}

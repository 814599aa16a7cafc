//! CQL: one definition for each row, each table and each conclusion.
//!
//! CQL has three truth values of its own, so a row over a missing value is null, and the null rows are written as
//! `when "row …" is null then 'unknown?'`. The same expressions are written as ELM; a test holds that the reference
//! translator makes the same ELM from the CQL.

use nw_facts::{ConclusionIdx, Decimal, Interval, plain};
use nw_guideline::{HitPolicy, Logic, Subject};

use crate::model::{Kind, Model, Part, Test, Wiring};
use crate::{NOT_APPLICABLE, UNKNOWN};

/// An expression of CQL; the few kinds that tables need.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Text(String),
    Whole(String),
    Decimal(String),
    Bool(bool),
    /// `null as String`, `null as Boolean`.
    Null(&'static str),
    Parameter(String),
    Definition(String),
    /// `= < <= > >=`.
    Compare(&'static str, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    IsNull(Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Case(Vec<(Expr, Expr)>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    /// The texts that are not null, each once.
    Texts(Vec<Expr>),
}

/// What a library holds.
pub(crate) struct Library {
    pub name: String,
    pub version: String,
    /// Name and type.
    pub parameters: Vec<(String, &'static str)>,
    /// Name, expression, comment; each after what it refers to.
    pub definitions: Vec<(String, Expr, String)>,
    pub about: String,
}

/// The guideline as CQL text.
///
/// # Unknowns
/// A missing parameter is null. What is not decided is `'unknown?'`; the definition `known …` beside each conclusion is
/// null then, and that is what other tables read. A collected conclusion has a second list, `… possible`.
pub fn cql(model: &Model<'_>) -> String {
    let library = library(model);
    let mut out = String::new();
    for line in library.about.lines() {
        out.push_str(&format!("// {line}\n"));
    }
    out.push_str(&format!("library {} version {}\n\n", library.name, quoted(&library.version)));
    for (name, kind) in &library.parameters {
        // The default is written out: an engine may take a parameter that is not given for anything but null.
        out.push_str(&format!("parameter {} {kind} default (null as {kind})\n", identifier(name)));
    }
    for (name, expression, comment) in &library.definitions {
        out.push('\n');
        for line in comment.lines() {
            out.push_str(&format!("// {line}\n"));
        }
        out.push_str(&format!("define {}:\n  {}\n", identifier(name), say(expression)));
    }
    out
}

/// The guideline as ELM JSON, the compiled form of CQL that engines run.
pub fn elm(model: &Model<'_>) -> String {
    crate::elm::write(&library(model))
}

/// The name of the parameter that says that a number was not done.
fn not_done(id: &str) -> String {
    format!("{id} not done")
}

fn library(model: &Model<'_>) -> Library {
    let guideline = model.guideline;
    let mut parameters = Vec::new();
    for input in &model.inputs {
        let id = input.id.clone();
        match input.kind {
            Kind::Text(_) => parameters.push((id, "String")),
            Kind::Whole => parameters.push((id, "Integer")),
            Kind::Number => parameters.push((id, "Decimal")),
            Kind::NumberOrNotDone => {
                parameters.push((id.clone(), "Decimal"));
                parameters.push((not_done(&id), "Boolean"));
            }
            Kind::List(_) => {
                parameters.push((id.clone(), "List<String>"));
                parameters.push((format!("{id} possible"), "List<String>"));
            }
        }
    }
    let mut library = Library {
        name: guideline
            .manifest
            .id
            .split(|c: char| !c.is_ascii_alphanumeric())
            .map(|word| word[..1.min(word.len())].to_uppercase() + &word[1.min(word.len())..])
            .collect(),
        version: guideline.manifest.edition.clone(),
        parameters,
        definitions: Vec::new(),
        about: format!(
            "{}, edition {}\n{}\nSoftware and evidence, not a certified medical device.",
            guideline.manifest.title.get(model.language),
            guideline.manifest.edition,
            guideline.digest
        ),
    };
    if model.wiring == Wiring::Loose {
        for input in model.inputs.iter().filter(|i| matches!(i.subject, Subject::Conclusion(_))) {
            if !model.is_list(input.subject) {
                known(&mut library, &input.id, Expr::Parameter(input.id.clone()));
            }
        }
        for part in &model.parts {
            table(&mut library, model, part);
        }
        return library;
    }
    for idx in &model.conclusions {
        for part in model.parts_of(*idx) {
            table(&mut library, model, part);
        }
        conclusion(&mut library, model, *idx);
    }
    library
}

/// `known C`: the conclusion, or null where it is "unknown?".
fn known(library: &mut Library, id: &str, value: Expr) {
    let is_unknown = compare("=", value.clone(), Expr::Text(UNKNOWN.to_string()));
    let known = Expr::If(Box::new(is_unknown), Box::new(Expr::Null("String")), Box::new(value));
    library.definitions.push((format!("known {id}"), known, String::new()));
}

fn table(library: &mut Library, model: &Model<'_>, part: &Part) {
    let table = &model.guideline.tables[part.table];
    let domain = (!model.always(&table.domain)).then(|| {
        let name = format!("domain {}", table.id);
        library.definitions.push((name.clone(), logic(model, &table.domain), String::new()));
        Expr::Definition(name)
    });
    let mut rows = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let tests = row.cells.iter().filter_map(|cells| match model.test(cells) {
            Test::Any => None,
            other => Some(test(model, cells.subject, &other)),
        });
        let all = domain.clone().into_iter().chain(tests).reduce(and).unwrap_or(Expr::Bool(true));
        let name = format!("row {}#{}", table.id, row.id);
        let notes = model.notes(table, at);
        let comment: Vec<&str> = notes[1..].iter().map(String::as_str).filter(|n| !n.is_empty()).collect();
        library.definitions.push((name.clone(), all, comment.join(" | ")));
        rows.push((Expr::Definition(name), model.output(table, at)));
    }
    let value = |text: &str| Expr::Text(text.to_string());
    let title = table.title.get(model.language).to_string();
    let null = |row: &Expr| Expr::IsNull(Box::new(row.clone()));
    let nothing = Box::new(Expr::Null("String"));
    if table.policy == HitPolicy::Collect {
        let said: Vec<&(Expr, &str)> = rows.iter().filter(|(_, v)| *v != NOT_APPLICABLE).collect();
        let list = |open: bool| {
            let each = said.iter().map(|(row, text)| {
                let holds = if open { or(null(row), row.clone()) } else { row.clone() };
                Expr::If(Box::new(holds), Box::new(value(text)), nothing.clone())
            });
            Expr::Texts(each.collect())
        };
        library.definitions.push((format!("table {}", table.id), list(false), title));
        library.definitions.push((format!("table {} possible", table.id), list(true), String::new()));
        return;
    }
    let mut items = Vec::new();
    for (row, text) in &rows {
        items.push((row.clone(), value(text)));
        if table.policy == HitPolicy::First {
            items.push((null(row), value(UNKNOWN)));
        }
    }
    if table.policy != HitPolicy::First {
        items.extend(rows.iter().map(|(row, _)| (null(row), value(UNKNOWN))));
    }
    library.definitions.push((format!("table {}", table.id), Expr::Case(items, nothing), title));
}

fn conclusion(library: &mut Library, model: &Model<'_>, idx: ConclusionIdx) {
    let def = model.guideline.vocabulary.conclusion(idx);
    let tables: Vec<&str> =
        model.parts_of(idx).iter().map(|p| model.guideline.tables[p.table].id.as_str()).collect();
    let label = def.label.get(model.language).to_string();
    if model.is_collected(idx) {
        for (suffix, comment) in [("", label), (" possible", String::new())] {
            let each = def.values.iter().map(|v| {
                let value = Expr::Text(v.id.clone());
                let contained = tables
                    .iter()
                    .map(|t| {
                        let list = Expr::Definition(format!("table {t}{suffix}"));
                        Expr::In(Box::new(value.clone()), Box::new(list))
                    })
                    .reduce(or)
                    .unwrap_or(Expr::Bool(false));
                Expr::If(Box::new(contained), Box::new(value.clone()), Box::new(Expr::Null("String")))
            });
            library.definitions.push((format!("{}{suffix}", def.id), Expr::Texts(each.collect()), comment));
        }
        return;
    }
    let mut items = Vec::new();
    // What is decided goes before what is open: only one domain can hold.
    for open in [false, true] {
        for id in &tables {
            let table = Expr::Definition(format!("table {id}"));
            let unknown = compare("=", table.clone(), Expr::Text(UNKNOWN.to_string()));
            if open {
                items.push((unknown, Expr::Text(UNKNOWN.to_string())));
            } else {
                items.push((Expr::Not(Box::new(unknown)), table));
            }
        }
    }
    let value = if items.is_empty() {
        Expr::Text(NOT_APPLICABLE.to_string())
    } else {
        Expr::Case(items, Box::new(Expr::Text(NOT_APPLICABLE.to_string())))
    };
    library.definitions.push((def.id.clone(), value, label));
    known(library, &def.id, Expr::Definition(def.id.clone()));
}

// ---- conditions -----------------------------------------------------------------------------------------------------

fn and(a: Expr, b: Expr) -> Expr {
    Expr::And(Box::new(a), Box::new(b))
}

fn or(a: Expr, b: Expr) -> Expr {
    Expr::Or(Box::new(a), Box::new(b))
}

fn compare(sign: &'static str, a: Expr, b: Expr) -> Expr {
    Expr::Compare(sign, Box::new(a), Box::new(b))
}

fn logic(model: &Model<'_>, condition: &Logic) -> Expr {
    match condition {
        Logic::And(all) => all.iter().map(|l| logic(model, l)).reduce(and).unwrap_or(Expr::Bool(true)),
        Logic::Or(all) => all.iter().map(|l| logic(model, l)).reduce(or).unwrap_or(Expr::Bool(false)),
        Logic::Not(inner) => Expr::Not(Box::new(logic(model, inner))),
        Logic::Is(cells) => test(model, cells.subject, &model.test(cells)),
    }
}

/// A test; null where the value is missing.
fn test(model: &Model<'_>, subject: Subject, test: &Test) -> Expr {
    let id = model.id(subject).to_string();
    let fact = matches!(subject, Subject::Fact(_));
    match test {
        Test::Any | Test::True => Expr::Bool(true),
        Test::Values(values) => {
            let of = if fact { Expr::Parameter(id) } else { Expr::Definition(format!("known {id}")) };
            let each = values.iter().map(|v| compare("=", of.clone(), Expr::Text(v.clone())));
            each.reduce(or).unwrap_or(Expr::Bool(false))
        }
        Test::Contains(values) => {
            let list = |suffix: &str| {
                let name = format!("{id}{suffix}");
                match model.wiring {
                    Wiring::Loose => Expr::Parameter(name),
                    Wiring::Chained => Expr::Definition(name),
                }
            };
            let some = |list: &Expr| {
                let each =
                    values.iter().map(|v| Expr::In(Box::new(Expr::Text(v.clone())), Box::new(list.clone())));
                each.reduce(or).unwrap_or(Expr::Bool(false))
            };
            let open = Expr::If(
                Box::new(or(Expr::IsNull(Box::new(list(" possible"))), some(&list(" possible")))),
                Box::new(Expr::Null("Boolean")),
                Box::new(Expr::Bool(false)),
            );
            or(some(&list("")), open)
        }
        Test::Ranges { ranges, not_done: state } => {
            let def = match subject {
                Subject::Fact(fact) => Some(model.guideline.vocabulary.fact(fact)),
                Subject::Conclusion(_) => None,
            };
            let has_state = def.is_some_and(|d| d.not_done_is_state);
            let whole = !has_state && def.is_some_and(|d| d.is_whole());
            let value = Expr::Parameter(id.clone());
            let inside = ranges.iter().map(|r| range(&value, r, whole)).reduce(or);
            if !has_state {
                return inside.unwrap_or(Expr::Bool(false));
            }
            // A number says by itself that the test was done.
            let state_known = Expr::If(
                Box::new(Expr::Not(Box::new(Expr::IsNull(Box::new(value.clone()))))),
                Box::new(Expr::Bool(false)),
                Box::new(Expr::Parameter(not_done(&id))),
            );
            let numbers = inside.map(|inside| and(Expr::Not(Box::new(state_known.clone())), inside));
            match (numbers, *state) {
                (Some(numbers), true) => or(state_known, numbers),
                (Some(numbers), false) => numbers,
                (None, true) => state_known,
                (None, false) => Expr::Bool(false),
            }
        }
    }
}

fn range(value: &Expr, range: &Interval, whole: bool) -> Expr {
    let number = |at: Decimal| {
        let text = plain(at, false);
        if whole {
            Expr::Whole(text)
        } else if text.contains('.') {
            Expr::Decimal(text)
        } else {
            Expr::Decimal(format!("{text}.0"))
        }
    };
    if let Some(single) = range.single() {
        return compare("=", value.clone(), number(single));
    }
    let low = range.low.map(|b| compare(if b.closed { ">=" } else { ">" }, value.clone(), number(b.at)));
    let high = range.high.map(|b| compare(if b.closed { "<=" } else { "<" }, value.clone(), number(b.at)));
    low.into_iter().chain(high).reduce(and).unwrap_or(Expr::Bool(true))
}

// ---- text -----------------------------------------------------------------------------------------------------------

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// An operand: in parentheses unless it stands alone anyway.
fn operand(expression: &Expr) -> String {
    match expression {
        Expr::And(..)
        | Expr::Or(..)
        | Expr::Not(..)
        | Expr::If(..)
        | Expr::Compare(..)
        | Expr::In(..)
        | Expr::IsNull(..)
        | Expr::Null(..) => format!("({})", say(expression)),
        _ => say(expression),
    }
}

fn say(expression: &Expr) -> String {
    match expression {
        Expr::Text(text) => quoted(text),
        Expr::Whole(number) | Expr::Decimal(number) => number.clone(),
        Expr::Bool(value) => value.to_string(),
        Expr::Null(kind) => format!("null as {kind}"),
        Expr::Parameter(name) | Expr::Definition(name) => identifier(name),
        Expr::Compare(sign, a, b) => format!("{} {sign} {}", operand(a), operand(b)),
        Expr::And(a, b) => format!("{} and {}", chain(a, "and"), operand(b)),
        Expr::Or(a, b) => format!("{} or {}", chain(a, "or"), operand(b)),
        Expr::Not(inner) => format!("not {}", operand(inner)),
        Expr::IsNull(inner) => format!("{} is null", operand(inner)),
        Expr::If(condition, then, other) => {
            format!("if {} then {} else {}", operand(condition), operand(then), operand(other))
        }
        Expr::Case(items, other) => {
            let mut text = String::from("case\n");
            for (when, then) in items {
                text.push_str(&format!("    when {} then {}\n", say(when), operand(then)));
            }
            text.push_str(&format!("    else {}\n  end", operand(other)));
            text
        }
        Expr::In(item, list) => format!("{} in {}", operand(item), operand(list)),
        Expr::Texts(items) => {
            let each: Vec<String> = items.iter().map(say).collect();
            format!(
                "(List<String>{{\n    {}\n  }}) V where (V is not null) return distinct V",
                each.join(",\n    ")
            )
        }
    }
}

/// The left side of a chain needs no parentheses.
fn chain(expression: &Expr, word: &str) -> String {
    match (expression, word) {
        (Expr::And(..), "and") | (Expr::Or(..), "or") => say(expression),
        _ => operand(expression),
    }
}

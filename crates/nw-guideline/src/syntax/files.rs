//! The TOML files of a guideline: vocabulary, sources, manifest, parameters.

mod confirmations;

use std::collections::BTreeMap;

use nw_facts::{
    AnnotationDef, Choice, ConclusionDef, Decimal, FactDef, Group, Holder, Kind, Reading, Text, YES_NO,
    parse_number,
};
use toml::Spanned as At;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};

pub(crate) use confirmations::confirmations;
pub use confirmations::{ConfirmationEntry, write_confirmations};

/// What a source is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Key used in citations.
    pub key: String,
    /// Title.
    pub title: String,
    /// Publisher.
    pub publisher: String,
    /// Year or date.
    pub year: String,
    /// Kind of source.
    pub kind: String,
    /// Link, when sure.
    pub link: String,
    /// What was seen of it.
    pub read: String,
    /// Licence, when known.
    pub licence: String,
}

/// The manifest of a guideline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Id, also the folder's name.
    pub id: String,
    /// Edition.
    pub edition: String,
    /// First day it holds.
    pub valid_from: String,
    /// Default status of rows.
    pub status: String,
    /// Title.
    pub title: Text,
    /// Chapters in reading order.
    pub chapters: Vec<(String, Place)>,
}

/// One value of a dated parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name used as `$name`.
    pub name: String,
    /// First day of each value, ascending, with number and unit text.
    pub values: Vec<(String, String)>,
    /// Source citation.
    pub source: String,
}

/// A reader over one table that reports what is missing or superfluous.
struct Reader<'a, 'b> {
    file: &'a str,
    table: &'a DeTable<'a>,
    at: Place,
    used: Vec<&'static str>,
    diagnostics: &'b mut Vec<Diagnostic>,
}

fn place(file: &str, span: std::ops::Range<usize>) -> Place {
    Place { file: file.into(), span }
}

impl<'a, 'b> Reader<'a, 'b> {
    fn new(
        file: &'a str,
        table: &'a At<toml::de::DeValue<'a>>,
        diagnostics: &'b mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let at = place(file, table.span());
        match table.get_ref().as_table() {
            Some(table) => Some(Reader { file, table, at, used: Vec::new(), diagnostics }),
            None => {
                diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &at,
                    "expected a table",
                    "write `[[…]]` above it",
                ));
                None
            }
        }
    }

    fn value(&mut self, key: &'static str) -> Option<&'a At<toml::de::DeValue<'a>>> {
        self.used.push(key);
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }

    fn text(&mut self, key: &'static str) -> String {
        let Some(value) = self.value(key) else { return String::new() };
        match value.get_ref() {
            toml::de::DeValue::String(text) => text.to_string(),
            toml::de::DeValue::Integer(number) => number.as_str().to_string(),
            toml::de::DeValue::Float(number) => number.as_str().to_string(),
            toml::de::DeValue::Datetime(date) => date.to_string(),
            toml::de::DeValue::Boolean(flag) => flag.to_string(),
            _ => {
                self.diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &place(self.file, value.span()),
                    format!("`{key}` is not a text"),
                    format!("write `{key} = \"…\"`"),
                ));
                String::new()
            }
        }
    }

    fn needed(&mut self, key: &'static str) -> String {
        let text = self.text(key);
        if text.is_empty() {
            self.diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &self.at,
                format!("`{key}` is missing"),
                format!("add `{key} = \"…\"`"),
            ));
        }
        text
    }

    fn number(&mut self, key: &'static str) -> Option<Decimal> {
        let at = self.value(key).map(|v| place(self.file, v.span()));
        let text = self.text(key);
        if text.is_empty() {
            return None;
        }
        match parse_number(&text) {
            Ok(number) => Some(number),
            Err(_) => {
                let at = at.unwrap_or_else(|| self.at.clone());
                self.diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &at,
                    format!("`{text}` is not a number"),
                    "write a decimal in quotes, for example `\"0.5\"`",
                ));
                None
            }
        }
    }

    fn flag(&mut self, key: &'static str) -> bool {
        let text = self.text(key);
        if !["", "true", "false"].contains(&text.as_str()) {
            let at = self.place_of(key);
            self.fault(&at, format!("`{key}` is neither true nor false"), format!("write `{key} = true`"));
        }
        text == "true"
    }

    fn day(&mut self, key: &'static str) -> Option<Decimal> {
        let text = self.text(key);
        if text.is_empty() {
            return None;
        }
        let days = nw_facts::read_days(&text);
        if days.is_none() {
            let at = self.place_of(key);
            self.fault(&at, format!("`{text}` is not a day"), "write it as `2026-03-10`");
        }
        if key == "min" { days?.low.map(|b| b.at) } else { days?.high.map(|b| b.at) }
    }

    fn list(&mut self, key: &'static str) -> Vec<(String, Place)> {
        let file = self.file;
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, value.span()),
                format!("`{key}` is not a list"),
                format!("write `{key} = [\"…\"]`"),
            ));
            return Vec::new();
        };
        let mut list = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => list.push((text.to_string(), place(file, item.span()))),
                None => self.fault(
                    &place(file, item.span()),
                    format!("an item of `{key}` is not a text"),
                    "put it in quotes",
                ),
            }
        }
        list
    }

    fn words(&mut self, key: &'static str) -> Vec<String> {
        self.list(key).into_iter().map(|(w, _)| w).collect()
    }

    fn pairs(&mut self, key: &'static str) -> Vec<(String, String)> {
        let file = self.file;
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.fault(
                &place(file, value.span()),
                format!("`{key}` is not a table"),
                format!("write `{key} = {{ … = \"…\" }}`"),
            );
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (k, v) in table.iter() {
            match v.get_ref().as_str() {
                Some(text) => pairs.push((k.get_ref().to_string(), text.to_string())),
                None => self.fault(
                    &place(file, v.span()),
                    format!("`{}` is not a text", k.get_ref()),
                    "put it in quotes",
                ),
            }
        }
        pairs
    }

    fn fault(&mut self, at: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(DiagnosticCode::BadToml, at, message, help));
    }

    /// Where a key's value stands; the whole table when the key is absent.
    fn place_of(&self, key: &str) -> Place {
        let found = self.table.iter().find(|(k, _)| k.get_ref() == key);
        found.map_or_else(|| self.at.clone(), |(_, v)| place(self.file, v.span()))
    }

    /// `key = { en = "…", nl = "…" }`.
    fn both(&mut self, key: &'static str) -> Text {
        let pairs = self.pairs(key);
        let find = |l: &str| pairs.iter().find(|(k, _)| k == l).map(|(_, v)| v.clone()).unwrap_or_default();
        Text::new(find("en"), find("nl"))
    }

    /// `en` and `nl` of this table itself, both needed.
    fn label(&mut self) -> Text {
        let text = Text::new(self.text("en"), self.text("nl"));
        if text.en.is_empty() || text.nl.is_empty() {
            let which = if text.en.is_empty() { "en" } else { "nl" };
            self.diagnostics.push(Diagnostic::new(
                DiagnosticCode::UntranslatedText,
                &self.at,
                format!("`{which}` is missing"),
                "every label stands in English (`en`) and Dutch (`nl`)",
            ));
        }
        text
    }

    fn tables(&mut self, key: &'static str) -> Vec<&'a At<toml::de::DeValue<'a>>> {
        let file = self.file;
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => {
                self.fault(
                    &place(file, value.span()),
                    format!("`{key}` is not a list of tables"),
                    "write double brackets: `[[…]]`",
                );
                Vec::new()
            }
        }
    }

    fn finish(self) {
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if !self.used.contains(&name) {
                let near = nw_facts::nearest(name, self.used.iter().copied());
                let near = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                self.diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &place(self.file, key.span()),
                    format!("`{name}` is not known here"),
                    format!("expected one of {}{near}", self.used.join(", ")),
                ));
            }
        }
    }
}

fn document<'a>(file: &str, text: &'a str, diagnostics: &mut Vec<Diagnostic>) -> Option<At<DeTable<'a>>> {
    match DeTable::parse(text) {
        Ok(table) => Some(table),
        Err(error) => {
            let span = error.span().unwrap_or(0..text.len().min(1));
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, span),
                error.message().to_lowercase(),
                "see the page on vocabulary files",
            ));
            None
        }
    }
}

fn entries<'a>(root: &'a DeTable<'a>, key: &str) -> Vec<&'a At<toml::de::DeValue<'a>>> {
    root.iter()
        .find(|(k, _)| k.get_ref() == key)
        .and_then(|(_, v)| v.get_ref().as_array())
        .map(|a| a.iter().collect())
        .unwrap_or_default()
}

fn only_keys(file: &str, root: &DeTable<'_>, allowed: &[&str], diagnostics: &mut Vec<Diagnostic>) {
    for (key, _) in root.iter() {
        let name: &str = key.get_ref().as_ref();
        let single = root.iter().any(|(k, v)| k.get_ref() == name && v.get_ref().as_array().is_none());
        if allowed.contains(&name) && single {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, key.span()),
                format!("`{name}` is not a list of tables"),
                format!("write double brackets: `[[{name}]]`"),
            ));
        }
        if !allowed.contains(&name) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, key.span()),
                format!("`{}` is not known here", key.get_ref()),
                format!("expected {}", allowed.join(", ")),
            ));
        }
    }
}

/// Where the values of a conclusion are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// With the conclusion itself.
    Own,
    /// In the value set of this name.
    Set(String, Place),
    /// In the rows of its tables: every output names a value, and the row's sentence is its label.
    Rows,
}

/// Everything the vocabulary files say.
#[derive(Default)]
pub struct Words {
    /// Facts.
    pub facts: Vec<(FactDef, Place)>,
    /// Conclusions, once for every `each` value.
    pub conclusions: Vec<(ConclusionDef, Place, Values)>,
    /// Values that several conclusions share.
    pub sets: Vec<(String, Vec<Choice>, Place)>,
    /// What rows may be marked with.
    pub annotations: Vec<(AnnotationDef, Place)>,
    /// Headings.
    pub groups: Vec<(Group, Place)>,
}

/// Reads one vocabulary file.
pub fn vocabulary(file: &str, text: &str, words: &mut Words, diagnostics: &mut Vec<Diagnostic>) {
    let Some(root) = document(file, text, diagnostics) else { return };
    only_keys(file, root.get_ref(), &["fact", "conclusion", "value-set", "annotation", "group"], diagnostics);
    for entry in entries(root.get_ref(), "fact") {
        if let Some(fact) = fact(file, entry, diagnostics) {
            words.facts.push((fact, place(file, entry.span())));
        }
    }
    for entry in entries(root.get_ref(), "conclusion") {
        conclusion(file, entry, &mut words.conclusions, diagnostics);
    }
    for entry in entries(root.get_ref(), "value-set") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let (id, values) = (r.needed("id"), r.tables("value"));
        r.finish();
        let values = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
        words.sets.push((id, values, place(file, entry.span())));
    }
    for entry in entries(root.get_ref(), "group") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let group =
            Group { id: r.needed("id"), label: r.label(), holds: r.words("holds"), detail: r.flag("detail") };
        r.finish();
        words.groups.push((group, place(file, entry.span())));
    }
    for entry in entries(root.get_ref(), "annotation") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let (id, label, values) = (r.needed("id"), r.label(), r.tables("value"));
        r.finish();
        let values = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
        words.annotations.push((AnnotationDef { id, label, values }, place(file, entry.span())));
    }
}

fn fact<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FactDef> {
    let mut r = Reader::new(file, entry, diagnostics)?;
    let at = r.at.clone();
    let id = r.needed("id");
    let kind_text = r.needed("type");
    let kind = match kind_text.as_str() {
        "quantity" => Kind::Quantity,
        "count" => Kind::Count,
        "date" => Kind::Date,
        "choice" => Kind::Choice,
        "yes-no" => Kind::YesNo,
        // A missing type was reported as such.
        "" => Kind::YesNo,
        other => {
            let at = r.place_of("type");
            r.fault(
                &at,
                format!("`{other}` is not a type of fact"),
                "expected quantity, count, date, choice or yes-no",
            );
            Kind::YesNo
        }
    };
    let label = r.label();
    let question = r.both("question");
    if question.en.is_empty() || question.nl.is_empty() {
        r.diagnostics.push(Diagnostic::new(
            DiagnosticCode::UntranslatedText,
            &at,
            format!("`{id}` has no question in both languages"),
            "add `question = { en = \"…\", nl = \"…\" }`",
        ));
    }
    let holder_text = r.needed("holder");
    let holder = Holder::find(&holder_text).unwrap_or_else(|| {
        let ids: Vec<&str> = Holder::ALL.iter().map(|(_, id)| *id).collect();
        if !holder_text.is_empty() {
            let at = r.place_of("holder");
            r.fault(
                &at,
                format!("`{holder_text}` is not a holder"),
                format!("expected one of {}", ids.join(", ")),
            );
        }
        Holder::Clinic
    });
    let unit = Some(r.text("unit")).filter(|u| !u.is_empty());
    let numeric = matches!(kind, Kind::Quantity | Kind::Count);
    let (min, max) = if kind == Kind::Date {
        (r.day("min").or_else(|| first_day(false)), r.day("max").or_else(|| first_day(true)))
    } else {
        (r.number("min"), r.number("max"))
    };
    if numeric && (min.is_none() || max.is_none()) {
        r.diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            format!("`{id}` has no `min` and `max`"),
            "say which values can exist, both ends included",
        ));
    }
    let approximate = r.number("approximate");
    if approximate.is_some_and(|a| a < Decimal::ZERO || a > Decimal::ONE) {
        let at = r.place_of("approximate");
        r.fault(&at, "`approximate` is not a share", "write a number between 0 and 1");
    }
    let approximate = approximate.filter(|a| *a >= Decimal::ZERO && *a <= Decimal::ONE);
    let mut units = Vec::new();
    for (unit, factor) in r.pairs("units") {
        // A factor of nothing or of thirty digits is a slip, and would overflow where values are converted.
        let far = Decimal::from(1_000_000_000_000i64);
        match parse_number(&factor) {
            Ok(factor) if factor > Decimal::ZERO && factor <= far => units.push((unit, factor)),
            _ => {
                let at = r.place_of("units");
                r.fault(
                    &at,
                    format!("`{factor}` is not a factor for `{unit}`"),
                    "write how many base units one of it is, as a positive number",
                );
            }
        }
    }
    let not_done = r.text("not-done");
    if !["", "latent", "state"].contains(&not_done.as_str()) {
        let at = r.place_of("not-done");
        r.fault(
            &at,
            format!("`{not_done}` does not say what \"not done\" means"),
            "expected latent or state",
        );
    }
    let series = r.flag("series");
    let presumed = Some(r.text("presumed")).filter(|p| !p.is_empty());
    let aliases = r.words("aliases");
    let codes = r.words("codes");
    let values = r.tables("value");
    let readings = r.tables("reading");
    r.finish();
    let mut choices: Vec<Choice> = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
    if kind == Kind::YesNo {
        let labels = [Text::new("no", "nee"), Text::new("yes", "ja")];
        choices = YES_NO
            .iter()
            .zip(labels)
            .map(|(id, label)| Choice { id: (*id).to_string(), label, ..Choice::default() })
            .collect();
    }
    if kind == Kind::Choice && choices.is_empty() {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            format!("`{id}` has no values"),
            "add `[[fact.value]]` entries",
        ));
    }
    let readings = readings
        .into_iter()
        .filter_map(|v| {
            let mut r = Reader::new(file, v, diagnostics)?;
            let reading = Reading { unit: r.text("unit"), gives: r.pairs("gives") };
            r.finish();
            Some(reading)
        })
        .collect();
    let (min, max) = (min.unwrap_or_default(), max.unwrap_or(Decimal::ONE));
    Some(FactDef {
        id,
        kind,
        unit,
        units,
        min,
        max,
        approximate,
        choices,
        label,
        question,
        holder,
        aliases,
        codes,
        not_done_is_state: not_done == "state",
        presumed,
        readings,
        series,
    })
}

fn choice<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Choice> {
    let mut r = Reader::new(file, entry, diagnostics)?;
    let choice = Choice {
        id: r.needed("id"),
        label: r.label(),
        aliases: r.words("aliases"),
        covers: r.words("covers"),
        months: r.number("months").and_then(|m| u16::try_from(m).ok()),
        brief: r.flag("brief"),
    };
    // Codes of a value are spellings of it.
    let mut choice = choice;
    choice.aliases.extend(r.words("codes"));
    r.finish();
    Some(choice)
}

fn conclusion<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    conclusions: &mut Vec<(ConclusionDef, Place, Values)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(mut r) = Reader::new(file, entry, diagnostics) else { return };
    let at = r.at.clone();
    let id = r.needed("id");
    let label = r.label();
    let outside = r.both("outside");
    let hidden = r.flag("hidden");
    let kind = r.text("type");
    let each = r.value("each").and_then(|v| v.get_ref().as_table());
    let each: BTreeMap<String, Vec<String>> = each
        .map(|t| {
            t.iter()
                .map(|(k, v)| {
                    let list = v.get_ref().as_array();
                    let words = list
                        .map(|l| l.iter().filter_map(|i| i.get_ref().as_str().map(str::to_string)).collect());
                    (k.get_ref().to_string(), words.unwrap_or_default())
                })
                .collect()
        })
        .unwrap_or_default();
    let set = r.text("values");
    let set_at = r.place_of("values");
    let values = r.tables("value");
    r.finish();
    let origin = match set.as_str() {
        "" => Values::Own,
        "rows" => Values::Rows,
        _ => Values::Set(set, set_at),
    };
    let mut values: Vec<Choice> = values.into_iter().filter_map(|v| choice(file, v, diagnostics)).collect();
    if kind == "yes-no" && values.is_empty() {
        let labels = [Text::new("no", "nee"), Text::new("yes", "ja")];
        values = YES_NO
            .iter()
            .zip(labels)
            .map(|(id, label)| Choice { id: (*id).to_string(), label, ..Choice::default() })
            .collect();
    }
    if values.is_empty() != (origin != Values::Own) {
        diagnostics.push(Diagnostic::new(
            DiagnosticCode::BadToml,
            &at,
            format!("`{id}` has {} values", if values.is_empty() { "no" } else { "two lists of" }),
            "add `[[conclusion.value]]` entries in rising order, or `values = \"…\"` with a value set or `rows`",
        ));
    }
    for holes in expansions(&each) {
        let fill = |text: &str| {
            holes.iter().fold(text.to_string(), |t, (name, value)| t.replace(&format!("{{{name}}}"), value))
        };
        let fill_text = |t: &Text| Text::new(fill(&t.en), fill(&t.nl));
        conclusions.push((
            ConclusionDef {
                id: fill(&id),
                label: fill_text(&label),
                hidden,
                outside: fill_text(&outside),
                values: values.clone(),
                set: if let Values::Set(name, _) = &origin { name.clone() } else { String::new() },
            },
            at.clone(),
            origin.clone(),
        ));
    }
}

/// The first or last day that a date can be when the vocabulary does not say.
fn first_day(last: bool) -> Option<Decimal> {
    let days = nw_facts::read_days(if last { "2199" } else { "1850" })?;
    if last { days.high.map(|b| b.at) } else { days.low.map(|b| b.at) }
}

/// All ways to fill the holes of `each`.
pub fn expansions(each: &BTreeMap<String, Vec<String>>) -> Vec<Vec<(String, String)>> {
    let mut all = vec![Vec::new()];
    for (name, values) in each {
        all = all
            .into_iter()
            .flat_map(|holes: Vec<(String, String)>| {
                values.iter().map(move |v| {
                    let mut next = holes.clone();
                    next.push((name.clone(), v.clone()));
                    next
                })
            })
            .collect();
    }
    all
}

/// Reads one file of sources.
pub fn sources(
    file: &str,
    text: &str,
    sources: &mut Vec<(Source, Place)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(root) = document(file, text, diagnostics) else { return };
    only_keys(file, root.get_ref(), &["source"], diagnostics);
    for entry in entries(root.get_ref(), "source") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let source = Source {
            key: r.needed("key"),
            title: r.needed("title"),
            publisher: r.text("publisher"),
            year: r.text("year"),
            kind: r.text("kind"),
            link: r.text("link"),
            read: r.text("read"),
            licence: r.text("licence"),
        };
        r.finish();
        sources.push((source, place(file, entry.span())));
    }
}

/// One statement of a source map, as written.
pub struct RawStatement {
    /// Where in the source.
    pub at: String,
    /// What it says.
    pub text: Text,
    /// What became of it.
    pub status: String,
    /// What carries it.
    pub rows: Vec<String>,
    /// Why not, or which text it belongs to.
    pub because: Text,
    /// Where it is written.
    pub place: Place,
}

/// A file of the source map.
pub struct RawMap {
    /// Key of the source.
    pub source: String,
    /// How many statements are announced.
    pub counted: Option<usize>,
    /// The statements.
    pub statements: Vec<RawStatement>,
    /// The file.
    pub place: Place,
}

/// Reads one file of the source map.
pub fn statements(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<RawMap> {
    let root = document(file, text, diagnostics)?;
    let value = At::new(root.span(), toml::de::DeValue::Table(root.into_inner()));
    let mut r = Reader::new(file, &value, diagnostics)?;
    let source = r.needed("source");
    let counted = r.number("statements").and_then(|n| usize::try_from(n).ok());
    let place = r.place_of("source");
    let entries = r.tables("statement");
    r.finish();
    let mut statements = Vec::new();
    for entry in entries {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let statement = RawStatement {
            at: r.needed("place"),
            text: r.label(),
            status: r.needed("status"),
            rows: r.words("rows"),
            because: r.both("because"),
            place: place_of_entry(file, entry),
        };
        r.finish();
        statements.push(statement);
    }
    Some(RawMap { source, counted, statements, place })
}

fn place_of_entry(file: &str, entry: &At<toml::de::DeValue<'_>>) -> Place {
    place(file, entry.span())
}

/// Reads the manifest.
pub fn manifest(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Manifest> {
    let root = document(file, text, diagnostics)?;
    let span = root.span();
    let value = At::new(span, toml::de::DeValue::Table(root.into_inner()));
    let mut r = Reader::new(file, &value, diagnostics)?;
    let manifest = Manifest {
        id: r.needed("id"),
        edition: r.needed("edition"),
        valid_from: r.text("valid-from"),
        status: r.text("status"),
        title: r.label(),
        chapters: r.list("chapters"),
    };
    for extra in ["valid-to", "reviewers", "description", "jurisdiction"] {
        let _ = r.value(extra);
    }
    r.finish();
    Some(manifest)
}

/// The dated parameters of the guideline in these texts.
pub fn read_parameters(sources: &crate::SourceSet) -> Vec<Parameter> {
    let of_guideline = |path: &str| path.starts_with("guidelines/") && path.ends_with("/parameters.toml");
    let files = sources.files().filter(|(path, _)| of_guideline(path));
    let read = files.flat_map(|(path, text)| parameters(path, text, &mut Vec::new()));
    read.map(|(parameter, _)| parameter).collect()
}

/// Reads dated parameters.
pub fn parameters(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Parameter, Place)> {
    let Some(root) = document(file, text, diagnostics) else { return Vec::new() };
    only_keys(file, root.get_ref(), &["parameter"], diagnostics);
    let mut all = Vec::new();
    for entry in entries(root.get_ref(), "parameter") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let name = r.needed("name");
        let mut values = r.pairs("values");
        for (from, _) in &values {
            // Days are compared as text, which is right for this one way of writing them only.
            if from.len() != 10 || from.parse::<jiff::civil::Date>().is_err() {
                let at = r.place_of("values");
                r.fault(
                    &at,
                    format!("`{from}` is not a day"),
                    "write the first day of each value as `2026-01-01`",
                );
            }
        }
        values.sort();
        let source = r.needed("source");
        let _ = (r.text("en"), r.text("nl"));
        r.finish();
        all.push((Parameter { name, values, source }, place(file, entry.span())));
    }
    all
}

//! The TOML files of a guideline: vocabulary, sources, manifest, parameters.

mod confirmations;
mod leaflets;
mod vocabulary;

use nw_facts::{Decimal, Language, Text, parse_number};
use toml::Spanned as At;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};

pub(crate) use confirmations::confirmations;
pub use confirmations::{ConfirmationEntry, write_confirmations};
pub(crate) use leaflets::{LeafletManifest, leaflets};
pub use vocabulary::{Values, Words, expansions, vocabulary};

/// What a source is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Key used in citations.
    pub key: String,
    /// Title: that of the work, or what it is.
    pub title: Text,
    /// Publisher.
    pub publisher: Text,
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

impl Source {
    /// Who published it, and when, as far as that is known.
    pub fn by(&self, language: Language) -> String {
        let known = [self.publisher.get(language), self.year.as_str()].into_iter().filter(|t| !t.is_empty());
        known.collect::<Vec<_>>().join(", ")
    }
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
            title: translated(r.needed("title"), r.text("title-nl")),
            publisher: translated(r.text("publisher"), r.text("publisher-nl")),
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

/// A name stands in both languages; what is said of a work may be told in Dutch, too.
fn translated(text: String, dutch: String) -> Text {
    let dutch = if dutch.is_empty() { text.clone() } else { dutch };
    Text::new(text, dutch)
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

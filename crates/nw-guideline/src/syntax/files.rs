//! The TOML files of a guideline: vocabulary, sources, manifest, parameters.

mod confirmations;
mod leaflets;
mod vocabulary;

use nw_facts::{Decimal, Language, Text, parse_number, said};
use toml::Spanned as At;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, maybe};

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
                    said!("expected a table", "verwacht: een tabel"),
                    said!("write `[[…]]` above it", "zet er `[[…]]` boven"),
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
                    said!("`{key}` is not a text", "`{key}` is geen tekst"),
                    said!("write `{key} = \"…\"`", "schrijf `{key} = \"…\"`"),
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
                said!("`{key}` is missing", "`{key}` ontbreekt"),
                said!("add `{key} = \"…\"`", "voeg `{key} = \"…\"` toe"),
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
                    said!("`{text}` is not a number", "`{text}` is geen getal"),
                    said!(
                        "write a decimal in quotes, for example `\"0.5\"`",
                        "schrijf een getal tussen aanhalingstekens, bijvoorbeeld `\"0.5\"`"
                    ),
                ));
                None
            }
        }
    }

    fn flag(&mut self, key: &'static str) -> bool {
        let text = self.text(key);
        if !["", "true", "false"].contains(&text.as_str()) {
            let at = self.place_of(key);
            self.fault(
                &at,
                said!("`{key}` is neither true nor false", "`{key}` is niet true en niet false"),
                said!("write `{key} = true`", "schrijf `{key} = true`"),
            );
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
            self.fault(
                &at,
                said!("`{text}` is not a day", "`{text}` is geen dag"),
                said!("write it as `2026-03-10`", "schrijf die als `2026-03-10`"),
            );
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
                said!("`{key}` is not a list", "`{key}` is geen lijst"),
                said!("write `{key} = [\"…\"]`", "schrijf `{key} = [\"…\"]`"),
            ));
            return Vec::new();
        };
        let mut list = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => list.push((text.to_string(), place(file, item.span()))),
                None => self.fault(
                    &place(file, item.span()),
                    said!("an item of `{key}` is not a text", "een onderdeel van `{key}` is geen tekst"),
                    said!("put it in quotes", "zet het tussen aanhalingstekens"),
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
                said!("`{key}` is not a table", "`{key}` is geen tabel"),
                said!("write `{key} = {{ … = \"…\" }}`", "schrijf `{key} = {{ … = \"…\" }}`"),
            );
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (k, v) in table.iter() {
            match v.get_ref().as_str() {
                Some(text) => pairs.push((k.get_ref().to_string(), text.to_string())),
                None => self.fault(
                    &place(file, v.span()),
                    said!("`{}` is not a text", "`{}` is geen tekst", k.get_ref()),
                    said!("put it in quotes", "zet het tussen aanhalingstekens"),
                ),
            }
        }
        pairs
    }

    fn fault(&mut self, at: &Place, message: Text, help: Text) {
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
                said!("`{which}` is missing", "`{which}` ontbreekt"),
                said!(
                    "every label stands in English (`en`) and Dutch (`nl`)",
                    "elke naam staat er in het Engels (`en`) en het Nederlands (`nl`)"
                ),
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
                    said!("`{key}` is not a list of tables", "`{key}` is geen lijst van tabellen"),
                    said!("write double brackets: `[[…]]`", "schrijf dubbele haken: `[[…]]`"),
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
                let near = maybe(near);
                self.diagnostics.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &place(self.file, key.span()),
                    said!("`{name}` is not known here", "`{name}` is hier niet bekend"),
                    said!("expected one of {}{near}", "verwacht: een van {}{near}", self.used.join(", "); near),
                ));
            }
        }
    }
}

/// What the TOML parser says, which knows English only.
fn toml_fault(message: &str) -> Text {
    Text::new(message, format!("de TOML is onleesbaar: “{message}”"))
}

fn document<'a>(file: &str, text: &'a str, diagnostics: &mut Vec<Diagnostic>) -> Option<At<DeTable<'a>>> {
    match DeTable::parse(text) {
        Ok(table) => Some(table),
        Err(error) => {
            let span = error.span().unwrap_or(0..text.len().min(1));
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, span),
                toml_fault(&error.message().to_lowercase()),
                said!(
                    "see the page on vocabulary files",
                    "zie de bladzijde over bestanden van de woordenlijst"
                ),
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
                said!("`{name}` is not a list of tables", "`{name}` is geen lijst van tabellen"),
                said!("write double brackets: `[[{name}]]`", "schrijf dubbele haken: `[[{name}]]`"),
            ));
        }
        if !allowed.contains(&name) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadToml,
                &place(file, key.span()),
                said!("`{}` is not known here", "`{}` is hier niet bekend", key.get_ref()),
                said!("expected {}", "verwacht: {}", allowed.join(", ")),
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
                    said!("`{from}` is not a day", "`{from}` is geen dag"),
                    said!(
                        "write the first day of each value as `2026-01-01`",
                        "schrijf de eerste dag van elke waarde als `2026-01-01`"
                    ),
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

//! `confirmations.toml`: read for the compiler, written for the command that records a confirmation.

use super::{At, Reader, document, entries, only_keys, place};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Place};
use nw_facts::said;

/// One row that a clinician confirmed, as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmationEntry {
    /// The table's id.
    pub table: String,
    /// The row's id.
    pub row: String,
    /// What the row said: [`Row::digest`](crate::Row).
    pub digest: String,
    /// The sources it rested on: key and [`Source::digest`](crate::Source::digest).
    pub sources: Vec<(String, String)>,
    /// Who.
    pub by: String,
    /// As what: endocrinologist, pathologist.
    pub role: String,
    /// When, `2026-03-10`.
    pub date: String,
    /// What the clinician adds; may be empty.
    pub remark: String,
    /// Where it is written.
    pub place: Place,
}

impl ConfirmationEntry {
    /// `tumour.grade/digestive#a`.
    pub fn row_id(&self) -> String {
        format!("{}#{}", self.table, self.row)
    }

    /// The same entry in the file, in a fixed form.
    fn written(&self) -> String {
        let sources: Vec<String> = self
            .sources
            .iter()
            .map(|(key, digest)| format!("{} = {}", quoted(key), quoted(digest)))
            .collect();
        let mut text = format!(
            "[[confirmation]]\ntable = {}\nrow = {}\ndigest = {}\nsources = {{ {} }}\nby = {}\nrole = {}\ndate = {}\n",
            quoted(&self.table),
            quoted(&self.row),
            quoted(&self.digest),
            sources.join(", "),
            quoted(&self.by),
            quoted(&self.role),
            quoted(&self.date),
        );
        if !self.remark.is_empty() {
            text.push_str(&format!("remark = {}\n", quoted(&self.remark)));
        }
        text
    }
}

/// A TOML string on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The whole file, entries by table and row, so that two people's confirmations merge line by line.
pub fn write_confirmations(all: &[ConfirmationEntry]) -> String {
    let mut all: Vec<&ConfirmationEntry> = all.iter().collect();
    all.sort_by(|a, b| (&a.table, &a.row).cmp(&(&b.table, &b.row)));
    let mut text = String::from(
        "# Rows that a clinician confirmed, written by `netwijzer confirm`.\n\
         # A row that is edited afterwards, or whose source is, counts as unconfirmed until somebody looks again.\n",
    );
    for entry in all {
        text.push('\n');
        text.push_str(&entry.written());
    }
    text
}

/// Reads the file.
pub(crate) fn confirmations(
    file: &str,
    text: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ConfirmationEntry> {
    let Some(root) = document(file, text, diagnostics) else { return Vec::new() };
    only_keys(file, root.get_ref(), &["confirmation"], diagnostics);
    entries(root.get_ref(), "confirmation").into_iter().filter_map(|e| entry(file, e, diagnostics)).collect()
}

fn entry<'a>(
    file: &'a str,
    entry: &'a At<toml::de::DeValue<'a>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ConfirmationEntry> {
    let before = diagnostics.len();
    let mut r = Reader::new(file, entry, diagnostics)?;
    let confirmation = ConfirmationEntry {
        table: r.needed("table"),
        row: r.needed("row"),
        digest: r.needed("digest"),
        sources: r.pairs("sources"),
        by: r.needed("by"),
        role: r.needed("role"),
        date: r.needed("date"),
        remark: r.text("remark"),
        place: place(file, entry.span()),
    };
    if !confirmation.date.is_empty() && confirmation.date.parse::<jiff::civil::Date>().is_err() {
        let at = r.place_of("date");
        r.fault(
            &at,
            said!("`{}` is not a day", "`{}` is geen dag", confirmation.date),
            said!("write it as `2026-03-10`", "schrijf die als `2026-03-10`"),
        );
    }
    r.finish();
    let whole = diagnostics[before..].iter().all(|d| d.code != DiagnosticCode::BadToml);
    whole.then_some(confirmation)
}

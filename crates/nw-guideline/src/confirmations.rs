//! Who confirmed which row, and whether the row still says what was confirmed.
//!
//! A row carries a digest of what it says, each source one of what is known of it. `confirmations.toml` keeps both as
//! they were when a clinician looked; what differs today is an edit, and an edited row is unconfirmed.

use nw_facts::{Text, said};
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Spanned, maybe};
use crate::ir::CompiledGuideline;
use crate::sources::SourceSet;
use crate::syntax::files::{ConfirmationEntry, Parameter, Source, confirmations};

/// The file of a knowledge folder that holds all confirmations.
pub const CONFIRMATIONS: &str = "confirmations.toml";

/// What was edited since a clinician confirmed a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The row itself: domain, cells, output, sentence, marks, sources cited.
    Row,
    /// The entry of this source.
    Source(String),
}

/// A clinician's confirmation of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmation {
    /// Who.
    pub by: String,
    /// As what.
    pub role: String,
    /// When, `2026-03-10`.
    pub date: String,
    /// What the clinician adds; may be empty.
    pub remark: String,
    /// What was edited since; the confirmation holds while this is empty.
    pub edited: Vec<Edit>,
}

/// Parts of a text, each with its length, so that no two lists of parts give the same bytes.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Fingerprint(Sha256::new())
    }

    /// Adds a part; how its words are spaced and broken into lines does not matter.
    pub(crate) fn add(&mut self, part: &str) {
        let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
    }

    /// Adds a list with its length.
    pub(crate) fn list<'a>(&mut self, parts: impl ExactSizeIterator<Item = &'a str>) {
        self.0.update((parts.len() as u64).to_be_bytes());
        parts.for_each(|part| self.add(part));
    }

    /// `sha256:` and 32 digits: half of the hash is plenty to notice an edit.
    pub(crate) fn finish(self) -> String {
        let bytes = self.0.finalize();
        let hex: String = bytes.iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("sha256:{hex}")
    }
}

impl Source {
    /// What is known of the source; another digest means that its entry was edited. Its Dutch says nothing else.
    pub fn digest(&self) -> String {
        let mut print = Fingerprint::new();
        let Source { key, title, publisher, year, kind, link, read, licence } = self;
        let parts = [key, &title.en, &publisher.en, year, kind, link, read, licence];
        print.list(parts.into_iter().map(String::as_str));
        print.finish()
    }
}

/// The dated parameters that a text names with `$`, with all their values: editing one edits every row that uses it.
pub(crate) fn parameters_named<'p>(
    text: &str,
    parameters: &'p [(Parameter, crate::Place)],
) -> Vec<&'p Parameter> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let names: Vec<&str> = text
        .split('$')
        .skip(1)
        .map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or_default().trim_end_matches('.'))
        .collect();
    parameters.iter().map(|(p, _)| p).filter(|p| names.contains(&p.name.as_str())).collect()
}

/// Adds a written test or condition, with the values of the parameters it names.
pub(crate) fn add_test(print: &mut Fingerprint, text: &Spanned, parameters: &[(Parameter, crate::Place)]) {
    print.add(&text.text);
    for parameter in parameters_named(&text.text, parameters) {
        print.add(&parameter.name);
        print.list(parameter.values.iter().map(|(from, _)| from.as_str()));
        print.list(parameter.values.iter().map(|(_, value)| value.as_str()));
    }
}

/// All confirmations of a knowledge folder, in the order of the file, also those that no longer hold.
pub fn read_confirmations(sources: &SourceSet) -> Vec<ConfirmationEntry> {
    let text = sources.get(CONFIRMATIONS).unwrap_or_default();
    confirmations(CONFIRMATIONS, text, &mut Vec::new())
}

/// Gives every row its confirmation, and reports those that no longer hold or name no row.
pub(crate) fn confirm(
    sources: &SourceSet,
    guideline: &mut CompiledGuideline,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(text) = sources.get(CONFIRMATIONS) else { return };
    let entries = confirmations(CONFIRMATIONS, text, diagnostics);
    let known: HashMap<String, String> =
        guideline.sources.iter().map(|s| (s.key.clone(), s.digest())).collect();
    let mut tables: HashMap<String, usize> = HashMap::new();
    for (at, table) in guideline.tables.iter().enumerate() {
        tables.insert(table.id.clone(), at);
    }
    for entry in &entries {
        let id = entry.row_id();
        let table = tables.get(&entry.table).copied();
        let at = table.and_then(|t| {
            let row = guideline.tables[t].rows.iter().position(|r| r.id == entry.row)?;
            Some((t, row))
        });
        let Some((table, row)) = at else {
            lost(guideline, entry, table, diagnostics);
            continue;
        };
        let row = &mut guideline.tables[table].rows[row];
        if row.confirmation.is_some() {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                &entry.place,
                said!("`{id}` is confirmed twice", "`{id}` is twee keer bevestigd"),
                said!("keep the later confirmation", "houd de laatste bevestiging"),
            ));
            continue;
        }
        let mut edited = Vec::new();
        if row.digest != entry.digest {
            edited.push(Edit::Row);
        }
        // Sources that the row cites now and did not then are an edit of the row.
        let changed = entry.sources.iter().filter(|(key, digest)| known.get(key) != Some(digest));
        edited.extend(changed.map(|(key, _)| Edit::Source(key.clone())));
        if !edited.is_empty() {
            let what: Vec<Text> = edited
                .iter()
                .map(|edit| match edit {
                    Edit::Row => said!("the row was edited since", "de rij is sindsdien gewijzigd"),
                    Edit::Source(key) => {
                        said!("source `{key}` was edited since", "bron `{key}` is sindsdien gewijzigd")
                    }
                })
                .collect();
            let what = Text::joined(&what, (", ", ", "));
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::StaleConfirmation,
                &row.place,
                said!("`{id}` was confirmed by {} on {}; {what}", "`{id}` is door {} bevestigd op {}; {what}", entry.by, entry.date; what),
                said!("it counts as unconfirmed; look again and run `netwijzer confirm {} {}`", "de rij telt als onbevestigd; kijk opnieuw en geef `netwijzer confirm {} {}`",
                    entry.table, entry.row),
            ));
        }
        row.confirmation = Some(Confirmation {
            by: entry.by.clone(),
            role: entry.role.clone(),
            date: entry.date.clone(),
            remark: entry.remark.clone(),
            edited,
        });
    }
}

/// A confirmation whose row is gone, or was never there.
fn lost(
    guideline: &CompiledGuideline,
    entry: &ConfirmationEntry,
    table: Option<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let near = match table {
        Some(at) => {
            let rows = guideline.tables[at].rows.iter().map(|r| r.id.as_str());
            nw_facts::nearest(&entry.row, rows).map(|row| format!("{}#{row}", entry.table))
        }
        None => nw_facts::nearest(&entry.table, guideline.tables.iter().map(|t| t.id.as_str()))
            .map(|table| format!("{table}#{}", entry.row)),
    };
    let near = maybe(near);
    diagnostics.push(Diagnostic::new(
        DiagnosticCode::LostConfirmation,
        &entry.place,
        said!("`{}` is confirmed and is not in the guideline", "`{}` is bevestigd en staat niet in de richtlijn", entry.row_id()),
        said!("mend the id, or run `netwijzer confirm {} {} --withdraw`{near}", "herstel de naam, of geef `netwijzer confirm {} {} --withdraw`{near}", entry.table, entry.row; near),
    ));
}

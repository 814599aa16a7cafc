//! The source map: what a source says, statement by statement, and where the guideline carries it.
//!
//! One file for each source under `source-map/`. Every reference must exist, and every statement is carried, departed
//! from, information for patients, not computable for a stated reason, or openly missing.

use std::collections::BTreeSet;

use nw_facts::{Text, said};

use crate::diagnostic::{Diagnostic, DiagnosticCode, Place, maybe};
use crate::ir::CompiledGuideline;
use crate::sources::SourceSet;
use crate::syntax::files::{RawStatement, statements};

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementStatus {
    /// Rows say the same.
    Carried,
    /// We decided otherwise; a departure says why.
    Departed,
    /// A text for patients.
    Information,
    /// Nothing can be computed from it.
    NotComputable,
    /// No row carries it yet.
    Missing,
}

impl StatementStatus {
    /// Every status with its word.
    pub const ALL: [(StatementStatus, &'static str); 5] = [
        (StatementStatus::Carried, "carried"),
        (StatementStatus::Departed, "departed"),
        (StatementStatus::Information, "information"),
        (StatementStatus::NotComputable, "not-computable"),
        (StatementStatus::Missing, "missing"),
    ];

    /// The word in files and JSON.
    pub fn id(self) -> &'static str {
        StatementStatus::ALL.iter().find(|(s, _)| *s == self).map_or("", |(_, id)| id)
    }
}

/// One statement of a source.
#[derive(Clone, Debug)]
pub struct SourceStatement {
    /// Key of the source.
    pub source: String,
    /// Where in the source.
    pub at: String,
    /// What it says, in our words.
    pub text: Text,
    /// What became of it.
    pub status: StatementStatus,
    /// Rows, rules, conventions, departures, properties and topics that carry it.
    pub rows: Vec<String>,
    /// Why it is not computable, or which text it belongs to.
    pub because: Text,
    /// Where it is written down.
    pub place: Place,
}

/// Everything that a statement or a departure may name.
pub(crate) fn names(guideline: &CompiledGuideline) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for table in &guideline.tables {
        names.extend(table.rows.iter().map(|row| format!("{}#{}", table.id, row.id)));
    }
    let mut add = |kind: &str, id: &str| names.insert(format!("{kind}:{id}"));
    guideline.rules.iter().for_each(|r| {
        add("rule", &r.id);
    });
    guideline.agreements.iter().for_each(|r| {
        add("rule", &r.id);
    });
    guideline.derivations.iter().for_each(|r| {
        add("rule", &r.id);
    });
    guideline.dues.iter().for_each(|r| {
        add("rule", &r.id);
    });
    guideline.conventions.iter().for_each(|r| {
        add("convention", &r.id);
    });
    guideline.departures.iter().for_each(|r| {
        add("departure", &r.id);
    });
    guideline.properties.iter().for_each(|r| {
        add("property", &r.id);
    });
    for conclusion in guideline.vocabulary.conclusions() {
        for value in &conclusion.values {
            add("topic", &format!("{}#{}", conclusion.id, value.id));
        }
    }
    names
}

/// Reads the source map and checks it, and the rows that departures name, against the guideline.
pub(crate) fn read(
    sources: &SourceSet,
    guideline: &CompiledGuideline,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<SourceStatement> {
    let names = names(guideline);
    let mut unknown = |row: &str, at: &Place, diagnostics: &mut Vec<Diagnostic>| {
        if !names.contains(row) {
            let near = nw_facts::nearest(row, names.iter().map(String::as_str));
            let near = maybe(near);
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnknownRow,
                at,
                said!("`{row}` is not in the guideline", "`{row}` staat niet in de richtlijn"),
                said!("name a row as `table#row`, others as `rule:…`, `convention:…`, `departure:…`{near}", "noem een rij als `tabel#rij`, andere als `rule:…`, `convention:…`, `departure:…`{near}"; near),
            ));
        }
    };
    for departure in &guideline.departures {
        for row in &departure.rows {
            unknown(row, &departure.place, diagnostics);
        }
    }
    let mut all = Vec::new();
    for (path, text) in sources.files().filter(|(p, _)| p.starts_with("source-map/") && p.ends_with(".toml"))
    {
        let Some(map) = statements(path, text, diagnostics) else { continue };
        if !guideline.sources.iter().any(|s| s.key == map.source) {
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::UnknownSource,
                &map.place,
                said!(
                    "the source `{}` is not in the list of sources",
                    "de bron `{}` staat niet in de lijst van bronnen",
                    map.source
                ),
                said!(
                    "name the source whose statements these are",
                    "noem de bron waarvan deze uitspraken zijn"
                ),
            ));
        }
        if map.counted != Some(map.statements.len()) {
            let said = map
                .counted
                .map_or(said!("no number", "geen aantal"), |n| Text::new(n.to_string(), n.to_string()));
            diagnostics.push(Diagnostic::new(
                DiagnosticCode::BadSourceMap,
                &map.place,
                said!("{said} of statements is announced and {} stand here", "aangekondigd: {said}; er staan hier {} uitspraken", map.statements.len(); said),
                said!("count the statements of the source, so that none can get lost", "tel de uitspraken van de bron, zodat er geen zoek kan raken"),
            ));
        }
        for raw in map.statements {
            all.extend(statement(raw, &map.source, &mut unknown, diagnostics));
        }
    }
    all
}

fn statement(
    raw: RawStatement,
    source: &str,
    unknown: &mut impl FnMut(&str, &Place, &mut Vec<Diagnostic>),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<SourceStatement> {
    let place = raw.place;
    let mut fault = |message: Text, help: Text| {
        diagnostics.push(Diagnostic::new(DiagnosticCode::BadSourceMap, &place, message, help));
    };
    let Some((status, _)) = StatementStatus::ALL.iter().find(|(_, id)| *id == raw.status) else {
        let words: Vec<&str> = StatementStatus::ALL.iter().map(|(_, id)| *id).collect();
        fault(
            said!(
                "`{}` is not what can become of a statement",
                "`{}` is niet wat er van een uitspraak kan worden",
                raw.status
            ),
            said!("expected one of {}", "verwacht: een van {}", words.join(", ")),
        );
        return None;
    };
    match status {
        StatementStatus::Carried if raw.rows.is_empty() => {
            fault(
                said!("a carried statement names no row", "een gedragen uitspraak noemt geen rij"),
                said!("name the rows that carry it", "noem de rijen die haar dragen"),
            );
        }
        StatementStatus::Departed if !raw.rows.iter().any(|r| r.starts_with("departure:")) => {
            fault(
                said!(
                    "a statement we depart from names no departure",
                    "een uitspraak waarvan wij afwijken noemt geen afwijking"
                ),
                said!("add `departure:<id>`", "voeg `departure:<naam>` toe"),
            );
        }
        StatementStatus::NotComputable if raw.because.is_empty() => {
            fault(
                said!(
                    "it does not say why nothing can be computed",
                    "er staat niet waarom niets te berekenen is"
                ),
                said!("add `because = {{ en, nl }}`", "voeg `because = {{ en, nl }}` toe"),
            );
        }
        StatementStatus::Missing => diagnostics.push(Diagnostic::new(
            DiagnosticCode::UncarriedStatement,
            &place,
            said!(
                "nothing in the guideline carries a statement of `{source}`",
                "niets in de richtlijn draagt een uitspraak van `{source}`"
            ),
            said!(
                "add a row, or a departure that says why not",
                "voeg een rij toe, of een afwijking die zegt waarom niet"
            ),
        )),
        _ => {}
    }
    for row in &raw.rows {
        unknown(row, &place, diagnostics);
    }
    Some(SourceStatement {
        source: source.to_string(),
        at: raw.at,
        text: raw.text,
        status: *status,
        rows: raw.rows,
        because: raw.because,
        place,
    })
}

//! `leaflets/leaflets.toml`: which documents there are, who stands behind them, and how easy to read they have to be.

use nw_facts::{Language, Text, said};

use super::{At, Reader, document, entries, only_keys, place};
use crate::diagnostic::{Diagnostic, DiagnosticCode, Level, Place, maybe};
use crate::leaflets::{DocumentKind, Gate, Measure, Publication};

/// The manifest of the texts.
#[derive(Debug, Default)]
pub struct LeafletManifest {
    /// Documents as written.
    pub documents: Vec<RawDocument>,
    /// Who stands behind the texts.
    pub publication: Publication,
    /// Gates of readability.
    pub gates: Vec<Gate>,
}

/// A document as written.
#[derive(Debug)]
pub struct RawDocument {
    /// Id.
    pub id: String,
    /// Kind.
    pub kind: DocumentKind,
    /// Title.
    pub title: Text,
    /// What comes first.
    pub opening: Text,
    /// The heading of what its parts say in short.
    pub short: Text,
    /// What comes last.
    pub closing: Text,
    /// Modules by id.
    pub parts: Vec<(String, Place)>,
    /// Where it stands.
    pub place: Place,
}

const KINDS: [(&str, DocumentKind); 3] = [
    ("personal", DocumentKind::Personal),
    ("decision", DocumentKind::Decision),
    ("short", DocumentKind::Short),
];

/// One of a few words, or a finding with the nearest of them.
fn word<T: Copy>(
    reader: &mut Reader<'_, '_>,
    key: &'static str,
    words: &[(&str, T)],
    without: Option<T>,
) -> Option<T> {
    let text = reader.text(key);
    if text.is_empty() && without.is_some() {
        return without;
    }
    if let Some((_, found)) = words.iter().find(|(w, _)| *w == text) {
        return Some(*found);
    }
    let near = nw_facts::nearest(&text, words.iter().map(|(w, _)| *w));
    let near = maybe(near);
    let list: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
    let at = reader.place_of(key);
    reader.fault(
        &at,
        said!("`{text}` is not a {key}", "`{text}` kan niet bij `{key}` staan"),
        said!("expected one of {}{near}", "verwacht: een van {}{near}", list.join(", "); near),
    );
    None
}

/// A number, as a measure of text has it.
fn bound(reader: &mut Reader<'_, '_>, key: &'static str) -> Option<f64> {
    reader.number(key).and_then(|n| n.to_string().parse().ok())
}

/// Both languages of a text, or neither.
fn twin(reader: &mut Reader<'_, '_>, key: &'static str) -> Text {
    let text = reader.both(key);
    if text.en.is_empty() != text.nl.is_empty() {
        let at = reader.place_of(key);
        reader.diagnostics.push(Diagnostic::new(
            DiagnosticCode::UntranslatedText,
            &at,
            said!("`{key}` stands in one language", "`{key}` staat in één taal"),
            said!("write `{{ en = \"…\", nl = \"…\" }}`", "schrijf `{{ en = \"…\", nl = \"…\" }}`"),
        ));
    }
    text
}

/// Reads the manifest of the texts.
pub fn leaflets(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> LeafletManifest {
    let mut manifest = LeafletManifest::default();
    let Some(root) = document(file, text, diagnostics) else { return manifest };
    let table = root.get_ref();
    only_keys(file, table, &["document", "gate", "publication"], diagnostics);
    for entry in entries(table, "publication") {
        read_publication(file, entry, &mut manifest, diagnostics);
    }
    for entry in entries(table, "document") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let read = RawDocument {
            id: r.needed("id"),
            kind: word(&mut r, "kind", &KINDS, Some(DocumentKind::Personal)).unwrap_or_default(),
            title: r.label(),
            opening: twin(&mut r, "opening"),
            short: twin(&mut r, "short"),
            closing: twin(&mut r, "closing"),
            parts: r.list("parts"),
            place: place(file, entry.span()),
        };
        r.finish();
        manifest.documents.push(read);
    }
    for entry in entries(table, "gate") {
        let Some(mut r) = Reader::new(file, entry, diagnostics) else { continue };
        let measures: Vec<(&str, Measure)> = Measure::ALL.iter().map(|(m, id)| (*id, *m)).collect();
        let measure = word(&mut r, "measure", &measures, None);
        let language = word(&mut r, "language", &[("nl", Language::Nl), ("en", Language::En)], None);
        let levels = [("warning", Level::Warning), ("error", Level::Error)];
        let level = word(&mut r, "level", &levels, Some(Level::Warning));
        let (least, most) = (bound(&mut r, "least"), bound(&mut r, "most"));
        let modules = r.words("modules");
        if least.is_none() && most.is_none() {
            let at = place(file, entry.span());
            r.fault(
                &at,
                said!(
                    "the gate has neither `least` nor `most`",
                    "de grens heeft geen `least` en geen `most`"
                ),
                said!(
                    "write `most = \"15\"` or `least = \"60\"`",
                    "schrijf `most = \"15\"` of `least = \"60\"`"
                ),
            );
        }
        r.finish();
        if let (Some(measure), Some(language), Some(level)) = (measure, language, level) {
            let place = place(file, entry.span());
            manifest.gates.push(Gate { measure, language, least, most, level, modules, place });
        }
    }
    manifest
}

fn read_publication(
    file: &str,
    value: &At<toml::de::DeValue<'_>>,
    manifest: &mut LeafletManifest,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(mut r) = Reader::new(file, value, diagnostics) else { return };
    for key in ["updated", "review"] {
        let _ = r.day(key);
    }
    manifest.publication = Publication {
        updated: r.needed("updated"),
        review: r.needed("review"),
        funding: twin(&mut r, "funding"),
        policy: twin(&mut r, "policy"),
    };
    r.finish();
}

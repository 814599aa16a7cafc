//! A pasted report: what it says beside its words, and what a person takes of it into the record.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_facts::{Date, Language};
use nw_store::{AsOf, Document, EntryId, FactRecordId, Paper, PatientId, PatientPage, Revision};

use super::cases::prepare;
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::reports::{Reading, Standing, plain, read, taken};
use crate::words::{Word, say};

/// What a report can be, with its name; the first is chosen unless somebody says otherwise.
pub(crate) const KINDS: &[(&str, Word)] = &[
    ("pathology-report", Word::PathologyReport),
    ("imaging-report", Word::ImagingReport),
    ("letter", Word::ReportLetter),
    ("other-report", Word::OtherReport),
];

/// The type of a text that was pasted.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    frame: Frame,
    language: Language,
    record: PatientPage,
    kinds: Vec<(&'static str, &'static str)>,
    kind: String,
    title: String,
    dated: String,
    text: String,
    /// Nothing before a text was sent.
    reading: Option<Reading>,
    /// The report, when it is in the record.
    document: Option<String>,
    may_take: bool,
    message: Option<String>,
}

impl Page {
    /// Where the forms go.
    fn action(&self) -> String {
        let patient = self.record.patient.id.as_str();
        match &self.document {
            Some(document) => format!("/patients/{patient}/reports/{document}"),
            None => format!("/patients/{patient}/reports"),
        }
    }
}

pub(crate) fn kinds(language: Language) -> Vec<(&'static str, &'static str)> {
    KINDS.iter().map(|(id, word)| (*id, say(language, *word))).collect()
}

/// The field for a report.
pub(crate) async fn paste(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    if app.grammar.get().is_none() {
        return Err(Problem::NotFound);
    }
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    shown(&app, &gate, record, &Sent::default(), None, None)
}

/// What was sent of a report that is not in the record.
#[derive(Default)]
struct Sent {
    kind: String,
    title: String,
    dated: Option<Date>,
    text: String,
}

impl Sent {
    fn of(fields: &Fields) -> Result<Sent, Problem> {
        let kind = fields.one("kind");
        if !KINDS.iter().any(|(id, _)| *id == kind) {
            return Err(Problem::asks("kind", Word::ChooseFromForm));
        }
        Ok(Sent {
            kind: kind.to_string(),
            title: fields.one("title").to_string(),
            dated: fields.date("dated")?,
            text: plain(fields.one("text")),
        })
    }

    /// The name under which people find it.
    fn label(&self, language: Language) -> String {
        label(&self.title, &self.kind, language)
    }
}

/// The name of a report: as given, or what it is.
pub(crate) fn label(title: &str, kind: &str, language: Language) -> String {
    let known = KINDS.iter().find(|(id, _)| *id == kind);
    match (title.trim(), known) {
        ("", Some((_, word))) => say(language, *word).to_string(),
        ("", None) => kind.to_string(),
        (title, _) => title.to_string(),
    }
}

fn shown(
    app: &App,
    gate: &Gate,
    record: PatientPage,
    sent: &Sent,
    reading: Option<Reading>,
    message: Option<String>,
) -> Result<Response, Problem> {
    let frame = Frame::of(app, gate, record.patient.identity.name.clone());
    let status = message.as_ref().map(|_| StatusCode::UNPROCESSABLE_ENTITY);
    let mut page = html(&Page {
        frame,
        language: gate.language,
        record,
        kinds: kinds(gate.language),
        kind: sent.kind.clone(),
        title: sent.title.clone(),
        dated: sent.dated.map(|d| d.to_string()).unwrap_or_default(),
        text: sent.text.clone(),
        reading,
        document: None,
        may_take: true,
        message,
    })?;
    if let Some(status) = status {
        *page.status_mut() = status;
    }
    Ok(page)
}

/// Which proposals a form takes: all that contradict nothing, one, or those that are ticked.
fn wanted(fields: &Fields, reading: &Reading) -> Result<Vec<(String, Option<FactRecordId>)>, Problem> {
    let keys: Vec<String> = match fields.one("do") {
        "all" => reading.proposed.iter().filter(|i| i.ready()).map(|i| i.key()).collect(),
        "ticked" => fields.all("take"),
        one => match one.strip_prefix("one:") {
            Some(key) => vec![key.to_string()],
            None => return Err(Problem::asks("do", Word::ChooseFromForm)),
        },
    };
    let instead = |key: &str| match fields.one(&format!("instead:{key}")) {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Problem::asks("instead", Word::ChooseFromForm)),
    };
    keys.into_iter().map(|key| instead(&key).map(|i| (key, i))).collect()
}

/// Reads a report, or takes what was ticked of it.
pub(crate) async fn send(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let sent = Sent::of(&fields)?;
    let record = app.store.patient_page(&gate.about(&patient), &patient, AsOf::now()).await?;
    let reading = read(&app, &sent.text, sent.dated, &record.facts, None, gate.language).await;
    let reading = match reading {
        Ok(reading) => reading,
        Err(problem @ (Problem::Bad { .. } | Problem::Asks { .. })) => {
            let message = problem.for_person(gate.language);
            return shown(&app, &gate, record, &sent, None, Some(message));
        }
        Err(problem) => return Err(problem),
    };
    if fields.one("do") == "read" {
        return shown(&app, &gate, record, &sent, Some(reading), None);
    }
    let keys = wanted(&fields, &reading)?;
    let label = sent.label(gate.language);
    let facts = match taken(&reading, keys.iter().map(|(k, i)| (k.as_str(), i.clone())), &label) {
        Ok(facts) => facts,
        Err(problem) => {
            let message = problem.for_person(gate.language);
            return shown(&app, &gate, record, &sent, Some(reading), Some(message));
        }
    };
    let paper = Paper::New(document(&sent.kind, label, reading.day, TEXT), sent.text.into_bytes());
    let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let done = app.store.record_from(&gate.about(&patient), &patient, base, &paper, &facts).await?;
    prepare(&app, &patient, gate.language);
    Ok(to(&format!("/patients/{}/reports/{}", patient.as_str(), done.document.as_str())))
}

/// A report that comes into the record.
pub(crate) fn document(kind: &str, title: String, dated: Option<Date>, media_type: &str) -> Document {
    Document {
        kind: kind.to_string(),
        title: title.chars().take(300).collect(),
        dated,
        author: None,
        media_type: media_type.to_string(),
        size: 0,
        digest: String::new(),
    }
}

/// A report of a patient, as text.
pub(crate) async fn of_record(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    document: &EntryId,
) -> Result<(PatientPage, Document, String), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    // Only a report that this patient's page names: after a merge it may have been written under another.
    if !record.documents.iter().any(|d| d.id == *document) {
        return Err(Problem::NotFound);
    }
    let (entry, bytes) = app.store.document(&gate.about(patient), document).await?;
    if !entry.body.media_type.starts_with("text/plain") {
        return Err(Problem::NotFound);
    }
    let text = String::from_utf8(bytes).map_err(|_| Problem::Fault)?;
    Ok((record, entry.body, text))
}

/// A report that is in the record, with what was taken of it and what may be taken yet.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path((patient, document)): Path<(PatientId, EntryId)>,
) -> Result<Response, Problem> {
    let (record, about, text) = of_record(&app, &gate, &patient, &document).await?;
    let own = Some(document.as_str());
    let reading = read(&app, &text, about.dated, &record.facts, own, gate.language).await?;
    let frame = Frame::of(&app, &gate, record.patient.identity.name.clone());
    let may_take = crate::routes::may(gate.role(), "/patients/{patient}/reports/{document}");
    html(&Page {
        frame,
        language: gate.language,
        record,
        kinds: kinds(gate.language),
        kind: about.kind,
        title: about.title,
        dated: about.dated.map(|d| d.to_string()).unwrap_or_default(),
        text,
        reading: Some(reading),
        document: Some(document.as_str().to_string()),
        may_take,
        message: None,
    })
}

/// Takes more of a report that is in the record.
pub(crate) async fn take(
    State(app): State<App>,
    gate: Gate,
    Path((patient, document)): Path<(PatientId, EntryId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let (record, about, text) = of_record(&app, &gate, &patient, &document).await?;
    let own = Some(document.as_str());
    let reading = read(&app, &text, about.dated, &record.facts, own, gate.language).await?;
    let keys = wanted(&fields, &reading)?;
    let facts = taken(&reading, keys.iter().map(|(k, i)| (k.as_str(), i.clone())), &about.title)?;
    let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let paper = Paper::Kept(document.clone());
    app.store.record_from(&gate.about(&patient), &patient, base, &paper, &facts).await?;
    prepare(&app, &patient, gate.language);
    Ok(to(&format!("/patients/{}/reports/{}", patient.as_str(), document.as_str())))
}

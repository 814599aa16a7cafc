//! Patient information: choose a paper, look at it, print it, hand it over. What was handed over stands in the record with
//! its bytes.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{self, HeaderName};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use nw_facts::Language;
use nw_leaflet::{PAPER_STYLE, Paper, Print};
use nw_render::letter::Stamp;
use nw_store::{AsOf, EntryId, Handover, PatientId, PatientPage};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::papers::{sent, stamp, typeset};
use super::{Frame, html};
use crate::access::{Gate, language_of};
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path, Query};
use crate::leaflets::{self, Offer, print_of};
use crate::words::{Word, say};

/// The paper that is offered first.
const FIRST: &str = "personal";

/// Which paper, in which words and letters.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    document: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    print: String,
}

/// What was asked, understood.
struct Wanted {
    document: String,
    language: Language,
    print: Print,
}

impl Asked {
    /// What is not said follows from the patient.
    fn understood(&self, patient: &PatientPage, gate: &Gate) -> Result<Wanted, Problem> {
        let own = patient.patient.identity.language.as_deref().and_then(language_of).unwrap_or(gate.language);
        let language = match self.lang.as_str() {
            "" => own,
            word => language_of(word).ok_or_else(|| Problem::bad("lang", "nl, en"))?,
        };
        let print = match self.print.as_str() {
            "" => Print::Normal,
            word => print_of(word).ok_or_else(|| Problem::bad("print", "normal, large"))?,
        };
        Ok(Wanted { document: self.document.clone(), language, print })
    }
}

impl Wanted {
    fn language_word(&self) -> &'static str {
        super::cases::word(self.language)
    }

    fn print_word(&self) -> &'static str {
        match self.print {
            Print::Normal => "normal",
            Print::Large => "large",
        }
    }

    fn query(&self) -> String {
        format!("?lang={}&print={}", self.language_word(), self.print_word())
    }
}

/// A paper that was handed over, as the list shows it.
struct Given {
    id: String,
    title: String,
    language: &'static str,
    print: &'static str,
    at: String,
    by: String,
    digest: String,
}

#[derive(Template)]
#[template(path = "information.html")]
struct Page {
    frame: Frame,
    mark: String,
    id: String,
    name: String,
    revision: i64,
    offers: Vec<Offer>,
    wanted: Wanted,
    /// Address and title of the paper that is shown.
    shown: Option<(String, String)>,
    message: Option<&'static str>,
    given: Vec<Given>,
}

impl Page {
    /// Where the paper is that is shown, to print.
    fn pdf(&self) -> String {
        place(&self.id, &self.wanted, "pdf")
    }
}

/// The name of a language, in another.
fn language_name(language: Language, named: &str) -> &'static str {
    say(language, if named == "nl" { Word::InDutch } else { Word::InEnglish })
}

fn given(record: &PatientPage, language: Language) -> Vec<Given> {
    let one = |entry: &nw_store::Entry<Handover>| Given {
        id: entry.id.as_str().to_string(),
        title: entry.body.title.clone(),
        language: language_name(language, &entry.body.language),
        print: say(language, if entry.body.print == "large" { Word::PrintLarge } else { Word::PrintNormal }),
        at: super::meetings::moment(language, entry.recorded_at),
        by: entry.recorded_name.clone(),
        digest: entry.body.digest.chars().take(12).collect(),
    };
    record.handovers.iter().rev().map(one).collect()
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    show(&app, &gate, &patient, &asked, None).await
}

async fn show(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    asked: &Asked,
    message: Option<&'static str>,
) -> Result<Response, Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    let mut wanted = asked.understood(&record, gate)?;
    let offers = leaflets::offers(app, gate.language);
    let begun = !wanted.document.is_empty();
    if !begun {
        wanted.document = FIRST.to_string();
    }
    let id = patient.as_str().to_string();
    let found = leaflets::offers(app, wanted.language).into_iter().find(|o| o.id == wanted.document);
    let found = match (found, begun) {
        (Some(offer), _) => Some(offer),
        (None, false) => None,
        (None, true) => return Err(Problem::NotFound),
    };
    let shown = found.map(|offer| (place(&id, &wanted, "html"), offer.title));
    let name = record.patient.identity.name.clone();
    let page = Page {
        frame: Frame::of(app, gate, format!("{name}: {}", say(gate.language, Word::Information))),
        mark: gate.mark(),
        revision: record.patient.revision.0,
        given: given(&record, gate.language),
        id,
        name,
        offers,
        wanted,
        shown,
        message,
    };
    let mut response = html(&page)?;
    // The paper is shown inside the page; both are ours.
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
                  connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    if message.is_some() {
        *response.status_mut() = axum::http::StatusCode::CONFLICT;
    }
    Ok(response)
}

/// Where a paper is.
fn place(patient: &str, wanted: &Wanted, ending: &str) -> String {
    let document = super::encoded(&wanted.document);
    format!("/patients/{patient}/information/{document}/paper.{ending}{}", wanted.query())
}

/// A paper for a patient, with what was asked.
async fn made(
    app: &App,
    gate: &Gate,
    patient: &PatientId,
    asked: &Asked,
) -> Result<(Paper, Wanted, PatientPage), Problem> {
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    let wanted = asked.understood(&record, gate)?;
    let mut frame = Frame::of(app, gate, "");
    frame.language = wanted.language;
    frame.organisation = super::organisation(app, wanted.language);
    let stamp = Stamp { print: wanted.print, ..stamp(app, &frame) };
    let paper = leaflets::paper(app, &record, &wanted.document, &stamp).await?.ok_or(Problem::NotFound)?;
    Ok((paper, wanted, record))
}

/// A paper as a page of its own: it brings its style along, and nothing else may do anything.
pub(crate) async fn as_html(
    State(app): State<App>,
    gate: Gate,
    Path((patient, document)): Path<(PatientId, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let asked = Asked { document, ..asked };
    let (paper, _, _) = made(&app, &gate, &patient, &asked).await?;
    let text = nw_leaflet::html_by(&paper, &app.settings.house);
    let policy = header::HeaderValue::from_static(paper_policy());
    let head: [(HeaderName, header::HeaderValue); 3] = [
        (header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_FRAME_OPTIONS, header::HeaderValue::from_static("SAMEORIGIN")),
    ];
    Ok((head, text).into_response())
}

/// What a paper may do in a browser: be shown, with the one style that is ours.
fn paper_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| policy_of(PAPER_STYLE));
    &POLICY
}

/// What a page with this one style in it may do: be shown, inside a page of ours too.
pub(crate) fn policy_of(style: &str) -> String {
    let style = BASE64.encode(&Sha256::digest(style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'"
    )
}

/// A paper to print.
pub(crate) async fn as_pdf(
    State(app): State<App>,
    gate: Gate,
    Path((patient, document)): Path<(PatientId, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let asked = Asked { document, ..asked };
    let (paper, _, _) = made(&app, &gate, &patient, &asked).await?;
    sent(&app, paper, "information").await
}

/// Records that a paper was handed over, with the paper itself.
pub(crate) async fn hand_over(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let one = |name: &str| fields.one(name).to_string();
    let asked = Asked { document: one("document"), lang: one("lang"), print: one("print") };
    let (paper, wanted, record) = made(&app, &gate, &patient, &asked).await?;
    // What was looked at and what is handed over must be the same paper.
    let seen: i64 = fields.parsed("revision", Word::ReloadPage)?;
    if seen != record.patient.revision.0 {
        let message = say(gate.language, Word::PaperChanged);
        return show(&app, &gate, &patient, &asked, Some(message)).await;
    }
    let manifest = &app.guideline.manifest;
    let handover = Handover {
        document: wanted.document.clone(),
        title: paper.title.clone(),
        language: wanted.language_word().to_string(),
        print: wanted.print_word().to_string(),
        guideline: format!("{} {}", manifest.id, manifest.edition),
        guideline_digest: app.guideline.digest.clone(),
        media_type: "application/pdf".to_string(),
        size: 0,
        digest: String::new(),
    };
    let bytes = typeset(&app, paper).await?;
    app.store.hand_over(&gate.about(&patient), &patient, &handover, &bytes).await?;
    let to = format!("/patients/{}/information{}", patient.as_str(), wanted.query());
    Ok(super::to(&format!("{to}&document={}#given", super::encoded(&wanted.document))))
}

/// A paper as it was handed over.
pub(crate) async fn handed_over(
    State(app): State<App>,
    gate: Gate,
    Path((patient, id)): Path<(PatientId, EntryId)>,
) -> Result<Response, Problem> {
    let context = gate.about(&patient);
    // Looked for in this patient's record, so that no address shows somebody else's.
    let record = app.store.patient_page(&context, &patient, AsOf::now()).await?;
    if !record.handovers.iter().any(|h| h.id == id) {
        return Err(Problem::NotFound);
    }
    let (_, bytes) = app.store.handed_over(&context, &id).await?;
    let head = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"information.pdf\""),
    ];
    Ok((head, bytes).into_response())
}

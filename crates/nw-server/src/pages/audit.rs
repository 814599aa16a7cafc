//! Who looked at what, and why: for one patient by name, for the patient in plain words, for the administrator without
//! any patient.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use nw_facts::{Date, Language};
use nw_store::{Action, AuditEntry, AuditFilter, AuditOutcome, PatientId};
use serde::Deserialize;

use super::meetings::moment;
use super::{Frame, html};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Path, Query};
use crate::words::{Word, say};

/// What is looked for.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Asked {
    who: String,
    action: String,
    from: String,
    to: String,
    emergency: String,
    before: String,
}

impl Asked {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let day = |name: &str, text: &str| -> Result<Option<Date>, Problem> {
            if text.is_empty() {
                return Ok(None);
            }
            text.parse().map(Some).map_err(|_| Problem::asks(name, Word::WriteDate))
        };
        let begin = |day: Date| day.to_zoned(jiff::tz::TimeZone::system()).map(|z| z.timestamp()).ok();
        let to = day("to", &self.to)?.and_then(|d| d.tomorrow().ok());
        let action = match self.action.as_str() {
            "" => None,
            word => {
                Some(Action::from_word(word).ok_or_else(|| Problem::asks("action", Word::ChooseFromForm))?)
            }
        };
        let before = match self.before.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Problem::bad("before", "use the number of an entry"))?),
        };
        Ok(AuditFilter {
            action,
            emergency: !self.emergency.is_empty(),
            from: day("from", &self.from)?.and_then(begin),
            to: to.and_then(begin),
            before,
            most: Some(200),
            ..AuditFilter::default()
        })
    }

    fn again(&self, before: i64) -> String {
        let part = super::encoded;
        format!(
            "?who={}&action={}&from={}&to={}&emergency={}&before={before}",
            part(&self.who),
            part(&self.action),
            part(&self.from),
            part(&self.to),
            part(&self.emergency)
        )
    }
}

/// One line for a reader.
pub(crate) struct Line {
    pub(crate) at: String,
    pub(crate) who: String,
    pub(crate) role: String,
    organisation: String,
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) refused: bool,
    emergency: bool,
    reason: Option<String>,
    place: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    /// The patient whose log it is; nobody in the administrator's log.
    patient: Option<(String, String)>,
    asked: Asked,
    people: Vec<(String, String)>,
    actions: Vec<(&'static str, &'static str)>,
    lines: Vec<Line>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "audit-patient.html")]
pub(crate) struct PatientPage {
    pub(crate) id: String,
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) more: bool,
}

/// The day and minute of an entry, where the program runs.
fn line(entry: &AuditEntry, language: Language, with_reason: bool) -> Line {
    let role = nw_store::Role::from_word(&entry.role);
    Line {
        at: moment(language, entry.at),
        who: entry.actor_name.clone(),
        role: role.map_or(String::new(), |r| crate::words::role(language, r).to_string()),
        organisation: entry.organisation.clone(),
        what: format!("{} {}", done(entry, language), object(&entry.object_kind, language)),
        why: format!("{}; {}", purpose(&entry.purpose, language), basis(&entry.basis, language)),
        refused: entry.outcome != AuditOutcome::Success,
        emergency: entry.basis == "emergency",
        reason: entry.reason.clone().filter(|_| with_reason),
        place: entry.access_point.clone().unwrap_or_default(),
    }
}

fn pick(language: Language, (en, nl): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// What somebody did; a paper is handed over, not added.
fn done(entry: &AuditEntry, language: Language) -> &'static str {
    match (entry.action, entry.object_kind.as_str()) {
        (Action::Create, "handover") => pick(language, ("handed over", "meegegeven:")),
        (other, _) => action(other, language),
    }
}

fn action(action: Action, language: Language) -> &'static str {
    pick(
        language,
        match action {
            Action::Create => ("added", "toegevoegd:"),
            Action::Read => ("looked at", "bekeken:"),
            Action::Update => ("changed", "gewijzigd:"),
            Action::Delete => ("took away", "weggenomen:"),
            Action::Export => ("took a copy of", "kopie gemaakt van:"),
            Action::SignIn => ("signed in:", "aangemeld:"),
            Action::SignOut => ("signed out:", "afgemeld:"),
            Action::Execute => ("ran", "uitgevoerd:"),
        },
    )
}

/// What an entry is about; a kind without words of its own keeps its stable word.
fn object(kind: &str, language: Language) -> String {
    let words = match kind {
        "patient" | "patient-page" | "record" => ("the record", "het dossier"),
        "patients" | "worklist" => ("the list of patients", "de lijst van patiënten"),
        "fact" | "facts" => ("facts", "feiten"),
        "document" | "documents" => ("a document", "een document"),
        "decision" | "decisions" => ("a decision", "een besluit"),
        "task" | "tasks" => ("tasks", "taken"),
        "handover" => ("patient information on paper", "patiënteninformatie op papier"),
        "contact" | "contacts" => ("contact moments", "contactmomenten"),
        "execution" => ("what came of a decision", "wat er van een besluit kwam"),
        "sign-off" => ("a signature", "een ondertekening"),
        "agenda-item" | "agenda" => ("the agenda of a meeting", "de agenda van een overleg"),
        "calendar" => ("the calendar", "de kalender"),
        "meeting" | "meetings" => ("a meeting", "een overleg"),
        "audit" => ("this log", "dit logboek"),
        "account" => ("an account", "een account"),
        "accounts" => ("the accounts", "de accounts"),
        "session" | "sessions" => ("a session", "een sessie"),
        "password" => ("a password", "een wachtwoord"),
        "invitation" => ("an invitation", "een uitnodiging"),
        "second-factor" => ("a second factor", "een tweede factor"),
        "objection" | "objections" => {
            ("what the patient says of research", "wat de patiënt over onderzoek zegt")
        }
        "identity" => ("who the patient is", "wie de patiënt is"),
        "card-feedback" => ("what became of cards", "wat er van kaarten werd"),
        "merge" | "merges" | "unmerge" => ("two records of one patient", "twee dossiers van één patiënt"),
        "history" | "fact-history" | "versions" => ("earlier versions", "eerdere versies"),
        "retention" => ("how long records are kept", "hoe lang dossiers bewaard blijven"),
        "setting" | "settings" => ("the settings", "de instellingen"),
        "backup" => ("a backup", "een reservekopie"),
        "housekeeping" => ("housekeeping", "opruimen"),
        "database" => ("the database", "de database"),
        other => return other.to_string(),
    };
    pick(language, words).to_string()
}

fn purpose(word: &str, language: Language) -> String {
    let words = match word {
        "treatment" => ("for treatment", "voor de behandeling"),
        "meeting" => ("for the tumour board", "voor het tumoroverleg"),
        "coordination" => ("to coordinate care", "om de zorg te regelen"),
        "quality" => ("for quality of care", "voor de kwaliteit van zorg"),
        "research" => ("for research", "voor onderzoek"),
        "patient-request" => ("at the patient's request", "op verzoek van de patiënt"),
        "administration" => ("for administration", "voor het beheer"),
        "control" => ("to check access", "om de inzage te controleren"),
        other => return other.to_string(),
    };
    pick(language, words).to_string()
}

fn basis(word: &str, language: Language) -> String {
    let words = match word {
        "treatment-relation" => ("treats the patient", "behandelt de patiënt"),
        "consultation" => ("asked for advice", "om advies gevraagd"),
        "consent" => ("with consent", "met toestemming"),
        "law" => ("a duty by law", "wettelijke plicht"),
        "function" => ("by function", "uit hoofde van de functie"),
        "emergency" => ("emergency", "noodgeval"),
        other => return other.to_string(),
    };
    pick(language, words).to_string()
}

fn actions(language: Language) -> Vec<(&'static str, &'static str)> {
    let name = |a: &Action| (a.word(), action(*a, language).trim_end_matches(':'));
    Action::ALL.iter().map(name).collect()
}

fn people(entries: &[AuditEntry]) -> Vec<(String, String)> {
    let mut people: Vec<(String, String)> =
        entries.iter().filter_map(|e| Some((e.actor.clone()?, e.actor_name.clone()))).collect();
    people.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    people.dedup();
    people
}

/// The log of one patient.
pub(crate) async fn of_patient(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let context = gate.about(&patient);
    let who = app.store.patient(&context, &patient).await?;
    let filter = AuditFilter { patient: Some(patient.clone()), ..asked.filter()? };
    let name = who.identity.name;
    show(&app, &gate, context, filter, asked, Some((patient.as_str().to_string(), name))).await
}

/// The log of everything, without any patient.
pub(crate) async fn of_all(
    State(app): State<App>,
    gate: Gate,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let filter = asked.filter()?;
    show(&app, &gate, gate.context(), filter, asked, None).await
}

async fn show(
    app: &App,
    gate: &Gate,
    context: nw_store::Context,
    mut filter: AuditFilter,
    asked: Asked,
    patient: Option<(String, String)>,
) -> Result<Response, Problem> {
    if !asked.who.is_empty() {
        filter.actor = Some(asked.who.parse()?);
    }
    let page = app.store.audit(&context, &filter).await?;
    // A reason may speak of the patient: it stands in that patient's log only.
    let lines = page.entries.iter().map(|e| line(e, gate.language, patient.is_some())).collect();
    let title = match &patient {
        Some((_, name)) => format!("{}: {name}", say(gate.language, Word::Audit)),
        None => say(gate.language, Word::Audit).to_string(),
    };
    html(&Page {
        frame: Frame::of(app, gate, title),
        patient,
        people: people(&page.entries),
        actions: actions(gate.language),
        lines,
        next: page.next.map(|n| asked.again(n)),
        asked,
    })
}

/// What the patient may take home: who looked, when and why, in plain words.
pub(crate) async fn for_patient(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    html(&log_of(&app, &gate, patient).await?)
}

/// The log of one patient in plain words, as the page and the PDF tell it.
///
/// # Errors
/// The record refuses.
pub(crate) async fn log_of(app: &App, gate: &Gate, patient: PatientId) -> Result<PatientPage, Problem> {
    let context = gate.about(&patient);
    let who = app.store.patient(&context, &patient).await?;
    let id = patient.as_str().to_string();
    let filter = AuditFilter { patient: Some(patient), most: Some(1000), ..AuditFilter::default() };
    let page = app.store.audit(&context, &filter).await?;
    // The patient is spoken to in the patient's language.
    let chosen = who.identity.language.as_deref().and_then(crate::access::language_of);
    let language = chosen.unwrap_or(gate.language);
    let mut frame = Frame::of(app, gate, say(language, Word::WhoLooked));
    frame.language = language;
    let lines = page.entries.iter().map(|e| line(e, language, false)).collect();
    Ok(PatientPage { id, frame, name: who.identity.name, lines, more: page.next.is_some() })
}

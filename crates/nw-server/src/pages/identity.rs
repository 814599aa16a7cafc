//! Who a patient is: the form that begins a record, and the same form for what was mistyped or has changed.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_store::{AsOf, Fact, Identity, NewFact, Origin, Patient, PatientId, Revision};

use super::cases::prepare;
use super::patients::SEX;
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::words::{Word, say};

/// A language that a patient can be spoken to in.
const LANGUAGES: [(&str, Word); 2] = [("nl", Word::InDutch), ("en", Word::InEnglish)];

#[derive(Template)]
#[template(path = "patient-identity.html")]
struct Page {
    frame: Frame,
    mark: String,
    /// The record and its revision; nothing while it has not begun.
    record: Option<(String, i64)>,
    identity: Identity,
    /// As it was typed, also when it is no date.
    born: String,
    /// Values to choose from: what the vocabulary knows, and what was registered elsewhere.
    sexes: Vec<(String, String)>,
    languages: [(&'static str, &'static str); 2],
    message: Option<String>,
}

fn show(
    app: &App,
    gate: &Gate,
    record: Option<(String, i64)>,
    (identity, born): (Identity, String),
    message: Option<String>,
) -> Result<Response, Problem> {
    let (language, vocabulary) = (gate.language, &app.guideline.vocabulary);
    let def = vocabulary.find_fact(SEX).map(|idx| vocabulary.fact(idx));
    let known = def.into_iter().flat_map(|def| &def.choices);
    let mut sexes: Vec<(String, String)> =
        known.map(|c| (c.id.clone(), c.label.get(language).to_string())).collect();
    if let Some(registered) = &identity.sex
        && !sexes.iter().any(|(id, _)| id == registered)
    {
        let label = super::patients::sex(app, &identity, language).unwrap_or_default();
        sexes.push((registered.clone(), label));
    }
    let title = match &record {
        None => say(language, Word::NewPatient).to_string(),
        Some(_) => format!("{}: {}", identity.name, say(language, Word::PatientDetails)),
    };
    let refused = message.is_some();
    let languages = LANGUAGES.map(|(id, word)| (id, say(language, word)));
    let frame = Frame::of(app, gate, title);
    let mut page =
        html(&Page { frame, mark: gate.mark(), record, identity, born, sexes, languages, message })?;
    if refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// What the form says, on top of what it does not ask; the day of birth apart, since it may be none.
fn read(fields: &Fields, today: nw_facts::Date, before: Identity) -> (Identity, Result<(), Problem>) {
    let born = fields.date("born").and_then(|born| match born {
        Some(born) if born > today => Err(Problem::asks("born", Word::NotToCome)),
        born => Ok(born),
    });
    let identity = Identity {
        name: fields.one("name").to_string(),
        number: fields.filled("number"),
        born: born.as_ref().ok().copied().flatten(),
        sex: fields.filled("sex"),
        contact: fields.filled("contact"),
        general_practitioner: fields.filled("general-practitioner"),
        referrer: fields.filled("referrer"),
        language: fields.filled("language").filter(|l| LANGUAGES.iter().any(|(id, _)| id == l)),
        ..before
    };
    (identity, born.map(|_| ()))
}

/// Records the sex as a fact of the guideline, when it is one that the vocabulary knows and the record does not say it:
/// nobody is asked again what stands on the form, and no man is asked whether he is pregnant.
async fn say_sex(app: &App, gate: &Gate, patient: &Patient) -> Result<(), Problem> {
    let vocabulary = &app.guideline.vocabulary;
    let registered = patient.identity.sex.as_ref();
    let known = vocabulary.find_fact(SEX).and_then(|idx| {
        let def = vocabulary.fact(idx);
        Some(def.choices[def.choice(registered?)?].id.clone())
    });
    let Some(value) = known else { return Ok(()) };
    let about = gate.about(&patient.id);
    let held = app.store.facts_as_of(&about, &patient.id, AsOf::now()).await?;
    let held: Vec<&Fact> = held.iter().filter(|f| f.fact == SEX).collect();
    if held.iter().any(|f| f.value == value) {
        return Ok(());
    }
    let mut fact = NewFact::new(SEX, value, Origin::person(say(gate.language, Word::FromDetails)));
    if let [one] = held.as_slice() {
        fact = fact.instead_of(one.id.clone());
    }
    app.store.record(&about, &patient.id, patient.revision, &[fact]).await?;
    prepare(app, &patient.id, gate.language);
    Ok(())
}

/// The form for a new patient.
pub(crate) async fn new_page(State(app): State<App>, gate: Gate) -> Result<Response, Problem> {
    let identity = Identity { language: Some(super::lang(gate.language).to_string()), ..Identity::default() };
    show(&app, &gate, None, (identity, String::new()), None)
}

/// Begins a record.
pub(crate) async fn add(State(app): State<App>, gate: Gate, body: Bytes) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let (identity, born) =
        read(&fields, app.today(), Identity { synthetic: app.settings.demo, ..Identity::default() });
    let made = match born {
        Ok(()) => app.store.add_patient(&gate.context(), &identity).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match made {
        Ok(patient) => {
            say_sex(&app, &gate, &patient).await?;
            Ok(to(&format!("/patients/{}/facts", patient.id.as_str())))
        }
        Err(problem) if problem.status().is_client_error() => {
            // What was typed stays in the form.
            let message = Some(problem.for_person(gate.language));
            show(&app, &gate, None, (identity, fields.one("born").to_string()), message)
        }
        Err(problem) => Err(problem),
    }
}

/// The form for a patient whose record has begun.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let now = app.store.patient(&gate.about(&patient), &patient).await?;
    let born = now.identity.born.map(|b| b.to_string()).unwrap_or_default();
    let record = Some((patient.as_str().to_string(), now.revision.0));
    show(&app, &gate, record, (now.identity, born), None)
}

/// Keeps what the form says; what was said before stays in the history of the record.
pub(crate) async fn change(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let about = gate.about(&patient);
    let now = app.store.patient(&about, &patient).await?;
    let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
    let (identity, born) = read(&fields, app.today(), now.identity.clone());
    let kept = match born {
        Ok(()) if identity == now.identity => Ok(now.clone()),
        Ok(()) => app.store.identify(&about, &patient, base, &identity).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match kept {
        Ok(kept) => {
            say_sex(&app, &gate, &kept).await?;
            Ok(to(&format!("/patients/{}", patient.as_str())))
        }
        Err(problem) if problem.status().is_client_error() => {
            // What was typed stays, on top of what is new; saving once more is a decision of the person.
            let message = Some(match problem.status() {
                StatusCode::CONFLICT if base != now.revision => {
                    say(gate.language, Word::StaleDetails).to_string()
                }
                _ => problem.for_person(gate.language),
            });
            let record = Some((patient.as_str().to_string(), now.revision.0));
            show(&app, &gate, record, (identity, fields.one("born").to_string()), message)
        }
        Err(problem) => Err(problem),
    }
}

//! One recorded fact, put right: another value in its place, or taken back. Both stay in the history.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use nw_facts::read;
use nw_store::{
    AsOf, Changes, Fact, FactRecordId, NewFact, Origin, PatientId, PatientPage, Reason, Revision, StoreError,
};

use super::cases::prepare;
use super::facts::{Input, input};
use super::{Frame, html, to};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::{Fields, Path};
use crate::reason::capital;
use crate::refusal::refused;
use crate::said;
use crate::words::{Word, say};

#[derive(Template)]
#[template(path = "fact-correct.html")]
struct Page {
    frame: Frame,
    mark: String,
    record: PatientPage,
    fact: Fact,
    label: String,
    /// What the record holds, in words.
    held: String,
    /// The field for another value; nothing when the vocabulary does not know the fact.
    input: Option<Input>,
    date: String,
    origin: String,
    reason: String,
    message: Option<String>,
    /// What is wrong stands with taking back.
    of_reason: bool,
}

/// What was sent and not kept: its fields, what to tell, and as which answer.
struct Refused<'f> {
    fields: &'f Fields,
    message: String,
    status: StatusCode,
    of_reason: bool,
}

async fn show(
    app: &App,
    gate: &Gate,
    (patient, fact): (&PatientId, &FactRecordId),
    refused: Option<Refused<'_>>,
) -> Result<Response, Problem> {
    let (vocabulary, language) = (&app.guideline.vocabulary, gate.language);
    let record = app.store.patient_page(&gate.about(patient), patient, AsOf::now()).await?;
    // A fact that was corrected or taken back meanwhile is corrected no more.
    let fact = record.facts.iter().find(|f| f.id == *fact).cloned().ok_or(Problem::NotFound)?;
    let def = vocabulary.find_fact(&fact.fact).map(|idx| vocabulary.fact(idx));
    let typed = |name: &str, held: String| match &refused {
        Some(refused) if refused.fields.has(name) => refused.fields.one(name).to_string(),
        _ => held,
    };
    let choice = def.and_then(|def| Some(def.choices[def.choice(&fact.value)?].id.clone()));
    let value = typed("value", choice.unwrap_or_else(|| fact.value.clone()));
    let label = def.map_or_else(|| fact.fact.clone(), |def| capital(def.label.get(language)));
    let page = Page {
        frame: Frame::of(app, gate, format!("{}: {label}", record.patient.identity.name)),
        mark: gate.mark(),
        held: said::value(vocabulary, &fact, language),
        input: def.map(|def| Input { typed: value, ..input(def, language) }),
        date: typed("date", fact.true_on.map(|d| d.to_string()).unwrap_or_default()),
        origin: typed("origin", fact.origin.label.clone()),
        reason: typed("reason", String::new()),
        of_reason: refused.as_ref().is_some_and(|r| r.of_reason),
        message: refused.as_ref().map(|r| r.message.clone()),
        label,
        fact,
        record,
    };
    let mut page = html(&page)?;
    if let Some(refused) = refused {
        *page.status_mut() = refused.status;
    }
    Ok(page)
}

/// The page.
pub(crate) async fn page(
    State(app): State<App>,
    gate: Gate,
    Path((patient, fact)): Path<(PatientId, FactRecordId)>,
) -> Result<Response, Problem> {
    show(&app, &gate, (&patient, &fact), None).await
}

/// Where to go when it is done; or the form again, with what was typed.
async fn done(
    app: &App,
    gate: &Gate,
    (patient, fact): (&PatientId, &FactRecordId),
    fields: &Fields,
    of_reason: bool,
    kept: Result<(), Problem>,
) -> Result<Response, Problem> {
    let refuse = |message, status| Refused { fields, message, status, of_reason };
    match kept {
        Ok(()) => {
            prepare(app, patient, gate.language);
            Ok(to(&format!("/patients/{}#facts", patient.as_str())))
        }
        Err(Problem::Store(StoreError::Stale { .. })) => {
            let message = say(gate.language, Word::StaleDetails).to_string();
            show(app, gate, (patient, fact), Some(refuse(message, StatusCode::CONFLICT))).await
        }
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let message = problem.for_person(gate.language);
            show(app, gate, (patient, fact), Some(refuse(message, problem.status()))).await
        }
        Err(problem) => Err(problem),
    }
}

/// Puts another value in the place of one.
pub(crate) async fn correct(
    State(app): State<App>,
    gate: Gate,
    Path((patient, fact)): Path<(PatientId, FactRecordId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let about = gate.about(&patient);
    let vocabulary = &app.guideline.vocabulary;
    let record = app.store.patient_page(&about, &patient, AsOf::now()).await?;
    let held = record.facts.iter().find(|f| f.id == fact).ok_or(Problem::NotFound)?;
    let idx = vocabulary.find_fact(&held.fact).ok_or(Problem::NotFound)?;
    let value = fields.one("value").to_string();
    let place = (&patient, &fact);
    if value.is_empty() {
        let kept = Err(Problem::asks("value", Word::ValueNeeded));
        return done(&app, &gate, place, &fields, false, kept).await;
    }
    if let Err(fault) = read(vocabulary, idx, &value) {
        let message = refused(vocabulary.fact(idx), &value, &fault, gate.language);
        let refused =
            Refused { fields: &fields, message, status: StatusCode::UNPROCESSABLE_ENTITY, of_reason: false };
        return show(&app, &gate, place, Some(refused)).await;
    }
    let kept = async {
        let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
        let origin = fields.filled("origin").unwrap_or_else(|| gate.session.account.name.clone());
        let mut new = NewFact::new(held.fact.clone(), value, Origin::person(origin)).instead_of(fact.clone());
        new.true_on = fields.date("date")?;
        app.store.record(&about, &patient, base, &[new]).await?;
        Ok(())
    };
    let kept = kept.await;
    done(&app, &gate, place, &fields, false, kept).await
}

/// Takes a fact back that was recorded in error; it stays in the history.
pub(crate) async fn retract(
    State(app): State<App>,
    gate: Gate,
    Path((patient, fact)): Path<(PatientId, FactRecordId)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let fields = Fields::read(&gate, &body)?;
    let kept = async {
        let base = Revision(fields.parsed("revision", Word::ReloadPage)?);
        let reason = Reason::new(fields.one("reason"))?;
        let changes = Changes { facts: Vec::new(), retract: vec![fact.clone()], reason: Some(reason) };
        app.store.change(&gate.about(&patient), &patient, base, &changes).await?;
        Ok(())
    };
    let kept = kept.await;
    done(&app, &gate, (&patient, &fact), &fields, true, kept).await
}

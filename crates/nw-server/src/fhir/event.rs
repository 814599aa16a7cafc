//! Who did what with a patient's record, as AuditEvents.

use nw_fhir::{Json, map};
use nw_store::{Action, AuditEntry, AuditFilter, AuditOutcome, PatientId};

use super::compartment::moment;
use super::outcome::Fail;
use super::read::{page, record};
use super::search::Search;
use super::{Asking, ids};

/// So many lines of the log are looked at for one search.
const MOST: usize = 10_000;

fn coding(system: &str, code: &str) -> Json {
    map([("system", Some(system.into())), ("code", Some(code.into()))])
}

fn shown(entry: &AuditEntry, patient: &PatientId) -> Json {
    let dicom = "http://dicom.nema.org/resources/ontology/DCM";
    let (kind, action) = match entry.action {
        Action::Create => ("110110", "C"),
        Action::Read => ("110110", "R"),
        Action::Update => ("110110", "U"),
        Action::Delete => ("110110", "D"),
        Action::Export => ("110106", "R"),
        Action::SignIn | Action::SignOut => ("110114", "E"),
        Action::Execute => ("110100", "E"),
    };
    let outcome = match entry.outcome {
        AuditOutcome::Success => "0",
        AuditOutcome::Refused => "4",
        AuditOutcome::Failed => "8",
    };
    let role = map([("coding", Some(Json::List(vec![coding("urn:netwijzer:account-role", &entry.role)])))]);
    let purpose = map([("coding", Some(Json::List(vec![coding("urn:netwijzer:purpose", &entry.purpose)])))]);
    let network = entry
        .access_point
        .as_deref()
        .map(|place| map([("address", Some(place.into())), ("type", Some("2".into()))]));
    let agent = map([
        ("role", Some(Json::List(vec![role]))),
        ("who", Some(map([("display", Some(entry.actor_name.as_str().into()))]))),
        ("requestor", Some(Json::Bool(true))),
        ("network", network),
        ("purposeOfUse", Some(Json::List(vec![purpose]))),
    ]);
    let whom = map([
        ("what", Some(map([("reference", Some(format!("Patient/{}", patient.as_str()).into()))]))),
        ("type", Some(coding("http://terminology.hl7.org/CodeSystem/audit-entity-type", "1"))),
        ("description", Some(entry.object_kind.as_str().into())),
    ]);
    map([
        ("resourceType", Some("AuditEvent".into())),
        ("id", Some(ids::of_patient(patient, &format!("log-{}", entry.seq)).into())),
        (
            "meta",
            Some(map([("versionId", Some("1".into())), ("lastUpdated", Some(moment(entry.at).into()))])),
        ),
        ("type", Some(coding(dicom, kind))),
        ("subtype", Some(Json::List(vec![coding("urn:netwijzer:action", entry.action.word())]))),
        ("action", Some(action.into())),
        ("recorded", Some(moment(entry.at).into())),
        ("outcome", Some(outcome.into())),
        ("agent", Some(Json::List(vec![agent]))),
        ("source", Some(map([("observer", Some(map([("display", Some("netwijzer".into()))])))]))),
        ("entity", Some(Json::List(vec![whom]))),
    ])
}

/// What the log says of one patient. To look at it is in the log, too.
///
/// # Errors
/// No patient is named, or the log cannot be read.
pub(super) async fn searched(asking: &Asking, search: &Search) -> Result<Json, Fail> {
    let [id] = search.patients.as_slice() else {
        return Err(Fail::bad("required", "say of which patient: patient={id}"));
    };
    let Ok(patient) = id.parse::<PatientId>() else {
        return Ok(page(asking, "AuditEvent", search, Vec::new(), &[]));
    };
    match record(asking, &patient).await {
        Ok(_) => {}
        Err(fail) if fail.status == axum::http::StatusCode::NOT_FOUND => {
            return Ok(page(asking, "AuditEvent", search, Vec::new(), &[]));
        }
        Err(fail) => return Err(fail),
    }
    let context = asking.gate.about(&patient);
    let mut filter =
        AuditFilter { patient: Some(patient.clone()), most: Some(1000), ..AuditFilter::default() };
    let mut entries = Vec::new();
    while entries.len() < MOST {
        let lines = asking.app.store.audit(&context, &filter).await?;
        entries.extend(lines.entries.iter().map(|e| shown(e, &patient)));
        match lines.next {
            Some(next) => filter.before = Some(next),
            None => break,
        }
    }
    Ok(page(asking, "AuditEvent", search, entries.iter().collect(), &[]))
}

//! Who a patient is, between the record and the resource Patient.

use nw_fhir::{Json, citizen_number, map};
use nw_store::{Identity, Patient};

use super::outcome::Fail;

/// The system of the number that the hospital gave.
pub(crate) const NUMBER: &str = "urn:netwijzer:number";
/// An invented patient.
const TEST: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST");

fn list(item: Json) -> Json {
    Json::List(vec![item])
}

/// The members of a Patient that say who it is; `drawn` is the resource as it is sent without identity.
pub(crate) fn shown(patient: &Patient, drawn: &Json) -> Vec<(String, Json)> {
    let who = &patient.identity;
    let gender = drawn.text_at("gender").filter(|g| *g != "unknown").map(str::to_string);
    let said = who.sex.as_deref().map(str::to_lowercase);
    let said = said.filter(|s| matches!(s.as_str(), "female" | "male" | "other"));
    let mut members = Vec::new();
    let mut add = |key: &str, value: Json| members.push((key.to_string(), value));
    if let Some(number) = &who.number {
        add(
            "identifier",
            list(map([("system", Some(NUMBER.into())), ("value", Some(number.as_str().into()))])),
        );
    }
    add("active", Json::Bool(true));
    add("name", list(map([("use", Some("official".into())), ("text", Some(who.name.as_str().into()))])));
    if let Some(contact) = &who.contact {
        add("telecom", list(map([("value", Some(contact.as_str().into()))])));
    }
    add("gender", said.or(gender).unwrap_or_else(|| "unknown".to_string()).into());
    let born = who.born.map(|b| b.to_string());
    if let Some(born) = born.or_else(|| drawn.text_at("birthDate").map(str::to_string)) {
        add("birthDate", born.into());
    }
    if let Some(died) = drawn.text_at("deceasedDateTime") {
        add("deceasedDateTime", died.into());
    }
    if let Some(language) = who.language.as_deref().filter(|l| matches!(*l, "nl" | "en")) {
        let coding = map([("system", Some("urn:ietf:bcp:47".into())), ("code", Some(language.into()))]);
        let spoken = map([("coding", Some(list(coding)))]);
        add("communication", list(map([("language", Some(spoken)), ("preferred", Some(Json::Bool(true)))])));
    }
    if let Some(practitioner) = &who.general_practitioner {
        add("generalPractitioner", list(map([("display", Some(practitioner.as_str().into()))])));
    }
    members
}

/// The label of an invented patient.
pub(crate) fn label(patient: &Patient) -> Option<Json> {
    let tag = map([("system", Some(TEST.0.into())), ("code", Some(TEST.1.into()))]);
    patient.identity.synthetic.then(|| list(tag))
}

/// A name in one line.
fn name(tree: &Json) -> Option<String> {
    let names = tree.items_at("name");
    let one = names.iter().find(|n| n.text_at("use") == Some("official")).or_else(|| names.first())?;
    if let Some(text) = one.text_at("text").filter(|t| !t.trim().is_empty()) {
        return Some(text.trim().to_string());
    }
    let mut parts: Vec<&str> = one.items_at("given").iter().filter_map(Json::text).collect();
    parts.extend(one.text_at("family"));
    let whole = parts.join(" ").trim().to_string();
    (!whole.is_empty()).then_some(whole)
}

/// The first number that is not one of the state.
pub(crate) fn number(tree: &Json) -> Option<String> {
    let numbers = tree.items_at("identifier").iter().filter(|i| {
        let system = i.text_at("system").unwrap_or_default();
        citizen_number(system).is_none() && !system.to_lowercase().contains("bsn")
    });
    let of = |i: &Json| i.text_at("value").map(str::trim).filter(|v| !v.is_empty()).map(str::to_string);
    let numbers: Vec<&Json> = numbers.collect();
    let ours = numbers.iter().find(|i| i.text_at("system") == Some(NUMBER));
    ours.copied().or_else(|| numbers.first().copied()).and_then(of)
}

/// Who a Patient says it is. What the resource cannot say stays as it was.
///
/// # Errors
/// No name, or a day of birth that is none.
pub(crate) fn identity(
    tree: &Json,
    before: Option<&Identity>,
    synthetic: bool,
    place: &str,
) -> Result<Identity, Fail> {
    let here = |member: &str| format!("{place}.{member}");
    let name = name(tree).ok_or_else(|| {
        Fail::refused("required", "a Patient needs a name: name[0].text, or given and family", &here("name"))
    })?;
    let born = match tree.text_at("birthDate") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            Fail::refused("value", "write the whole day of birth, as 1960-02-03", &here("birthDate"))
        })?),
    };
    let language = tree.items_at("communication").iter().find_map(|c| {
        let codings = c.get("language")?.items_at("coding");
        codings.iter().filter_map(|c| c.text_at("code")).find_map(|code| match code.get(..2) {
            Some("nl") => Some("nl".to_string()),
            Some("en") => Some("en".to_string()),
            _ => None,
        })
    });
    let text = |found: Option<&str>| found.map(str::trim).filter(|t| !t.is_empty()).map(str::to_string);
    let identity = Identity {
        name,
        number: number(tree),
        born,
        sex: text(tree.text_at("gender")),
        contact: text(tree.items_at("telecom").first().and_then(|t| t.text_at("value"))),
        general_practitioner: text(
            tree.items_at("generalPractitioner").first().and_then(|g| g.text_at("display")),
        ),
        referrer: before.and_then(|b| b.referrer.clone()),
        language: language.or_else(|| before.and_then(|b| b.language.clone())),
        synthetic: before.map_or(synthetic, |b| b.synthetic),
    };
    let texts = [
        ("name", Some(&identity.name), 200),
        ("identifier", identity.number.as_ref(), 500),
        ("telecom", identity.contact.as_ref(), 500),
        ("generalPractitioner", identity.general_practitioner.as_ref(), 500),
    ];
    for (member, text, most) in texts {
        let wrong = |t: &&String| t.chars().count() > most || t.chars().any(char::is_control);
        if text.as_ref().is_some_and(wrong) {
            let told = format!("longer than {most} characters, or with control characters in it");
            return Err(Fail::refused("value", told, &here(member)));
        }
    }
    Ok(identity)
}

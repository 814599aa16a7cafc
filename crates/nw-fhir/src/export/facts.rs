//! The patient, the tumour and every statement of the record.

use nw_engine::Outcome;
use nw_facts::{Evidence, FactIdx, Kind, Observation};

use super::{Entries, Profile, Record, instant, member, one, reference};
use crate::json::{Json, map};
use crate::mapping::{FACT_SYSTEM, Form, Mapping, Reads, Rule};
use crate::own::{self, ORIGIN, ROLE_SYSTEM};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// The value of a fact, as its id or number, when every present statement that gives one gives the same one.
pub(crate) fn single(record: &Record<'_>, id: &str) -> Option<String> {
    let fact = record.guideline.vocabulary.find_fact(id)?;
    let def = record.guideline.vocabulary.fact(fact);
    let value = |o: &Observation| match &o.evidence {
        Evidence::Choices(choices) if choices.len() == 1 => match def.kind {
            Kind::YesNo => nw_facts::YES_NO.get(choices[0]).map(|t| (*t).to_string()),
            _ => def.choices.get(choices[0]).map(|c| c.id.clone()),
        },
        Evidence::Numbers(ranges) => match ranges.as_slice() {
            [range] => range.single().map(|n| def.written(n, false)),
            _ => None,
        },
        _ => None,
    };
    let mut values = record.facts.present(fact).into_iter().map(value);
    let first = values.next()??;
    values.all(|v| v.as_ref() == Some(&first)).then_some(first)
}

/// The value of a conclusion that is sure.
pub(crate) fn concluded(record: &Record<'_>, id: &str) -> Option<String> {
    let idx = record.guideline.vocabulary.find_conclusion(id)?;
    match record.conclusions.get(idx)?.outcome {
        Outcome::Concluded(value) => {
            record.guideline.vocabulary.conclusion(idx).values.get(value).map(|v| v.id.clone())
        }
        _ => None,
    }
}

/// The tag of what stands elsewhere as facts.
pub(crate) fn restated() -> Json {
    one(map([("system", Some(ROLE_SYSTEM.into())), ("code", Some("restated".into()))]))
}

pub(super) fn patient(
    record: &Record<'_>,
    mapping: &Mapping,
    profile: Profile,
    entries: &mut Entries,
) -> String {
    let mut meta = vec![member("tag", restated())];
    if let Some(url) = mapping.shape(profile.id(), "Patient") {
        meta.insert(0, member("profile", one(url.into())));
    }
    let gender = single(record, "patient.sex").unwrap_or_else(|| "unknown".to_string());
    let mut members = vec![
        member("meta", Json::Map(meta)),
        member(
            "identifier",
            one(map([
                ("system", Some("urn:netwijzer:case".into())),
                ("value", Some(record.pseudonym.into())),
            ])),
        ),
        member(
            "name",
            one(map([(
                "extension",
                Some(one(map([
                    ("url", Some(own::ABSENT_EXTENSION.into())),
                    ("valueCode", Some("masked".into())),
                ]))),
            )])),
        ),
        member("gender", gender),
    ];
    for (id, key) in [("birth.date", "birthDate"), ("death.date", "deceasedDateTime")] {
        if let Some(day) = single(record, id) {
            members.push(member(key, day));
        }
    }
    entries.add("Patient", "patient", members)
}

/// The tumour as a condition, where its organ is known and it is a neuroendocrine neoplasm.
pub(super) fn cancer(
    record: &Record<'_>,
    mapping: &Mapping,
    profile: Profile,
    patient: &str,
    entries: &mut Entries,
) -> Option<String> {
    let site = single(record, "primary.site")?;
    let morphology = mapping.morphology(&|id| concluded(record, id));
    let coding = |key: &str| mapping.coding(key);
    let mut meta = vec![member("tag", restated())];
    if let Some(url) = mapping.shape(profile.id(), "Condition") {
        meta.insert(0, member("profile", one(url.into())));
    }
    let codes: Vec<Json> = mapping.condition(&site).iter().filter_map(|k| coding(k)).collect();
    let mut members = vec![member("meta", Json::Map(meta))];
    if let (Some(key), Some(url)) = (morphology, mapping.neoplasm.extension.first()) {
        let value = map([("coding", Some(Json::List(coding(&key).into_iter().collect())))]);
        let extension = map([("url", Some(url.as_str().into())), ("valueCodeableConcept", Some(value))]);
        members.push(member("extension", one(extension)));
    }
    members.push(member(
        "clinicalStatus",
        own::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", None),
    ));
    members.push(member(
        "verificationStatus",
        own::concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", None),
    ));
    members.push(member(
        "category",
        one(own::concept(
            "http://terminology.hl7.org/CodeSystem/condition-category",
            "problem-list-item",
            None,
        )),
    ));
    members.push(member("code", map([("coding", Some(Json::List(codes)))])));
    let places: Vec<Json> = mapping.place(&site).iter().filter_map(|k| coding(k)).collect();
    if !places.is_empty() {
        members.push(member("bodySite", one(map([("coding", Some(Json::List(places)))]))));
    }
    members.push(member("subject", reference(patient)));
    if let Some(day) = single(record, "diagnosis.date") {
        members.push(member("recordedDate", day));
    }
    Some(entries.add("Condition", "tumour", members))
}

/// Every statement as an Observation; gives back where each fact stands.
pub(super) fn statements(
    record: &Record<'_>,
    mapping: &Mapping,
    profile: Profile,
    patient: &str,
    cancer: Option<&str>,
    entries: &mut Entries,
) -> Vec<(FactIdx, String)> {
    let vocabulary = &record.guideline.vocabulary;
    let mut stated = Vec::new();
    for (at, statement) in record.facts.observations().iter().enumerate() {
        // What was read from another fact's text is told by that text alone where it is written; here the read fact is
        // what is exact, so it is told as it is.
        let def = vocabulary.fact(statement.fact);
        let form = mapping.form(statement.fact, &|id| single(record, id));
        let rule = form.and_then(|f| mapping.rule(&f.rule)).or_else(|| mapping.written_by(statement.fact));
        let mut codings = vec![map([
            ("system", Some(FACT_SYSTEM.into())),
            ("code", Some(def.id.as_str().into())),
            ("display", Some(def.label.get(record.language).into())),
        ])];
        let ucum = |unit: &str| mapping.ucum(unit).map(str::to_string);
        let mut value = own::value(def, statement, &ucum);
        let sure = !value.iter().any(|(key, _)| key == "extension" || key == "dataAbsentReason");
        let (mut component, mut meta) = (None, Vec::new());
        if let Some(rule) = rule {
            let named = if rule.within.is_empty() { rule.codes.first() } else { rule.within.first() };
            let code = named.filter(|p| !p.0.ends_with('*')).and_then(|p| mapping.coding(&p.0));
            // Where others bind their own code, theirs stands first.
            if let Some(code) = code {
                codings.insert(0, code);
            }
            if rule.reads == Reads::Coded && sure {
                add_value(rule, mapping, def, statement, &mut value);
            }
            if !rule.within.is_empty() && sure {
                let inner = rule.codes.first().and_then(|p| mapping.coding(&p.0));
                let mut members =
                    vec![member("code", map([("coding", Some(Json::List(inner.into_iter().collect())))]))];
                members.append(&mut value);
                component = Some(Json::Map(members));
            }
        }
        // What is said of a tumour is of a profile only beside the tumour that it is said of.
        let whole = sure && (cancer.is_some() || !rule.is_some_and(|r| r.tumour));
        let shaped = form.and_then(|f| f.shape.get(profile.id())).filter(|_| whole);
        if let Some(url) = shaped {
            meta.push(member("profile", one(url.as_str().into())));
        }
        let mut members = Vec::new();
        if !meta.is_empty() {
            members.push(member("meta", Json::Map(meta)));
        }
        let mut extensions: Vec<Json> = Vec::new();
        value.retain(|(key, v)| {
            if key == "extension" {
                extensions.extend(v.items().iter().cloned());
            }
            key != "extension"
        });
        if let Some(origin) = &statement.origin {
            extensions
                .push(map([("url", Some(ORIGIN.into())), ("valueString", Some(origin.as_str().into()))]));
        }
        if let (Some(url), Some(cancer)) = (form.and_then(|f| f.relates.as_ref()), cancer) {
            extensions
                .push(map([("url", Some(url.as_str().into())), ("valueReference", Some(reference(cancer)))]));
        }
        if !extensions.is_empty() {
            members.push(member("extension", Json::List(extensions)));
        }
        members.push(member("status", "final"));
        if let Some(category) = form.and_then(|f| f.category.as_ref()) {
            members.push(member("category", one(own::concept(CATEGORY, category, None))));
        }
        members.push(member("code", map([("coding", Some(Json::List(codings)))])));
        members.push(member("subject", reference(patient)));
        if let (Some(cancer), true) = (cancer, rule.is_some_and(|r| r.tumour)) {
            members.push(member("focus", one(reference(cancer))));
        }
        if let Some(day) = statement.date {
            members.push(member("effectiveDateTime", day.to_string()));
        }
        if let Some(day) = statement.known {
            members.push(member("issued", instant(day)));
        }
        if form.is_some_and(|f| f.performer) {
            members.push(member("performer", one(reference("Device/netwijzer"))));
        }
        members.append(&mut value);
        if let Some(method) = form.and_then(|f| method(record, mapping, f)) {
            members.push(member("method", method));
        }
        if let Some(component) = component {
            members.push(member("component", one(component)));
        }
        stated.push((statement.fact, entries.add("Observation", &format!("fact-{at}"), members)));
    }
    stated
}

/// The value in the code of others, beside ours.
fn add_value(
    rule: &Rule,
    mapping: &Mapping,
    def: &nw_facts::FactDef,
    statement: &Observation,
    value: &mut [(String, Json)],
) {
    let Evidence::Choices(choices) = &statement.evidence else { return };
    let [at] = choices.as_slice() else { return };
    let Some(id) = def.choices.get(*at).map(|c| c.id.as_str()) else { return };
    let theirs = rule.values.iter().find(|(p, text)| text == id && !p.0.ends_with('*'));
    let Some(coding) = theirs.and_then(|(p, _)| mapping.coding(&p.0)) else { return };
    for (key, concept) in value {
        if key == "valueCodeableConcept"
            && let Json::Map(members) = concept
            && let Some((_, Json::List(codings))) = members.iter_mut().find(|(k, _)| k == "coding")
        {
            codings.insert(0, coding.clone());
        }
    }
}

/// How it was classified, when the record says so.
fn method(record: &Record<'_>, mapping: &Mapping, form: &Form) -> Option<Json> {
    let rule = mapping.rule(form.method.as_deref()?)?;
    let fact = record.guideline.vocabulary.fact(rule.fact).id.clone();
    let value = single(record, &fact)?;
    let (pattern, _) = rule.values.iter().find(|(_, text)| *text == value)?;
    Some(map([("coding", Some(Json::List(mapping.coding(&pattern.0).into_iter().collect())))]))
}

/// Treatments whose code and stage are sure, as statements of use.
pub(super) fn medication(record: &Record<'_>, mapping: &Mapping, patient: &str, entries: &mut Entries) {
    for rule in &mapping.rules {
        if rule.reads != Reads::Status || !rule.resources.iter().any(|r| r == "MedicationStatement") {
            continue;
        }
        let def = record.guideline.vocabulary.fact(rule.fact);
        let Some(value) = single(record, &def.id) else { continue };
        let status = rule.values.iter().find(|(_, text)| *text == value);
        let code = rule.codes.first().filter(|p| !p.0.ends_with('*')).and_then(|p| mapping.coding(&p.0));
        let (Some((status, _)), Some(code)) = (status, code) else { continue };
        entries.add(
            "MedicationStatement",
            &super::plain_id(&rule.id),
            vec![
                member("meta", map([("tag", Some(restated()))])),
                member("status", status.0.trim_start_matches('=')),
                member("medicationCodeableConcept", map([("coding", Some(one(code)))])),
                member("subject", reference(patient)),
            ],
        );
    }
}

//! The dictionary as a Questionnaire, and the answers of a record beside it.

use nw_facts::{FactDef, FactIdx, Kind, Language, Text, YES_NO};
use nw_guideline::CompiledGuideline;

use super::{Entries, Record, member, one};
use crate::json::{Json, map};
use crate::mapping::{FACT_SYSTEM, Mapping};
use crate::own;

const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
const UNIT: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";

/// The address of the questionnaire of a guideline.
fn address(guideline: &CompiledGuideline) -> String {
    format!("urn:netwijzer:questionnaire:{}", guideline.manifest.id)
}

fn other(text: &Text, language: Language) -> Json {
    let (code, said) = match language {
        Language::Nl => ("en", &text.en),
        Language::En => ("nl", &text.nl),
    };
    map([(
        "extension",
        Some(one(map([
            ("url", Some(TRANSLATION.into())),
            (
                "extension",
                Some(Json::List(vec![
                    map([("url", Some("lang".into())), ("valueCode", Some(code.into()))]),
                    map([("url", Some("content".into())), ("valueString", Some(said.as_str().into()))]),
                ])),
            ),
        ]))),
    )])
}

fn item(def: &FactDef, mapping: &Mapping, language: Language) -> Json {
    let option = |system: &str, id: &str, label: &str| {
        map([(
            "valueCoding",
            Some(map([
                ("system", Some(system.into())),
                ("code", Some(id.into())),
                ("display", Some(label).filter(|l| !l.is_empty()).map(Json::from)),
            ])),
        )])
    };
    let system = format!("urn:netwijzer:value:{}", def.id);
    let yes_no = |at: usize| match (language, at) {
        (Language::Nl, 0) => "nee",
        (Language::Nl, _) => "ja",
        (Language::En, 0) => "no",
        (Language::En, _) => "yes",
    };
    let (kind, options) = match def.kind {
        Kind::Choice => (
            "choice",
            def.choices.iter().map(|c| option(&system, &c.id, c.label.get(language))).collect::<Vec<_>>(),
        ),
        Kind::YesNo => {
            ("choice", YES_NO.iter().enumerate().map(|(at, id)| option(&system, id, yes_no(at))).collect())
        }
        Kind::Quantity => ("quantity", Vec::new()),
        Kind::Count => ("integer", Vec::new()),
        Kind::Date => ("date", Vec::new()),
    };
    let unit = def.unit.as_deref().filter(|_| def.kind == Kind::Quantity).and_then(|unit| {
        let coding = map([
            ("system", Some("http://unitsofmeasure.org".into())),
            ("code", Some(mapping.ucum(unit)?.into())),
            ("display", Some(unit.into())),
        ]);
        Some(one(map([("url", Some(UNIT.into())), ("valueCoding", Some(coding))])))
    });
    let question = if def.question.is_empty() { &def.label } else { &def.question };
    map([
        ("extension", unit),
        ("linkId", Some(def.id.as_str().into())),
        (
            "code",
            Some(one(map([("system", Some(FACT_SYSTEM.into())), ("code", Some(def.id.as_str().into()))]))),
        ),
        ("text", Some(question.get(language).into())),
        ("_text", Some(other(question, language))),
        ("type", Some(kind.into())),
        ("repeats", def.series.then_some(Json::Bool(true))),
        ("answerOption", Some(Json::List(options)).filter(|o| !o.items().is_empty())),
    ])
}

fn made(
    guideline: &CompiledGuideline,
    facts: &[FactIdx],
    mapping: &Mapping,
    language: Language,
    disclaimer: &str,
) -> Vec<(String, Json)> {
    let items: Vec<Json> =
        facts.iter().map(|f| item(guideline.vocabulary.fact(*f), mapping, language)).collect();
    let mut members = vec![
        member(
            "language",
            match language {
                Language::Nl => "nl",
                Language::En => "en",
            },
        ),
        member("url", address(guideline)),
        member("version", format!("{} {}", guideline.manifest.edition, guideline.digest)),
        member("title", guideline.manifest.title.get(language)),
        // Nobody has confirmed all of it.
        member("status", "draft"),
        member("subjectType", one("Patient".into())),
        member("description", disclaimer),
    ];
    if !items.is_empty() {
        members.push(member("item", Json::List(items)));
    }
    members
}

/// Every question of the dictionary.
pub fn questionnaire(
    guideline: &CompiledGuideline,
    mapping: &Mapping,
    language: Language,
    disclaimer: &str,
) -> Json {
    let facts: Vec<FactIdx> = (0..guideline.vocabulary.facts().len()).map(|i| FactIdx(i as u16)).collect();
    let mut members =
        vec![member("resourceType", "Questionnaire"), member("id", guideline.manifest.id.as_str())];
    members.extend(made(guideline, &facts, mapping, language, disclaimer));
    Json::Map(members)
}

/// The questions that still matter for a record, most useful first, and what is answered already.
pub fn questionnaire_with(record: &Record<'_>, mapping: &Mapping) -> Json {
    let guideline = record.guideline;
    let open: Vec<FactIdx> = record.conclusions.questions.iter().map(|q| q.fact).collect();
    let mut entries = Entries::new();
    let members = made(guideline, &open, mapping, record.language, record.disclaimer);
    entries.add("Questionnaire", &guideline.manifest.id, members);
    let ucum = |unit: &str| mapping.ucum(unit).map(str::to_string);
    let mut answered: Vec<Json> = Vec::new();
    for statement in record.facts.observations() {
        let def = guideline.vocabulary.fact(statement.fact);
        let value = own::value(def, statement, &ucum);
        let answer: Vec<(String, Json)> = value
            .iter()
            .filter_map(|(key, value)| match key.as_str() {
                "valueCodeableConcept" => {
                    Some(("valueCoding".to_string(), value.items_at("coding").first()?.clone()))
                }
                "valueBoolean" => {
                    let at = usize::from(*value == Json::Bool(true));
                    let system = format!("urn:netwijzer:value:{}", def.id);
                    let coding = map([("system", Some(system.into())), ("code", Some(YES_NO[at].into()))]);
                    Some(("valueCoding".to_string(), coding))
                }
                "valueDateTime" => Some(("valueDate".to_string(), value.clone())),
                "valueInteger" | "valueQuantity" => Some((key.clone(), value.clone())),
                _ => None,
            })
            .collect();
        // What an answer cannot say stays in the bundle of facts.
        if answer.is_empty() {
            continue;
        }
        answered
            .push(map([("linkId", Some(def.id.as_str().into())), ("answer", Some(one(Json::Map(answer))))]));
    }
    let mut response = vec![
        member("questionnaire", address(guideline)),
        member("status", "in-progress"),
        member("authored", record.on.to_string()),
    ];
    if !answered.is_empty() {
        response.push(member("item", Json::List(answered)));
    }
    entries.add("QuestionnaireResponse", "answers", response);
    entries.bundle("questions", None, record.on)
}

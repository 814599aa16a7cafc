//! The dictionary as a Questionnaire, and the answers of a record beside it.

use nw_facts::{Evidence, FactDef, FactIdx, Kind, Language, Observation, Text, YES_NO};
use nw_guideline::CompiledGuideline;

use super::{Entries, Record, member, one};
use crate::json::{Json, map};
use crate::mapping::{FACT_SYSTEM, Mapping};
use crate::own::{self, ABSENT, WHY_NOT};

const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
const UNIT: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";

/// The address of the questionnaire of a guideline.
fn address(guideline: &CompiledGuideline) -> String {
    format!("{}{}", own::QUESTIONNAIRE, guideline.manifest.id)
}

/// Why there is no value, with the code that FHIR has for it: three different things, for every question.
fn reasons() -> [(&'static str, Text); 3] {
    [
        ("unknown", Text::new("unknown", "onbekend")),
        ("not-performed", Text::new("not done", "niet gedaan")),
        ("not-applicable", Text::new("not applicable", "niet van toepassing")),
    ]
}

fn coding(system: &str, code: &str, label: &str) -> Json {
    map([
        ("system", Some(system.into())),
        ("code", Some(code.into())),
        ("display", Some(label).filter(|l| !l.is_empty()).map(Json::from)),
    ])
}

fn option(system: &str, code: &str, label: &str) -> Json {
    map([("valueCoding", Some(coding(system, code, label)))])
}

fn no_values(language: Language) -> impl Iterator<Item = Json> {
    reasons().into_iter().map(move |(code, said)| option(ABSENT, code, said.get(language)))
}

/// Whether the question offers the values that there are.
fn offers(def: &FactDef) -> bool {
    matches!(def.kind, Kind::Choice | Kind::YesNo)
}

fn yes_no(language: Language, at: usize) -> &'static str {
    match (language, at) {
        (Language::Nl, 0) => "nee",
        (Language::Nl, _) => "ja",
        (Language::En, 0) => "no",
        (Language::En, _) => "yes",
    }
}

/// The question as it is asked.
fn question(def: &FactDef) -> &Text {
    if def.question.is_empty() { &def.label } else { &def.question }
}

/// The question why there is no value, for a form that cannot say it as a value.
fn why_not(def: &FactDef) -> Text {
    Text::new(
        format!("{}: if there is no value, why not?", def.label.en),
        format!("{}: als er geen waarde is, waarom niet?", def.label.nl),
    )
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

/// The items of a fact: its question, and why there is no value where the question cannot offer that itself.
fn items(def: &FactDef, mapping: &Mapping, language: Language) -> Vec<Json> {
    let system = own::values_of(def);
    let mut options: Vec<Json> = match def.kind {
        Kind::Choice => def.choices.iter().map(|c| option(&system, &c.id, c.label.get(language))).collect(),
        Kind::YesNo => {
            YES_NO.iter().enumerate().map(|(at, id)| option(&system, id, yes_no(language, at))).collect()
        }
        _ => Vec::new(),
    };
    if offers(def) {
        options.extend(no_values(language));
    }
    let kind = match def.kind {
        Kind::Choice | Kind::YesNo => "choice",
        Kind::Quantity => "quantity",
        Kind::Count => "integer",
        Kind::Date => "date",
    };
    let unit = def.unit.as_deref().filter(|_| def.kind == Kind::Quantity).and_then(|unit| {
        let coding = map([
            ("system", Some("http://unitsofmeasure.org".into())),
            ("code", Some(mapping.ucum(unit)?.into())),
            ("display", Some(unit.into())),
        ]);
        Some(one(map([("url", Some(UNIT.into())), ("valueCoding", Some(coding))])))
    });
    let asked = question(def);
    let first = map([
        ("extension", unit),
        ("linkId", Some(def.id.as_str().into())),
        (
            "code",
            Some(one(map([("system", Some(FACT_SYSTEM.into())), ("code", Some(def.id.as_str().into()))]))),
        ),
        ("text", Some(asked.get(language).into())),
        ("_text", Some(other(asked, language))),
        ("type", Some(kind.into())),
        ("repeats", def.series.then_some(Json::Bool(true))),
        ("answerOption", Some(Json::List(options)).filter(|o| !o.items().is_empty())),
    ]);
    if offers(def) {
        return vec![first];
    }
    let asked = why_not(def);
    // What is measured again may have a value of one day and none of another.
    let when = (!def.series).then(|| {
        one(map([
            ("question", Some(def.id.as_str().into())),
            ("operator", Some("exists".into())),
            ("answerBoolean", Some(Json::Bool(false))),
        ]))
    });
    let second = map([
        ("linkId", Some(format!("{}{WHY_NOT}", def.id).into())),
        ("text", Some(asked.get(language).into())),
        ("_text", Some(other(&asked, language))),
        ("type", Some("choice".into())),
        ("enableWhen", when),
        ("repeats", def.series.then_some(Json::Bool(true))),
        ("answerOption", Some(Json::List(no_values(language).collect()))),
    ]);
    vec![first, second]
}

fn made(
    guideline: &CompiledGuideline,
    facts: &[FactIdx],
    mapping: &Mapping,
    language: Language,
    disclaimer: &str,
) -> Vec<(String, Json)> {
    let items: Vec<Json> =
        facts.iter().flat_map(|f| items(guideline.vocabulary.fact(*f), mapping, language)).collect();
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
    let mut answered: Vec<Answered> = Vec::new();
    for statement in record.facts.observations() {
        let def = guideline.vocabulary.fact(statement.fact);
        let (link, answer) = answer(def, statement, record, mapping);
        match answered.iter_mut().find(|a| a.link == link) {
            Some(there) => there.answers.push(answer),
            None => {
                let text = if link.ends_with(WHY_NOT) { why_not(def) } else { question(def).clone() };
                answered.push(Answered { link, text, answers: vec![answer] });
            }
        }
    }
    let items: Vec<Json> = answered
        .into_iter()
        .map(|a| {
            map([
                ("linkId", Some(a.link.into())),
                ("text", Some(a.text.get(record.language).into())),
                ("answer", Some(Json::List(a.answers))),
            ])
        })
        .collect();
    let mut response = vec![
        member("questionnaire", address(guideline)),
        // What the record holds is stated; what is still open is not there.
        member("status", "completed"),
        member("authored", record.on.to_string()),
    ];
    if !items.is_empty() {
        response.push(member("item", Json::List(items)));
    }
    entries.add("QuestionnaireResponse", "answers", response);
    entries.bundle("questions", None, record.on)
}

/// One item of a response.
struct Answered {
    link: String,
    text: Text,
    answers: Vec<Json>,
}

/// The item that a statement answers, and the answer, with when it was true and known and where it came from.
fn answer(def: &FactDef, statement: &Observation, record: &Record<'_>, mapping: &Mapping) -> (String, Json) {
    let language = record.language;
    let ucum = |unit: &str| mapping.ucum(unit).map(str::to_string);
    let extension = |url: &str, key: &str, value: Json| map([("url", Some(url.into())), (key, Some(value))]);
    let mut extensions: Vec<Json> = Vec::new();
    if let Some(date) = statement.date {
        extensions.push(extension(own::TRUE_ON, "valueDate", date.to_string().into()));
    }
    match statement.known {
        Some(day) if day == record.on => {}
        Some(day) => extensions.push(extension(own::KNOWN_ON, "valueDate", day.to_string().into())),
        // Otherwise a reader would take the day of the response. The reason stands within the extension instead of a value:
        // beside a value that is not there (`_valueDate`) not every reader looks for it in an extension.
        None => {
            let none = one(extension(own::ABSENT_EXTENSION, "valueCode", "unknown".into()));
            extensions.push(extension(own::KNOWN_ON, "extension", none));
        }
    }
    if let Some(origin) = &statement.origin {
        extensions.push(extension(own::ORIGIN, "valueString", origin.as_str().into()));
    }
    let (mut link, mut value) = (def.id.clone(), None);
    for (key, told) in own::value(def, statement, &ucum) {
        match (key.as_str(), def.kind) {
            ("extension", _) => extensions.extend(told.items().iter().cloned()),
            // Beside several values this only says that there is not one.
            ("dataAbsentReason", _)
                if matches!(statement.evidence, Evidence::Choices(_) | Evidence::Numbers(_)) => {}
            ("dataAbsentReason", _) => {
                let code = told.items_at("coding").iter().find_map(|c| c.text_at("code")).unwrap_or_default();
                let said = reasons().into_iter().find(|(c, _)| *c == code);
                let label = said.map(|(_, said)| said.get(language).to_string()).unwrap_or_default();
                value = Some(("valueCoding", coding(ABSENT, code, &label)));
                if !offers(def) {
                    link.push_str(WHY_NOT);
                }
            }
            ("valueCodeableConcept", _) => {
                value = told.items_at("coding").first().map(|c| {
                    let code = c.text_at("code").unwrap_or_default();
                    let label =
                        def.choices.iter().find(|c| c.id == code).map_or("", |c| c.label.get(language));
                    ("valueCoding", coding(&own::values_of(def), code, label))
                });
            }
            ("valueBoolean", _) => {
                let at = usize::from(told == Json::Bool(true));
                value = Some(("valueCoding", coding(&own::values_of(def), YES_NO[at], yes_no(language, at))));
            }
            ("valueDateTime", Kind::Date) => value = Some(("valueDate", told)),
            ("valueInteger", Kind::Count) => value = Some(("valueInteger", told)),
            ("valueQuantity", Kind::Quantity) => value = Some(("valueQuantity", told)),
            // A range, and bounds of a count, are no value of an answer.
            _ => extensions.extend(own::written_out(def, statement)),
        }
    }
    let mut members = Vec::new();
    if !extensions.is_empty() {
        members.push(member("extension", Json::List(extensions)));
    }
    members.extend(value.map(|(key, value)| member(key, value)));
    (link, Json::Map(members))
}

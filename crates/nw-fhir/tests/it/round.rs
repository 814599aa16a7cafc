//! What is sent and read again says the same: every fact of the dictionary, with every kind of value it can have.

use nw_engine::Conclusions;
use nw_facts::{Date, FactIdx, FactSet, Kind, Language, Observation, read};
use nw_fhir::{
    DELIVERIES, Delivery, Json, Profile, Record, citizen_number, export, import, import_tree, map,
    questionnaire, questionnaire_with,
};

use super::shipped::{empty, shipped};

/// Texts that a fact can have, from its kind, its values and its limits.
fn texts(at: usize) -> Vec<String> {
    let def = &shipped().0.facts()[at];
    let mut texts: Vec<String> = ["unknown", "not-done", "not-applicable"].map(String::from).to_vec();
    let unit = def.unit.as_deref().map_or(String::new(), |u| format!(" {u}"));
    match def.kind {
        Kind::YesNo => texts.extend(["yes", "no"].map(String::from)),
        Kind::Choice => {
            texts.extend(def.choices.iter().map(|c| c.id.clone()));
            texts.extend(def.choices.windows(2).map(|w| format!("[{}, {}]", w[0].id, w[1].id)));
        }
        Kind::Quantity | Kind::Count => {
            let (low, high) = (def.min, def.max);
            let whole = |n: nw_facts::Decimal| if def.is_whole() { n.floor() } else { n };
            let third = whole(low + (high - low) / nw_facts::Decimal::from(3));
            let half = whole(low + (high - low) / nw_facts::Decimal::from(2));
            let n = |n| nw_facts::plain(n, false);
            texts.extend([low, high, third, half].map(|v| format!("{}{unit}", n(v))));
            texts.push(format!("<{}{unit}", n(half)));
            texts.push(format!(">={}{unit}", n(third)));
            texts.push(format!("{} .. {}{unit}", n(third), n(half)));
            texts.push(format!("[{}{unit}; {}{unit}]", n(third), n(half)));
        }
        Kind::Date => texts.extend(["2024-02-29", "2024-02", "2023"].map(String::from)),
    }
    texts
}

fn nothing() -> Conclusions {
    Conclusions {
        drawn: Vec::new(),
        contradictions: Vec::new(),
        convention_clashes: Vec::new(),
        presumed: Vec::new(),
        questions: Vec::new(),
        due: Vec::new(),
        recorded: Vec::new(),
    }
}

/// What is sent of these facts.
fn record<'r>(facts: &'r FactSet, conclusions: &'r Conclusions, on: Date) -> Record<'r> {
    let (guideline, language) = (empty(), Language::Nl);
    Record { guideline, pseudonym: "case", facts, conclusions, on, language, disclaimer: "not a device" }
}

#[test]
fn every_fact_comes_back_as_it_went() {
    let (vocabulary, mapping) = shipped();
    let conclusions = nothing();
    let on: Date = "2026-03-10".parse().expect("a day");
    let (mut told, mut wrong) = (0, Vec::new());
    for profile in [Profile::Plain, Profile::Mcode] {
        for at in 0..vocabulary.facts().len() {
            for (i, text) in texts(at).iter().enumerate() {
                // What the vocabulary itself refuses is nobody's fact.
                let Ok(statements) = read(vocabulary, FactIdx(at as u16), text) else { continue };
                let mut facts = FactSet::new();
                for (fact, evidence) in statements {
                    let observation = Observation {
                        fact,
                        evidence,
                        text: text.clone(),
                        date: (i % 2 == 0 && vocabulary.fact(fact).kind != Kind::Date).then_some(on),
                        known: (i % 3 == 0).then_some(on),
                        origin: (i % 2 == 1).then(|| "a report, page 2".to_string()),
                        via: None,
                    };
                    facts.add(observation.dated_by_itself(vocabulary.fact(fact)));
                }
                let record = record(&facts, &conclusions, on);
                let sent = export(&record, mapping, profile).write();
                let back = import(sent.as_bytes(), mapping, vocabulary);
                let key = |o: &Observation| (o.fact, o.evidence.clone(), o.date, o.known);
                let same = facts.observations().iter().map(key).eq(back.facts.observations().iter().map(key));
                told += 1;
                if !same {
                    wrong.push(format!("{} = {text}", vocabulary.facts()[at].id));
                }
            }
        }
    }
    assert!(told > 5_000, "values went missing: {told}");
    assert!(wrong.is_empty(), "{} of {told}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn a_profile_of_the_tumour_is_named_only_beside_the_tumour() {
    let (vocabulary, mapping) = shipped();
    let conclusions = nothing();
    let on: Date = "2026-03-10".parse().expect("a day");
    let named = |site: Option<&str>| {
        let mut facts = FactSet::new();
        for (id, text) in [("tumour.size", Some("14 mm")), ("primary.site", site)] {
            let Some(text) = text else { continue };
            let fact = vocabulary.find_fact(id).expect("a fact");
            for (fact, evidence) in read(vocabulary, fact, text).expect("a value") {
                let text = text.to_string();
                facts.add(Observation {
                    fact,
                    evidence,
                    text,
                    date: None,
                    known: None,
                    origin: None,
                    via: None,
                });
            }
        }
        let record = record(&facts, &conclusions, on);
        export(&record, mapping, Profile::Mcode).write().contains("mcode-tumor-size")
    };
    assert!(named(Some("ileum")), "beside the tumour it is");
    assert!(!named(None), "a size of nobody knows what names no profile");
}

/// The response of a bundle of questions and answers.
fn response(bundle: &Json) -> Json {
    let of = |e: &Json| {
        e.get("resource").filter(|r| r.text_at("resourceType") == Some("QuestionnaireResponse")).cloned()
    };
    bundle.items_at("entry").iter().find_map(of).expect("a response")
}

#[test]
fn every_answer_comes_back_as_it_went() {
    let (vocabulary, mapping) = shipped();
    let conclusions = nothing();
    let on: Date = "2026-03-10".parse().expect("a day");
    let earlier: Date = "2026-02-01".parse().expect("a day");
    let written = |facts: &FactSet| {
        let record = record(facts, &conclusions, on);
        response(&questionnaire_with(&record, mapping))
    };
    let (mut told, mut wrong) = (0, Vec::new());
    for at in 0..vocabulary.facts().len() {
        // All that one fact can be said to be, in one form.
        let mut facts = FactSet::new();
        for (i, text) in texts(at).iter().enumerate() {
            let Ok(statements) = read(vocabulary, FactIdx(at as u16), text) else { continue };
            for (fact, evidence) in statements {
                let def = vocabulary.fact(fact);
                let observation = Observation {
                    fact,
                    evidence,
                    text: text.clone(),
                    date: (i % 2 == 0 && def.kind != Kind::Date).then_some(earlier),
                    known: [None, Some(on), Some(earlier)][i % 3],
                    origin: Some(format!("a report, page {i}")),
                    via: None,
                };
                facts.add(observation.dated_by_itself(def));
            }
        }
        let sent = written(&facts);
        let back = import_tree(std::slice::from_ref(&sent), mapping, vocabulary);
        let key = |o: &Observation| {
            (
                o.fact,
                o.evidence.ids(vocabulary.fact(o.fact)),
                o.evidence.clone(),
                o.date,
                o.known,
                o.origin.clone(),
            )
        };
        // Answers to one question stand together, whatever the order in which they were recorded.
        let sorted = |facts: &FactSet| {
            let mut all: Vec<_> = facts.observations().iter().map(key).collect();
            all.sort_by(|a, b| (a.0.0, &a.5).cmp(&(b.0.0, &b.5)));
            all
        };
        told += facts.observations().len();
        if sorted(&facts) != sorted(&back.facts)
            || !back.notes.is_empty()
            || !back.issues.is_empty()
            || written(&back.facts).write() != sent.write()
        {
            wrong.push(format!("{}: {:?}", vocabulary.facts()[at].id, back.notes));
        }
        // fhir.resources refuses an extension that says something beside its value instead of within itself.
        if sent.write().contains("\"_value") {
            wrong.push(format!("{}: beside a value that is not there", vocabulary.facts()[at].id));
        }
    }
    assert!(told > 3_000, "values went missing: {told}");
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn every_question_can_be_answered_with_what_it_offers() {
    let (vocabulary, mapping) = shipped();
    let mut answered = std::collections::BTreeSet::new();
    for language in [Language::Nl, Language::En] {
        let form = questionnaire(empty(), mapping, language, "not a device");
        for item in form.items_at("item") {
            let link = item.text_at("linkId").expect("a link");
            let id = link.trim_end_matches("/absent");
            let fact = vocabulary.find_fact(id).expect("a question of the dictionary");
            let def = vocabulary.fact(fact);
            // What a program that fills in the form can send, and what it means.
            let mut answers: Vec<(Json, String)> = Vec::new();
            for option in item.items_at("answerOption") {
                let coding = option.get("valueCoding").expect("a coding").clone();
                assert!(
                    coding.text_at("display").is_some_and(|d| !d.is_empty()),
                    "{link}: an option without words"
                );
                let code = coding.text_at("code").expect("a code");
                let text = if code == "not-performed" { "not-done" } else { code }.to_string();
                answers.push((map([("valueCoding", Some(coding))]), text));
            }
            let number = nw_facts::plain(def.min, false);
            match item.text_at("type").expect("a type") {
                "quantity" => {
                    let unit = item.items_at("extension").iter().find_map(|e| e.get("valueCoding"));
                    assert_eq!(
                        unit.is_some(),
                        def.unit.is_some(),
                        "{link} has a unit, and the form says which"
                    );
                    let value = map([
                        ("value", Some(Json::Number(number.clone()))),
                        ("code", unit.and_then(|u| u.get("code")).cloned()),
                    ]);
                    let unit = def.unit.as_deref().unwrap_or_default();
                    answers.push((
                        map([("valueQuantity", Some(value))]),
                        format!("{number} {unit}").trim().to_string(),
                    ));
                }
                "integer" => {
                    answers.push((map([("valueInteger", Some(Json::Number(number.clone())))]), number))
                }
                "date" => {
                    answers.push((map([("valueDate", Some("2024-02-29".into()))]), "2024-02-29".to_string()))
                }
                _ => {}
            }
            assert!(
                answers.len() > 2 || !link.ends_with("/absent") && !answers.is_empty(),
                "{link} cannot be answered"
            );
            for (answer, text) in answers {
                let item = map([("linkId", Some(link.into())), ("answer", Some(Json::List(vec![answer])))]);
                let sent = map([
                    ("resourceType", Some("QuestionnaireResponse".into())),
                    ("questionnaire", form.get("url").cloned()),
                    ("status", Some("completed".into())),
                    ("item", Some(Json::List(vec![item]))),
                ]);
                let found = import_tree(&[sent], mapping, vocabulary);
                let meant = read(vocabulary, fact, &text).unwrap_or_default();
                let evidence: Vec<_> =
                    found.facts.observations().iter().map(|o| (o.fact, o.evidence.clone())).collect();
                assert_eq!(evidence.len(), meant.len(), "{link}: {text}: {:?}", found.notes);
                assert!(!meant.is_empty() && evidence == meant, "{link}: {text}");
                answered.insert(id.to_string());
            }
        }
    }
    assert_eq!(answered.len(), vocabulary.facts().len());
}

#[test]
fn a_delivery_holds_no_day_and_no_number_of_a_citizen() {
    let (vocabulary, mapping) = shipped();
    let conclusions = nothing();
    let on: Date = "2026-03-10".parse().expect("a day");
    let mut facts = FactSet::new();
    for (id, text) in [
        ("birth.date", "1960-05-17"),
        ("diagnosis.date", "2025-11-23"),
        ("patient.sex", "female"),
        ("primary.site", "ileum"),
    ] {
        let fact = vocabulary.find_fact(id).expect("a fact");
        for (fact, evidence) in read(vocabulary, fact, text).expect("a value") {
            // An origin may hold anything; a delivery holds no origin.
            let origin = Some("BSN 999999011, J. Voorbeeld".to_string());
            facts.add(Observation {
                fact,
                evidence,
                text: text.into(),
                date: None,
                known: None,
                origin,
                via: None,
            });
        }
    }
    let record = Record {
        guideline: empty(),
        pseudonym: "abcdefghijklmnop",
        facts: &facts,
        conclusions: &conclusions,
        on,
        language: Language::Nl,
        disclaimer: "not a device",
    };
    for (name, text) in DELIVERIES {
        let delivery = Delivery::read(name, text, vocabulary).expect("a delivery without faults");
        let row = delivery.row(&record);
        assert_eq!(row.len() + 2, delivery.heads().len());
        let sent = format!("{} {}", delivery.bundle(&record, mapping).write(), row.join(","));
        assert!(citizen_number(&sent).is_none() && !sent.contains("Voorbeeld"), "{name}");
        assert!(sent.contains("1960") && !sent.contains("1960-05"), "{name}");
        assert!(sent.contains("2025-11") && !sent.contains("2025-11-23"), "{name}");
        let back = delivery.withdrawal("abcdefghijklmnop", on).write();
        assert!(back.contains("\"active\":false") && !back.contains("1960"), "{name}");
    }
    let open = "id = \"x\"\nform = \"table\"\nen = \"x\"\nnl = \"x\"\n[[column]]\nname = \"d\"\nfact = \"birth.date\"\n";
    assert!(Delivery::read("x", open, vocabulary).is_err(), "a delivery that tells a day");
}

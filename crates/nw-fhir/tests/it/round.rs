//! What is sent and read again says the same: every fact of the dictionary, with every kind of value it can have.

use nw_engine::Conclusions;
use nw_facts::{Date, FactIdx, FactSet, Kind, Language, Observation, read};
use nw_fhir::{DELIVERIES, Delivery, Profile, Record, citizen_number, export, import};

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
                let record = Record {
                    guideline: empty(),
                    pseudonym: "case",
                    facts: &facts,
                    conclusions: &conclusions,
                    on,
                    language: Language::Nl,
                    disclaimer: "not a device",
                };
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

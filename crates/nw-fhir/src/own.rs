//! How a fact is written when no other system has a code for it: our own code system, so that nothing is lost.
//!
//! One fact is one Observation. Its value is the plain FHIR value wherever one exists; what FHIR cannot say (one of
//! several values, a half-open range) stands in an extension, one entry for each value that is possible.

use nw_facts::{
    Bound, Decimal, Evidence, FactDef, FactIdx, Interval, Kind, Observation, Vocabulary, YES_NO, plain,
};

use crate::json::{Json, map};
use crate::mapping::FACT_SYSTEM;

/// The code system of conclusions; they are told, and never read back as facts.
pub const CONCLUSION_SYSTEM: &str = "urn:netwijzer:conclusion";
/// The tag of a resource that only restates facts which stand beside it.
pub const ROLE_SYSTEM: &str = "urn:netwijzer:role";
/// One of the values that are possible.
pub const ONE_OF: &str = "urn:netwijzer:extension:one-of";
/// Where a fact came from.
pub const ORIGIN: &str = "urn:netwijzer:extension:origin";
/// The day on which an answer was true.
pub const TRUE_ON: &str = "urn:netwijzer:extension:true-on";
/// The day on which an answer became known, when it is another than that of the whole response.
pub const KNOWN_ON: &str = "urn:netwijzer:extension:known-on";
/// What the address of every questionnaire of ours begins with.
pub(crate) const QUESTIONNAIRE: &str = "urn:netwijzer:questionnaire:";
/// What ends the link of the question why there is no answer, after that of the question itself.
pub(crate) const WHY_NOT: &str = "/absent";
pub(crate) const ABSENT_EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
pub(crate) const ABSENT: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
const UCUM: &str = "http://unitsofmeasure.org";

/// Whether a resource is a conclusion of ours, or restates facts.
pub(crate) fn is_own(tree: &Json) -> bool {
    let tagged = tree
        .at(&["meta", "tag"])
        .is_some_and(|tags| tags.items().iter().any(|t| t.text_at("system") == Some(ROLE_SYSTEM)));
    let concluded = tree
        .at(&["code", "coding"])
        .is_some_and(|c| c.items().iter().any(|c| c.text_at("system") == Some(CONCLUSION_SYSTEM)));
    tagged || concluded
}

/// The fact that a resource names in our own system.
pub(crate) fn fact(tree: &Json, vocabulary: &Vocabulary) -> Option<FactIdx> {
    let codings = tree.at(&["code", "coding"])?;
    let own = codings.items().iter().find(|c| c.text_at("system") == Some(FACT_SYSTEM))?;
    vocabulary.find_fact(own.text_at("code")?)
}

/// The origin as exported.
pub(crate) fn origin(tree: &Json) -> Option<String> {
    let one = tree.items_at("extension").iter().find(|e| e.text_at("url") == Some(ORIGIN))?;
    one.text_at("valueString").map(str::to_string)
}

/// The system of the values of a fact.
pub(crate) fn values_of(def: &FactDef) -> String {
    format!("urn:netwijzer:value:{}", def.id)
}

/// A concept of one code.
pub(crate) fn concept(system: &str, code: &str, display: Option<&str>) -> Json {
    map([(
        "coding",
        Some(Json::List(vec![map([
            ("system", Some(system.into())),
            ("code", Some(code.into())),
            ("display", display.filter(|d| !d.is_empty()).map(Json::from)),
        ])])),
    )])
}

/// The values that are possible, as a case file has them, where an element says them one by one.
pub(crate) fn one_of(tree: &Json) -> Option<String> {
    let several: Vec<&str> = tree
        .items_at("extension")
        .iter()
        .filter(|e| e.text_at("url") == Some(ONE_OF))
        .filter_map(|e| e.text_at("valueString"))
        .collect();
    match several.as_slice() {
        [] => None,
        [one] => Some((*one).to_string()),
        more => Some(format!("[{}]", more.join("; "))),
    }
}

/// The text of the fact, as a case file has it.
pub(crate) fn text(
    tree: &Json,
    fact: FactIdx,
    vocabulary: &Vocabulary,
    unit: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let def = vocabulary.fact(fact);
    if let Some(text) = one_of(tree) {
        return Some(text);
    }
    if let Some(reason) = tree.get("dataAbsentReason") {
        let code = reason.items_at("coding").iter().find_map(|c| c.text_at("code"))?;
        return match code {
            "unknown" => Some("unknown".to_string()),
            "not-performed" => Some("not-done".to_string()),
            "not-applicable" => Some("not-applicable".to_string()),
            _ => None,
        };
    }
    // A profile may want the value in a component; there is one then.
    let (kind, value) = crate::import_choice(tree, "value").or_else(|| {
        let component = tree.items_at("component").first()?;
        crate::import_choice(component, "value")
    })?;
    match (kind, value) {
        ("Boolean", Json::Bool(b)) => Some(YES_NO[usize::from(*b)].to_string()),
        ("Integer", Json::Number(n)) if def.unit.is_none() => Some(n.clone()),
        ("DateTime" | "Date", Json::Text(day)) => Some(day.clone()),
        ("CodeableConcept", concept) => {
            let system = values_of(def);
            let own = concept.items_at("coding").iter().find(|c| c.text_at("system") == Some(&system))?;
            own.text_at("code").map(str::to_string)
        }
        ("Coding", coding) => (coding.text_at("system") == Some(&values_of(def)))
            .then(|| coding.text_at("code").map(str::to_string))?,
        ("Quantity", quantity) => {
            let Some(Json::Number(number)) = quantity.get("value") else { return None };
            let sign = quantity.text_at("comparator").unwrap_or("");
            Some(
                format!("{sign}{} {}", crate::plain_number(number)?, unit_text(def, quantity, unit)?)
                    .trim_end()
                    .to_string(),
            )
        }
        ("Range", range) => {
            let end = |key: &str| match range.get(key).and_then(|q| q.get("value")) {
                Some(Json::Number(n)) => crate::plain_number(n),
                _ => None,
            };
            let unit = unit_text(def, range.get("low")?, unit)?;
            Some(format!("{} .. {} {unit}", end("low")?, end("high")?).trim_end().to_string())
        }
        _ => None,
    }
}

/// The unit of a quantity in our spelling; a number without one says nothing of a fact that has one.
fn unit_text(def: &FactDef, quantity: &Json, unit: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    match quantity.text_at("code") {
        None | Some("1") if def.unit.is_none() => Some(String::new()),
        None | Some("1") => None,
        Some(code) => unit(code),
    }
}

/// The members of an Observation that say the value of a statement, without its code.
pub(crate) fn value(
    def: &FactDef,
    statement: &Observation,
    ucum: &dyn Fn(&str) -> Option<String>,
) -> Vec<(String, Json)> {
    let absent = |code: &str| vec![("dataAbsentReason".to_string(), concept(ABSENT, code, None))];
    let one = |key: &str, value: Json| vec![(key.to_string(), value)];
    let several = |texts: Vec<String>| {
        let items = texts.into_iter().map(possible).collect::<Vec<_>>();
        let mut members = vec![("extension".to_string(), Json::List(items))];
        members.extend(absent("unknown"));
        members
    };
    let id_of = |at: usize| def.choice_id(at).to_string();
    match &statement.evidence {
        Evidence::Unknown => absent("unknown"),
        Evidence::NotDone => absent("not-performed"),
        Evidence::NotApplicable => absent("not-applicable"),
        Evidence::Choices(choices) => match choices.as_slice() {
            [at] if def.kind == Kind::YesNo => one("valueBoolean", Json::Bool(*at == 1)),
            [at] => {
                let display = def.choices.get(*at).map(|c| c.label.en.as_str());
                one("valueCodeableConcept", concept(&values_of(def), &id_of(*at), display))
            }
            more => several(more.iter().map(|at| id_of(*at)).collect()),
        },
        Evidence::Numbers(ranges) => match ranges.as_slice() {
            [range] => number(def, range, ucum).unwrap_or_else(|| several(vec![written(def, range)])),
            more => several(more.iter().map(|r| written(def, r)).collect()),
        },
    }
}

/// One of the values that are possible, as an extension.
fn possible(text: String) -> Json {
    map([("url", Some(ONE_OF.into())), ("valueString", Some(text.into()))])
}

/// The numbers of a statement as texts, each an extension: for an element that has no value of FHIR for them.
pub(crate) fn written_out(def: &FactDef, statement: &Observation) -> Vec<Json> {
    match &statement.evidence {
        Evidence::Numbers(ranges) => ranges.iter().map(|range| possible(written(def, range))).collect(),
        _ => Vec::new(),
    }
}

/// A range as a case file has it.
fn written(def: &FactDef, range: &Interval) -> String {
    let number = |n: Decimal| def.written(n, false);
    let unit = def.unit.as_deref().map_or(String::new(), |u| format!(" {u}"));
    let text = match (range.low, range.high) {
        (Some(low), Some(high)) if low.at == high.at => number(low.at),
        (Some(low), Some(high)) if low.closed && high.closed => {
            format!("{}..{}", number(low.at), number(high.at))
        }
        (Some(Bound { at, closed }), Some(high)) if high.at == def.max && high.closed => {
            format!("{}{}", if closed { ">=" } else { ">" }, number(at))
        }
        (Some(low), Some(Bound { at, closed })) if low.at == def.min && low.closed => {
            format!("{}{}", if closed { "<=" } else { "<" }, number(at))
        }
        (Some(Bound { at, closed }), None) => format!("{}{}", if closed { ">=" } else { ">" }, number(at)),
        (None, Some(Bound { at, closed })) => format!("{}{}", if closed { "<=" } else { "<" }, number(at)),
        // A range that is open on both sides is told as the closed one around it, which is never too narrow.
        (Some(low), Some(high)) => format!("{}..{}", number(low.at), number(high.at)),
        (None, None) => return "unknown".to_string(),
    };
    format!("{text}{unit}")
}

/// The plain FHIR value of a range, when there is one.
fn number(
    def: &FactDef,
    range: &Interval,
    ucum: &dyn Fn(&str) -> Option<String>,
) -> Option<Vec<(String, Json)>> {
    if def.kind == Kind::Date {
        let at = range.single()?;
        return Some(vec![("valueDateTime".to_string(), def.written(at, false).into())]);
    }
    if let (Some(at), None) = (range.single(), &def.unit)
        && def.kind == Kind::Count
    {
        let small = at.is_integer() && at.abs() < Decimal::from(1_i64 << 31);
        return small.then(|| vec![("valueInteger".to_string(), Json::Number(plain(at, false)))]);
    }
    let quantity = |at: Decimal, sign: Option<&str>| -> Option<Json> {
        let code = match &def.unit {
            None => "1".to_string(),
            Some(unit) => ucum(unit)?,
        };
        Some(map([
            ("value", Some(Json::Number(plain(at, false)))),
            ("comparator", sign.map(Json::from)),
            ("unit", def.unit.as_deref().map(Json::from)),
            ("system", Some(UCUM.into())),
            ("code", Some(code.into())),
        ]))
    };
    let whole =
        |sign: Option<&str>, at: Decimal| Some(vec![("valueQuantity".to_string(), quantity(at, sign)?)]);
    if let Some(at) = range.single() {
        return whole(None, at);
    }
    let floor = range.low.is_none_or(|b| b.closed && b.at == def.min);
    let ceiling = range.high.is_none_or(|b| b.closed && b.at == def.max);
    match (range.low, range.high) {
        (_, Some(high)) if floor => whole(Some(if high.closed { "<=" } else { "<" }), high.at),
        (Some(low), _) if ceiling => whole(Some(if low.closed { ">=" } else { ">" }), low.at),
        (Some(low), Some(high)) if low.closed && high.closed => Some(vec![(
            "valueRange".to_string(),
            map([("low", Some(quantity(low.at, None)?)), ("high", Some(quantity(high.at, None)?))]),
        )]),
        _ => None,
    }
}

//! Searching: what may be asked of which kind of resource, and whether a resource answers it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use nw_fhir::Json;

use super::outcome::Fail;

/// How a parameter is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Date,
    Text,
    Reference,
}

impl Kind {
    /// Its word in a CapabilityStatement.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::Date => "date",
            Kind::Text => "string",
            Kind::Reference => "reference",
        }
    }
}

/// One parameter: of which kind of resource, its name, how it is compared, and the element.
pub(crate) struct Parameter {
    pub of: &'static str,
    pub name: &'static str,
    pub kind: Kind,
    path: &'static [&'static str],
}

const fn by(of: &'static str, name: &'static str, kind: Kind, path: &'static [&'static str]) -> Parameter {
    Parameter { of, name, kind, path }
}

/// Everything that can be asked, beside `_id` and `_lastUpdated`.
pub(crate) const PARAMETERS: &[Parameter] = &[
    by("Patient", "identifier", Kind::Token, &["identifier"]),
    by("Patient", "name", Kind::Text, &["name", "text"]),
    by("Patient", "birthdate", Kind::Date, &["birthDate"]),
    by("Patient", "gender", Kind::Token, &["gender"]),
    by("Patient", "active", Kind::Token, &["active"]),
    by("Observation", "code", Kind::Token, &["code"]),
    by("Observation", "category", Kind::Token, &["category"]),
    by("Observation", "status", Kind::Token, &["status"]),
    by("Observation", "date", Kind::Date, &["effectiveDateTime"]),
    by("Observation", "value-concept", Kind::Token, &["valueCodeableConcept"]),
    by("Observation", "derived-from", Kind::Reference, &["derivedFrom"]),
    by("Condition", "code", Kind::Token, &["code"]),
    by("Condition", "category", Kind::Token, &["category"]),
    by("Condition", "clinical-status", Kind::Token, &["clinicalStatus"]),
    by("Condition", "verification-status", Kind::Token, &["verificationStatus"]),
    by("Condition", "body-site", Kind::Token, &["bodySite"]),
    by("Condition", "recorded-date", Kind::Date, &["recordedDate"]),
    by("MedicationStatement", "code", Kind::Token, &["medicationCodeableConcept"]),
    by("MedicationStatement", "status", Kind::Token, &["status"]),
    by("ClinicalImpression", "status", Kind::Token, &["status"]),
    by("ClinicalImpression", "date", Kind::Date, &["date"]),
    by("Provenance", "recorded", Kind::Date, &["recorded"]),
    by("Provenance", "target", Kind::Reference, &["target"]),
    by("CarePlan", "status", Kind::Token, &["status"]),
    by("CarePlan", "intent", Kind::Token, &["intent"]),
    by("Task", "status", Kind::Token, &["status"]),
    by("Task", "intent", Kind::Token, &["intent"]),
    by("Task", "code", Kind::Token, &["code"]),
    by("Task", "business-status", Kind::Token, &["businessStatus"]),
    by("Task", "authored-on", Kind::Date, &["authoredOn"]),
    by("Consent", "status", Kind::Token, &["status"]),
    by("Consent", "scope", Kind::Token, &["scope"]),
    by("Consent", "category", Kind::Token, &["category"]),
    by("Consent", "date", Kind::Date, &["dateTime"]),
    by("QuestionnaireResponse", "status", Kind::Token, &["status"]),
    by("QuestionnaireResponse", "authored", Kind::Date, &["authored"]),
    by("Questionnaire", "url", Kind::Token, &["url"]),
    by("Questionnaire", "status", Kind::Token, &["status"]),
    by("PlanDefinition", "url", Kind::Token, &["url"]),
    by("PlanDefinition", "status", Kind::Token, &["status"]),
    by("PlanDefinition", "title", Kind::Text, &["title"]),
    by("ActivityDefinition", "url", Kind::Token, &["url"]),
    by("ActivityDefinition", "status", Kind::Token, &["status"]),
    by("ActivityDefinition", "title", Kind::Text, &["title"]),
    by("AuditEvent", "action", Kind::Token, &["action"]),
    by("AuditEvent", "outcome", Kind::Token, &["outcome"]),
    by("AuditEvent", "date", Kind::Date, &["recorded"]),
];

/// Kinds of which a patient has some.
pub(crate) const OF_PATIENT: &[&str] = &[
    "Patient",
    "Observation",
    "Condition",
    "MedicationStatement",
    "ClinicalImpression",
    "Provenance",
    "CarePlan",
    "Task",
    "QuestionnaireResponse",
    "Consent",
];
/// Kinds that are the same for all patients.
pub(crate) const OF_ALL: &[&str] = &["Questionnaire", "PlanDefinition", "ActivityDefinition", "Device"];

/// How many resources a page has when nothing is said, and at most.
const PAGE: (usize, usize) = (100, 500);

/// One condition: one of its values must fit.
struct Asked {
    parameter: Option<&'static Parameter>,
    name: String,
    not: bool,
    missing: bool,
    values: Vec<String>,
}

/// What is asked.
pub(crate) struct Search {
    asked: Vec<Asked>,
    /// Whose.
    pub patients: Vec<String>,
    /// Which.
    pub ids: Vec<String>,
    pub count: usize,
    pub offset: usize,
    /// Only how many there are.
    pub counted: bool,
    /// Go on after this patient.
    pub after: Option<String>,
    /// The patients, too.
    pub with_patient: bool,
    sort: Vec<(String, bool)>,
    /// What was asked, for the links of the pages.
    pub said: Vec<(String, String)>,
    /// What was not understood, when the client said to be lenient.
    pub left: Vec<String>,
}

/// The values of one parameter: a comma separates, unless a backslash stands before it.
fn alternatives(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' => all.push(String::new()),
            '\\' => all.last_mut().into_iter().for_each(|last| last.extend(chars.next())),
            c => all.last_mut().into_iter().for_each(|last| last.push(c)),
        }
    }
    all.retain(|value| !value.is_empty());
    all
}

/// `Patient/1`, `https://here/fhir/Patient/1`, `1`.
fn patient(text: &str) -> Option<&str> {
    let mut parts = text.rsplit('/');
    let id = parts.next()?;
    parts.next().is_none_or(|kind| kind == "Patient").then_some(id)
}

impl Search {
    /// Reads the parameters of a search.
    ///
    /// # Errors
    /// A parameter that nothing reads, unless the client is lenient; a value that is none.
    pub(crate) fn read(kind: &str, pairs: Vec<(String, String)>, lenient: bool) -> Result<Search, Fail> {
        let mut search = Search {
            asked: Vec::new(),
            patients: Vec::new(),
            ids: Vec::new(),
            count: PAGE.0,
            offset: 0,
            counted: false,
            after: None,
            with_patient: false,
            sort: Vec::new(),
            said: Vec::new(),
            left: Vec::new(),
        };
        for (key, value) in pairs {
            let (name, modifier) = key.split_once(':').map_or((key.as_str(), None), |(n, m)| (n, Some(m)));
            let whole = |most: usize| {
                value.parse::<usize>().ok().filter(|n| *n <= most).ok_or_else(|| {
                    Fail::bad("value", format!("{name}: write a whole number of at most {most}"))
                })
            };
            match (name, modifier) {
                ("_count", None) => {
                    search.count = whole(1_000_000)?.min(PAGE.1);
                    search.counted |= search.count == 0;
                }
                ("_offset", None) => search.offset = whole(10_000_000)?,
                ("_after", None) => search.after = Some(value.clone()),
                // `_format` was judged before; the others change nothing of what is sent.
                ("_format" | "_pretty" | "_total" | "_totalMethod", None) => continue,
                ("_summary", None) if value == "count" => search.counted = true,
                ("_summary", None) if value == "false" => continue,
                ("_sort", None) => search.sorted(&value)?,
                ("_include", None) if matches!(value.split_once(':'), Some((of, "patient" | "subject")) if of == kind) =>
                {
                    search.with_patient = true;
                }
                ("_id", None) => search.ids.extend(alternatives(&value)),
                ("patient" | "subject", None | Some("Patient"))
                    if kind != "Patient" && !OF_ALL.contains(&kind) =>
                {
                    for one in alternatives(&value) {
                        let id = patient(&one).ok_or_else(|| {
                            Fail::bad(
                                "value",
                                format!("{name}: write the id of a Patient, or `Patient/` and its id"),
                            )
                        })?;
                        search.patients.push(id.to_string());
                    }
                }
                _ => {
                    let parameter = PARAMETERS.iter().find(|p| p.of == kind && p.name == name);
                    let known = parameter.is_some() || name == "_lastUpdated";
                    let fits = matches!(modifier, None | Some("not" | "missing" | "exact" | "contains"));
                    if !known || !fits {
                        if lenient {
                            search.left.push(key.clone());
                            continue;
                        }
                        return Err(unknown(kind, &key));
                    }
                    let values = alternatives(&value);
                    if name == "_lastUpdated" || parameter.is_some_and(|p| p.kind == Kind::Date) {
                        values.iter().try_for_each(|v| when(v).map(|_| ()))?;
                    }
                    if modifier == Some("missing") && !matches!(value.as_str(), "true" | "false") {
                        return Err(Fail::bad("value", format!("{key}: write true or false")));
                    }
                    search.asked.push(Asked {
                        parameter,
                        name: name.to_string(),
                        not: modifier == Some("not"),
                        missing: modifier == Some("missing"),
                        values,
                    });
                }
            }
            if !matches!(name, "_offset" | "_after") {
                search.said.push((key, value));
            }
        }
        Ok(search)
    }

    fn sorted(&mut self, value: &str) -> Result<(), Fail> {
        for key in alternatives(value) {
            let (name, down) = key.strip_prefix('-').map_or((key.as_str(), false), |name| (name, true));
            if !matches!(name, "_id" | "_lastUpdated" | "date" | "code") {
                return Err(Fail::bad("not-supported", "_sort: use _id, _lastUpdated, date or code"));
            }
            self.sort.push((name.to_string(), down));
        }
        Ok(())
    }

    /// The values of one parameter, when it is asked for exactly these.
    pub(crate) fn values(&self, name: &str) -> Option<&[String]> {
        let one = self.asked.iter().find(|a| a.name == name && !a.not && !a.missing)?;
        Some(&one.values)
    }

    /// Whether a resource answers everything that is asked.
    pub(crate) fn fits(&self, tree: &Json) -> bool {
        let id = tree.text_at("id").unwrap_or_default();
        (self.ids.is_empty() || self.ids.iter().any(|i| i == id)) && self.asked.iter().all(|a| a.fits(tree))
    }

    /// Brings resources into the order that is asked for.
    pub(crate) fn order(&self, found: &mut [&Json]) {
        let key = |tree: &Json, name: &str| -> String {
            let element: &[&str] = match name {
                "_id" => &["id"],
                "_lastUpdated" => &["meta", "lastUpdated"],
                "code" => {
                    let codings = tree.at(&["code", "coding"]).map(Json::items).unwrap_or_default();
                    return codings.first().and_then(|c| c.text_at("code")).unwrap_or_default().to_string();
                }
                _ => &["effectiveDateTime"],
            };
            let other = ["recordedDate", "authoredOn", "authored", "date", "created", "recorded"];
            let said = tree.at(element).and_then(Json::text);
            let said = said
                .or_else(|| if name == "date" { other.iter().find_map(|o| tree.text_at(o)) } else { None });
            said.unwrap_or_default().to_string()
        };
        for (name, down) in self.sort.iter().rev() {
            found.sort_by(|a, b| {
                let order = key(a, name).cmp(&key(b, name));
                if *down { order.reverse() } else { order }
            });
        }
    }
}

fn unknown(kind: &str, key: &str) -> Fail {
    let clean: String = key.chars().filter(|c| c.is_ascii_graphic()).take(60).collect();
    let known: Vec<&str> = PARAMETERS.iter().filter(|p| p.of == kind).map(|p| p.name).collect();
    Fail::bad(
        "not-supported",
        format!(
            "{clean}: {kind} is not searched by this; use _id, _lastUpdated, _count, _sort{}{}{}; a search that left it \
             out would find too much, unless you send `Prefer: handling=lenient`",
            if OF_ALL.contains(&kind) || kind == "Patient" { "" } else { ", patient" },
            if known.is_empty() { "" } else { ", " },
            known.join(", ")
        ),
    )
}

impl Asked {
    fn fits(&self, tree: &Json) -> bool {
        let element = match self.parameter {
            None => tree.at(&["meta", "lastUpdated"]),
            Some(p) => {
                let (first, rest) = p.path.split_first().map_or(("", p.path), |(f, r)| (*f, r));
                // Elements of a list are looked into by their first one: a name, an identifier.
                tree.get(first).and_then(|e| match rest {
                    [] => Some(e),
                    rest => e.items().first()?.at(rest),
                })
            }
        };
        if self.missing {
            return self.values.iter().any(|v| (v == "true") == element.is_none());
        }
        let kind = self.parameter.map_or(Kind::Date, |p| p.kind);
        let fits = element.is_some_and(|e| self.values.iter().any(|v| one(kind, e, v)));
        fits != self.not
    }
}

fn one(kind: Kind, element: &Json, value: &str) -> bool {
    match kind {
        Kind::Text => {
            let wanted = value.to_lowercase();
            element.text().is_some_and(|t| {
                t.to_lowercase().split([' ', '-', '(']).any(|w| w.starts_with(&wanted))
                    || t.to_lowercase().starts_with(&wanted)
            })
        }
        Kind::Reference => {
            let ends = |text: &str| text == value || text.rsplit('/').next() == Some(value);
            element.items().iter().filter_map(|r| r.text_at("reference")).any(ends)
        }
        Kind::Date => {
            let (Some(text), Ok((prefix, wanted))) = (element.text(), when(value)) else { return false };
            span(text).is_some_and(|has| compared(prefix, has, wanted))
        }
        Kind::Token => {
            let (system, code) = match value.split_once('|') {
                Some((system, code)) => (Some(system), code),
                None => (None, value),
            };
            tokens(element).iter().any(|(s, c)| {
                let named = match system {
                    None => true,
                    Some("") => s.is_none(),
                    Some(system) => *s == Some(system),
                };
                named && (code.is_empty() || *c == code)
            })
        }
    }
}

/// Codes with their systems, in whatever they are wrapped.
fn tokens(element: &Json) -> Vec<(Option<&str>, &str)> {
    match element {
        Json::Text(code) => vec![(None, code)],
        Json::Bool(true) => vec![(None, "true")],
        Json::Bool(false) => vec![(None, "false")],
        Json::List(items) => items.iter().flat_map(tokens).collect(),
        Json::Map(_) => match element.get("coding") {
            Some(codings) => tokens(codings),
            None => {
                let code = element.text_at("code").or_else(|| element.text_at("value"));
                code.map(|code| (element.text_at("system"), code)).into_iter().collect()
            }
        },
        _ => Vec::new(),
    }
}

type Span = (Timestamp, Timestamp);

/// From when until when a date of FHIR lasts: a month is longer than a day.
fn span(text: &str) -> Option<Span> {
    let start = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|t| t.parse::<i16>().ok());
    let (from, to) = match text.len() {
        4 => (Date::new(part(0..4)?, 1, 1).ok()?, Date::new(part(0..4)?.checked_add(1)?, 1, 1).ok()?),
        7 => {
            let (year, month) = (part(0..4)?, i8::try_from(part(5..7)?).ok()?);
            let next = if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
            (Date::new(year, month, 1).ok()?, Date::new(next.0, next.1, 1).ok()?)
        }
        10 => {
            let day: Date = text.parse().ok()?;
            (day, day.tomorrow().ok()?)
        }
        _ => {
            let at: Timestamp = text.parse().ok()?;
            let length = if text.contains('.') { 1 } else { 1000 };
            let end = Timestamp::from_millisecond(at.as_millisecond().checked_add(length)?).ok()?;
            return Some((at, end));
        }
    };
    Some((start(from)?, start(to)?))
}

/// `ge2026-03`: how to compare, and with what.
fn when(value: &str) -> Result<(&str, Span), Fail> {
    let (prefix, text) = match value.get(..2) {
        Some(prefix) if prefix.bytes().all(|b| b.is_ascii_lowercase()) => (prefix, &value[2..]),
        _ => ("eq", value),
    };
    let known = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"].contains(&prefix);
    // In an address a plus is a blank; no date of FHIR has one.
    let text = text.replace(' ', "+");
    match span(&text) {
        Some(span) if known => Ok((prefix, span)),
        _ => Err(Fail::bad(
            "value",
            "write a date as 2026, 2026-03, 2026-03-31 or an instant, after eq, ne, gt, lt, ge, le, sa, eb, ap or nothing",
        )),
    }
}

fn compared(prefix: &str, has: Span, wanted: Span) -> bool {
    match prefix {
        "eq" => wanted.0 <= has.0 && has.1 <= wanted.1,
        "ne" => !(wanted.0 <= has.0 && has.1 <= wanted.1),
        "gt" => has.1 > wanted.1,
        "lt" => has.0 < wanted.0,
        "ge" => has.0 >= wanted.0 || has.1 > wanted.1,
        "le" => has.1 <= wanted.1 || has.0 < wanted.0,
        "sa" => has.0 >= wanted.1,
        "eb" => has.1 <= wanted.0,
        _ => has.0 < wanted.1 && wanted.0 < has.1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nw_fhir::Limits;

    fn tree() -> Json {
        let text = r#"{"resourceType":"Observation","id":"a","status":"final","effectiveDateTime":"2026-03-10",
            "meta":{"lastUpdated":"2026-03-11T10:00:00.123Z"},
            "code":{"coding":[{"system":"http://loinc.org","code":"1"},{"system":"urn:x","code":"a,b"}]}}"#;
        Json::read(text.as_bytes(), Limits::default()).expect("JSON")
    }

    fn finds(pairs: &[(&str, &str)]) -> bool {
        let pairs = pairs.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        Search::read("Observation", pairs, false)
            .unwrap_or_else(|f| panic!("{}", f.outcome().write()))
            .fits(&tree())
    }

    #[test]
    fn tokens_are_found_by_code_system_or_both() {
        for good in ["1", "http://loinc.org|1", "http://loinc.org|", "2,1", "a\\,b", "urn:x|a\\,b"] {
            assert!(finds(&[("code", good)]), "{good}");
            assert!(!finds(&[("code:not", good)]), "not {good}");
        }
        for bad in ["2", "|1", "urn:x|1", "a"] {
            assert!(!finds(&[("code", bad)]), "{bad}");
        }
        assert!(!finds(&[("code", "1"), ("status", "preliminary")]), "both must fit");
        assert!(finds(&[("category:missing", "true")]) && !finds(&[("code:missing", "true")]));
    }

    #[test]
    fn dates_are_compared_as_long_as_they_last() {
        for good in [
            "2026",
            "2026-03",
            "2026-03-10",
            "ge2026-03-10",
            "le2026-03-10",
            "gt2026-03-09",
            "lt2026-03-11",
            "ne2026-04",
            "sa2026-03-09",
            "eb2026-03-11",
            "ap2026-03",
        ] {
            assert!(finds(&[("date", good)]), "{good}");
        }
        for bad in
            ["2025", "2026-03-11", "gt2026-03-10", "lt2026-03-10", "ge2026-03-11", "ne2026-03-10", "gt2026"]
        {
            assert!(!finds(&[("date", bad)]), "{bad}");
        }
        assert!(finds(&[("_lastUpdated", "ge2026-03-11T10:00:00Z")]));
        assert!(!finds(&[("_lastUpdated", "gt2026-03-11")]));
    }

    #[test]
    fn what_nothing_reads_is_refused_and_left_out_only_when_that_is_wished() {
        for (key, value) in [
            ("flavour", "x"),
            ("code:above", "x"),
            ("date", "yesterday"),
            ("date", "zz2026"),
            ("_count", "-1"),
            ("_sort", "value"),
            ("patient", "Group/1"),
            ("code:missing", "perhaps"),
            ("_include", "Observation:device"),
        ] {
            let pairs = vec![(key.to_string(), value.to_string())];
            assert!(Search::read("Observation", pairs, false).is_err(), "{key}={value}");
        }
        let pairs = vec![("flavour".to_string(), "x".to_string())];
        assert_eq!(Search::read("Observation", pairs, true).map(|s| s.left).unwrap_or_default(), ["flavour"]);
    }
}

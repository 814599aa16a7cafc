//! The rules, resource by resource.

use std::collections::HashSet;

use nw_facts::{Date, FactIdx, Kind, Observation, read};

use super::element::{below, choice, codings, day, day_text, extensions, plain_number, shown};
use super::gather::{Found, address};
use super::tumour::About;
use super::{Session, Taken};
use crate::json::Json;
use crate::mapping::{FACT_SYSTEM, Reads, Resource, Rule};
use crate::note::{Issue, NoteCode, Severity};
use crate::own;

/// Members that every resource has and that say nothing of a patient.
const FRAME: [&str; 5] = ["resourceType", "id", "meta", "language", "text"];

/// What a resource asserts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Asserted,
    Refuted,
}

/// What is being read: a resource, or one component of it.
struct Here<'t> {
    tree: &'t Json,
    parent: Option<Vec<String>>,
    resource: &'t Json,
    kind: &'t str,
    at: usize,
    standing: Standing,
    status: &'t str,
    date: Option<Date>,
    known: Option<Date>,
    element: String,
    place: String,
    about: About,
}

/// Why a value gave nothing.
pub(super) struct Unread(pub(super) NoteCode, pub(super) String);

impl<'a> Session<'a> {
    fn note(&mut self, code: NoteCode, element: &str, detail: &str, place: &str) {
        self.notes.add(code, element, &shown(detail), place);
    }

    pub(super) fn resource(&mut self, at: usize) {
        let found = &self.found[at];
        let (tree, kind, place) = (found.tree, found.kind, found.place.as_str());
        let map = self.map;
        let Some(described) = map.resource(kind) else {
            return self.note(NoteCode::Resource, kind, "", place);
        };
        if own::is_own(tree) {
            return self.note(NoteCode::Own, kind, "", place);
        }
        if tree.get("implicitRules").is_some() || has_modifier(tree) {
            return self.note(NoteCode::Modifier, kind, "", place);
        }
        if let Some(element) = self.other_subject(found, described) {
            return self.note(NoteCode::Subject, &format!("{kind}.{element}"), "", place);
        }
        let Some((standing, status)) = self.standing(found, described) else { return };
        let mut seen: HashSet<usize> = HashSet::new();
        let codes = self.codes(found, described, &mut seen);
        let date = self.first_day(tree, &described.date, kind, place, &mut seen);
        let known = self.first_day(tree, &described.known, kind, place, &mut seen);
        let here = Here {
            tree,
            parent: None,
            resource: tree,
            kind,
            at,
            standing,
            status,
            date,
            known,
            element: kind.to_string(),
            place: place.to_string(),
            about: self.tumours.about(tree, self.index, self.found, map),
        };
        if kind == "QuestionnaireResponse" {
            self.answers(tree, place, known, &mut seen);
            return self.leftover(tree, &here, described, &mut seen);
        }
        if kind == "Consent" {
            self.consent(tree, place, standing == Standing::Refuted, known, &mut seen);
            return self.leftover(tree, &here, described, &mut seen);
        }
        if let Some(fact) = own::fact(tree, self.vocabulary) {
            self.own_fact(&here, fact, &mut seen);
            return self.leftover(tree, &here, described, &mut seen);
        }
        let mut understood = self.rules(&here, &codes, &mut seen);
        for (i, component) in tree.items_at("component").iter().enumerate() {
            let inner: Vec<String> = component.get("code").map_or_else(Vec::new, |c| codings(c, map));
            let part = Here {
                tree: component,
                parent: Some(codes.clone()),
                element: format!("{kind}.component"),
                place: format!("{place}.component[{i}]"),
                ..here_again(&here)
            };
            if self.rules(&part, &inner, &mut seen) {
                understood = true;
                seen.insert(id_of(component));
            } else {
                let detail = inner.first().cloned().unwrap_or_default();
                self.note(NoteCode::Code, &part.element, &detail, &part.place);
                seen.insert(id_of(component));
            }
        }
        if !understood && !described.code.is_empty() {
            let element = format!("{kind}.{}", described.code[0]);
            match codes.first() {
                Some(code) => self.note(NoteCode::Code, &element, code, place),
                None => self.note(NoteCode::Uncoded, &element, "", place),
            }
            return;
        }
        self.leftover(tree, &here, described, &mut seen);
    }

    /// The element that names another subject than the patient, when one does.
    fn other_subject(&self, found: &Found<'_>, described: &Resource) -> Option<&'static str> {
        for subject in &described.subject {
            let Some(reference) = found.tree.get(subject).and_then(|s| s.text_at("reference")) else {
                continue;
            };
            let target = self.index.get(&address(reference)).map(|at| self.found[*at].kind);
            if target.is_some_and(|kind| kind != "Patient") || reference.starts_with('#') {
                return Some("subject");
            }
        }
        // What is in focus may be a child, a donor or a graft; a condition is weighed with the tumours.
        for focus in found.tree.items_at("focus") {
            let Some(reference) = focus.text_at("reference") else { return Some("focus") };
            let target = self.index.get(&address(reference)).map(|at| self.found[*at].kind.to_string());
            let target = target
                .unwrap_or_else(|| address(reference).split('/').next().unwrap_or_default().to_string());
            if !matches!(target.as_str(), "Condition" | "Patient") {
                return Some("focus");
            }
        }
        None
    }

    fn standing(&mut self, found: &Found<'a>, described: &Resource) -> Option<(Standing, &'a str)> {
        let (tree, kind, place) = (found.tree, found.kind, found.place.as_str());
        for (element, allowed) in &described.only {
            for value in below(tree, element) {
                let text = match value {
                    Json::Text(text) => text.clone(),
                    Json::Bool(b) => b.to_string(),
                    _ => String::new(),
                };
                if !allowed.contains(&text) {
                    self.note(NoteCode::Status, &format!("{kind}.{element}"), &text, place);
                    return None;
                }
            }
        }
        let Some(element) = &described.status else { return Some((Standing::Asserted, "")) };
        let path = format!("{kind}.{element}");
        let value = match tree.get(element) {
            None if described.take.iter().any(|t| t.is_empty()) => return Some((Standing::Asserted, "")),
            None => {
                self.note(NoteCode::Status, &path, "", place);
                return None;
            }
            Some(value) => value,
        };
        let concept = described.concept;
        let status = match value {
            Json::Text(text) if !concept => text.as_str(),
            Json::Map(_) if concept => {
                value.items_at("coding").iter().find_map(|c| c.text_at("code")).unwrap_or("")
            }
            _ => {
                // Earlier versions of FHIR wrote it the other way; then other elements mean other things, too.
                self.issues.push(Issue {
                    severity: Severity::Error,
                    code: "structure",
                    text: nw_facts::Text::new(
                        format!("`{path}` is not as FHIR R4 has it; the resource was not read; send R4 (4.0.1)"),
                        format!("`{path}` is niet zoals FHIR R4 het heeft; de resource is niet gelezen; stuur R4 (4.0.1)"),
                    ),
                    place: Some(place.to_string()),
                });
                return None;
            }
        };
        if described.take.iter().any(|t| t == status) {
            return Some((Standing::Asserted, status));
        }
        if described.refute.iter().any(|t| t == status) {
            return Some((Standing::Refuted, status));
        }
        self.note(NoteCode::Status, &path, status, place);
        None
    }

    /// The codes of what the resource is, a medication resolved through one reference.
    fn codes(&mut self, found: &Found<'a>, described: &Resource, seen: &mut HashSet<usize>) -> Vec<String> {
        let mut codes = Vec::new();
        for element in &described.code {
            let Some(value) = found.tree.get(element) else { continue };
            seen.insert(id_of(value));
            match value.text_at("reference") {
                None => codes.extend(codings(value, self.map)),
                Some(reference) => {
                    let target = if let Some(id) = reference.strip_prefix('#') {
                        found.tree.items_at("contained").iter().find(|c| c.text_at("id") == Some(id))
                    } else {
                        self.index.get(&address(reference)).map(|at| self.found[*at].tree)
                    };
                    match target.and_then(|t| t.get("code")) {
                        Some(code) => codes.extend(codings(code, self.map)),
                        None => {
                            let path = format!("{}.{element}", found.kind);
                            let place = found.place.clone();
                            self.note(NoteCode::Reference, &path, "", &place);
                        }
                    }
                }
            }
        }
        codes
    }

    fn first_day(
        &mut self,
        tree: &Json,
        elements: &[String],
        kind: &str,
        place: &str,
        seen: &mut HashSet<usize>,
    ) -> Option<Date> {
        for element in elements {
            let Some(value) = tree.get(element) else { continue };
            seen.insert(id_of(value));
            match day(value, false) {
                Some(day) => {
                    if !day.whole {
                        self.note(NoteCode::Date, &format!("{kind}.{element}"), "", place);
                    }
                    return Some(day.date);
                }
                None => self.note(NoteCode::Element, &format!("{kind}.{element}"), "", place),
            }
        }
        None
    }

    /// Applies every rule that speaks of these codes; true when one did, whether or not a fact came of it.
    fn rules(&mut self, here: &Here<'a>, codes: &[String], seen: &mut HashSet<usize>) -> bool {
        let map = self.map;
        let mut spoke = false;
        for rule in &map.rules {
            if !rule.resources.iter().any(|r| r == here.kind) {
                continue;
            }
            let named =
                rule.codes.is_empty() || codes.iter().any(|c| rule.codes.iter().any(|p| p.matches(c)));
            let within = rule.within.is_empty()
                || here
                    .parent
                    .as_ref()
                    .is_some_and(|p| p.iter().any(|c| rule.within.iter().any(|w| w.matches(c))));
            if !named || !within || here.parent.is_some() && (rule.codes.is_empty() || rule.element.is_some())
            {
                continue;
            }
            spoke |= self.rule(here, rule, seen);
        }
        spoke
    }

    fn rule(&mut self, here: &Here<'a>, rule: &Rule, seen: &mut HashSet<usize>) -> bool {
        let map = self.map;
        if rule.tumour && here.kind == "Condition" && self.tumours.is_secondary(here.at) != rule.secondary {
            return false;
        }
        // A rule about an element or extension that is not there has nothing to say.
        let values: Vec<&Json> = match (&rule.extension, &rule.element) {
            (Some(url), _) => {
                for extension in here.resource.items_at("extension") {
                    if extension.text_at("url") == Some(url) {
                        seen.insert(id_of(extension));
                    }
                }
                extensions(here.resource, url).collect()
            }
            (None, Some(path)) => {
                if let Some(first) = path.split('.').next().and_then(|p| here.tree.get(p)) {
                    seen.insert(id_of(first));
                }
                below(here.tree, path)
            }
            (None, None) => Vec::new(),
        };
        let elsewhere = rule.extension.is_some() || rule.element.is_some();
        if elsewhere && values.is_empty() {
            return false;
        }
        let path = rule.element.clone().or_else(|| rule.extension.clone().map(|_| "extension".to_string()));
        let element = path.map_or_else(|| here.element.clone(), |p| format!("{}.{p}", here.element));
        if rule.tumour {
            if here.kind == "Condition" && self.tumours.is_other_cancer(here.at) {
                self.note(NoteCode::Neoplasm, &element, "", &here.place);
                return true;
            }
            // A metastasis is a condition of its own: it belongs to the tumour the record names, if it names one.
            let ours = if here.kind == "Condition" && !self.tumours.is_neuroendocrine(here.at) {
                self.tumours.any() && here.about == About::Ours
            } else {
                here.kind == "Condition" || here.about == About::Ours
            };
            if !ours {
                choice(here.tree, "value").map(|(_, value)| seen.insert(id_of(value)));
                self.note(NoteCode::Subject, &element, "", &here.place);
                return true;
            }
        }
        if let Some(site) = here.resource.get("bodySite")
            && here.kind == "Observation"
        {
            seen.insert(id_of(site));
            let sites = codings(site, map);
            let named = |code: &String| rule.site.iter().any(|p| p.matches(code));
            if !rule.site.iter().any(|p| p.0.ends_with(":*")) && !sites.iter().any(named) {
                let detail = sites.first().cloned().unwrap_or_default();
                choice(here.tree, "value").map(|(_, value)| seen.insert(id_of(value)));
                self.note(NoteCode::Subject, &format!("{}.bodySite", here.kind), &detail, &here.place);
                return true;
            }
        }
        if rule.current
            && let Some(state) = here.resource.get("clinicalStatus").map(|s| codings(s, map))
            && !state
                .iter()
                .any(|c| ["active", "recurrence", "relapse"].iter().any(|s| c.ends_with(&format!(":{s}"))))
        {
            let detail = state.first().cloned().unwrap_or_default();
            self.note(NoteCode::Status, &format!("{}.clinicalStatus", here.kind), &detail, &here.place);
            return true;
        }
        if here.standing == Standing::Refuted {
            match &rule.refuted {
                Some(text) => {
                    let text = text.clone();
                    self.take(here, rule, &element, &text);
                }
                None => self.note(NoteCode::Status, &element, here.status, &here.place),
            }
            return true;
        }
        if values.is_empty() {
            match self.read_main(here, rule, seen) {
                Ok(text) => self.take(here, rule, &element, &text),
                Err(Unread(code, detail)) => self.note(code, &element, &detail, &here.place),
            }
            return true;
        }
        for value in values {
            match self.read_value(rule, value) {
                Ok(text) => self.take(here, rule, &element, &text),
                Err(Unread(code, detail)) => self.note(code, &element, &detail, &here.place),
            }
        }
        true
    }

    /// The value of an observation, or the presence or status of a resource.
    fn read_main(
        &mut self,
        here: &Here<'a>,
        rule: &Rule,
        seen: &mut HashSet<usize>,
    ) -> Result<String, Unread> {
        match rule.reads {
            Reads::Presence => return Ok(rule.gives.clone().unwrap_or_default()),
            Reads::Status => {
                let key = format!("={}", here.status);
                return rule
                    .values
                    .iter()
                    .find(|(p, _)| p.0 == key)
                    .map(|(_, text)| text.clone())
                    .ok_or_else(|| Unread(NoteCode::Status, here.status.to_string()));
            }
            Reads::Day => {
                let days = rule.date.as_deref().map_or_else(Vec::new, |path| below(here.resource, path));
                for value in days {
                    seen.insert(id_of(value));
                    if let Some(day) = day(value, true) {
                        return Ok(day_text(value, day.date));
                    }
                }
                if let Some(date) = here.date {
                    return Ok(date.to_string());
                }
                return Err(Unread(NoteCode::Value, String::new()));
            }
            _ => {}
        }
        if let Some((_, value)) = choice(here.tree, "value") {
            seen.insert(id_of(value));
            if rule.reads == Reads::Number {
                self.limit(here, rule, seen);
            }
            return self.read_value(rule, value);
        }
        if let Some(reason) = here.tree.get("dataAbsentReason") {
            seen.insert(id_of(reason));
            let code = reason.items_at("coding").iter().find_map(|c| c.text_at("code")).unwrap_or("");
            return match self.map.absent(code) {
                Some(state) => Ok(state.to_string()),
                None => Err(Unread(NoteCode::Value, code.to_string())),
            };
        }
        Err(Unread(NoteCode::Value, String::new()))
    }

    fn read_value(&self, rule: &Rule, value: &Json) -> Result<String, Unread> {
        match rule.reads {
            Reads::Number => self.number(rule.fact, value),
            Reads::Coded => self.coded(rule, value),
            Reads::Flag => match value {
                Json::Bool(true) => Ok("yes".to_string()),
                Json::Bool(false) => Ok("no".to_string()),
                _ => Err(Unread(NoteCode::Value, String::new())),
            },
            Reads::Day => match day(value, true) {
                Some(day) => Ok(day_text(value, day.date)),
                None => Err(Unread(NoteCode::Value, String::new())),
            },
            Reads::Presence | Reads::Status => Ok(rule.gives.clone().unwrap_or_default()),
        }
    }

    fn coded(&self, rule: &Rule, value: &Json) -> Result<String, Unread> {
        let codes = match value {
            Json::Text(text) => vec![format!("={text}")],
            Json::Number(number) => vec![format!("={number}")],
            other => codings(other, self.map),
        };
        let def = self.vocabulary.fact(rule.fact);
        let mut texts: Vec<String> = Vec::new();
        for code in &codes {
            let own = || {
                let at = def.choices.iter().position(|c| c.aliases.iter().any(|a| a == code))?;
                def.choices.get(at).map(|c| c.id.clone())
            };
            let table = rule.values.iter().find(|(p, _)| p.matches(code)).map(|(_, text)| text.clone());
            if let Some(text) = table.or_else(|| if rule.aliases { own() } else { None })
                && !texts.contains(&text)
            {
                texts.push(text);
            }
        }
        match texts.len() {
            1 => Ok(texts.remove(0)),
            0 if codes.is_empty() => Err(Unread(NoteCode::Uncoded, String::new())),
            0 => Err(Unread(NoteCode::Code, codes[0].clone())),
            _ => Err(Unread(NoteCode::Ambiguous, codes.join("+"))),
        }
    }

    pub(super) fn number(&self, fact: FactIdx, value: &Json) -> Result<String, Unread> {
        let nothing = || Unread(NoteCode::Value, String::new());
        match value {
            Json::Number(number) => {
                let def = self.vocabulary.fact(fact);
                if def.unit.is_some() {
                    return Err(Unread(NoteCode::Unit, String::new()));
                }
                plain_number(number).ok_or_else(nothing)
            }
            Json::Map(_) if value.get("value").is_some() => {
                let (number, unit) = self.quantity(fact, value)?;
                let sign = match value.text_at("comparator") {
                    None => "",
                    Some(sign @ ("<" | "<=" | ">" | ">=")) => sign,
                    Some(_) => return Err(nothing()),
                };
                Ok(format!("{sign}{number} {unit}").trim_end().to_string())
            }
            Json::Map(_) => {
                let end = |key: &str| value.get(key).map(|q| self.quantity(fact, q)).transpose();
                match (end("low")?, end("high")?) {
                    (Some((low, unit)), Some((high, other))) if unit == other => {
                        Ok(format!("{low} .. {high} {unit}").trim_end().to_string())
                    }
                    (Some((low, unit)), None) => Ok(format!(">={low} {unit}").trim_end().to_string()),
                    (None, Some((high, unit))) => Ok(format!("<={high} {unit}").trim_end().to_string()),
                    _ => Err(nothing()),
                }
            }
            _ => Err(nothing()),
        }
    }

    /// The number of a quantity and its unit in our spelling. A number without unit is never taken for a fact with one.
    fn quantity(&self, fact: FactIdx, quantity: &Json) -> Result<(String, String), Unread> {
        let Some(Json::Number(number)) = quantity.get("value") else {
            return Err(Unread(NoteCode::Value, String::new()));
        };
        let number = plain_number(number).ok_or_else(|| Unread(NoteCode::Value, String::new()))?;
        let code = quantity.text_at("code").or_else(|| quantity.text_at("unit"));
        let def = self.vocabulary.fact(fact);
        let bare = |code: &str| code == "1" || code.starts_with('{') && code.ends_with('}');
        match code {
            None if def.unit.is_none() => Ok((number, String::new())),
            Some(code) if def.unit.is_none() && bare(code) => Ok((number, String::new())),
            None => Err(Unread(NoteCode::Unit, String::new())),
            Some(code) => match self.map.unit(code) {
                Some(unit) => Ok((number, unit.to_string())),
                None => Err(Unread(NoteCode::Unit, code.to_string())),
            },
        }
    }

    /// The upper limit of the reference range, when there is exactly one range and it is the ordinary one.
    fn limit(&mut self, here: &Here<'a>, rule: &Rule, seen: &mut HashSet<usize>) {
        let Some(fact) = rule.limit else { return };
        let Some(range) = here.tree.get("referenceRange") else { return };
        seen.insert(id_of(range));
        let element = format!("{}.referenceRange", here.element);
        let [one] = range.items() else {
            return self.note(NoteCode::Ambiguous, &element, "", &here.place);
        };
        let ordinary = one
            .get("type")
            .is_none_or(|t| t.items_at("coding").iter().any(|c| c.text_at("code") == Some("normal")))
            && one.get("appliesTo").is_none();
        let Some(high) = one.get("high").filter(|_| ordinary) else {
            return self.note(NoteCode::Element, &element, "", &here.place);
        };
        match self.number(fact, high) {
            Ok(text) => {
                let rule = Rule { fact, latest: true, limit: None, yields_to: None, ..rule.clone() };
                self.take(here, &rule, &element, &text);
            }
            Err(Unread(code, detail)) => self.note(code, &element, &detail, &here.place),
        }
    }

    /// A text of a fact becomes statements, as if it had been written in a case.
    fn take(&mut self, here: &Here<'a>, rule: &Rule, element: &str, text: &str) {
        match read(self.vocabulary, rule.fact, text) {
            Ok(statements) => {
                for (fact, evidence) in statements {
                    let origin = origin(here, element);
                    let observation = Observation {
                        fact,
                        evidence,
                        text: text.to_string(),
                        date: here.date,
                        known: here.known,
                        origin: Some(origin),
                        via: (fact != rule.fact).then_some(rule.fact),
                    };
                    let def = self.vocabulary.fact(fact);
                    let mut observation = observation;
                    if def.kind == Kind::Date {
                        // A day says itself when it was; when it was written down is another matter.
                        observation.date = None;
                    }
                    self.taken.push(Taken {
                        rule: rule.id.clone(),
                        yields_to: rule.yields_to.clone(),
                        latest: rule.latest,
                        element: element.to_string(),
                        place: here.place.clone(),
                        observation: observation.dated_by_itself(def),
                    });
                }
            }
            Err(fault) => {
                let detail = self.vocabulary.fact(rule.fact).id.clone();
                self.note(unread(fault.code), element, &detail, &here.place);
            }
        }
    }

    /// A fact in our own code system, as the export writes it.
    fn own_fact(&mut self, here: &Here<'a>, fact: FactIdx, seen: &mut HashSet<usize>) {
        let element = format!("{}.value", here.kind);
        for key in [
            "dataAbsentReason",
            "component",
            "derivedFrom",
            "category",
            "focus",
            "method",
            "bodySite",
            "hasMember",
        ] {
            here.tree.get(key).map(|v| seen.insert(id_of(v)));
        }
        if let Some((_, value)) = choice(here.tree, "value") {
            seen.insert(id_of(value));
        }
        for extension in here.tree.items_at("extension") {
            seen.insert(id_of(extension));
        }
        let unit = |ucum: &str| self.map.unit(ucum).map(str::to_string);
        match own::text(here.tree, fact, self.vocabulary, &unit) {
            Some(text) => match read(self.vocabulary, fact, &text) {
                Ok(statements) => {
                    for (target, evidence) in statements {
                        let observation = Observation {
                            fact: target,
                            evidence,
                            text: text.clone(),
                            date: here.date,
                            known: here.known,
                            origin: own::origin(here.tree).or_else(|| Some(origin(here, &element))),
                            via: (target != fact).then_some(fact),
                        };
                        self.taken.push(Taken {
                            rule: FACT_SYSTEM.to_string(),
                            yields_to: None,
                            latest: false,
                            element: element.clone(),
                            place: here.place.clone(),
                            observation: observation.dated_by_itself(self.vocabulary.fact(target)),
                        });
                    }
                }
                Err(fault) => {
                    let detail = self.vocabulary.fact(fact).id.clone();
                    self.note(unread(fault.code), &element, &detail, &here.place);
                }
            },
            None => {
                let detail = self.vocabulary.fact(fact).id.clone();
                self.note(NoteCode::Value, &element, &detail, &here.place);
            }
        }
    }

    /// Every element that no rule looked at.
    fn leftover(&mut self, tree: &Json, here: &Here<'a>, described: &Resource, seen: &mut HashSet<usize>) {
        for (key, value) in tree.members() {
            if FRAME.contains(&key.as_str())
                || described.carried.contains(key)
                || seen.contains(&id_of(value))
            {
                continue;
            }
            if described.subject.contains(key)
                || described.code.contains(key)
                || described.status.as_ref() == Some(key)
            {
                continue;
            }
            let element = format!("{}.{key}", here.kind);
            if self.map.is_identity(&element) {
                self.note(NoteCode::Identity, &element, "", &here.place);
                continue;
            }
            if matches!(key.as_str(), "extension" | "component") {
                for item in value.items().iter().filter(|i| !seen.contains(&id_of(i))) {
                    let url = item.text_at("url").unwrap_or_default();
                    self.note(NoteCode::Element, &element, url, &here.place);
                }
                continue;
            }
            let place = format!("{}.{key}", here.place);
            self.note(NoteCode::Element, &element, "", &place);
        }
    }
}

fn here_again<'t>(here: &Here<'t>) -> Here<'t> {
    Here { element: String::new(), place: String::new(), parent: None, ..*here }
}

fn origin(here: &Here<'_>, element: &str) -> String {
    let id = here.resource.text_at("id").map(|id| format!("/{}", shown(id))).unwrap_or_default();
    format!("FHIR {}{id}, {element}", here.kind)
}

/// Whether a text was not read for its unit or for what it says.
pub(super) fn unread(code: &str) -> NoteCode {
    if matches!(code, "unknown-unit" | "wrong-unit") { NoteCode::Unit } else { NoteCode::Value }
}

/// The element itself, to know it again; what is never followed needs no pointer.
pub(super) fn id_of(value: &Json) -> usize {
    std::ptr::from_ref(value) as usize
}

/// Whether anything in the resource may turn its meaning round.
fn has_modifier(tree: &Json) -> bool {
    match tree {
        Json::Map(members) => members
            .iter()
            .any(|(key, value)| key == "modifierExtension" || key != "contained" && has_modifier(value)),
        Json::List(items) => items.iter().any(has_modifier),
        _ => false,
    }
}

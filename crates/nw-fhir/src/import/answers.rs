//! Answers to the questionnaire of the dictionary: an item of ours is a fact, each of its answers a statement.

use std::collections::HashSet;

use nw_facts::{Date, FactIdx, Kind, Observation, read};

use super::apply::{Unread, id_of, unread};
use super::element::{choice, codings, day, day_text, extensions, shown};
use super::{Session, Taken};
use crate::json::Json;
use crate::mapping::FACT_SYSTEM;
use crate::note::{Issue, NoteCode, Severity};
use crate::own;

/// The path of an answer, without positions.
const ANSWER: &str = "QuestionnaireResponse.item.answer";
/// The path of an item, without positions.
const ITEM: &str = "QuestionnaireResponse.item";
/// Members of an item that say nothing beside its answers.
const OF_ITEM: [&str; 6] = ["id", "linkId", "definition", "text", "answer", "item"];
/// Extensions of an answer that are read.
const READ: [&str; 5] = [own::ORIGIN, own::TRUE_ON, own::KNOWN_ON, own::ONE_OF, own::ABSENT_EXTENSION];

/// What holds for all answers of one response.
struct Form<'t> {
    /// Who sent it: `FHIR QuestionnaireResponse/1`.
    name: String,
    /// The address of the questionnaire, when it is not ours.
    foreign: Option<&'t str>,
    /// The day on which the answers were given.
    authored: Option<Date>,
}

impl<'a> Session<'a> {
    /// Reads the answers of a response; `authored` is the day on which they were given.
    pub(super) fn answers(
        &mut self,
        tree: &'a Json,
        place: &str,
        authored: Option<Date>,
        seen: &mut HashSet<usize>,
    ) {
        if let Some(items) = tree.get("item") {
            seen.insert(id_of(items));
        }
        let questionnaire = tree.get("questionnaire");
        let Some(address) = questionnaire.map_or(Some(""), Json::text) else {
            // STU3 has a reference here, where R4 has the address itself.
            self.issues.push(Issue {
                severity: Severity::Error,
                code: "structure",
                text: nw_facts::Text::new(
                    "`QuestionnaireResponse.questionnaire` is not as FHIR R4 has it; the resource was not read; send R4 (4.0.1)",
                    "`QuestionnaireResponse.questionnaire` is niet zoals FHIR R4 het heeft; de resource is niet gelezen; stuur R4 (4.0.1)",
                ),
                place: Some(place.to_string()),
            });
            return;
        };
        let id = tree.text_at("id").map(|id| format!("/{}", shown(id))).unwrap_or_default();
        let form = Form {
            name: format!("FHIR QuestionnaireResponse{id}"),
            foreign: (!address.starts_with(own::QUESTIONNAIRE)).then_some(address),
            authored,
        };
        if self.items(&form, tree, place) == 0 {
            self.notes.add(NoteCode::Value, ITEM, "", place);
        }
    }

    /// Reads what is answered below; gives back how many answers there were.
    fn items(&mut self, form: &Form<'_>, parent: &'a Json, place: &str) -> usize {
        let mut count = 0;
        for (i, item) in parent.items_at("item").iter().enumerate() {
            let place = format!("{place}.item[{i}]");
            for (key, value) in item.members() {
                if !OF_ITEM.contains(&key.as_str()) {
                    self.untold(&format!("{ITEM}.{key}"), value, &place);
                }
            }
            let link = item.text_at("linkId").unwrap_or_default();
            for (j, answer) in item.items_at("answer").iter().enumerate() {
                let place = format!("{place}.answer[{j}]");
                self.answer(form, link, answer, &place);
                count += 1 + self.items(form, answer, &place);
            }
            count += self.items(form, item, &place);
        }
        count
    }

    /// An element that no rule looks at, each extension by its address.
    fn untold(&mut self, element: &str, value: &Json, place: &str) {
        if !element.ends_with(".extension") {
            return self.notes.add(NoteCode::Element, element, "", place);
        }
        for url in value.items().iter().map(|e| e.text_at("url").unwrap_or_default()) {
            if !(element.starts_with(ANSWER) && READ.contains(&url)) {
                self.notes.add(NoteCode::Element, element, &shown(url), place);
            }
        }
    }

    fn answer(&mut self, form: &Form<'_>, link: &str, answer: &'a Json, place: &str) {
        if let Some(address) = form.foreign {
            // The numbers of another questionnaire mean what it says they mean, and it is not here.
            return self.notes.add(NoteCode::Questionnaire, ITEM, &shown(address), place);
        }
        let name = link.strip_suffix(own::WHY_NOT).unwrap_or(link);
        let Some(fact) = self.vocabulary.find_fact(name) else {
            return self.notes.add(NoteCode::Question, ITEM, &shown(link), place);
        };
        for (key, value) in answer.members() {
            if !(key.starts_with("value") || matches!(key.as_str(), "id" | "item")) {
                self.untold(&format!("{ANSWER}.{key}"), value, place);
            }
        }
        let id = self.vocabulary.fact(fact).id.clone();
        let text = match self.answered(fact, answer) {
            Ok(text) => text,
            Err(Unread(code, detail)) => {
                let detail = if detail.is_empty() { id } else { shown(&detail) };
                return self.notes.add(code, ANSWER, &detail, place);
            }
        };
        let statements = match read(self.vocabulary, fact, &text) {
            Ok(statements) => statements,
            Err(fault) => return self.notes.add(unread(fault.code), ANSWER, &id, place),
        };
        let date = self.extension_day(answer, own::TRUE_ON, place).flatten();
        let known = self.extension_day(answer, own::KNOWN_ON, place).unwrap_or(form.authored);
        let origin = own::origin(answer).unwrap_or_else(|| format!("{}, {id}", form.name));
        for (target, evidence) in statements {
            let observation = Observation {
                fact: target,
                evidence,
                text: text.clone(),
                date,
                known,
                origin: Some(origin.clone()),
                via: (target != fact).then_some(fact),
            };
            self.taken.push(Taken {
                rule: FACT_SYSTEM.to_string(),
                yields_to: None,
                latest: false,
                element: ANSWER.to_string(),
                place: place.to_string(),
                observation: observation.dated_by_itself(self.vocabulary.fact(target)),
            });
        }
    }

    /// The day of an extension: nothing without the extension, no day when it says that there is none.
    fn extension_day(&mut self, answer: &Json, url: &str, place: &str) -> Option<Option<Date>> {
        let extension = answer.items_at("extension").iter().find(|e| e.text_at("url") == Some(url))?;
        let Some((_, value)) = choice(extension, "value") else { return Some(None) };
        let Some(day) = day(value, true) else {
            self.notes.add(NoteCode::Value, &format!("{ANSWER}.extension"), url, place);
            return Some(None);
        };
        if !day.whole {
            self.notes.add(NoteCode::Date, &format!("{ANSWER}.extension"), url, place);
        }
        Some(Some(day.date))
    }

    /// The text of a fact that an answer gives.
    fn answered(&self, fact: FactIdx, answer: &Json) -> Result<String, Unread> {
        let def = self.vocabulary.fact(fact);
        let none = || Unread(NoteCode::Value, String::new());
        if let Some(text) = own::one_of(answer) {
            return Ok(text);
        }
        let state = |code: &str| match self.map.absent(code) {
            Some(state) => Ok(state.to_string()),
            None => Err(Unread(NoteCode::Value, code.to_string())),
        };
        let value = choice(answer, "value");
        // Whether a value is missing is said beside it, within it, or by the answer that was chosen.
        let told = value.and_then(|(_, v)| extensions(v, own::ABSENT_EXTENSION).next());
        if let Some(code) = told.or_else(|| extensions(answer, own::ABSENT_EXTENSION).next()) {
            return state(code.text().unwrap_or_default());
        }
        match value.ok_or_else(none)? {
            ("Coding", coding) if coding.text_at("system") == Some(own::ABSENT) => {
                state(coding.text_at("code").unwrap_or_default())
            }
            ("Coding", coding) if coding.text_at("system") == Some(&own::values_of(def)) => {
                let code = coding.text_at("code").unwrap_or_default();
                let there = match def.kind {
                    Kind::YesNo => nw_facts::YES_NO.contains(&code),
                    _ => def.choices.iter().any(|c| c.id == code),
                };
                if there { Ok(code.to_string()) } else { Err(none()) }
            }
            ("Coding", coding) => match codings(coding, self.map).first() {
                Some(code) => Err(Unread(NoteCode::Code, code.clone())),
                None => Err(Unread(NoteCode::Uncoded, String::new())),
            },
            ("Boolean", Json::Bool(yes)) if def.kind == Kind::YesNo => {
                Ok(nw_facts::YES_NO[usize::from(*yes)].to_string())
            }
            ("Date" | "DateTime", value) if def.kind == Kind::Date => {
                day(value, true).map(|d| day_text(value, d.date)).ok_or_else(none)
            }
            ("Integer" | "Decimal" | "Quantity", value)
                if matches!(def.kind, Kind::Quantity | Kind::Count) =>
            {
                self.number(fact, value)
            }
            _ => Err(none()),
        }
    }
}

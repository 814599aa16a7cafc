//! From conclusions to cards, and the list of services.

use nw_engine::{Conclusions, Drawn, DueStatus, Outcome};
use nw_facts::{ConclusionIdx, Evidence, FactSet, Language, Observation, Text};
use nw_guideline::{CompiledGuideline, Output};
use serde_json::{Value, json};

use crate::card::{Action, Card, Coding, Link, Source, Suggestion};
use crate::data::{CardDef, From, Hooks, When};
use crate::orders::Order;
use crate::request::Hook;

/// The code system of our cards.
const TOPICS: &str = "urn:netwijzer:card";
/// The code system of the reasons for another way.
const REASONS: &str = "urn:netwijzer:override";
/// Lines of a list that a card shows; it says how many there are.
const MOST: usize = 8;

/// What surrounds every card.
pub struct Frame<'f> {
    /// The guideline.
    pub guideline: &'f CompiledGuideline,
    /// The language of the texts.
    pub language: Language,
    /// Where people reach the workbench.
    pub public: Option<&'f str>,
    /// That this is no medical device, in the words of the program.
    pub disclaimer: &'f str,
}

/// What was asked.
pub struct Asked<'a> {
    /// The hook.
    pub hook: Hook,
    /// The draft orders that the knowledge names.
    pub orders: &'a [Order],
    /// The patient, as a reference, for what a suggestion creates.
    pub patient: &'a str,
    /// What the record says.
    pub facts: &'a FactSet,
    /// What was sent and could not be read, in words of ours.
    pub unread: &'a [String],
}

impl Frame<'_> {
    fn say(&self, en: &'static str, nl: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Nl => nl,
        }
    }
}

/// What one card says before it is dressed.
struct Said {
    summary: String,
    lines: Vec<String>,
    /// More lines than are shown.
    more: usize,
    /// Questions whose answer settles it.
    settle: Vec<String>,
    conclusion: Option<ConclusionIdx>,
}

impl Hooks {
    /// The list of services, as discovery gives it.
    pub fn discovery(&self, language: Language) -> Value {
        let services: Vec<Value> = self
            .services
            .iter()
            .map(|s| {
                json!({
                    "hook": s.hook.id(), "id": s.id, "title": s.title.get(language),
                    "description": s.description.get(language), "prefetch": s.prefetch,
                    "usageRequirements": s.requires.get(language),
                })
            })
            .collect();
        json!({"services": services})
    }

    /// What the record says, with what the draft orders count as. What is being ordered takes the place of what was
    /// said before, unless the knowledge keeps it: who has a treatment already does not begin with it.
    pub fn facts(&self, guideline: &CompiledGuideline, record: &FactSet, orders: &[Order]) -> FactSet {
        let vocabulary = &guideline.vocabulary;
        let mut facts = record.clone();
        for counted in orders.iter().flat_map(|o| &self.orders[o.order].counts_as) {
            let kept = facts.about(counted.fact).any(|o| match &o.evidence {
                Evidence::Choices(choices) => {
                    !choices.is_empty() && choices.iter().all(|c| counted.keep.contains(c))
                }
                _ => false,
            });
            let Ok(read) = nw_facts::read(vocabulary, counted.fact, &counted.value) else { continue };
            if kept {
                continue;
            }
            facts = facts.without(counted.fact);
            for (fact, evidence) in read {
                facts.add(Observation {
                    fact,
                    evidence,
                    text: counted.value.clone(),
                    date: None,
                    known: None,
                    origin: None,
                    via: (fact != counted.fact).then_some(counted.fact),
                });
            }
        }
        facts
    }

    /// The cards of a call, the most urgent first. `fresh` gives a new UUID each time.
    pub fn cards(
        &self,
        frame: &Frame<'_>,
        asked: &Asked<'_>,
        drawn: &Conclusions,
        fresh: &mut dyn FnMut() -> String,
    ) -> Vec<(String, Card)> {
        let mut cards: Vec<(String, Card)> = Vec::new();
        for def in self.standing(asked) {
            let chosen: Vec<&Order> =
                asked.orders.iter().filter(|o| o.chosen && def.orders.contains(&o.order)).collect();
            for said in said(frame, asked, def, drawn) {
                cards.push((def.id.clone(), self.dressed(frame, asked, def, &chosen, said, fresh)));
            }
        }
        cards.sort_by_key(|(_, card)| std::cmp::Reverse(card.indicator));
        cards
    }

    fn dressed(
        &self,
        frame: &Frame<'_>,
        asked: &Asked<'_>,
        def: &CardDef,
        chosen: &[&Order],
        said: Said,
        fresh: &mut dyn FnMut() -> String,
    ) -> Card {
        let (guideline, language) = (frame.guideline, frame.language);
        let manifest = &guideline.manifest;
        let mut detail: Vec<String> = Vec::new();
        let mut orders: Vec<&str> = chosen.iter().map(|o| self.orders[o.order].label.get(language)).collect();
        orders.dedup();
        if !orders.is_empty() {
            detail.push(format!("**{}**", orders.join(", ")));
        }
        let list = |lines: &[String]| lines.iter().map(|l| format!("- {l}")).collect::<Vec<_>>().join("\n");
        if !said.lines.is_empty() {
            let mut lines = list(&said.lines);
            if said.more > 0 {
                lines.push_str(&format!("\n- … {} {}", said.more, frame.say("more", "meer")));
            }
            detail.push(lines);
        }
        if !said.settle.is_empty() {
            detail.push(format!(
                "{}\n{}",
                frame.say("To settle it:", "Om het te weten:"),
                list(&said.settle)
            ));
        }
        let (confirmed, rows) = self.rows;
        detail.push(format!(
            "_{} {} · {} · {} {} {} {}. {}_",
            manifest.id,
            manifest.edition,
            guideline.digest.chars().take(19).collect::<String>(),
            confirmed,
            frame.say("of", "van"),
            rows,
            frame.say("rows confirmed by a clinician", "rijen bevestigd door een arts"),
            frame.disclaimer,
        ));
        let suggestions: Vec<Suggestion> =
            def.suggest.iter().filter_map(|s| suggestion(s, asked, chosen, language, fresh)).collect();
        let id = said.conclusion.map(|c| guideline.vocabulary.conclusion(c).id.clone());
        let links = frame.public.zip(id).map(|(public, id)| Link {
            label: frame.say("The rule, with its sources", "De regel, met de bronnen").to_string(),
            url: format!("{public}/guideline/{id}"),
            kind: "absolute",
        });
        let reason = |at: &usize| {
            let (code, text) = &self.reasons[*at];
            let display = Some(text.get(language).to_string());
            Coding { code: code.clone(), system: Some(REASONS.to_string()), display }
        };
        Card {
            uuid: fresh(),
            summary: said.summary,
            detail: detail.join("\n\n"),
            indicator: def.indicator,
            source: Source {
                label: format!("netwijzer · {} {}", manifest.id, manifest.edition),
                url: frame.public.map(str::to_string),
                topic: Coding { code: def.id.clone(), system: Some(TOPICS.to_string()), display: None },
            },
            selection_behavior: (!suggestions.is_empty()).then_some("any"),
            suggestions,
            override_reasons: def.reasons.iter().map(reason).collect(),
            links: links.into_iter().collect(),
        }
    }
}

fn suggestion(
    given: &crate::data::Suggest,
    asked: &Asked<'_>,
    chosen: &[&Order],
    language: Language,
    fresh: &mut dyn FnMut() -> String,
) -> Option<Suggestion> {
    let label = given.label.get(language).to_string();
    let actions: Vec<Action> = match &given.create {
        Some(resource) => {
            let mut resource = resource.clone();
            if let Some(fields) = resource.as_object_mut() {
                fields.insert(
                    "subject".to_string(),
                    json!({"reference": format!("Patient/{}", asked.patient)}),
                );
            }
            vec![Action {
                kind: "create",
                description: label.clone(),
                resource: Some(resource),
                resource_id: None,
            }]
        }
        None => chosen
            .iter()
            .filter_map(|o| o.reference.clone())
            .map(|id| Action {
                kind: "delete",
                description: label.clone(),
                resource: None,
                resource_id: Some(id),
            })
            .collect(),
    };
    // An order without id cannot be withdrawn by name.
    (!actions.is_empty()).then(|| Suggestion { label, uuid: fresh(), actions })
}

fn said(frame: &Frame<'_>, asked: &Asked<'_>, def: &CardDef, drawn: &Conclusions) -> Vec<Said> {
    let language = frame.language;
    let summary = |n: usize| def.summary.get(language).replace("{n}", &n.to_string());
    let listed = |mut lines: Vec<String>, n: usize, settle, conclusion| {
        let more = lines.len().saturating_sub(MOST);
        lines.truncate(MOST);
        vec![Said { summary: summary(n), lines, more, settle, conclusion }]
    };
    match &def.from {
        From::Values { conclusion, when, values, together } => {
            let Some(one) = drawn.get(*conclusion) else { return Vec::new() };
            let (certain, open) = masks(one, *values, frame.guideline, *conclusion);
            let wanted = match when {
                When::Certain => certain,
                When::Open => open,
                When::Possible => certain | open,
            };
            if wanted == 0 {
                return Vec::new();
            }
            let settle = if wanted & open == 0 { Vec::new() } else { settling(frame, one) };
            let each = |mask: u64| (0..64).filter(move |v| mask >> v & 1 == 1);
            let lines = |mask| each(mask).map(|v| sentence(frame, one, v)).collect::<Vec<_>>();
            if *together || *when != When::Certain {
                let all = lines(wanted);
                let n = all.len();
                return listed(all, n, settle, Some(*conclusion));
            }
            each(wanted)
                .map(|value| {
                    let text = sentence(frame, one, value);
                    let (summary, lines) =
                        if def.summary.is_empty() { (text, Vec::new()) } else { (summary(1), vec![text]) };
                    Said { summary, lines, more: 0, settle: Vec::new(), conclusion: Some(*conclusion) }
                })
                .collect()
        }
        From::Questions { about } => {
            let ours = |at: &usize| about.is_empty() || about.contains(&drawn.drawn[*at].conclusion);
            let vocabulary = &frame.guideline.vocabulary;
            let lines: Vec<String> = drawn
                .questions
                .iter()
                .filter(|q| q.settles.iter().chain(&q.helps).any(&ours))
                .map(|q| vocabulary.fact(q.fact).question.get(language).to_string())
                .filter(|q| !q.is_empty())
                .collect();
            let n = lines.len();
            if n == 0 { Vec::new() } else { listed(lines, n, Vec::new(), None) }
        }
        From::Due => {
            let due = |s: DueStatus| matches!(s, DueStatus::Due | DueStatus::Overdue);
            let lines: Vec<String> = drawn
                .due
                .iter()
                .filter(|item| due(item.status))
                .map(|item| {
                    let title = frame.guideline.dues[item.due].title.get(language);
                    let since = item.latest.or(item.earliest);
                    since.map_or_else(|| title.to_string(), |day| format!("{title} ({day})"))
                })
                .collect();
            let n = lines.len();
            if n == 0 { Vec::new() } else { listed(lines, n, Vec::new(), None) }
        }
        From::Unread => listed(asked.unread.to_vec(), asked.unread.len(), Vec::new(), None),
        From::Contradictions => {
            let guideline = frame.guideline;
            let lines: Vec<String> = drawn
                .contradictions
                .iter()
                .map(|c| {
                    let rules = c.rules.iter().map(|r| guideline.rules[*r].title.get(language));
                    let reports = c.agreements.iter().map(|a| guideline.agreements[*a].title.get(language));
                    let facts = c.facts.iter().map(|f| guideline.vocabulary.fact(*f).label.get(language));
                    let facts = facts.collect::<Vec<_>>().join(", ");
                    let said = rules.chain(reports).collect::<Vec<_>>().join("; ");
                    if said.is_empty() { facts } else { format!("{said} ({facts})") }
                })
                .collect();
            let n = lines.len();
            if n == 0 { Vec::new() } else { listed(lines, n, Vec::new(), None) }
        }
    }
}

/// Which of these values certainly hold, and which may.
fn masks(one: &Drawn, values: u64, guideline: &CompiledGuideline, conclusion: ConclusionIdx) -> (u64, u64) {
    let count = guideline.vocabulary.conclusion(conclusion).values.len();
    let own = if count >= 64 { u64::MAX } else { (1 << count) - 1 };
    let (certain, open) = match &one.outcome {
        Outcome::Concluded(value) => (1 << value, 0),
        Outcome::Undetermined(set) => (0, *set),
        Outcome::NotApplicable => (0, 0),
        // What rests on a contradiction may be anything; to be silent of it would say that all is well.
        Outcome::Conflict(_) => (0, own),
        Outcome::Collected { certain, open } => (*certain, *open),
    };
    (certain & values & own, open & values & own)
}

/// What the deciding row of a value says; without one, the name of the value.
fn sentence(frame: &Frame<'_>, one: &Drawn, value: usize) -> String {
    let guideline = frame.guideline;
    let gives = |row: &nw_guideline::Row| matches!(row.output, Output::Value(v) if v == value);
    let steps = one.reason.iter().flat_map(|r| &r.steps);
    let decided = steps
        .map(|s| (&guideline.tables[s.table], s.row))
        .filter(|(table, _)| table.conclusion == one.conclusion)
        .map(|(table, row)| &table.rows[row])
        .find(|row| gives(row));
    let any = || {
        let rows = guideline.tables.iter().filter(|t| t.conclusion == one.conclusion).flat_map(|t| &t.rows);
        rows.filter(|r| gives(r)).find(|r| !r.text.is_empty())
    };
    let text = decided.filter(|r| !r.text.is_empty()).or_else(any).map(|r| r.text.get(frame.language));
    let def = guideline.vocabulary.conclusion(one.conclusion);
    let name = || def.values.get(value).map_or("", |v| v.label.get(frame.language));
    text.unwrap_or_else(name).to_string()
}

/// The questions of the smallest set of facts that settles it.
fn settling(frame: &Frame<'_>, one: &Drawn) -> Vec<String> {
    let facts = match &one.outcome {
        Outcome::Conflict(facts) => Some(facts),
        _ => one.settle.first(),
    };
    let ask = |f: &nw_facts::FactIdx| {
        let def = frame.guideline.vocabulary.fact(*f);
        let text: &Text = if def.question.is_empty() { &def.label } else { &def.question };
        text.get(frame.language).to_string()
    };
    facts.into_iter().flatten().map(ask).take(MOST).collect()
}

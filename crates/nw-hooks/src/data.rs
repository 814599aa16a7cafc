//! `knowledge/hooks/*.toml`: which services there are, what an order means, and which conclusions become which cards.
//!
//! Everything is held to the guideline when it is read: facts and values, conclusions, the length of every summary.

use std::collections::BTreeMap;

use nw_engine::{Detail, Options};
use nw_facts::{ConclusionIdx, FactIdx, Text, nearest, said};
use nw_guideline::{CompiledGuideline, Output};
use serde::Deserialize;
use serde_json::Value;

use crate::SUMMARY;
use crate::card::Indicator;
use crate::orders::Act;
use crate::request::Hook;
use crate::write::Asked;

/// What is wrong with the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// What, where, the offending text, and what to do next.
    pub text: Text,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    systems: BTreeMap<String, Vec<String>>,
    service: Vec<ServiceFile>,
    order: Vec<OrderFile>,
    reason: Vec<ReasonFile>,
    card: Vec<CardFile>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Twin {
    en: String,
    nl: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceFile {
    id: String,
    hook: String,
    title: Twin,
    description: Twin,
    requires: Twin,
    prefetch: BTreeMap<String, String>,
    needed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OrderFile {
    id: String,
    resource: Vec<String>,
    act: String,
    codes: Vec<String>,
    en: String,
    nl: String,
    counts_as: Vec<CountsAs>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CountsAs {
    fact: String,
    value: String,
    #[serde(default)]
    keep: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonFile {
    code: String,
    en: String,
    nl: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: String,
    hooks: Vec<String>,
    #[serde(default)]
    orders: Vec<String>,
    from: String,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    about: Vec<String>,
    #[serde(default)]
    when: Option<String>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    together: bool,
    #[serde(default)]
    known: Vec<String>,
    indicator: String,
    #[serde(default)]
    en: Option<String>,
    #[serde(default)]
    nl: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    suggest: Vec<SuggestFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuggestFile {
    en: String,
    nl: String,
    #[serde(default)]
    withdraw: bool,
    #[serde(default)]
    create: Option<String>,
}

/// A service that clients can call.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id, the last part of its address.
    pub id: String,
    /// The hook it answers.
    pub hook: Hook,
    pub(crate) title: Text,
    pub(crate) description: Text,
    pub(crate) requires: Text,
    /// What it reads, by key.
    pub prefetch: BTreeMap<String, String>,
    /// Keys without which it cannot answer.
    pub needed: Vec<String>,
}

/// Systems with one code of them.
pub(crate) struct Coded(pub Vec<String>, pub String);

pub(crate) struct OrderDef {
    pub id: String,
    pub resources: Vec<String>,
    pub act: Act,
    pub codes: Vec<Coded>,
    pub label: Text,
    pub counts_as: Vec<Counted>,
}

/// What an order counts as, unless the record says one of these values.
pub(crate) struct Counted {
    pub fact: FactIdx,
    pub value: String,
    pub keep: Vec<usize>,
}

/// What a card is about.
pub(crate) enum From {
    /// Values of a conclusion.
    Values { conclusion: ConclusionIdx, when: When, values: u64, together: bool },
    /// What is open, of these conclusions.
    Questions { about: Vec<ConclusionIdx> },
    /// What is due.
    Due,
    /// Facts that contradict each other.
    Contradictions,
    /// What was sent and could not be read.
    Unread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Certain,
    Open,
    Possible,
}

pub(crate) struct CardDef {
    pub id: String,
    pub hooks: Vec<Hook>,
    pub orders: Vec<usize>,
    /// The card stands only when the record says something of one of these; with none it always may.
    pub known: Vec<FactIdx>,
    pub from: From,
    pub indicator: Indicator,
    /// Empty when the row says it.
    pub summary: Text,
    pub reasons: Vec<usize>,
    pub suggest: Vec<Suggest>,
}

pub(crate) struct Suggest {
    pub label: Text,
    /// What it creates; otherwise it withdraws the order.
    pub create: Option<Value>,
}

/// What the knowledge says of hooks.
pub struct Hooks {
    /// The services.
    pub services: Vec<Service>,
    pub(crate) orders: Vec<OrderDef>,
    pub(crate) reasons: Vec<(String, Text)>,
    pub(crate) cards: Vec<CardDef>,
    /// How many rows of the guideline a clinician confirmed, of how many.
    pub(crate) rows: (usize, usize),
}

struct Reader<'g> {
    guideline: &'g CompiledGuideline,
    systems: BTreeMap<String, Vec<String>>,
    file: String,
    faults: Vec<Fault>,
}

impl Hooks {
    /// Reads the files, in the order in which they are given, and holds them to the guideline.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read(files: &[(&str, &str)], guideline: &CompiledGuideline) -> Result<Hooks, Vec<Fault>> {
        let mut reader =
            Reader { guideline, systems: BTreeMap::new(), file: String::new(), faults: Vec::new() };
        let mut parsed: Vec<(&str, File)> = Vec::new();
        for (name, text) in files {
            match toml::from_str::<File>(text) {
                Ok(file) => parsed.push((name, file)),
                Err(fault) => reader.faults.push(Fault {
                    file: (*name).to_string(),
                    text: said!("{}", "de TOML is onleesbaar: {}", fault.to_string().trim()),
                }),
            }
        }
        for (_, file) in &parsed {
            reader.systems.extend(file.systems.clone());
        }
        let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
        let rows = (rows().filter(|r| r.confirmed().is_some()).count(), rows().count());
        let mut hooks =
            Hooks { services: Vec::new(), orders: Vec::new(), reasons: Vec::new(), cards: Vec::new(), rows };
        for (name, file) in &parsed {
            reader.file = (*name).to_string();
            hooks.services.extend(file.service.iter().filter_map(|s| reader.service(s)));
            hooks.orders.extend(file.order.iter().filter_map(|o| reader.order(o)));
            hooks.reasons.extend(file.reason.iter().map(|r| (r.code.clone(), Text::new(&r.en, &r.nl))));
        }
        for (name, file) in &parsed {
            reader.file = (*name).to_string();
            for card in &file.card {
                if let Some(card) = reader.card(card, &hooks) {
                    hooks.cards.push(card);
                }
            }
        }
        reader.once("service", hooks.services.iter().map(|s| s.id.as_str()));
        reader.once("order", hooks.orders.iter().map(|o| o.id.as_str()));
        reader.once("reason", hooks.reasons.iter().map(|r| r.0.as_str()));
        reader.once("card", hooks.cards.iter().map(|c| c.id.as_str()));
        if reader.faults.is_empty() { Ok(hooks) } else { Err(reader.faults) }
    }

    /// A service by its id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id == id)
    }

    /// The cards that can stand in an answer, whatever is drawn: those of the hook whose order is being chosen, of a record
    /// that says something of what they are about.
    pub(crate) fn standing<'h>(&'h self, asked: &'h Asked<'_>) -> impl Iterator<Item = &'h CardDef> {
        let chosen = |card: &CardDef| {
            card.orders.is_empty() || asked.orders.iter().any(|o| o.chosen && card.orders.contains(&o.order))
        };
        let known = |card: &CardDef| {
            card.known.is_empty() || card.known.iter().any(|f| asked.facts.about(*f).next().is_some())
        };
        let there = |card: &CardDef| !matches!(card.from, From::Unread) || !asked.unread.is_empty();
        let stands = move |c: &&CardDef| c.hooks.contains(&asked.hook) && chosen(c) && known(c) && there(c);
        self.cards.iter().filter(stands)
    }

    /// What must be drawn for a call, and what must be asked of that; nothing when no card can stand.
    ///
    /// Cards say what is certain or possible, never what a convention makes of it.
    pub fn options(&self, guideline: &CompiledGuideline, asked: &Asked<'_>) -> Option<Options> {
        self.standing(asked).next()?;
        let (mut only, mut asking, mut everything) = (Vec::new(), Vec::new(), false);
        for card in self.standing(asked) {
            match &card.from {
                From::Values { conclusion, when, .. } => {
                    only.push(*conclusion);
                    // What is certain needs no question to settle it.
                    asking.extend((*when != When::Certain).then_some(*conclusion));
                }
                From::Questions { about } => {
                    only.extend(about);
                    asking.extend(about);
                    everything |= about.is_empty();
                }
                From::Due => only.extend(guideline.dues.iter().map(|d| d.every)),
                From::Contradictions | From::Unread => {}
            }
        }
        only.sort_unstable();
        only.dedup();
        let asking = (!everything).then_some(asking);
        // A card says which rows decide, not which facts would have been enough.
        let detail = Detail::Questions;
        Some(Options { only: Some(only), asking, no_conventions: true, detail, ..Options::default() })
    }
}

fn maybe(near: Option<&str>) -> Text {
    near.map_or(Text::default(), |n| said!("; did you mean `{n}`?", "; bedoelde u `{n}`?"))
}

impl Reader<'_> {
    fn fault(&mut self, text: Text) {
        self.faults.push(Fault { file: self.file.clone(), text });
    }

    fn once<'i>(&mut self, what: &str, ids: impl Iterator<Item = &'i str>) {
        let mut seen = std::collections::BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.fault(said!(
                    "{what} `{id}` stands there twice: give each its own id",
                    "{what} `{id}` staat er twee keer: geef elk een eigen naam"
                ));
            }
        }
    }

    fn hook(&mut self, place: &str, id: &str) -> Option<Hook> {
        let found = Hook::of(id);
        if found.is_none() {
            let near = nearest(id, Hook::ALL.iter().map(|h| h.id()));
            let near = maybe(near);
            self.fault(said!("{place}: there is no hook `{id}`{near}", "{place}: er is geen hook `{id}`{near}"; near));
        }
        found
    }

    fn service(&mut self, given: &ServiceFile) -> Option<Service> {
        let place = format!("service `{}`", given.id);
        let hook = self.hook(&place, &given.hook)?;
        if !given.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            self.fault(said!(
                "{place}: an id stands in an address; use a-z, 0-9 and `-`",
                "{place}: een naam staat in een adres; gebruik a-z, 0-9 en `-`"
            ));
        }
        for key in &given.needed {
            if !given.prefetch.contains_key(key) {
                let near = nearest(key, given.prefetch.keys().map(String::as_str));
                let near = maybe(near);
                self.fault(said!("{place}: needs `{key}`, which it does not fetch{near}", "{place}: heeft `{key}` nodig en haalt dat niet op{near}"; near));
            }
        }
        for (key, template) in &given.prefetch {
            let rest = template.replace("{{context.patientId}}", "");
            if rest.contains("{{") || !template.contains("{{context.patientId}}") {
                self.fault(said!("{place}: `{key} = \"{template}\"`: a template names `{{{{context.patientId}}}}` and nothing else", "{place}: `{key} = \"{template}\"`: een sjabloon noemt `{{{{context.patientId}}}}` en niets anders"));
            }
        }
        let twin = |t: &Twin| Text::new(&t.en, &t.nl);
        Some(Service {
            id: given.id.clone(),
            hook,
            title: twin(&given.title),
            description: twin(&given.description),
            requires: twin(&given.requires),
            prefetch: given.prefetch.clone(),
            needed: given.needed.clone(),
        })
    }

    fn order(&mut self, given: &OrderFile) -> Option<OrderDef> {
        let place = format!("order `{}`", given.id);
        let act = match given.act.as_str() {
            "start" => Act::Start,
            "stop" => Act::Stop,
            other => {
                self.fault(said!(
                    "{place}: `act = \"{other}\"`: write `start` or `stop`",
                    "{place}: `act = \"{other}\"`: schrijf `start` of `stop`"
                ));
                return None;
            }
        };
        let mut codes = Vec::new();
        for code in &given.codes {
            let found =
                code.split_once(':').and_then(|(system, code)| Some((self.systems.get(system)?, code)));
            match found {
                Some((systems, code)) => codes.push(Coded(systems.clone(), code.to_string())),
                None => self.fault(said!(
                    "{place}: `{code}`: write system:code, with a system of `[systems]`",
                    "{place}: `{code}`: schrijf stelsel:code, met een stelsel uit `[systems]`"
                )),
            }
        }
        let vocabulary = &self.guideline.vocabulary;
        let mut counts_as = Vec::new();
        for counted in &given.counts_as {
            let Some(fact) = vocabulary.find_fact(&counted.fact) else {
                let near = nearest(&counted.fact, vocabulary.fact_ids()).map(str::to_string);
                let near = maybe(near.as_deref());
                self.fault(said!("{place}: there is no fact `{}`{near}", "{place}: er is geen feit `{}`{near}", counted.fact; near));
                continue;
            };
            if let Err(fault) = nw_facts::read(vocabulary, fact, &counted.value) {
                let (message, help) = fault.both();
                self.fault(said!("{place}: {message}; {help}", "{place}: {message}; {help}"; message, help));
            }
            let def = vocabulary.fact(fact);
            let keep: Vec<Option<usize>> = counted.keep.iter().map(|v| def.choice(v)).collect();
            if keep.contains(&None) {
                self.fault(said!(
                    "{place}: `keep` names a value that `{}` does not have",
                    "{place}: `keep` noemt een waarde die `{}` niet heeft",
                    counted.fact
                ));
            }
            let keep = keep.into_iter().flatten().collect();
            counts_as.push(Counted { fact, value: counted.value.clone(), keep });
        }
        Some(OrderDef {
            id: given.id.clone(),
            resources: given.resource.clone(),
            act,
            codes,
            label: Text::new(&given.en, &given.nl),
            counts_as,
        })
    }

    fn conclusion(&mut self, place: &str, id: &str) -> Option<ConclusionIdx> {
        let vocabulary = &self.guideline.vocabulary;
        let found = vocabulary.find_conclusion(id).filter(|c| self.guideline.conclusion_at(*c).is_some());
        if found.is_none() {
            let ids = self.guideline.conclusions.iter().map(|c| vocabulary.conclusion(c.idx).id.as_str());
            let near = nearest(id, ids).map(str::to_string);
            let near = maybe(near.as_deref());
            self.fault(said!("{place}: there is no conclusion `{id}`{near}", "{place}: er is geen conclusie `{id}`{near}"; near));
        }
        found
    }

    fn card(&mut self, given: &CardFile, hooks: &Hooks) -> Option<CardDef> {
        let place = format!("card `{}`", given.id);
        let of: Vec<Hook> = given.hooks.iter().filter_map(|h| self.hook(&place, h)).collect();
        let mut orders = Vec::new();
        for id in &given.orders {
            match hooks.orders.iter().position(|o| o.id == *id) {
                Some(at) => orders.push(at),
                None => {
                    let near = nearest(id, hooks.orders.iter().map(|o| o.id.as_str()));
                    let near = maybe(near);
                    self.fault(said!("{place}: there is no order `{id}`{near}", "{place}: er is geen order `{id}`{near}"; near));
                }
            }
        }
        let summary = match (&given.en, &given.nl) {
            (Some(en), Some(nl)) => Text::new(en, nl),
            (None, None) => Text::default(),
            _ => {
                self.fault(said!(
                    "{place}: give the summary in both languages, `en` and `nl`",
                    "{place}: geef de samenvatting in beide talen, `en` en `nl`"
                ));
                return None;
            }
        };
        for text in [&summary.en, &summary.nl] {
            // A number takes the place of `{n}`; three digits are more than there will be.
            if text.replace("{n}", "999").chars().count() >= SUMMARY {
                self.fault(said!(
                    "{place}: `{text}` is no summary: keep it under {SUMMARY} characters",
                    "{place}: `{text}` is geen samenvatting: houd het onder {SUMMARY} tekens"
                ));
            }
        }
        let from = self.from(&place, given, summary.is_empty())?;
        let indicator = match given.indicator.as_str() {
            "info" => Indicator::Info,
            "warning" => Indicator::Warning,
            "critical" => Indicator::Critical,
            other => {
                self.fault(said!(
                    "{place}: `indicator = \"{other}\"`: write info, warning or critical",
                    "{place}: `indicator = \"{other}\"`: schrijf info, warning of critical"
                ));
                return None;
            }
        };
        let mut reasons = Vec::new();
        for code in &given.reasons {
            match hooks.reasons.iter().position(|(c, _)| c == code) {
                Some(at) => reasons.push(at),
                None => {
                    let near = nearest(code, hooks.reasons.iter().map(|(c, _)| c.as_str()));
                    let near = maybe(near);
                    self.fault(said!("{place}: there is no reason `{code}`{near}", "{place}: er is geen reden `{code}`{near}"; near));
                }
            }
        }
        let vocabulary = &self.guideline.vocabulary;
        let mut known = Vec::new();
        for id in &given.known {
            match vocabulary.find_fact(id) {
                Some(fact) => known.push(fact),
                None => {
                    let near = nearest(id, vocabulary.fact_ids()).map(str::to_string);
                    let near = maybe(near.as_deref());
                    self.fault(said!("{place}: there is no fact `{id}`{near}", "{place}: er is geen feit `{id}`{near}"; near));
                }
            }
        }
        let suggest = given.suggest.iter().filter_map(|s| self.suggestion(&place, s)).collect();
        Some(CardDef {
            id: given.id.clone(),
            hooks: of,
            orders,
            known,
            from,
            indicator,
            summary,
            reasons,
            suggest,
        })
    }

    fn suggestion(&mut self, place: &str, given: &SuggestFile) -> Option<Suggest> {
        let label = Text::new(&given.en, &given.nl);
        match (&given.create, given.withdraw) {
            (None, true) => Some(Suggest { label, create: None }),
            (Some(text), false) => match serde_json::from_str::<Value>(text) {
                Ok(create) if create.get("resourceType").is_some() => {
                    Some(Suggest { label, create: Some(create) })
                }
                _ => {
                    self.fault(said!(
                        "{place}: `create` is no FHIR resource as JSON",
                        "{place}: `create` is geen FHIR-resource in JSON"
                    ));
                    None
                }
            },
            _ => {
                self.fault(said!("{place}: a suggestion has either `create` or `withdraw = true`", "{place}: een voorstel heeft `create` of `withdraw = true`, niet beide en niet geen van beide"));
                None
            }
        }
    }

    fn from(&mut self, place: &str, given: &CardFile, by_row: bool) -> Option<From> {
        let from = match given.from.as_str() {
            "values" => {
                let id = given.conclusion.as_deref().unwrap_or_default();
                let conclusion = self.conclusion(place, id)?;
                let when = match given.when.as_deref().unwrap_or("certain") {
                    "certain" => When::Certain,
                    "open" => When::Open,
                    "possible" => When::Possible,
                    other => {
                        self.fault(said!(
                            "{place}: `when = \"{other}\"`: write certain, open or possible",
                            "{place}: `when = \"{other}\"`: schrijf certain, open of possible"
                        ));
                        return None;
                    }
                };
                let def = self.guideline.vocabulary.conclusion(conclusion);
                let mut values = 0;
                let mut strange = Vec::new();
                for value in &given.values {
                    match def.values.iter().position(|v| v.id == *value) {
                        Some(at) => values |= 1 << at,
                        None => {
                            let near = nearest(value, def.values.iter().map(|v| v.id.as_str()));
                            let near = maybe(near);
                            strange.push(said!("{place}: `{id}` has no value `{value}`{near}", "{place}: `{id}` heeft geen waarde `{value}`{near}"; near));
                        }
                    }
                }
                strange.into_iter().for_each(|text| self.fault(text));
                if given.values.is_empty() {
                    values = if def.values.len() >= 64 { u64::MAX } else { (1 << def.values.len()) - 1 };
                }
                if by_row {
                    self.rows_say_it(place, conclusion, values, when, given.together);
                }
                From::Values { conclusion, when, values, together: given.together }
            }
            "questions" => From::Questions {
                about: given.about.iter().filter_map(|id| self.conclusion(place, id)).collect(),
            },
            "due" => From::Due,
            "contradictions" => From::Contradictions,
            "unread" => From::Unread,
            other => {
                self.fault(said!(
                    "{place}: `from = \"{other}\"`: write values, questions, due, contradictions or unread",
                    "{place}: `from = \"{other}\"`: schrijf values, questions, due, contradictions of unread"
                ));
                return None;
            }
        };
        if by_row && !matches!(from, From::Values { .. }) {
            self.fault(said!(
                "{place}: give it a summary, `en` and `nl`",
                "{place}: geef een samenvatting, `en` en `nl`"
            ));
        }
        Some(from)
    }

    /// Whether the rows of a conclusion can stand as summaries.
    fn rows_say_it(
        &mut self,
        place: &str,
        conclusion: ConclusionIdx,
        values: u64,
        when: When,
        together: bool,
    ) {
        if together || when != When::Certain {
            self.fault(said!(
                "{place}: only a card of one certain value takes its summary from the row",
                "{place}: alleen een kaart van één zekere waarde neemt haar samenvatting uit de rij"
            ));
            return;
        }
        let guideline = self.guideline;
        for row in guideline.tables.iter().filter(|t| t.conclusion == conclusion).flat_map(|t| &t.rows) {
            let Output::Value(value) = row.output else { continue };
            if values >> value & 1 == 0 {
                continue;
            }
            for text in [&row.text.en, &row.text.nl] {
                if text.is_empty() || text.chars().count() >= SUMMARY {
                    self.fault(said!(
                        "{place}: the sentence of row `{}` is no summary ({} characters, fewer than {SUMMARY} are \
                         needed): give the card one of its own",
                        "{place}: de zin van rij `{}` is geen samenvatting ({} tekens, minder dan {SUMMARY} zijn \
                         nodig): geef de kaart een eigen zin",
                        row.id,
                        text.chars().count()
                    ));
                }
            }
        }
    }
}

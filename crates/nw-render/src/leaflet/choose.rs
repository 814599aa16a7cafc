//! Which texts hold for a patient: topics by the conclusions, blocks by their conditions, options by their status.

use std::collections::HashMap;

use nw_engine::{Conclusions, Detail, Drawn, Engine, Knowledge, Options, Outcome};
use nw_facts::{ConclusionIdx, Evidence, FactSet, Kind, Language, Text};
use nw_guideline::{
    CompiledGuideline, DocumentKind, Entry, Layout, LeafletDocument, Module, Output, Subject, TextBlock,
};

use crate::reading;

/// The topics that say what is not yet known: they hold by convention alone, and say so themselves.
const NOT_YET: &str = "topic.notyet";
/// Where the points for and against an option are collected.
const POINTS: &str = ".points";

/// Why a topic is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// It holds in every possible world.
    Certain,
    /// It holds if these conventions (by position) are right.
    Agreed(Vec<usize>),
    /// It is told to everybody.
    Always,
    /// Nobody was asked: a document about no patient.
    General,
}

/// A topic with the blocks that hold.
#[derive(Clone, Debug)]
pub struct ChosenTopic {
    /// The text, by position in its module.
    pub entry: usize,
    /// Why it is there.
    pub basis: Basis,
    /// Its blocks, by position.
    pub blocks: Vec<usize>,
    /// Blocks that say it in short, by position.
    pub short: Vec<usize>,
}

/// A part of the document.
#[derive(Clone, Debug)]
pub struct ChosenPart {
    /// The module, by position.
    pub module: usize,
    /// One text of the module alone, under its own heading.
    pub alone: bool,
    /// Nothing of it is told but what it says in short.
    pub only_short: bool,
    /// What holds of it, in the order of the guideline.
    pub topics: Vec<ChosenTopic>,
}

/// How an option stands for a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One of the choices.
    Option,
    /// A choice for some; the team weighs it.
    Selected,
    /// Something has to come first.
    NotYet,
    /// Not known yet whether it is one.
    Open,
}

impl Standing {
    fn of(id: &str) -> Option<Standing> {
        match id {
            "option" => Some(Standing::Option),
            "selected" => Some(Standing::Selected),
            "not-yet" => Some(Standing::NotYet),
            _ => None,
        }
    }

    /// The word for programs.
    pub fn id(self) -> &'static str {
        match self {
            Standing::Option => "option",
            Standing::Selected => "selected",
            Standing::NotYet => "not-yet",
            Standing::Open => "open",
        }
    }
}

/// An option with what speaks for and against it in this patient.
#[derive(Clone, Debug)]
pub struct ChosenOption {
    /// The text, by position in the module of options.
    pub entry: usize,
    /// How it stands.
    pub standing: Standing,
    /// Why it is there.
    pub basis: Basis,
    /// Its blocks that hold, by position.
    pub blocks: Vec<usize>,
    /// Rows that hold: table, row, and the side they speak for (`for`, `against` or another word).
    pub points: Vec<(usize, usize, String)>,
}

/// What one document tells one patient, in no language yet.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// The document, by position; none for a text that was asked for by name.
    pub document: Option<usize>,
    /// Its parts, without those of which nothing holds.
    pub parts: Vec<ChosenPart>,
    /// The module of options, by position, when the document lays them out.
    pub aid: Option<usize>,
    /// Before which part they stand; at the end when the document does not say where.
    pub aid_before: usize,
    /// Options that may be chosen, in the order of the guideline.
    pub options: Vec<ChosenOption>,
    /// Further options that may turn out to be one, in the order of the guideline.
    pub options_open: Vec<ChosenOption>,
    /// Conventions on which something of it rests, by position, in the order of their first use.
    pub agreements: Vec<usize>,
    /// The values that texts name.
    pub values: HashMap<Subject, Text>,
    /// Facts contradict each other, so that part of the topics cannot be told.
    pub conflict: bool,
    /// Answers used, and how many of them clinicians confirmed.
    pub confirmed: (usize, usize),
}

/// One patient as the texts see them.
struct Seen<'a> {
    guideline: &'a CompiledGuideline,
    conclusions: Conclusions,
    knowledge: Knowledge,
    certain: Vec<bool>,
    values: HashMap<Subject, Text>,
}

/// What a document tells one patient.
///
/// # Unknowns
/// What is unknown opens no topic, shows no block and names no value. Topics that hold by convention are there, each with
/// the conventions it needs.
pub fn choose(
    engine: &mut Engine<'_>,
    facts: &FactSet,
    options: &Options,
    document: usize,
) -> Option<Chosen> {
    let guideline = engine.guideline();
    let asked = guideline.leaflets.documents.get(document)?;
    let kind = asked.kind;
    let aid = (kind == DocumentKind::Decision)
        .then(|| guideline.leaflets.modules.iter().position(|m| m.layout == Layout::Options))
        .flatten();
    let wanted = wanted(guideline, asked, aid);
    let settings = Options { detail: Detail::Reasons, only: Some(wanted), ..options.clone() };
    let conclusions = engine.conclude(facts, &settings);
    let certain = engine.certain_conditions(facts);
    let knowledge = engine.blank().know(facts, &[], &[]);
    let mut seen = Seen { guideline, conclusions, knowledge, certain, values: HashMap::new() };
    seen.read_values(facts);

    let mut chosen = Chosen { document: Some(document), aid, aid_before: usize::MAX, ..Chosen::default() };
    let mut by_convention: Vec<(usize, usize)> = Vec::new();
    for asked in &asked.parts {
        let module = &guideline.leaflets.modules[asked.module];
        if module.layout == Layout::Options {
            chosen.aid_before = chosen.parts.len();
        }
        if matches!(module.layout, Layout::Terms | Layout::Options | Layout::Points) {
            continue;
        }
        let told = |(module, entry): (usize, usize)| {
            chosen.parts.iter().any(|p| p.module == module && p.topics.iter().any(|t| t.entry == entry))
        };
        if asked.unless.is_some_and(told) {
            continue;
        }
        let alone = asked.entry.is_some();
        let says_short = asked.entry.is_none_or(|at| module.entries[at].blocks.iter().any(|b| b.short));
        let only_short = kind == DocumentKind::Short && says_short;
        let topics = seen.topics(module, asked.entry, only_short, &mut by_convention, &mut chosen);
        if !topics.is_empty() {
            chosen.parts.push(ChosenPart { module: asked.module, alone, only_short, topics });
        }
    }
    if let Some(aid) = aid {
        seen.options(&guideline.leaflets.modules[aid], &mut chosen);
    }
    let mut rests =
        engine.conventions_of(facts, options, &by_convention, &seen.conclusions.drawn).into_iter();
    for topic in chosen.parts.iter_mut().flat_map(|p| &mut p.topics) {
        if let Basis::Agreed(list) = &mut topic.basis
            && list.is_empty()
        {
            *list = rests.next().unwrap_or_default();
        }
    }
    let bases = chosen.parts.iter().filter(|p| guideline.leaflets.modules[p.module].id != NOT_YET);
    let bases =
        bases.flat_map(|p| &p.topics).map(|t| &t.basis).chain(chosen.options.iter().map(|o| &o.basis));
    let mut agreements: Vec<usize> = Vec::new();
    for basis in bases {
        if let Basis::Agreed(list) = basis {
            agreements.extend(list.iter().filter(|a| !agreements.contains(a)).copied().collect::<Vec<_>>());
        }
    }
    chosen.agreements = agreements;
    chosen.conflict |= !seen.conclusions.contradictions.is_empty();
    chosen.values = seen.values;
    Some(chosen)
}

/// The texts of some topics, for nobody in particular: module and, when one topic is meant, its entry.
pub fn general(guideline: &CompiledGuideline, topics: &[(usize, Option<usize>)]) -> Chosen {
    let mut chosen = Chosen::default();
    for (module, entry) in topics {
        let entries = &guideline.leaflets.modules[*module].entries;
        let meant = |at: &usize| entry.is_none_or(|e| e == *at);
        let topics = (0..entries.len()).filter(meant).map(|at| {
            // What names a value of a patient says nothing without one.
            let told = |b: &TextBlock| b.names.is_empty() && !b.short;
            let blocks = entries[at].blocks.iter().enumerate().filter(|(_, b)| told(b));
            let blocks = blocks.map(|(i, _)| i).collect();
            ChosenTopic { entry: at, basis: Basis::General, blocks, short: Vec::new() }
        });
        let topics: Vec<ChosenTopic> = topics.collect();
        match chosen.parts.iter_mut().find(|p| p.module == *module) {
            Some(part) => part.topics.extend(topics),
            None => {
                chosen.parts.push(ChosenPart { module: *module, alone: false, only_short: false, topics })
            }
        }
    }
    chosen
}

/// The conclusions that a document needs: those of its parts, those its texts name, and its options.
fn wanted(
    guideline: &CompiledGuideline,
    document: &LeafletDocument,
    aid: Option<usize>,
) -> Vec<ConclusionIdx> {
    let mut wanted: Vec<ConclusionIdx> = Vec::new();
    for at in document.parts.iter().map(|p| p.module).chain(aid) {
        for entry in &guideline.leaflets.modules[at].entries {
            wanted.extend(entry.conclusion);
            if entry.value.is_none() {
                wanted.extend(points_of(guideline, entry));
            }
            for name in entry.blocks.iter().flat_map(|b| &b.names) {
                if let Subject::Conclusion(idx) = name {
                    wanted.push(*idx);
                }
            }
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn points_of(guideline: &CompiledGuideline, entry: &Entry) -> Option<ConclusionIdx> {
    let id = &guideline.vocabulary.conclusion(entry.conclusion?).id;
    guideline.vocabulary.find_conclusion(&format!("{id}{POINTS}"))
}

impl Seen<'_> {
    /// Values that are known exactly, in the reader's words.
    fn read_values(&mut self, facts: &FactSet) {
        let guideline = self.guideline;
        let blocks = guideline.leaflets.modules.iter().flat_map(|m| &m.entries).flat_map(|e| &e.blocks);
        let mut names: Vec<Subject> = blocks.flat_map(|b| b.names.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let text = match name {
                Subject::Conclusion(idx) => self.conclusions.get(idx).and_then(|drawn| match drawn.outcome {
                    Outcome::Concluded(value) => {
                        guideline.vocabulary.conclusion(idx).values.get(value).map(|v| v.label.clone())
                    }
                    _ => None,
                }),
                Subject::Fact(fact) => {
                    let def = guideline.vocabulary.fact(fact);
                    let contradicted =
                        self.conclusions.contradictions.iter().any(|c| c.facts.contains(&fact));
                    let known = self.knowledge.exact(fact) && !contradicted;
                    if !known {
                        None
                    } else if def.is_numeric() {
                        let range = self.knowledge.ranges(fact).and_then(|r| r.first().copied());
                        range.map(|range| {
                            reading::both(|language| {
                                let written = reading::pretty(&reading::range(def, &range, language));
                                if def.kind == Kind::Date {
                                    reading::day(&written, language)
                                } else {
                                    written
                                }
                            })
                        })
                    } else {
                        let choice = facts.present(fact).iter().find_map(|o| match &o.evidence {
                            Evidence::Choices(list) if list.len() == 1 => Some(list[0]),
                            _ => None,
                        });
                        choice.and_then(|c| def.choices.get(c)).map(|c| c.label.clone())
                    }
                }
            };
            if let Some(text) = text {
                self.values.insert(name, text);
            }
        }
    }

    /// Blocks that hold for certain and name only what is known.
    fn blocks(&self, blocks: &[TextBlock]) -> Vec<usize> {
        let holds = |block: &TextBlock| {
            block.when.is_none_or(|at| self.certain[at])
                && block.names.iter().all(|name| self.values.contains_key(name))
        };
        blocks.iter().enumerate().filter(|(_, b)| holds(b)).map(|(at, _)| at).collect()
    }

    /// What holds of a text: what it says in short, and the rest.
    fn told(&self, entry: &Entry) -> (Vec<usize>, Vec<usize>) {
        self.blocks(&entry.blocks).into_iter().partition(|at| entry.blocks[*at].short)
    }

    fn topics(
        &self,
        module: &Module,
        alone: Option<usize>,
        only_short: bool,
        by_convention: &mut Vec<(usize, usize)>,
        chosen: &mut Chosen,
    ) -> Vec<ChosenTopic> {
        let mut topics = Vec::new();
        for (at, entry) in module.entries.iter().enumerate().filter(|(at, _)| alone.is_none_or(|e| e == *at))
        {
            let Some(conclusion) = entry.conclusion else {
                let (short, blocks) = self.told(entry);
                if !(only_short && short.is_empty()) {
                    topics.push(ChosenTopic { entry: at, basis: Basis::Always, blocks, short });
                }
                continue;
            };
            let (Some(value), Some(drawn)) = (entry.value, self.conclusions.get(conclusion)) else {
                continue;
            };
            let sure = match &drawn.outcome {
                Outcome::Collected { certain, .. } => certain >> value & 1 == 1,
                Outcome::Conflict(_) => {
                    chosen.conflict = true;
                    false
                }
                _ => false,
            };
            let agreed = drawn.convention.as_ref().is_some_and(|c| match &c.outcome {
                Outcome::Collected { certain, .. } => certain >> value & 1 == 1,
                _ => false,
            });
            let basis = match (sure, agreed) {
                (true, _) => Basis::Certain,
                (false, true) => {
                    by_convention.push((drawn.at, value));
                    Basis::Agreed(Vec::new())
                }
                (false, false) => continue,
            };
            let (short, blocks) = self.told(entry);
            // A topic whose text asks for more than is known has nothing to say yet.
            let empty = if only_short {
                short.is_empty()
            } else {
                blocks.is_empty() && module.layout != Layout::List
            };
            if empty {
                if basis != Basis::Certain {
                    by_convention.pop();
                }
                continue;
            }
            self.count(drawn, chosen);
            topics.push(ChosenTopic { entry: at, basis, blocks, short });
        }
        topics
    }

    fn count(&self, drawn: &Drawn, chosen: &mut Chosen) {
        chosen.confirmed.0 += 1;
        chosen.confirmed.1 += usize::from(drawn.confirmed);
    }

    fn options(&self, module: &Module, chosen: &mut Chosen) {
        for (at, entry) in module.entries.iter().enumerate() {
            let Some(conclusion) = entry.conclusion else { continue };
            let Some(drawn) = self.conclusions.get(conclusion) else { continue };
            let values = &self.guideline.vocabulary.conclusion(conclusion).values;
            let standing = |outcome: &Outcome| match outcome {
                Outcome::Concluded(value) => values.get(*value).and_then(|v| Standing::of(&v.id)),
                _ => None,
            };
            let (standing, basis) = match (standing(&drawn.outcome), &drawn.convention) {
                (Some(standing), _) => (standing, Basis::Certain),
                (None, Some(convention)) => match standing(&convention.outcome) {
                    Some(standing) => (standing, Basis::Agreed(convention.conventions.clone())),
                    None => continue,
                },
                (None, None) => {
                    let may = |v: usize| values.get(v).is_some_and(|v| Standing::of(&v.id).is_some());
                    if let Outcome::Undetermined(set) = drawn.outcome
                        && (0..values.len()).any(|v| set >> v & 1 == 1 && may(v))
                    {
                        let (standing, basis) = (Standing::Open, Basis::Certain);
                        let blocks = self.blocks(&entry.blocks);
                        let open = ChosenOption { entry: at, standing, basis, blocks, points: Vec::new() };
                        chosen.options_open.push(open);
                    }
                    chosen.conflict |= matches!(drawn.outcome, Outcome::Conflict(_));
                    continue;
                }
            };
            self.count(drawn, chosen);
            let blocks = self.blocks(&entry.blocks);
            let points = self.points(entry);
            chosen.options.push(ChosenOption { entry: at, standing, basis, blocks, points });
        }
    }

    /// Rows for and against an option that hold for certain.
    fn points(&self, entry: &Entry) -> Vec<(usize, usize, String)> {
        let guideline = self.guideline;
        let drawn = points_of(guideline, entry).and_then(|idx| self.conclusions.get(idx));
        let Some(drawn) = drawn else { return Vec::new() };
        let Outcome::Collected { certain, .. } = drawn.outcome else { return Vec::new() };
        let mut points: Vec<(usize, usize, String)> = Vec::new();
        let mut told: Vec<usize> = Vec::new();
        for (table, row) in &guideline.conclusions[drawn.at].rows {
            let said = &guideline.tables[*table].rows[*row];
            let Output::Value(value) = said.output else { continue };
            // Several rows may give one point; it is told once.
            if certain >> value & 1 == 0 || told.contains(&value) {
                continue;
            }
            told.push(value);
            let annotations = guideline.vocabulary.annotations();
            let side = said.annotations.iter().find(|(at, _)| annotations[*at].id == "side");
            let side = side.map(|(at, value)| annotations[*at].values[*value].id.clone());
            points.push((*table, *row, side.unwrap_or_default()));
        }
        points
    }
}

/// What a value is called, in one language.
pub(super) fn value_text(
    values: &HashMap<Subject, Text>,
    subject: Subject,
    language: Language,
) -> Option<&str> {
    values.get(&subject).map(|t| t.get(language))
}

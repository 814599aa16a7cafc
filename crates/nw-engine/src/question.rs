//! What is still open, and the question that settles most.

use nw_diagram::{NodeId, Part, path_where};
use nw_facts::FactIdx;
use nw_guideline::CompiledGuideline;

use crate::conclude::{Drawn, Options, Outcome};
use crate::frame::{Frame, Vars};
use crate::ground::Ground;

/// A fact worth asking, with the conclusions it helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The fact.
    pub fact: FactIdx,
    /// Conclusions (position in the result) that this fact alone settles, whatever its value.
    pub settles: Vec<usize>,
    /// Conclusions whose smallest settling set contains it.
    pub helps: Vec<usize>,
}

/// One way to complete the record so that a conclusion gets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The value (the number of values stands for "not applicable").
    pub value: usize,
    /// Facts to fill in, as written in a case file.
    pub facts: Vec<(FactIdx, String)>,
}

/// Settling sets beyond this many extra facts are not searched; the essential facts are then reported alone.
const MOST_EXTRA: usize = 2;

/// Diagrams with more nodes left than this are not searched for smallest sets: with so much open nearly every fact the
/// tables read is needed, and all of them together settle it for certain.
pub(crate) const MOST_NODES: usize = 300;

/// A conclusion that is open and asked about: what is needed to look for the facts that settle it.
pub(crate) struct Open {
    /// Its position among those drawn.
    position: usize,
    at: usize,
    outcome: Outcome,
}

/// The conclusions that are open and asked about.
pub(crate) fn open(options: &Options, drawn: &[Drawn]) -> Vec<Open> {
    let asked = drawn.iter().enumerate().filter(|(_, d)| d.outcome.is_open() && options.asks(d.conclusion));
    asked.map(|(position, d)| Open { position, at: d.at, outcome: d.outcome.clone() }).collect()
}

/// What settles one open conclusion.
struct Settled {
    position: usize,
    sets: Vec<Vec<FactIdx>>,
    examples: Vec<Completion>,
}

/// What settles the open conclusions, and the questions that follow from it.
#[derive(Default)]
pub(crate) struct Asked {
    settled: Vec<Settled>,
    questions: Vec<Question>,
}

impl Asked {
    /// Puts what was found with the conclusions; the questions are left.
    pub(crate) fn tell(self, drawn: &mut [Drawn]) -> Vec<Question> {
        for Settled { position, sets, examples } in self.settled {
            (drawn[position].settle, drawn[position].examples) = (sets, examples);
        }
        self.questions
    }
}

pub(crate) fn settle(guideline: &CompiledGuideline, ground: &Ground, open: &[Open]) -> Asked {
    let mut asked = Asked::default();
    if open.is_empty() {
        return asked;
    }
    let masks = &ground.knowledge.masks;
    let mut ties = Frame::new(guideline, masks, &ground.agreements);
    for Open { position, at, outcome } in open {
        let (sets, examples) = settles(guideline, masks, &mut ties, *at, outcome);
        let conclusion = &guideline.conclusions[*at];
        if !guideline.vocabulary.conclusion(conclusion.idx).hidden {
            ask(&mut asked.questions, &sets, *position);
        }
        asked.settled.push(Settled { position: *position, sets, examples });
    }
    // Settling outright counts most; among equals the order of the vocabulary, which is the clinical order.
    asked.questions.sort_by_key(|q| (std::cmp::Reverse((q.settles.len(), q.helps.len())), q.fact));
    asked
}

/// The smallest sets of facts that settle a conclusion, and an example for each value it may have.
fn settles(
    guideline: &CompiledGuideline,
    masks: &[u64],
    ties: &mut Frame<'_>,
    at: usize,
    outcome: &Outcome,
) -> (Vec<Vec<FactIdx>>, Vec<Completion>) {
    let conclusion = &guideline.conclusions[at];
    let open_support: Vec<u16> =
        conclusion.support.iter().copied().filter(|v| masks[*v as usize].count_ones() > 1).collect();
    let condition = ties.condition(&Vars::of(open_support.iter().copied(), guideline.space.len()));
    // What is known is worked into the diagram first; usually little of it is left.
    let part = |root: NodeId| Part::new(&ties.overlay, root, condition, masks, MOST_NODES);
    let mut found_examples = Vec::new();
    let sets = if let Outcome::Collected { open, .. } = outcome {
        // Collected values are asked one by one; together they need the union. Once everything is in it, the rest
        // need not be looked at.
        let mut all: Vec<u16> = Vec::new();
        let items = conclusion.roots.items.iter().enumerate().filter(|(i, _)| open >> i & 1 == 1);
        for (_, root) in items {
            let Some(part) = part(*root) else {
                all.clone_from(&open_support);
                break;
            };
            all.extend(smallest(&part).into_iter().next().unwrap_or_default());
            all.sort_unstable();
            all.dedup();
            if open_support.iter().all(|v| all.binary_search(v).is_ok()) {
                break;
            }
        }
        all.sort_unstable();
        all.dedup();
        if all.is_empty() { Vec::new() } else { vec![all] }
    } else {
        let root = conclusion.roots.value;
        let part = part(root);
        found_examples = examples(guideline, outcome, masks, |value| match &part {
            Some(part) => part.path_to(value),
            None => path_where(&ties.overlay, root, condition, masks, value),
        });
        part.map_or_else(|| vec![open_support], |p| smallest(&p))
    };
    let facts = |set: &Vec<u16>| set.iter().map(|v| guideline.space.domain(*v).fact).collect();
    (sets.iter().map(facts).collect(), found_examples)
}

/// Notes for each fact of these sets that it settles the conclusion at a position, or helps to.
fn ask(questions: &mut Vec<Question>, sets: &[Vec<FactIdx>], position: usize) {
    for set in sets {
        for fact in set {
            let at = questions.iter().position(|q| q.fact == *fact).unwrap_or_else(|| {
                questions.push(Question { fact: *fact, settles: Vec::new(), helps: Vec::new() });
                questions.len() - 1
            });
            let question = &mut questions[at];
            let list = if set.len() == 1 { &mut question.settles } else { &mut question.helps };
            if !list.contains(&position) {
                list.push(position);
            }
        }
    }
}

/// The smallest sets of open variables that settle a diagram whatever their values.
pub(crate) fn smallest(part: &Part<'_>) -> Vec<Vec<u16>> {
    // Every settling set contains the essential variables, so the search starts from them.
    let needed = part.essential();
    let support = part.support();
    if needed == support {
        return vec![needed];
    }
    // Every settling set also asks one of the variables in which two worlds with different outcomes differ.
    let mut differences: Vec<Vec<u16>> = Vec::new();
    let mut settles = |set: &[u16]| {
        if differences.iter().any(|d| d.iter().all(|v| !set.contains(v))) {
            return false;
        }
        let found = part.unsettled(&|v| set.contains(&v));
        let settled = found.is_none();
        differences.extend(found);
        settled
    };
    if settles(&needed) {
        return vec![needed];
    }
    let others: Vec<u16> = support.into_iter().filter(|v| !needed.contains(v)).collect();
    let mut found = Vec::new();
    for extra in 1..=MOST_EXTRA {
        for chosen in choose(&others, extra) {
            let mut set = needed.clone();
            set.extend(&chosen);
            set.sort_unstable();
            if settles(&set) {
                found.push(set);
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    // Rules tie many facts together: drop from all open facts what is not needed.
    let mut set: Vec<u16> = needed.iter().chain(&others).copied().collect();
    set.sort_unstable();
    for var in others.iter().rev() {
        let fewer: Vec<u16> = set.iter().copied().filter(|v| v != var).collect();
        if settles(&fewer) {
            set = fewer;
        }
    }
    vec![set]
}

fn choose(from: &[u16], count: usize) -> Vec<Vec<u16>> {
    match count {
        0 => vec![Vec::new()],
        _ => from
            .iter()
            .enumerate()
            .flat_map(|(i, first)| {
                choose(&from[i + 1..], count - 1).into_iter().map(|mut rest| {
                    rest.insert(0, *first);
                    rest
                })
            })
            .collect(),
    }
}

fn examples(
    guideline: &CompiledGuideline,
    outcome: &Outcome,
    masks: &[u64],
    path_to: impl Fn(u16) -> Option<Vec<(u16, u8)>>,
) -> Vec<Completion> {
    let Outcome::Undetermined(set) = outcome else { return Vec::new() };
    let space = &guideline.space;
    (0..64usize)
        .filter(|v| set >> v & 1 == 1)
        .filter_map(|value| {
            let facts = path_to(value as u16)?
                .into_iter()
                .filter(|(var, _)| masks[*var as usize].count_ones() > 1)
                .map(|(var, cell)| (space.domain(var).fact, space.example(&guideline.vocabulary, var, cell)))
                .collect();
            Some(Completion { value, facts })
        })
        .collect()
}

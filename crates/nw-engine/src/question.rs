//! What is still open, and the question that settles most.

use nw_diagram::{NodeId, Part, path_where};
use nw_facts::FactIdx;
use nw_guideline::{CompiledGuideline, HitPolicy};

use crate::conclude::{Drawn, Options, Outcome};
use crate::frame::Vars;
use crate::ground::Ground;
use crate::worlds::Fast;

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

pub(crate) fn settle(
    ground: &Ground,
    options: &Options,
    drawn: &mut [Drawn],
    worlds: &Fast<'_>,
) -> Vec<Question> {
    let guideline = worlds.guideline();
    let mut questions: Vec<Question> = Vec::new();
    if !drawn.iter().any(|one| one.outcome.is_open() && options.asks(one.conclusion)) {
        return questions;
    }
    let masks = &ground.knowledge.masks;
    let mut ties = worlds.frame_of(masks, &ground.agreements);
    for (position, drawn) in drawn.iter_mut().enumerate() {
        let at = drawn.at;
        if !drawn.outcome.is_open() || !options.asks(drawn.conclusion) {
            continue;
        }
        let conclusion = &guideline.conclusions[at];
        let open_items: Vec<NodeId> = match drawn.outcome {
            Outcome::Collected { open, .. } => conclusion
                .roots
                .items
                .iter()
                .enumerate()
                .filter(|(i, _)| open >> i & 1 == 1)
                .map(|(_, n)| *n)
                .collect(),
            _ => vec![conclusion.roots.value],
        };
        let open_support = || -> Vec<u16> {
            conclusion.support.iter().copied().filter(|v| masks[*v as usize].count_ones() > 1).collect()
        };
        let condition = ties.condition(&Vars::of(open_support(), guideline.space.len()));
        // What is known is worked into the diagram first; usually little of it is left.
        let part = |root: NodeId| Part::new(&ties.overlay, root, condition, masks, MOST_NODES);
        let sets = if conclusion.policy == HitPolicy::Collect {
            // Collected values are asked one by one; together they need the union. Once everything is in it, the rest
            // need not be looked at.
            let everything = open_support();
            let mut all: Vec<u16> = Vec::new();
            for root in open_items {
                let Some(part) = part(root) else {
                    all.clone_from(&everything);
                    break;
                };
                all.extend(smallest(&part).into_iter().next().unwrap_or_default());
                all.sort_unstable();
                all.dedup();
                if everything.iter().all(|v| all.binary_search(v).is_ok()) {
                    break;
                }
            }
            all.sort_unstable();
            all.dedup();
            if all.is_empty() { Vec::new() } else { vec![all] }
        } else {
            let part = part(open_items[0]);
            drawn.examples = examples(guideline, &drawn.outcome, masks, |value| match &part {
                Some(part) => part.path_to(value),
                None => path_where(&ties.overlay, open_items[0], condition, masks, value),
            });
            part.map_or_else(|| vec![open_support()], |p| smallest(&p))
        };
        drawn.settle =
            sets.iter().map(|s| s.iter().map(|v| guideline.space.domain(*v).fact).collect()).collect();
        if guideline.vocabulary.conclusion(conclusion.idx).hidden {
            continue;
        }
        for set in &drawn.settle {
            for fact in set {
                let at_question = questions.iter().position(|q| q.fact == *fact).unwrap_or_else(|| {
                    questions.push(Question { fact: *fact, settles: Vec::new(), helps: Vec::new() });
                    questions.len() - 1
                });
                let question = &mut questions[at_question];
                let list = if set.len() == 1 { &mut question.settles } else { &mut question.helps };
                if !list.contains(&position) {
                    list.push(position);
                }
            }
        }
    }
    // Settling outright counts most; among equals the order of the vocabulary, which is the clinical order.
    questions.sort_by_key(|q| (std::cmp::Reverse((q.settles.len(), q.helps.len())), q.fact));
    questions
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

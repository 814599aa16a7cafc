//! Which conventions apply to a patient, in the order in which they come to.

use std::rc::Rc;

use super::Practice;
use super::clash::Chosen;
use crate::frame::Vars;

/// A convention that may apply.
struct Candidate {
    convention: usize,
    /// The conventions that bear on its condition, unless that is only about the record.
    looks: Option<Rc<Vars>>,
    holds: Option<bool>,
    taken: bool,
}

impl Practice<'_, '_> {
    /// The conventions of a selection that apply, in the order in which they were found to.
    pub(super) fn chosen(&mut self, group: Option<usize>) -> Chosen {
        let mut chosen: Vec<usize> = Vec::new();
        let mut gave_way: Vec<(usize, Vec<usize>)> = Vec::new();
        let customs = self.customs;
        let of_group = group.map(|group| customs.groups[group].as_slice()).unwrap_or_default();
        // A convention's condition may hold only thanks to another one (M0 by convention, then the stage's own).
        let mut left: Vec<Candidate> = Vec::new();
        for convention in of_group.iter().copied() {
            if !self.on[convention] {
                continue;
            }
            if customs.certain[convention].is_some() {
                let looks = Some(self.on_condition(convention));
                left.push(Candidate { convention, looks, holds: None, taken: false });
            } else if self.holds_outright(convention) {
                // What is only about the record holds from the start or never.
                left.push(Candidate { convention, looks: None, holds: Some(true), taken: false });
            }
        }
        let looking: Vec<usize> = (0..left.len()).filter(|at| left[*at].looks.is_some()).collect();
        let mut picked = Vars::of([], customs.touches.len());
        let mut at = 0;
        while at < left.len() {
            let Candidate { convention: next, looks, holds, taken } = &left[at];
            let next = *next;
            if *taken {
                at += 1;
                continue;
            }
            let holds = match (holds, looks) {
                (Some(holds), _) => *holds,
                (None, looks) => {
                    let bearing = looks.as_ref().map(|looks| looks.common(&picked));
                    let selection = self.narrow(bearing.unwrap_or_default());
                    let holds = self.holds(next, selection);
                    left[at].holds = Some(holds);
                    holds
                }
            };
            if !holds {
                at += 1;
                continue;
            }
            left[at].taken = true;
            chosen.push(next);
            picked.insert(next as u16);
            // An assumption that leaves no world beside those before it gives way; the others may still say something.
            let touches = &customs.touches[next];
            let derives = customs.narrows[next].is_none();
            let tied = self.frame.borrow().ties(touches);
            if derives || tied || !self.product || self.leaves_nothing(next, &picked) {
                let mut concerned = self.on_touched(next).common(&picked);
                if derives {
                    // Derived values may contradict each other where no table looks.
                    let others = chosen.iter().filter(|i| customs.narrows[**i].is_none());
                    others.for_each(|i| concerned.insert(*i as u16));
                }
                if !self.possible(concerned.clone()) {
                    chosen.pop();
                    picked.remove(next as u16);
                    let concerned: Vec<usize> = concerned.iter().map(usize::from).collect();
                    let against = self.contradicted(next, &concerned);
                    if !against.is_empty() {
                        gave_way.push((next, against));
                    }
                    continue;
                }
            }
            // Only what this assumption reaches can hold now and did not before; the first of them comes next.
            for place in looking.iter().copied() {
                let candidate = &mut left[place];
                let bears = candidate.looks.as_ref().is_some_and(|looks| looks.has(next as u16));
                if !candidate.taken && bears {
                    candidate.holds = None;
                    at = at.min(place);
                }
            }
        }
        let all = self.selected(&chosen);
        Chosen { list: chosen, gave_way, all }
    }

    fn holds_outright(&mut self, convention: usize) -> bool {
        if let Some(known) = self.outright[convention] {
            return known;
        }
        let record = self.narrow(Vars::default());
        let holds = self.holds(convention, record);
        self.outright[convention] = Some(holds);
        holds
    }
}

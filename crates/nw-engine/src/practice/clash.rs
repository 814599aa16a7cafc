//! Conventions that hold and cannot be used together: which gives way to which, and for what that counts.

use nw_guideline::Effect;

use super::{Practice, Selected};
use crate::conclude::{ConventionClash, Drawn};
use crate::frame::Vars;

/// The assuming conventions that apply, and those that gave way, each with what it contradicts.
pub(super) struct Chosen {
    pub list: Vec<usize>,
    pub gave_way: Vec<(usize, Vec<usize>)>,
    /// The list as a selection.
    pub all: Selected,
}

impl Practice<'_, '_> {
    /// Notes what gave way where it would have counted for an open conclusion, and what states another value of it.
    pub(super) fn note_clashes(
        &mut self,
        drawn: &Drawn,
        (chosen, bearing): (&Chosen, &Vars),
        clashes: &mut Vec<ConventionClash>,
    ) {
        let concerning = chosen.gave_way.iter().filter(|(convention, _)| bearing.has(*convention as u16));
        let stated = self.stated_otherwise(drawn.at, chosen.all.at);
        for (convention, against) in concerning.chain(&stated) {
            let same = |c: &&mut ConventionClash| c.convention == *convention && c.against == *against;
            match clashes.iter_mut().find(same) {
                Some(clash) => clash.conclusions.push(drawn.conclusion),
                None => clashes.push(ConventionClash {
                    convention: *convention,
                    against: against.clone(),
                    conclusions: vec![drawn.conclusion],
                }),
            }
        }
    }

    /// The conventions of which none can be left out for this one to be impossible; none when the record alone says so.
    pub(super) fn contradicted(&mut self, convention: usize, concerned: &[usize]) -> Vec<usize> {
        if !self.possible(self.set(&[convention])) {
            return Vec::new();
        }
        let mut against: Vec<usize> = concerned.iter().copied().filter(|i| *i != convention).collect();
        let mut at = 0;
        while at < against.len() {
            let mut fewer = against.clone();
            fewer.remove(at);
            let mut with = fewer.clone();
            with.push(convention);
            if self.possible(self.set(&with)) {
                at += 1;
            } else {
                against = fewer;
            }
        }
        against.sort_unstable();
        against
    }

    /// Conventions that state another value of a conclusion than the first that does.
    pub(super) fn stated_otherwise(&mut self, at: usize, selection: usize) -> Vec<(usize, Vec<usize>)> {
        let mut first: Option<(usize, usize)> = None;
        let mut others = Vec::new();
        for i in self.customs.answers[at].iter().copied() {
            let Effect::Answer(_, value) = self.guideline.conventions[i].effect else { continue };
            if !self.on[i] || !self.holds(i, selection) {
                continue;
            }
            match first {
                None => first = Some((i, value)),
                Some((before, said)) if said != value => others.push((i, vec![before])),
                Some(_) => {}
            }
        }
        others
    }
}

//! What texts for patients ask: which of their conditions hold for certain, and on which conventions one topic rests.

use nw_facts::FactSet;

use crate::conclude::{Drawn, Engine, Options};
use crate::ground::{ground, told};
use crate::practice;
use crate::worlds::Worlds as _;

impl Engine<'_> {
    /// For each condition of the guideline's texts, in their order, whether it holds in every possible world.
    ///
    /// Exact like every conclusion: a condition is a diagram over the same cells, and no convention comes into it.
    pub fn certain_conditions(&mut self, facts: &FactSet) -> Vec<bool> {
        let conditions = &self.guideline().leaflets.conditions;
        if conditions.is_empty() {
            return Vec::new();
        }
        let (blank, _, worlds) = self.parts();
        worlds.forget();
        let ground = ground(blank, facts, &mut told(|masks, kept| worlds.any(masks, kept)));
        let (masks, agreements) = (&ground.knowledge.masks, &ground.agreements);
        conditions.iter().map(|c| worlds.certain(&c.logic, c.node, masks, agreements)).collect()
    }

    /// For each collected value (position of its conclusion, position of the value) that holds by convention, the
    /// conventions of its conclusion without which it would not be decided. `drawn` is what was concluded with them.
    pub fn conventions_of(
        &mut self,
        facts: &FactSet,
        options: &Options,
        items: &[(usize, usize)],
        drawn: &[Drawn],
    ) -> Vec<Vec<usize>> {
        if items.is_empty() {
            return Vec::new();
        }
        let (blank, customs, worlds) = self.parts();
        worlds.forget();
        let ground = ground(blank, facts, &mut told(|masks, kept| worlds.any(masks, kept)));
        practice::conventions_of((blank, customs), facts, &ground, options, items, drawn, worlds)
    }
}

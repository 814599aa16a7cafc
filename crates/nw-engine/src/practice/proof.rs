//! Proofs that what was decided stays so while conventions are left out.

use nw_diagram::{Forced, NodeId, TRUE};

use crate::frame::Frame;
use crate::worlds::Fast;

/// A diagram that must go on giving one outcome where a condition holds.
struct Target {
    root: NodeId,
    /// What must hold beside it, once it matters.
    condition: Option<NodeId>,
    /// Whether the first worlds gave the outcome whatever the condition; in more worlds they then may, and otherwise cannot.
    alone: bool,
}

impl Target {
    fn holds(
        &mut self,
        forced: &mut Forced,
        frame: &mut Frame<'_>,
        worlds: &mut Fast<'_>,
        masks: &[u64],
    ) -> bool {
        if self.alone && forced.holds(&frame.overlay, self.root, TRUE, masks) {
            return true;
        }
        let root = self.root;
        let condition = *self.condition.get_or_insert_with(|| frame.condition(&worlds.reads(root)));
        forced.holds(&frame.overlay, self.root, condition, masks)
    }
}

/// What must stay forced when conventions are dropped: diagrams that are to give the same outcome share their proofs.
pub(super) struct Targets(Vec<(Forced, Vec<Target>)>);

impl Targets {
    /// For diagrams over this many variables, each with its outcome.
    pub fn new(vars: usize, wanted: Vec<(NodeId, u16)>) -> Targets {
        let mut targets: Vec<(u16, Vec<Target>)> = Vec::new();
        for (root, outcome) in wanted {
            let target = Target { root, condition: None, alone: true };
            match targets.iter_mut().find(|(known, _)| *known == outcome) {
                Some((_, all)) => all.push(target),
                None => targets.push((outcome, vec![target])),
            }
        }
        Targets(targets.into_iter().map(|(outcome, all)| (Forced::new(vars, outcome), all)).collect())
    }

    pub fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// Proves them once, so that it is known which facts the proofs look at.
    pub fn prove(&mut self, frame: &mut Frame<'_>, worlds: &mut Fast<'_>, masks: &[u64]) {
        for (forced, targets) in &mut self.0 {
            for target in targets {
                target.alone = forced.holds(&frame.overlay, target.root, TRUE, masks);
                target.holds(forced, frame, worlds, masks);
            }
        }
    }

    /// Whether all stay forced when the masks of these variables grew; `masks` already hold the larger ones.
    ///
    /// After `false` the caller takes the masks back.
    pub fn hold_without(
        &mut self,
        vars: &[u16],
        frame: &mut Frame<'_>,
        worlds: &mut Fast<'_>,
        masks: &[u64],
    ) -> bool {
        self.0.iter_mut().all(|(forced, targets)| {
            let Some(before) = forced.free(vars) else { return true };
            let hold = targets.iter_mut().all(|target| target.holds(forced, frame, worlds, masks));
            if !hold {
                forced.take_back(&before);
            }
            hold
        })
    }
}

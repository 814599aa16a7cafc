//! What is kept of the diagrams, and how large they are.

use super::*;

/// Every diagram the engine walks, in one fixed order.
pub(super) fn roots(guideline: &mut CompiledGuideline) -> Vec<&mut NodeId> {
    fn certain<'a>(epistemic: &'a mut Epistemic, roots: &mut Vec<&'a mut NodeId>) {
        match epistemic {
            Epistemic::And(all) | Epistemic::Or(all) => all.iter_mut().for_each(|e| certain(e, roots)),
            Epistemic::Not(inner) => certain(inner, roots),
            Epistemic::Certain(_, node) => roots.push(node),
            Epistemic::Missing(_) | Epistemic::Known(_) | Epistemic::NotDone(_) => {}
        }
    }
    let mut roots = vec![&mut guideline.valid];
    for conclusion in &mut guideline.conclusions {
        let its = &mut conclusion.roots;
        roots.extend([&mut its.value, &mut its.row]);
        roots.extend(&mut its.items);
        roots.extend(&mut its.row_holds);
    }
    roots.extend(guideline.rules.iter_mut().map(|r| &mut r.kept));
    roots.extend(guideline.agreements.iter_mut().map(|a| &mut a.kept));
    for convention in &mut guideline.conventions {
        certain(&mut convention.when, &mut roots);
    }
    roots.extend(guideline.leaflets.conditions.iter_mut().map(|c| &mut c.node));
    roots
}

/// Leaves in the guideline what answers need, and gives back the store as it was built.
pub(super) fn compact(guideline: &mut CompiledGuideline) -> Store {
    let whole = std::mem::take(&mut guideline.store);
    guideline.store = whole.compacted(roots(guideline).into_iter());
    whole
}

impl CompiledGuideline {
    /// Cells, nodes and facts per conclusion: sudden growth means a tangled table.
    pub fn sizes(&self) -> Vec<(String, usize, usize)> {
        self.conclusions
            .iter()
            .map(|c| {
                let mut seen = BTreeSet::new();
                let mut stack: Vec<NodeId> =
                    std::iter::once(c.roots.value).chain(c.roots.items.iter().copied()).collect();
                while let Some(node) = stack.pop() {
                    if !node.is_terminal() && seen.insert(node) {
                        stack.extend_from_slice(self.store.children(node));
                    }
                }
                (self.vocabulary.conclusion(c.idx).id.clone(), seen.len(), c.support.len())
            })
            .collect()
    }

    /// The properties declared, for reports.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }
}

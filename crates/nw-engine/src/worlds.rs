//! Questions about possible worlds, answered by walking diagrams.

use nw_diagram::{Diagrams, FALSE, NodeId, Overlay, Scratch, TRUE, reach, support};
use nw_guideline::{CompiledGuideline, Roots};
use rustc_hash::FxHashMap;

/// What an engine must know about worlds; [`crate::plain::Plain`] and [`Fast`] both do.
pub trait Worlds {
    /// Whether the knowledge allows any world, with these agreements kept.
    fn any(&mut self, masks: &[u64], agreements: &[usize]) -> bool;
    /// The outcomes of a conclusion (by position), bit after the last value for "not applicable".
    fn outcomes(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> u64;
    /// For a collected conclusion: (holds in some world, holds in every world) as masks over values.
    fn items(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> (u64, u64);
    /// Whether a truth diagram holds in every world the knowledge allows.
    fn certain(
        &mut self,
        logic: &nw_guideline::Logic,
        node: NodeId,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool;
}

/// Nodes reachable through allowed cells, counted up to a limit.
pub(crate) fn nodes(diagrams: &impl Diagrams, root: NodeId, masks: &[u64], most: usize) -> usize {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if node.is_terminal() || !seen.insert(node) {
            continue;
        }
        if seen.len() >= most {
            break;
        }
        let mask = masks[diagrams.var(node) as usize];
        let allowed = |cell: usize| mask >> cell & 1 == 1;
        stack
            .extend(diagrams.children(node).iter().enumerate().filter(|(c, _)| allowed(*c)).map(|(_, n)| *n));
    }
    seen.len()
}

/// Where all these agreements are kept: restricted to the masks first, since most of an agreement falls away there.
pub(crate) fn evidence(
    guideline: &CompiledGuideline,
    overlay: &mut Overlay<'_>,
    masks: &[u64],
    agreements: &[usize],
) -> NodeId {
    let mut all = TRUE;
    for at in agreements {
        let kept = overlay.under(guideline.agreements[*at].kept, TRUE, masks);
        all = overlay.under(kept, all, masks);
        all = overlay.kept_only(all);
    }
    all
}

/// The fast engine's worlds.
pub struct Fast<'g> {
    guideline: &'g CompiledGuideline,
    /// The guideline's nodes, and those of one patient's reported evidence.
    overlay: Overlay<'g>,
    under: FxHashMap<NodeId, NodeId>,
    under_for: (Vec<u64>, Vec<usize>),
    /// Where every agreement is kept, under these masks.
    evidence: NodeId,
    /// Variables of each rule.
    rule_vars: Vec<Vec<u16>>,
    /// Open variables that some rule still binds, and the masks for which that was found out.
    bound: Vec<bool>,
    bound_for: Vec<u64>,
    scratch: Scratch,
}

impl<'g> Fast<'g> {
    /// Ready to answer about any patient.
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
        Fast {
            guideline,
            overlay: Overlay::new(&guideline.store),
            under: FxHashMap::default(),
            under_for: (Vec::new(), Vec::new()),
            evidence: TRUE,
            rule_vars: guideline.rules.iter().map(|r| support(&guideline.store, r.kept)).collect(),
            bound: Vec::new(),
            bound_for: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// The diagram to walk: the guideline's own, or, when reports are evidence, its product with the agreements.
    pub(crate) fn root(&mut self, node: NodeId, masks: &[u64], agreements: &[usize]) -> NodeId {
        if agreements.is_empty() {
            return node;
        }
        if self.under_for.0 != masks || self.under_for.1 != agreements {
            self.overlay = Overlay::new(&self.guideline.store);
            self.under.clear();
            self.under_for = (masks.to_vec(), agreements.to_vec());
            self.evidence = evidence(self.guideline, &mut self.overlay, masks, agreements);
        }
        if let Some(found) = self.under.get(&node) {
            return *found;
        }
        let under = self.overlay.under(node, self.evidence, masks);
        self.under.insert(node, under);
        under
    }

    /// The diagram with what is known worked in: only allowed cells, only facts that still matter.
    ///
    /// A diagram with more than `most` nodes left is returned as it is.
    pub(crate) fn restricted(
        &mut self,
        node: NodeId,
        masks: &[u64],
        agreements: &[usize],
        most: usize,
    ) -> NodeId {
        let root = self.root(node, masks, agreements);
        if nodes(&self.overlay, root, masks, most) >= most {
            root
        } else {
            self.overlay.under(root, TRUE, masks)
        }
    }

    pub(crate) fn diagrams(&self) -> &Overlay<'g> {
        &self.overlay
    }

    fn walk(&mut self, root: NodeId, masks: &[u64], found: impl FnMut(u16)) {
        if self.overlay.size() == self.guideline.store.size() {
            reach(&self.guideline.store, root, masks, &mut self.scratch, found);
        } else {
            reach(&self.overlay, root, masks, &mut self.scratch, found);
        }
    }

    /// The diagrams to use for one conclusion: without the rules when none of them binds any open fact it reads.
    ///
    /// Worlds are then a product of what the tables read and what the rules still bind, so the rules take away no
    /// outcome (that some world exists at all was settled before).
    fn its(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> &'g Roots {
        let conclusion = &self.guideline.conclusions[conclusion];
        if agreements.is_empty() {
            self.bind(masks);
            if !conclusion.support.iter().any(|v| self.bound[*v as usize]) {
                return &conclusion.tables_only;
            }
        }
        &conclusion.roots
    }

    /// Finds the open variables of every rule that these masks could still break.
    fn bind(&mut self, masks: &[u64]) {
        if self.bound_for == masks {
            return;
        }
        self.bound_for.clear();
        self.bound_for.extend_from_slice(masks);
        self.bound.clear();
        self.bound.resize(masks.len(), false);
        for (rule, vars) in self.guideline.rules.iter().zip(&self.rule_vars) {
            let open = |v: &&u16| masks[**v as usize].count_ones() != 1;
            if vars.iter().all(|v| !open(&v) || self.bound[*v as usize]) {
                continue;
            }
            let mut broken = false;
            reach(&self.guideline.store, rule.kept, masks, &mut self.scratch, |t| broken |= t == 0);
            if broken {
                vars.iter().filter(open).for_each(|v| self.bound[*v as usize] = true);
            }
        }
    }

    /// Calls `found` for every row that may decide a conclusion, once or more.
    pub(crate) fn each_row(&mut self, conclusion: usize, masks: &[u64], found: impl FnMut(u16)) {
        let root = self.its(conclusion, masks, &[]).row;
        reach(&self.guideline.store, root, masks, &mut self.scratch, found);
    }

    /// Whether a row of a collected conclusion holds in every world.
    pub(crate) fn row_holds(
        &mut self,
        conclusion: usize,
        row: usize,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool {
        let node = self.its(conclusion, masks, agreements).row_holds[row];
        self.truth(node, masks, agreements).1
    }

    /// The rows that may decide a conclusion, by position; the last position plus one is "outside every table".
    pub(crate) fn rows(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> Vec<u16> {
        let root = self.its(conclusion, masks, agreements).row;
        let root = self.root(root, masks, agreements);
        let mut rows = Vec::new();
        self.walk(root, masks, |row| rows.push(row));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Whether a truth diagram holds in (some, every) world.
    pub(crate) fn truth(&mut self, node: NodeId, masks: &[u64], agreements: &[usize]) -> (bool, bool) {
        let root = self.root(node, masks, agreements);
        self.truth_of(root, masks)
    }

    fn truth_of(&mut self, root: NodeId, masks: &[u64]) -> (bool, bool) {
        let (mut yes, mut no) = (false, false);
        self.walk(root, masks, |t| {
            yes |= t == 1;
            no |= t == 0;
        });
        (yes, yes && !no)
    }
}

impl Worlds for Fast<'_> {
    fn any(&mut self, masks: &[u64], agreements: &[usize]) -> bool {
        let valid = self.guideline.valid;
        if agreements.is_empty() {
            return self.truth(valid, masks, &[]).0;
        }
        // Worlds where the rules hold and every agreement is kept.
        let root = self.root(valid, masks, agreements);
        self.truth_of(root, masks).0
    }

    fn outcomes(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> u64 {
        let root = self.its(conclusion, masks, agreements).value;
        let root = self.root(root, masks, agreements);
        let mut set = 0u64;
        // A draft with gaps may be run by its author: the gap shows as an outcome of its own.
        self.walk(root, masks, |value| set |= 1 << value.min(63));
        set
    }

    fn items(&mut self, conclusion: usize, masks: &[u64], agreements: &[usize]) -> (u64, u64) {
        let (mut some, mut every) = (0, 0);
        let items = &self.its(conclusion, masks, agreements).items;
        for (i, node) in items.iter().copied().enumerate() {
            if node == FALSE {
                continue;
            }
            let (may, must) = self.truth(node, masks, agreements);
            some |= u64::from(may) << i;
            every |= u64::from(must) << i;
        }
        (some, every)
    }

    fn certain(
        &mut self,
        _logic: &nw_guideline::Logic,
        node: NodeId,
        masks: &[u64],
        agreements: &[usize],
    ) -> bool {
        self.truth(node, masks, agreements).1
    }
}

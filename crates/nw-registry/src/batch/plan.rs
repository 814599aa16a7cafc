//! Which conclusions read which columns: worked out once for a guideline and a mapping.

use nw_facts::{ConclusionIdx, FactIdx};
use nw_guideline::CompiledGuideline;

use super::classes::Classes;
use super::live::Tie;
use super::mapping::{Mapped, Mapping};
use super::reads::{Derived, Facts, Reads, Ties, derived};
use super::verdict::Wanted;
use crate::fault::Fault;

/// One part of the key by which rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The cells that a column's value falls in.
    Coarse(usize),
    /// A column's value itself.
    Exact(usize),
    /// What a group of derivations makes of a fact: group and target.
    Target(usize, usize),
    /// What a group of derivations finds to contradict itself.
    Clash(usize),
}

/// Conclusions that are told apart by the same parts.
#[derive(Debug)]
pub(crate) struct Group {
    /// Everything that could ever tell two rows apart; ascending.
    pub parts: Vec<Part>,
    /// The facts of the conclusions themselves, without what is only tied to them.
    pub own: Facts,
    /// Positions among the drawn conclusions.
    pub conclusions: Vec<usize>,
}

impl Mapped {
    /// Without the columns that can make no difference to the wanted conclusions.
    ///
    /// Nobody who asks for a grade wants to lose a row to what is wrong with the date of a scan.
    pub(crate) fn that_matters(
        self,
        guideline: &CompiledGuideline,
        only: Option<&[ConclusionIdx]>,
        wanted: Wanted,
    ) -> Mapped {
        if only.is_none() {
            return self;
        }
        let plan = Plan::new(guideline, self.clone(), only, wanted);
        let parts: Vec<Part> = plan.groups.iter().flat_map(|group| group.parts.iter().copied()).collect();
        let needed = plan.needed(&parts);
        if needed.is_empty() {
            return self;
        }
        let columns = self.columns.into_iter().enumerate().filter(|(at, _)| needed.contains(at));
        Mapped { columns: columns.map(|(_, column)| column).collect(), ..self }
    }
}

/// A mapping laid over the columns of a table: which are read, and where they stand among those.
pub(crate) struct Laid {
    pub mapped: Mapped,
    /// Columns that are read, by position in the table.
    pub wanted: Vec<usize>,
    /// Columns that are carried over, and columns that speak of facts, by position among those.
    pub carried: Vec<usize>,
    pub columns: Vec<usize>,
    pub unread: Vec<String>,
}

impl Laid {
    /// `None` when no column speaks of a fact.
    pub(crate) fn over(
        names: &[String],
        (guideline, mapping): (&CompiledGuideline, &Mapping),
        (only, wanted): (Option<&[ConclusionIdx]>, Wanted),
        as_of: Option<nw_facts::Date>,
    ) -> Result<Option<Laid>, Fault> {
        let mut mapped = mapping.find(&guideline.vocabulary, names)?;
        if mapped.columns.is_empty() {
            return Ok(None);
        }
        mapped.as_of = as_of.or(mapped.as_of);
        let unread = std::mem::take(&mut mapped.unread);
        let mapped = mapped.that_matters(guideline, only, wanted);
        let sources: Vec<usize> = mapped.columns.iter().map(|c| c.source).collect();
        let mut wanted: Vec<usize> = mapped.keep.iter().chain(&sources).copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let place = |source: &usize| wanted.binary_search(source).unwrap_or(0);
        let (carried, columns) =
            (mapped.keep.iter().map(place).collect(), sources.iter().map(place).collect());
        Ok(Some(Laid { mapped, wanted, carried, columns, unread }))
    }
}

/// Everything that is fixed for a whole table.
pub(crate) struct Plan<'g> {
    pub guideline: &'g CompiledGuideline,
    pub columns: Vec<Classes<'g>>,
    /// For each group of derivations the columns that speak of it.
    pub derived: Vec<(Derived, Vec<usize>)>,
    pub groups: Vec<Group>,
    /// What can tie facts together, each with the parts that it depends on and the columns behind them.
    pub ties: Vec<(Tie, Vec<Part>, Vec<usize>)>,
    /// The same ties alone.
    pub all_ties: Vec<Tie>,
    /// Whether two columns speak of one fact.
    pub twice: bool,
    /// Everything that some convention narrows.
    pub touched: Facts,
    /// What each column speaks of.
    pub speaks: Vec<Vec<FactIdx>>,
    /// The conclusions that are drawn, in order.
    pub drawn: Vec<ConclusionIdx>,
    pub as_of: Option<nw_facts::Date>,
    /// The columns that are written of each conclusion.
    pub wanted: Wanted,
}

impl<'g> Plan<'g> {
    pub(crate) fn new(
        guideline: &'g CompiledGuideline,
        mapped: Mapped,
        only: Option<&[ConclusionIdx]>,
        wanted: Wanted,
    ) -> Plan<'g> {
        let vocabulary = &guideline.vocabulary;
        let count = vocabulary.facts().len();
        let speaks: Vec<Vec<FactIdx>> = mapped.columns.iter().map(|c| c.facts(vocabulary)).collect();
        let all = Facts::of(count, speaks.iter().flatten().copied());
        // What two columns speak of may contradict itself within one cell.
        let mut twice = Facts::none(count);
        let mut once = Facts::none(count);
        for fact in speaks.iter().flatten() {
            if once.has(*fact) {
                twice.insert(*fact);
            }
            once.insert(*fact);
        }
        let as_of = mapped.as_of;
        let groups = derived(guideline, &all, as_of.is_some());
        let mut exact = twice.clone();
        for group in &groups {
            exact.add(&group.all);
        }
        let with_columns = |group: Derived| {
            let columns = (0..speaks.len()).filter(|c| speaks[*c].iter().any(|f| group.all.has(*f)));
            let columns = columns.collect::<Vec<_>>();
            (group, columns)
        };
        let derived: Vec<(Derived, Vec<usize>)> = groups.into_iter().map(with_columns).collect();
        let columns: Vec<Classes<'g>> =
            mapped.columns.into_iter().map(|c| Classes::new(guideline, c, exact.clone())).collect();
        let drawn: Vec<ConclusionIdx> = guideline
            .conclusions
            .iter()
            .map(|c| c.idx)
            .filter(|idx| only.is_none_or(|only| only.contains(idx)))
            .collect();
        let ties = Ties::new(guideline, &all);
        let mut plan = Plan {
            guideline,
            columns,
            derived,
            groups: Vec::new(),
            ties: Vec::new(),
            all_ties: ties.ties.clone(),
            twice: twice != Facts::none(count),
            touched: ties.touched.clone(),
            speaks,
            drawn,
            as_of,
            wanted,
        };
        let nothing = Facts::none(count);
        for tie in &ties.ties {
            let parts = plan.parts(&tie.facts, &nothing, &twice);
            let columns = plan.needed(&parts);
            plan.ties.push((tie.clone(), parts, columns));
        }
        for (position, idx) in plan.drawn.clone().into_iter().enumerate() {
            let Some(at) = guideline.conclusion_at(idx) else { continue };
            let Reads { own, all, carried } = ties.of(at);
            let parts = plan.parts(&all, &carried, &twice);
            // Facts that no column and no derivation speaks of are the same in every row.
            let mut own = own;
            own.keep(&plan.spoken());
            match plan.groups.iter_mut().find(|g| g.parts == parts && g.own == own) {
                Some(group) => group.conclusions.push(position),
                None => plan.groups.push(Group { parts, own, conclusions: vec![position] }),
            }
        }
        plan.groups.sort_by(|a, b| a.parts.cmp(&b.parts));
        plan
    }

    /// Every fact that may differ from row to row, or that a tie may pass through.
    fn spoken(&self) -> Facts {
        let count = self.guideline.vocabulary.facts().len();
        let mut all = Facts::of(count, self.speaks.iter().flatten().copied());
        for (derived, _) in &self.derived {
            all.add(&derived.all);
        }
        for (tie, _, _) in &self.ties {
            all.add(&tie.facts);
        }
        all
    }

    /// Whether a part can tell rows apart in any of these facts.
    pub(crate) fn matters(&self, part: Part, facts: &Facts) -> bool {
        match part {
            Part::Coarse(column) => self.speaks[column].iter().any(|f| facts.has(*f)),
            // What goes into a derivation matters through what comes out of it.
            Part::Exact(_) => true,
            Part::Target(group, target) => facts.has(self.derived[group].0.targets[target]),
            Part::Clash(_) => true,
        }
    }

    fn parts(&self, reads: &Facts, carried: &Facts, twice: &Facts) -> Vec<Part> {
        let mut parts = Vec::new();
        for (column, facts) in self.speaks.iter().enumerate() {
            if facts.iter().any(|f| reads.has(*f)) {
                let exact = facts.iter().any(|f| carried.has(*f) && reads.has(*f) || twice.has(*f));
                parts.push(if exact { Part::Exact(column) } else { Part::Coarse(column) });
            }
        }
        for (group, (derived, _)) in self.derived.iter().enumerate() {
            if !derived.all.meets(reads) {
                continue;
            }
            parts.push(Part::Clash(group));
            let targets = derived.targets.iter().enumerate();
            parts.extend(targets.filter(|(_, t)| reads.has(**t)).map(|(at, _)| Part::Target(group, at)));
            if derived.all.meets(carried) && derived.targets.iter().any(|t| carried.has(*t) && reads.has(*t))
            {
                parts.extend(self.derived[group].1.iter().map(|c| Part::Exact(*c)));
            }
        }
        parts.sort_unstable();
        parts.dedup();
        parts
    }

    pub(crate) fn needed(&self, parts: &[Part]) -> Vec<usize> {
        let mut columns = Vec::new();
        for part in parts {
            match part {
                Part::Coarse(column) | Part::Exact(column) => columns.push(*column),
                Part::Target(group, _) | Part::Clash(group) => columns.extend(&self.derived[*group].1),
            }
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

//! Days under rules: which days each appointment can still have, and whether all of them fit together.
//!
//! Every variable is a day. A rule is a difference, `to - from >= at_least`; a window is two of them. A variable may be
//! bound to open days. All of these are closed under taking the earlier of two solutions, day by day: so when bounds
//! that respect every rule are left, the earliest days together are a solution, and no search is needed to know it.
//! Only "not within" needs a choice, before or after; the search is over these choices alone.

/// A rule: `to - from >= at_least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub from: usize,
    pub to: usize,
    pub at_least: i32,
    /// What it comes from.
    pub tag: usize,
}

/// One of two rules holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice(pub Edge, pub Edge);

/// The days on which a centre is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closed {
    first: i32,
    days: Vec<bool>,
}

impl Closed {
    pub(crate) fn new(first: i32, days: Vec<bool>) -> Closed {
        Closed { first, days }
    }

    /// Days outside what is known are open.
    pub(crate) fn is(&self, day: i32) -> bool {
        usize::try_from(day - self.first).ok().and_then(|at| self.days.get(at)).copied().unwrap_or(false)
    }
}

/// Why a bound is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Start,
    /// By this rule, from the bound of that variable.
    Edge(Edge),
}

/// The days still possible for each variable.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub low: Vec<i32>,
    pub high: Vec<i32>,
    why_low: Vec<Why>,
    why_high: Vec<Why>,
}

/// Rules that cannot hold together: their tags, nearest to the contradiction first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clash {
    pub tags: Vec<usize>,
}

/// Variables, rules and closed days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    /// First and last day of each, and whether it needs an open day.
    pub vars: Vec<(i32, i32, bool)>,
    pub edges: Vec<Edge>,
    pub choices: Vec<Choice>,
    pub closed: Closed,
}

/// How many choices are tried before a question is given up as not answered.
const PATIENCE: usize = 20_000;

impl Network {
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            low: self.vars.iter().map(|v| v.0).collect(),
            high: self.vars.iter().map(|v| v.1).collect(),
            why_low: vec![Why::Start; self.vars.len()],
            why_high: vec![Why::Start; self.vars.len()],
        }
    }

    /// Bounds that respect every rule, with the choices that are forced.
    pub(crate) fn narrow(&self, bounds: &mut Bounds) -> Result<(), Clash> {
        self.narrow_with(bounds, &mut Vec::new())
    }

    fn narrow_with(&self, bounds: &mut Bounds, taken: &mut Vec<Edge>) -> Result<(), Clash> {
        loop {
            self.fix(bounds, taken)?;
            let mut more = false;
            for Choice(one, other) in &self.choices {
                let can = |e: &Edge| bounds.high[e.to] - bounds.low[e.from] >= e.at_least;
                match (can(one), can(other)) {
                    (true, true) => {}
                    (false, false) => {
                        let mut clash = self.blame(bounds, one.from);
                        clash.tags.extend(self.blame(bounds, one.to).tags);
                        clash.tags.insert(0, one.tag);
                        return Err(tidy(clash));
                    }
                    (first, _) => {
                        let forced = if first { *one } else { *other };
                        let holds = bounds.low[forced.to] - bounds.high[forced.from] >= forced.at_least;
                        if !holds && !taken.contains(&forced) {
                            taken.push(forced);
                            more = true;
                        }
                    }
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Raises lower bounds and lowers upper ones until nothing changes.
    fn fix(&self, b: &mut Bounds, taken: &[Edge]) -> Result<(), Clash> {
        loop {
            let mut changed = false;
            for (v, (.., open)) in self.vars.iter().enumerate() {
                while *open && self.closed.is(b.low[v]) && b.low[v] <= b.high[v] {
                    b.low[v] += 1;
                    changed = true;
                }
                while *open && self.closed.is(b.high[v]) && b.low[v] <= b.high[v] {
                    b.high[v] -= 1;
                    changed = true;
                }
                if b.low[v] > b.high[v] {
                    return Err(self.blame(b, v));
                }
            }
            for edge in self.edges.iter().chain(taken) {
                let low = b.low[edge.from] + edge.at_least;
                if b.low[edge.to] < low {
                    b.low[edge.to] = low;
                    b.why_low[edge.to] = Why::Edge(*edge);
                    changed = true;
                }
                let high = b.high[edge.to] - edge.at_least;
                if b.high[edge.from] > high {
                    b.high[edge.from] = high;
                    b.why_high[edge.from] = Why::Edge(*edge);
                    changed = true;
                }
                for v in [edge.from, edge.to] {
                    if b.low[v] > b.high[v] {
                        return Err(self.blame(b, v));
                    }
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    /// The rules behind both bounds of a variable.
    fn blame(&self, b: &Bounds, var: usize) -> Clash {
        let mut tags = Vec::new();
        let mut walk = |mut at: usize, low: bool| {
            let mut seen = vec![false; self.vars.len()];
            while !std::mem::replace(&mut seen[at], true) {
                let why = if low { b.why_low[at] } else { b.why_high[at] };
                let Why::Edge(edge) = why else { return };
                tags.push(edge.tag);
                at = if low { edge.from } else { edge.to };
            }
        };
        walk(var, true);
        walk(var, false);
        tidy(Clash { tags })
    }

    /// The earliest days that keep every rule, or rules that cannot be kept together.
    pub(crate) fn solve(&self, bounds: &Bounds) -> Result<Vec<i32>, Clash> {
        let mut patience = PATIENCE;
        self.search(bounds.clone(), Vec::new(), &mut patience)
    }

    fn search(
        &self,
        mut bounds: Bounds,
        mut taken: Vec<Edge>,
        patience: &mut usize,
    ) -> Result<Vec<i32>, Clash> {
        self.narrow_with(&mut bounds, &mut taken)?;
        let days = &bounds.low;
        let kept = |e: &Edge| days[e.to] - days[e.from] >= e.at_least;
        let Some(Choice(one, other)) = self.choices.iter().find(|c| !kept(&c.0) && !kept(&c.1)) else {
            return Ok(bounds.low);
        };
        let mut clash = Clash { tags: vec![one.tag] };
        for edge in [one, other] {
            if *patience == 0 {
                return Err(clash);
            }
            *patience -= 1;
            let mut with = taken.clone();
            with.push(*edge);
            match self.search(bounds.clone(), with, patience) {
                Ok(days) => return Ok(days),
                Err(deeper) => clash.tags.extend(deeper.tags),
            }
        }
        Err(tidy(clash))
    }

    /// Whether a variable may have a day, all others as free as the bounds leave them.
    pub(crate) fn allows(&self, bounds: &Bounds, var: usize, day: i32) -> Result<(), Clash> {
        let mut bounds = bounds.clone();
        self.bind(&mut bounds, var, day)?;
        self.solve(&bounds).map(|_| ())
    }

    /// Binds a variable to a day, without looking what follows.
    pub(crate) fn bind(&self, bounds: &mut Bounds, var: usize, day: i32) -> Result<(), Clash> {
        if day < bounds.low[var] || day > bounds.high[var] {
            let mut clash = self.blame(bounds, var);
            if clash.tags.is_empty() {
                clash = Clash::default();
            }
            return Err(clash);
        }
        if self.vars[var].2 && self.closed.is(day) {
            return Err(Clash::default());
        }
        bounds.low[var] = day;
        bounds.high[var] = day;
        Ok(())
    }
}

fn tidy(mut clash: Clash) -> Clash {
    let mut seen = Vec::new();
    clash.tags.retain(|tag| {
        let new = !seen.contains(tag);
        seen.push(*tag);
        new
    });
    clash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether some days within the first and last ones keep everything, by trying all of them.
    fn brute(network: &Network) -> Option<Vec<i32>> {
        let mut days: Vec<i32> = network.vars.iter().map(|v| v.0).collect();
        loop {
            let open = network.vars.iter().zip(&days).all(|(v, d)| !v.2 || !network.closed.is(*d));
            let kept = |e: &Edge| days[e.to] - days[e.from] >= e.at_least;
            if open
                && network.edges.iter().all(kept)
                && network.choices.iter().all(|c| kept(&c.0) || kept(&c.1))
            {
                return Some(days);
            }
            let mut at = 0;
            loop {
                if at == days.len() {
                    return None;
                }
                days[at] += 1;
                if days[at] <= network.vars[at].1 {
                    break;
                }
                days[at] = network.vars[at].0;
                at += 1;
            }
        }
    }

    fn keeps(network: &Network, days: &[i32]) -> bool {
        let kept = |e: &Edge| days[e.to] - days[e.from] >= e.at_least;
        network.vars.iter().zip(days).all(|(v, d)| v.0 <= *d && *d <= v.1 && !(v.2 && network.closed.is(*d)))
            && network.edges.iter().all(kept)
            && network.choices.iter().all(|c| kept(&c.0) || kept(&c.1))
    }

    fn edge(vars: usize) -> impl Strategy<Value = Edge> {
        (0..vars, 0..vars, -7..8_i32, 0..100_usize)
            .prop_filter("two variables", |(from, to, ..)| from != to)
            .prop_map(|(from, to, at_least, tag)| Edge { from, to, at_least, tag })
    }

    fn network() -> impl Strategy<Value = Network> {
        (2..5_usize).prop_flat_map(|vars| {
            let var =
                (0..4_i32, 0..8_i32, any::<bool>()).prop_map(|(low, more, open)| (low, low + more, open));
            (
                prop::collection::vec(var, vars),
                prop::collection::vec(edge(vars), 0..7),
                prop::collection::vec((edge(vars), edge(vars)).prop_map(|(a, b)| Choice(a, b)), 0..4),
                prop::collection::vec(any::<bool>(), 12),
            )
                .prop_map(|(vars, edges, choices, days)| Network {
                    vars,
                    edges,
                    choices,
                    closed: Closed::new(0, days),
                })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn days_are_found_exactly_when_there_are_any(network in network()) {
            let found = network.solve(&network.bounds());
            prop_assert_eq!(found.is_ok(), brute(&network).is_some());
            if let Ok(days) = found {
                prop_assert!(keeps(&network, &days));
            }
        }

        #[test]
        fn a_day_is_allowed_exactly_when_the_rest_fits(network in network(), day in 0..12_i32) {
            let mut bounds = network.bounds();
            let mut pinned = network.clone();
            pinned.vars[0].0 = pinned.vars[0].0.max(day);
            pinned.vars[0].1 = pinned.vars[0].1.min(day);
            let fits = pinned.vars[0].0 <= pinned.vars[0].1 && brute(&pinned).is_some();
            let narrowed = network.narrow(&mut bounds);
            let allowed = narrowed.is_ok() && network.allows(&bounds, 0, day).is_ok();
            prop_assert_eq!(allowed, fits);
        }

        #[test]
        fn without_choices_the_days_are_the_earliest(mut network in network()) {
            network.choices.clear();
            if let Ok(days) = network.solve(&network.bounds()) {
                for (var, found) in days.iter().enumerate() {
                    let mut earlier = network.clone();
                    earlier.vars[var].1 = found - 1;
                    prop_assert!(earlier.vars[var].1 < earlier.vars[var].0 || brute(&earlier).is_none());
                }
            }
        }
    }
}

//! Facts cut into cells at every threshold that any table, rule or case condition uses.
//!
//! Inside one cell no table can tell two values apart, so a table over values is a table over finitely many cells.

use std::collections::BTreeSet;

use nw_facts::{Bound, Decimal, Evidence, FactDef, FactIdx, Interval, Kind, Text, Vocabulary};

/// One cell of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Numbers that no table tells apart.
    Numbers(Interval),
    /// One choice, by position.
    Choice(usize),
    /// The state "not done".
    NotDone,
}

/// The cells of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The fact.
    pub fact: FactIdx,
    /// Its cells, rising for numbers and ordered choices.
    pub cells: Vec<Cell>,
}

/// All facts that matter, as variables in diagram order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    domains: Vec<Domain>,
    var_of: Vec<Option<u16>>,
}

/// Cut points of one numeric fact: just before or just after a number.
pub(crate) type Cuts = BTreeSet<(Decimal, bool)>;

/// Adds the two ends of a range to the cut points.
pub(crate) fn cut(cuts: &mut Cuts, fact: &FactDef, range: &Interval) {
    let range = if fact.is_whole() { range.whole() } else { *range };
    if let Some(low) = range.low
        && (low.at > fact.min || low.at == fact.min && !low.closed)
    {
        cuts.insert((low.at, !low.closed));
    }
    if let Some(high) = range.high
        && (high.at < fact.max || high.at == fact.max && !high.closed)
    {
        // Whole numbers: "up to 11" and "from 12" are one cut.
        if fact.is_whole() {
            cuts.insert((high.at + Decimal::ONE, false));
        } else {
            cuts.insert((high.at, high.closed));
        }
    }
}

impl Space {
    pub(crate) fn build(vocabulary: &Vocabulary, used: &[FactIdx], cuts: &[Cuts]) -> Space {
        let mut space = Space { domains: Vec::new(), var_of: vec![None; vocabulary.facts().len()] };
        for fact_idx in used {
            let fact = vocabulary.fact(*fact_idx);
            let mut cells = match fact.kind {
                Kind::Choice | Kind::YesNo => (0..fact.choices.len()).map(Cell::Choice).collect(),
                Kind::Quantity | Kind::Count | Kind::Date => number_cells(fact, &cuts[fact_idx.0 as usize]),
            };
            if fact.not_done_is_state {
                cells.push(Cell::NotDone);
            }
            space.var_of[fact_idx.0 as usize] = Some(space.domains.len() as u16);
            space.domains.push(Domain { fact: *fact_idx, cells });
        }
        space
    }

    pub(crate) fn from_parts(domains: Vec<Domain>, var_of: Vec<Option<u16>>) -> Space {
        Space { domains, var_of }
    }

    pub(crate) fn var_of(&self) -> &Vec<Option<u16>> {
        &self.var_of
    }

    /// Number of variables.
    pub fn len(&self) -> usize {
        self.domains.len()
    }

    /// Whether no table uses any fact.
    pub fn is_empty(&self) -> bool {
        self.domains.is_empty()
    }

    /// The variable of a fact, when any table uses it.
    pub fn var(&self, fact: FactIdx) -> Option<u16> {
        self.var_of[fact.0 as usize]
    }

    /// The cells of a variable.
    pub fn domain(&self, var: u16) -> &Domain {
        &self.domains[var as usize]
    }

    /// All variables.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// The mask of all cells of a variable.
    pub fn full(&self, var: u16) -> u64 {
        let cells = self.domains[var as usize].cells.len();
        if cells == 64 { u64::MAX } else { (1 << cells) - 1 }
    }

    /// The cells that a piece of evidence leaves possible.
    ///
    /// # Unknowns
    /// `Unknown`, `NotApplicable` and, for facts whose true value exists unmeasured, `NotDone` leave every cell.
    pub fn mask(&self, var: u16, evidence: &Evidence) -> u64 {
        let domain = &self.domains[var as usize];
        let holds = |cell: &Cell| match (evidence, cell) {
            (Evidence::Numbers(ranges), Cell::Numbers(cell)) => {
                ranges.iter().any(|r| !r.intersect(cell).is_empty())
            }
            (Evidence::Choices(choices), Cell::Choice(choice)) => choices.contains(choice),
            (Evidence::NotDone, cell) => *cell == Cell::NotDone || !domain.cells.contains(&Cell::NotDone),
            (Evidence::Unknown | Evidence::NotApplicable, _) => true,
            _ => false,
        };
        domain.cells.iter().enumerate().filter(|(_, c)| holds(c)).fold(0, |m, (i, _)| m | 1 << i)
    }

    /// A mask of one variable as evidence again.
    pub fn evidence(&self, var: u16, mask: u64) -> Evidence {
        let mut ranges = Vec::new();
        let mut choices = Vec::new();
        for (_, cell) in self.cells_in(var, mask) {
            match cell {
                Cell::Numbers(range) => ranges.push(*range),
                Cell::Choice(choice) => choices.push(*choice),
                Cell::NotDone => return Evidence::NotDone,
            }
        }
        if choices.is_empty() { Evidence::Numbers(ranges) } else { Evidence::Choices(choices) }
    }

    /// The cells of a mask.
    pub fn cells_in(&self, var: u16, mask: u64) -> impl Iterator<Item = (usize, &Cell)> {
        self.domains[var as usize].cells.iter().enumerate().filter(move |(i, _)| mask >> i & 1 == 1)
    }

    /// A value a person could have, written as in a case file.
    pub fn example(&self, vocabulary: &Vocabulary, var: u16, cell: u8) -> String {
        let domain = &self.domains[var as usize];
        let fact = vocabulary.fact(domain.fact);
        match &domain.cells[cell as usize] {
            Cell::Choice(choice) => fact.choices[*choice].id.clone(),
            Cell::NotDone => "not-done".to_string(),
            Cell::Numbers(range) => with_unit(fact, fact.written(representative(fact, range), false)),
        }
    }

    /// The same for a reader: label of a choice, number with decimal mark of the language.
    pub fn example_text(&self, vocabulary: &Vocabulary, var: u16, cell: u8) -> Text {
        let domain = &self.domains[var as usize];
        let fact = vocabulary.fact(domain.fact);
        match &domain.cells[cell as usize] {
            Cell::Choice(choice) => fact.choices[*choice].label.clone(),
            Cell::NotDone => Text::new("not done", "niet gedaan"),
            Cell::Numbers(range) => {
                let value = representative(fact, range);
                Text::new(
                    with_unit(fact, fact.written(value, false)),
                    with_unit(fact, fact.written(value, true)),
                )
            }
        }
    }
}

fn with_unit(fact: &FactDef, number: String) -> String {
    match fact.unit.as_deref() {
        Some(unit) => format!("{number} {unit}"),
        None => number,
    }
}

fn number_cells(fact: &FactDef, cuts: &Cuts) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut low = Bound { at: fact.min, closed: true };
    let whole = fact.is_whole();
    for (at, after) in cuts {
        // A cut just after a number leaves the number below; just before leaves it above.
        let high = if whole {
            Bound { at: at - Decimal::ONE, closed: true }
        } else {
            Bound { at: *at, closed: *after }
        };
        let cell = Interval { low: Some(low), high: Some(high) };
        if !cell.is_empty() {
            cells.push(Cell::Numbers(cell));
        }
        low = Bound { at: *at, closed: whole || !*after };
    }
    let last = Interval { low: Some(low), high: Some(Bound { at: fact.max, closed: true }) };
    if !last.is_empty() {
        cells.push(Cell::Numbers(last));
    }
    cells
}

/// A plain number in the range: an end when it belongs, else something between.
fn representative(fact: &FactDef, range: &Interval) -> Decimal {
    let low = range.low.unwrap_or(Bound { at: fact.min, closed: true });
    let high = range.high.unwrap_or(Bound { at: fact.max, closed: true });
    if let Some(single) = range.single() {
        return single;
    }
    let middle = (low.at + high.at) / Decimal::TWO;
    for places in 0..=6 {
        let rounded = middle.round_dp(places);
        if range.contains(rounded) {
            return rounded;
        }
    }
    middle
}

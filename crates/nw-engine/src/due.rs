//! What is to be done again, and when: an interval that is concluded, counted from a day that is known.

use nw_facts::{Date, FactSet, Interval};
use nw_guideline::CompiledGuideline;

use crate::conclude::Drawn;
use crate::knowledge::Knowledge;

/// How a due item stands on the day of the assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueStatus {
    /// Past its day, the days of grace included, whatever is still open. Where the facts leave open whether it is to be
    /// done again at all, practice must say that it is.
    Overdue,
    /// Due now, or perhaps so: what is open decides.
    Due,
    /// Not before a later day.
    Later,
    /// Nobody recorded the day from which to count, or the day of the assessment is not named.
    Undated,
}

/// One item with its days. The range is as wide as what is open makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueItem {
    /// Which, by position in the guideline.
    pub due: usize,
    /// How it stands.
    pub status: DueStatus,
    /// First day on which it may be due.
    pub earliest: Option<Date>,
    /// Last day on which it may be due.
    pub latest: Option<Date>,
    /// False when an open fact may mean that nothing is to be done again.
    pub certain: bool,
}

/// Every item that may be due for this patient, in the order of the guideline; without those that practice does not repeat,
/// of which the conclusion itself says what is open.
pub(crate) fn items(
    guideline: &CompiledGuideline,
    facts: &FactSet,
    knowledge: &Knowledge,
    drawn: &[Drawn],
) -> Vec<DueItem> {
    let mut items = Vec::new();
    for (at, due) in guideline.dues.iter().enumerate() {
        let Some(drawn) = drawn.iter().find(|d| d.conclusion == due.every) else { continue };
        let values = &guideline.vocabulary.conclusion(due.every).values;
        let possible = drawn.outcome.possible(values.len());
        let months: Vec<i64> = (0..values.len())
            .filter(|v| possible >> v & 1 == 1)
            .filter_map(|v| values[v].months.map(i64::from))
            .collect();
        let (Some(shortest), Some(longest)) = (months.iter().min(), months.iter().max()) else { continue };
        let certain = months.len() as u32 == possible.count_ones();
        let again = |set: u64| {
            set != 0
                && (0..64)
                    .filter(|v| set >> v & 1 == 1)
                    .all(|v| values.get(v).is_some_and(|v| v.months.is_some()))
        };
        let usual = drawn.convention.as_ref().map_or(0, |usual| usual.outcome.possible(values.len()));
        let repeats = |v: usize| usual >> v & 1 == 1 && values[v].months.is_some();
        if usual != 0 && !(0..values.len()).any(repeats) {
            continue;
        }
        let from = due.after.iter().find_map(|formula| knowledge.computed(guideline, facts, formula));
        let (earliest, latest) = match from {
            Some(Interval { low: Some(low), high: Some(high) }) => (
                nw_facts::day_of(low.at).and_then(|day| nw_facts::months_later(day, *shortest)),
                nw_facts::day_of(high.at).and_then(|day| nw_facts::months_later(day, *longest)),
            ),
            _ => (None, None),
        };
        let status = match (earliest, latest, facts.as_of()) {
            (Some(earliest), Some(latest), Some(today)) => {
                let grace = i64::try_from(due.grace.trunc()).unwrap_or_default();
                let deadline = jiff::Span::new().try_days(grace).and_then(|days| latest.checked_add(days));
                if (certain || again(usual)) && deadline.is_ok_and(|deadline| deadline < today) {
                    DueStatus::Overdue
                } else if earliest <= today {
                    DueStatus::Due
                } else {
                    DueStatus::Later
                }
            }
            _ => DueStatus::Undated,
        };
        items.push(DueItem { due: at, status, earliest, latest, certain });
    }
    items
}

//! Ranges of exact decimals with stated ends.

use crate::Decimal;

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bound {
    /// Where the range ends.
    pub at: Decimal,
    /// Whether the end itself belongs to the range.
    pub closed: bool,
}

/// All decimals between two ends; a missing end means no limit on that side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Interval {
    /// Lower end.
    pub low: Option<Bound>,
    /// Upper end.
    pub high: Option<Bound>,
}

impl Interval {
    /// Exactly one number.
    pub fn exactly(at: Decimal) -> Self {
        Interval { low: Some(Bound { at, closed: true }), high: Some(Bound { at, closed: true }) }
    }

    /// Both ends included.
    pub fn closed(low: Decimal, high: Decimal) -> Self {
        Interval { low: Some(Bound { at: low, closed: true }), high: Some(Bound { at: high, closed: true }) }
    }

    /// Everything below, with the end in or out.
    pub fn below(at: Decimal, closed: bool) -> Self {
        Interval { low: None, high: Some(Bound { at, closed }) }
    }

    /// Everything above, with the end in or out.
    pub fn above(at: Decimal, closed: bool) -> Self {
        Interval { low: Some(Bound { at, closed }), high: None }
    }

    /// Whether a number lies in the range.
    pub fn contains(&self, value: Decimal) -> bool {
        let above = self.low.is_none_or(|b| value > b.at || b.closed && value == b.at);
        let below = self.high.is_none_or(|b| value < b.at || b.closed && value == b.at);
        above && below
    }

    /// The numbers in both ranges.
    pub fn intersect(&self, other: &Interval) -> Interval {
        Interval { low: higher(self.low, other.low), high: lower(self.high, other.high) }
    }

    /// Whether no number lies in the range.
    pub fn is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => low.at > high.at || low.at == high.at && !(low.closed && high.closed),
            _ => false,
        }
    }

    /// The one number in the range, if it holds one.
    pub fn single(&self) -> Option<Decimal> {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low.at == high.at && low.closed && high.closed => Some(low.at),
            _ => None,
        }
    }

    /// The same range in another unit: every end times a positive factor.
    pub fn scaled(&self, factor: Decimal) -> Interval {
        let scale = |b: Option<Bound>| b.map(|b| Bound { at: (b.at * factor).normalize(), closed: b.closed });
        Interval { low: scale(self.low), high: scale(self.high) }
    }

    /// The same range over whole numbers: open ends move to the next whole number.
    pub fn whole(&self) -> Interval {
        let low = self.low.map(|b| {
            let up = b.at.ceil();
            Bound { at: if up == b.at && !b.closed { up + Decimal::ONE } else { up }, closed: true }
        });
        let high = self.high.map(|b| {
            let down = b.at.floor();
            Bound { at: if down == b.at && !b.closed { down - Decimal::ONE } else { down }, closed: true }
        });
        Interval { low, high }
    }
}

fn higher(a: Option<Bound>, b: Option<Bound>) -> Option<Bound> {
    match (a, b) {
        (None, x) | (x, None) => x,
        (Some(a), Some(b)) if a.at == b.at => Some(Bound { at: a.at, closed: a.closed && b.closed }),
        (Some(a), Some(b)) => Some(if a.at > b.at { a } else { b }),
    }
}

fn lower(a: Option<Bound>, b: Option<Bound>) -> Option<Bound> {
    match (a, b) {
        (None, x) | (x, None) => x,
        (Some(a), Some(b)) if a.at == b.at => Some(Bound { at: a.at, closed: a.closed && b.closed }),
        (Some(a), Some(b)) => Some(if a.at < b.at { a } else { b }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(n: i64) -> Decimal {
        Decimal::from(n)
    }

    #[test]
    fn ends_are_kept() {
        let below = Interval::below(d(3), false);
        assert!(!below.contains(d(3)) && below.contains(d(2)));
        let both = below.intersect(&Interval::above(d(3), true));
        assert!(both.is_empty());
        assert!(!Interval::closed(d(3), d(3)).is_empty());
        assert_eq!(Interval::above(d(11), false).whole().low.map(|b| b.at), Some(d(12)));
        assert_eq!(Interval::below(Decimal::new(25, 1), true).whole().high.map(|b| b.at), Some(d(2)));
    }
}

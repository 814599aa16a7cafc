//! Shares of a group, with what chance allows.

use crate::tail;

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share itself, from 0 to 1.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A share with its Wilson score interval; nothing of nobody.
pub fn wilson(count: u64, of: u64, confidence: f64) -> Option<Share> {
    if of == 0 || count > of {
        return None;
    }
    let (n, p, z) = (of as f64, count as f64 / of as f64, tail::deviations(confidence));
    let middle = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    // At the ends, rounding must not leave the share outside its own interval.
    let low = if count == 0 { 0.0 } else { (middle - reach) / whole };
    let high = if count == of { 1.0 } else { (middle + reach) / whole };
    Some(Share { share: p, low, high })
}

/// The limits between which chance alone puts the share of a centre with so many patients, when all centres are alike.
///
/// Exact binomial limits, made smooth between whole numbers as Spiegelhalter proposed for funnel plots.
pub fn chance(overall: f64, of: u64, confidence: f64) -> Option<(f64, f64)> {
    if of == 0 || !(0.0..=1.0).contains(&overall) {
        return None;
    }
    if overall == 0.0 || overall == 1.0 {
        return Some((overall, overall));
    }
    let limit = |chance: f64| {
        // The smallest number of which at most so many is likelier than `chance`.
        let (mut low, mut high) = (0, of);
        while low < high {
            let middle = low.midpoint(high);
            if tail::at_most(middle, of, overall) > chance { high = middle } else { low = middle + 1 }
        }
        let here = tail::at_most(low, of, overall);
        let below = if low == 0 { 0.0 } else { tail::at_most(low - 1, of, overall) };
        let part = if here > below { (here - chance) / (here - below) } else { 0.0 };
        ((low as f64 - part) / of as f64).clamp(0.0, 1.0)
    };
    Some((limit((1.0 - confidence) / 2.0), limit((1.0 + confidence) / 2.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_that_of_the_textbook() {
        // Newcombe 1998: 81 of 263, and 0 of 20.
        let known = wilson(81, 263, 0.95).expect("there are some");
        assert!((known.low - 0.2553).abs() < 5e-5 && (known.high - 0.3662).abs() < 5e-5, "{known:?}");
        let none = wilson(0, 20, 0.95).expect("there are some");
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 5e-5, "{none:?}");
        let all = wilson(29, 29, 0.95).expect("there are some");
        assert!(all.high == 1.0 && (all.low - 0.8830).abs() < 5e-5, "{all:?}");
        assert_eq!(wilson(0, 0, 0.95), None);
    }

    #[test]
    fn chance_narrows_with_numbers() {
        let few = chance(0.8, 10, 0.95).expect("there are some");
        let many = chance(0.8, 1000, 0.95).expect("there are some");
        assert!(few.0 < many.0 && many.0 < 0.8 && 0.8 < many.1 && many.1 < few.1, "{few:?} {many:?}");
        assert!((many.0 - 0.7752).abs() < 2e-3 && (many.1 - 0.8248).abs() < 2e-3, "{many:?}");
        assert_eq!(chance(1.0, 5, 0.95), Some((1.0, 1.0)));
        assert_eq!(chance(0.5, 0, 0.95), None);
    }
}

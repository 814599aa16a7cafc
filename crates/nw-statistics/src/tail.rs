//! Tails of distributions, in one place: the library behind them may change.

use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF as _, DiscreteCDF as _, Normal};

/// How many standard deviations hold this share of a bell curve around its middle: 0.95 gives 1.96.
pub fn deviations(share: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + share / 2.0)
}

/// The chance of a deviation at least as large, on either side.
pub fn two_sided(z: f64) -> f64 {
    2.0 * Normal::standard().sf(z.abs())
}

/// The chance of a chi-squared statistic at least as large.
pub fn chi_squared(statistic: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees as f64).map_or(f64::NAN, |d| d.sf(statistic))
}

/// The chance of at most so many out of `of`.
pub(crate) fn at_most(count: u64, of: u64, share: f64) -> f64 {
    Binomial::new(share, of).map_or(f64::NAN, |d| d.cdf(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_tables() {
        assert!((deviations(0.95) - 1.959_963_984_540_054).abs() < 1e-9);
        assert!((two_sided(-1.959_963_984_540_054) - 0.05).abs() < 1e-9);
        assert!((chi_squared(3.841_458_820_694_124, 1) - 0.05).abs() < 1e-9);
        assert!((at_most(3, 10, 0.5) - 0.171_875).abs() < 1e-12);
    }
}

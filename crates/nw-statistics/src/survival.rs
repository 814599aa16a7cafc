//! Time to an event: the curve of those without it, and whether groups differ.

use crate::matrix::Triangle;
use crate::tail;

/// One person: how long they were seen, and whether the event ended that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Time, not negative and finite.
    pub time: f64,
    /// The event was seen; otherwise the person was still without it when last seen.
    pub event: bool,
}

/// One time at which somebody had the event or was last seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub time: f64,
    /// How many were still under observation just before.
    pub at_risk: usize,
    /// How many had the event.
    pub events: usize,
    /// How many were last seen.
    pub censored: usize,
    /// Share without the event from here on.
    pub survival: f64,
    /// Greenwood's standard error of that share.
    pub error: f64,
    /// Pointwise band on the log-log scale; none where the curve reached nobody.
    pub band: Option<(f64, f64)>,
}

/// A Kaplan-Meier curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Every time at which something happened, ascending.
    pub steps: Vec<Step>,
    /// How many people.
    pub people: usize,
    /// How many events.
    pub events: usize,
}

impl Curve {
    /// The curve of these people, with bands of this confidence.
    pub fn of(people: &[Seen], confidence: f64) -> Curve {
        let z = tail::deviations(confidence);
        let sorted = sorted(people);
        let (mut steps, mut survival, mut greenwood) = (Vec::new(), 1.0, 0.0);
        let mut at_risk = sorted.len();
        for same in sorted.chunk_by(|a, b| a.time == b.time) {
            let events = same.iter().filter(|s| s.event).count();
            let (n, d) = (at_risk as f64, events as f64);
            if events == at_risk {
                survival = 0.0;
            } else if events > 0 {
                survival *= 1.0 - d / n;
                greenwood += d / (n * (n - d));
            }
            let error = survival * f64::sqrt(greenwood);
            steps.push(Step {
                time: same[0].time,
                at_risk,
                events,
                censored: same.len() - events,
                survival,
                error,
                band: band(survival, greenwood, z),
            });
            at_risk -= same.len();
        }
        Curve { people: sorted.len(), events: sorted.iter().filter(|s| s.event).count(), steps }
    }

    /// The last step at or before a time; none before the first.
    pub fn at(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|s| s.time <= time);
        after.checked_sub(1).map(|i| &self.steps[i])
    }

    /// The share without the event at a time; 1 before the first step.
    pub fn survival(&self, time: f64) -> f64 {
        self.at(time).map_or(1.0, |s| s.survival)
    }

    /// How many are under observation just before a time.
    pub fn at_risk(&self, time: f64) -> usize {
        let at = self.steps.partition_point(|s| s.time < time);
        self.steps.get(at).map_or(0, |s| s.at_risk)
    }

    /// The first time at which no more than half are without the event, with the ends of its interval where the bands
    /// reach so far.
    pub fn median(&self) -> Option<Median> {
        let first = |below: &dyn Fn(&Step) -> bool| self.steps.iter().find(|s| below(s)).map(|s| s.time);
        let half = 0.5 + 1e-12;
        let time = first(&|s| s.survival <= half)?;
        let low = first(&|s| s.survival <= half || s.band.is_some_and(|b| b.0 <= half));
        let high = first(&|s| s.band.is_some_and(|b| b.1 <= half));
        Some(Median { time, low, high })
    }
}

/// A median with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Median {
    /// The median.
    pub time: f64,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end; none while the upper band stays above one half.
    pub high: Option<f64>,
}

fn sorted(people: &[Seen]) -> Vec<Seen> {
    assert!(
        people.iter().all(|s| s.time.is_finite() && s.time >= 0.0),
        "a time under observation is a number that is not negative"
    );
    let mut sorted = people.to_vec();
    sorted.sort_by(|a, b| a.time.total_cmp(&b.time));
    sorted
}

/// The band of `exp(-exp(x))`, where x has a symmetric interval.
fn band(survival: f64, greenwood: f64, z: f64) -> Option<(f64, f64)> {
    if survival <= 0.0 {
        return None;
    }
    if survival >= 1.0 {
        return Some((1.0, 1.0));
    }
    let log = survival.ln();
    let reach = z * greenwood.sqrt() / log;
    let end = |reach: f64| (-((-log).ln() + reach).exp()).exp();
    let (a, b) = (end(reach), end(-reach));
    Some((a.min(b), a.max(b)))
}

/// Whether groups differ.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// The statistic, chi-squared when groups are alike.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees: usize,
    /// The chance of a statistic at least as large when groups are alike.
    pub p: f64,
    /// Events seen in each group.
    pub observed: Vec<f64>,
    /// Events expected in each group when groups are alike.
    pub expected: Vec<f64>,
}

/// The log-rank test; none with fewer than two groups, or when nothing can tell them apart.
pub fn log_rank(groups: &[Vec<Seen>]) -> Option<LogRank> {
    log_rank_within(std::slice::from_ref(&groups.to_vec()))
}

/// The log-rank test within strata: for each stratum the groups, in the same order.
pub fn log_rank_within(strata: &[Vec<Vec<Seen>>]) -> Option<LogRank> {
    let count = strata.first()?.len();
    assert!(strata.iter().all(|s| s.len() == count), "every stratum has the same groups");
    if count < 2 {
        return None;
    }
    let (mut observed, mut expected) = (vec![0.0; count], vec![0.0; count]);
    let mut variance = vec![vec![0.0; count]; count];
    for groups in strata {
        let mut all: Vec<(f64, bool, usize)> = Vec::new();
        for (group, people) in groups.iter().enumerate() {
            all.extend(sorted(people).iter().map(|s| (s.time, s.event, group)));
        }
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut at_risk: Vec<f64> = groups.iter().map(|g| g.len() as f64).collect();
        for same in all.chunk_by(|a, b| a.0 == b.0) {
            let n: f64 = at_risk.iter().sum();
            let d = same.iter().filter(|s| s.1).count() as f64;
            if d > 0.0 {
                same.iter().filter(|s| s.1).for_each(|s| observed[s.2] += 1.0);
                let spread = if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 };
                for i in 0..count {
                    let share = at_risk[i] / n;
                    expected[i] += d * share;
                    for j in 0..count {
                        let own = if i == j { share } else { 0.0 };
                        variance[i][j] += spread * (own - share * at_risk[j] / n);
                    }
                }
            }
            same.iter().for_each(|s| at_risk[s.2] -= 1.0);
        }
    }
    // One group follows from the others.
    let less: Vec<Vec<f64>> = variance[..count - 1].iter().map(|row| row[..count - 1].to_vec()).collect();
    let differ: Vec<f64> = (0..count - 1).map(|i| observed[i] - expected[i]).collect();
    let weighted = Triangle::of(&less).ok()?.solve(&differ);
    let statistic: f64 = differ.iter().zip(&weighted).map(|(a, b)| a * b).sum();
    let degrees = count - 1;
    Some(LogRank { statistic, degrees, p: tail::chi_squared(statistic, degrees), observed, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(texts: &str) -> Vec<Seen> {
        let one = |t: &str| Seen {
            time: t.trim_end_matches('+').parse().expect("a number"),
            event: !t.ends_with('+'),
        };
        texts.split(' ').map(one).collect()
    }

    #[test]
    fn a_curve_by_hand() {
        let curve = Curve::of(&people("1 2 2+ 4 5+ 6"), 0.95);
        let found: Vec<(f64, usize, usize, f64)> =
            curve.steps.iter().map(|s| (s.time, s.at_risk, s.events, s.survival)).collect();
        let (a, b) = (5.0 / 6.0, 5.0 / 6.0 * 4.0 / 5.0);
        let c = b * 2.0 / 3.0;
        let expected = [(1.0, 6, 1, a), (2.0, 5, 1, b), (4.0, 3, 1, c), (5.0, 2, 0, c), (6.0, 1, 1, 0.0)];
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.0, found.1, found.2), (expected.0, expected.1, expected.2));
            assert!((found.3 - expected.3).abs() < 1e-12);
        }
        assert_eq!(curve.at_risk(2.0), 5);
        assert_eq!(curve.at_risk(2.5), 3);
        assert_eq!(curve.at_risk(7.0), 0);
        assert_eq!(curve.survival(0.5), 1.0);
        assert_eq!(curve.median().map(|m| m.time), Some(4.0));
        assert_eq!(curve.steps[4].band, None);
        let lost = Curve::of(&people("1 2+ 3+"), 0.95);
        assert_eq!(lost.median(), None, "two thirds are without the event to the end");
    }

    #[test]
    fn groups_that_cannot_be_told_apart_have_no_test() {
        assert_eq!(log_rank(&[people("1 2 3")]), None);
        assert_eq!(log_rank(&[people("1+ 2+"), people("3+ 4+")]), None);
        let alike = log_rank(&[people("1 2 3"), people("1 2 3")]).expect("there are events");
        assert!(alike.statistic.abs() < 1e-12 && (alike.p - 1.0).abs() < 1e-9);
    }
}

//! Proportional hazards: how much oftener the event comes with one more of something, all else the same.

use crate::matrix::Triangle;
use crate::survival::Seen;
use crate::tail;

/// What came of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// How many people.
    pub people: usize,
    /// How many events.
    pub events: usize,
    /// One for each covariate, in order.
    pub effects: Vec<Effect>,
    /// The partial log-likelihood without any covariate.
    pub likelihood_without: f64,
    /// The partial log-likelihood of the model.
    pub likelihood: f64,
    /// The likelihood-ratio test of all covariates together: statistic, degrees of freedom, p.
    pub ratio: (f64, usize, f64),
    /// How often, of two people of whom it is known, the one with the higher hazard had the event first.
    pub concordance: Option<f64>,
}

/// What one covariate does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The coefficient: logarithm of the hazard ratio.
    pub coefficient: f64,
    /// The hazard ratio.
    pub ratio: f64,
    /// Standard error of the coefficient.
    pub error: f64,
    /// Coefficient by standard error.
    pub z: f64,
    /// Two-sided p of z.
    pub p: f64,
    /// Interval of the hazard ratio.
    pub interval: (f64, f64),
}

/// Why there is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoModel {
    /// Nobody had the event.
    NoEvents,
    /// A covariate, by position, says nothing that the others do not say already.
    Repeated(usize),
    /// The hazard ratio of a covariate, by position, grows without end: in one group nobody, or everybody, has the event.
    Endless(usize),
    /// The search came to no end.
    NoEnd,
}

/// Steps of Newton's method; five are usual.
const MOST_STEPS: usize = 60;

/// A standardised coefficient beyond this means that the likelihood has no top.
const ENDLESS: f64 = 25.0;

/// Fits a model by Newton's method; ties are treated as Efron proposed. `covariates` has a row for each person.
///
/// # Errors
/// The data do not determine a model.
///
/// # Panics
/// When people and rows do not match, or a covariate is no finite number.
pub fn cox(people: &[Seen], covariates: &[Vec<f64>], confidence: f64) -> Result<Model, NoModel> {
    assert_eq!(people.len(), covariates.len(), "every person has a row of covariates");
    let width = covariates.first().map_or(0, Vec::len);
    assert!(
        covariates.iter().all(|row| row.len() == width && row.iter().all(|x| x.is_finite())),
        "every covariate is a number"
    );
    let events = people.iter().filter(|s| s.event).count();
    if events == 0 {
        return Err(NoModel::NoEvents);
    }
    let (middle, spread) = moments(covariates, width);
    if let Some(flat) = spread.iter().position(|s| *s <= 0.0) {
        return Err(NoModel::Repeated(flat));
    }
    let mut order: Vec<usize> = (0..people.len()).collect();
    order.sort_by(|a, b| people[*b].time.total_cmp(&people[*a].time).then(a.cmp(b)));
    let scaled = |row: &[f64]| -> Vec<f64> {
        row.iter().enumerate().map(|(j, x)| (x - middle[j]) / spread[j]).collect()
    };
    let sorted = Sorted {
        people: order.iter().map(|i| people[*i]).collect(),
        rows: order.iter().map(|i| scaled(&covariates[*i])).collect(),
        width,
    };
    let mut beta = vec![0.0; width];
    let mut now = sorted.slopes(&beta);
    let without = now.likelihood;
    for step in 0.. {
        let triangle = Triangle::of(&now.information)
            .map_err(|at| if step == 0 { NoModel::Repeated(at) } else { NoModel::Endless(at) })?;
        let change = triangle.solve(&now.gradient);
        let gain: f64 = change.iter().zip(&now.gradient).map(|(a, b)| a * b).sum();
        if gain < 1e-18 * now.likelihood.abs().max(1.0) {
            break;
        }
        if step == MOST_STEPS {
            return Err(NoModel::NoEnd);
        }
        let mut part = 1.0;
        loop {
            let next: Vec<f64> = beta.iter().zip(&change).map(|(b, c)| b + part * c).collect();
            if let Some(far) = next.iter().position(|b| b.abs() > ENDLESS) {
                return Err(NoModel::Endless(far));
            }
            let there = sorted.slopes(&next);
            // Rounding alone may make the top look lower by a hair.
            if there.likelihood >= now.likelihood - 1e-12 * now.likelihood.abs() {
                (beta, now) = (next, there);
                break;
            }
            part /= 2.0;
            if part < 1e-6 {
                return Err(NoModel::NoEnd);
            }
        }
    }
    let triangle = Triangle::of(&now.information).map_err(NoModel::Endless)?;
    let z_of = tail::deviations(confidence);
    let effects = triangle.inverse_diagonal().into_iter().enumerate().map(|(j, variance)| {
        let (coefficient, error) = (beta[j] / spread[j], variance.sqrt() / spread[j]);
        let z = coefficient / error;
        Effect {
            coefficient,
            ratio: coefficient.exp(),
            error,
            z,
            p: tail::two_sided(z),
            interval: ((coefficient - z_of * error).exp(), (coefficient + z_of * error).exp()),
        }
    });
    let statistic = 2.0 * (now.likelihood - without);
    Ok(Model {
        people: people.len(),
        events,
        effects: effects.collect(),
        likelihood_without: without,
        likelihood: now.likelihood,
        ratio: (statistic, width, tail::chi_squared(statistic, width)),
        concordance: sorted.concordance(&beta),
    })
}

fn moments(covariates: &[Vec<f64>], width: usize) -> (Vec<f64>, Vec<f64>) {
    let n = covariates.len() as f64;
    let column = |j: usize| covariates.iter().map(move |row| row[j]);
    let middle: Vec<f64> = (0..width).map(|j| column(j).sum::<f64>() / n).collect();
    let spread =
        (0..width).map(|j| (column(j).map(|x| (x - middle[j]) * (x - middle[j])).sum::<f64>() / n).sqrt());
    let spread = spread.collect();
    (middle, spread)
}

/// People from the last time to the first, with scaled covariates.
struct Sorted {
    people: Vec<Seen>,
    rows: Vec<Vec<f64>>,
    width: usize,
}

/// The likelihood with its first and (negated) second derivatives.
struct Slopes {
    likelihood: f64,
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

/// Weighted sums over a set of people: weights, weighted rows, weighted products of rows.
struct Sums {
    weight: f64,
    first: Vec<f64>,
    second: Vec<Vec<f64>>,
}

impl Sums {
    fn none(width: usize) -> Sums {
        Sums { weight: 0.0, first: vec![0.0; width], second: vec![vec![0.0; width]; width] }
    }

    fn add(&mut self, row: &[f64], weight: f64) {
        self.weight += weight;
        for (i, x) in row.iter().enumerate() {
            self.first[i] += weight * x;
            for (j, y) in row.iter().enumerate().take(i + 1) {
                self.second[i][j] += weight * x * y;
            }
        }
    }
}

impl Sorted {
    fn hazard(&self, at: usize, beta: &[f64]) -> f64 {
        self.rows[at].iter().zip(beta).map(|(x, b)| x * b).sum()
    }

    /// People of one time, from the last time to the first.
    fn together(&self) -> Vec<std::ops::Range<usize>> {
        let mut from = 0;
        let ranges = self.people.chunk_by(|a, b| a.time == b.time).map(|same| {
            let range = from..from + same.len();
            from = range.end;
            range
        });
        ranges.collect()
    }

    fn slopes(&self, beta: &[f64]) -> Slopes {
        let width = self.width;
        let mut slopes = Slopes {
            likelihood: 0.0,
            gradient: vec![0.0; width],
            information: vec![vec![0.0; width]; width],
        };
        let mut risk = Sums::none(width);
        for same in self.together() {
            let mut died = Sums::none(width);
            let mut count = 0;
            for at in same {
                let hazard = self.hazard(at, beta);
                risk.add(&self.rows[at], hazard.exp());
                if self.people[at].event {
                    count += 1;
                    died.add(&self.rows[at], hazard.exp());
                    slopes.likelihood += hazard;
                    self.rows[at].iter().zip(&mut slopes.gradient).for_each(|(x, g)| *g += x);
                }
            }
            for tied in 0..count {
                // Who had the event at the same time counts less and less among those at risk.
                let part = f64::from(tied) / f64::from(count);
                let weight = risk.weight - part * died.weight;
                slopes.likelihood -= weight.ln();
                let mean: Vec<f64> =
                    (0..width).map(|i| (risk.first[i] - part * died.first[i]) / weight).collect();
                for i in 0..width {
                    slopes.gradient[i] -= mean[i];
                    for j in 0..=i {
                        let second = (risk.second[i][j] - part * died.second[i][j]) / weight;
                        slopes.information[i][j] += second - mean[i] * mean[j];
                    }
                }
            }
        }
        for i in 0..width {
            for j in i + 1..width {
                slopes.information[i][j] = slopes.information[j][i];
            }
        }
        slopes
    }

    /// Harrell's concordance: of pairs in which one surely had the event first, the share in which that one had the higher
    /// hazard; equal hazards count half.
    fn concordance(&self, beta: &[f64]) -> Option<f64> {
        let hazards: Vec<f64> = (0..self.people.len()).map(|at| self.hazard(at, beta)).collect();
        let mut levels = hazards.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let level = |at: usize| levels.partition_point(|l| *l < hazards[at]);
        let mut later = Counts(vec![0; levels.len() + 1]);
        let (mut pairs, mut right) = (0.0, 0.0);
        let mut count = 0;
        for same in self.together() {
            let of = |event: bool| same.clone().filter(move |at| self.people[*at].event == event);
            // Who was last seen at that very time was without the event longer.
            for at in of(false) {
                later.add(level(at));
                count += 1;
            }
            for at in of(true) {
                let (below, through) = (later.below(level(at)), later.below(level(at) + 1));
                pairs += f64::from(count);
                right += f64::from(below) + f64::from(through - below) / 2.0;
            }
            for at in of(true) {
                later.add(level(at));
                count += 1;
            }
        }
        (pairs > 0.0).then(|| right / pairs)
    }
}

/// How many were counted below a level (a Fenwick tree).
struct Counts(Vec<u32>);

impl Counts {
    fn add(&mut self, level: usize) {
        let mut at = level + 1;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn below(&self, level: usize) -> u32 {
        let (mut at, mut sum) = (level, 0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(time: f64, event: bool) -> Seen {
        Seen { time, event }
    }

    #[test]
    fn what_cannot_be_fitted_says_why() {
        let people = [seen(1.0, true), seen(2.0, true), seen(3.0, true), seen(4.0, false)];
        let fit = |rows: &[[f64; 2]]| {
            let rows: Vec<Vec<f64>> = rows.iter().map(|r| r.to_vec()).collect();
            cox(&people, &rows, 0.95)
        };
        assert_eq!(fit(&[[1.0, 2.0], [0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]).err(), Some(NoModel::Repeated(1)));
        assert_eq!(fit(&[[1.0, 5.0], [0.0, 5.0], [1.0, 5.0], [0.0, 5.0]]).err(), Some(NoModel::Repeated(1)));
        let endless = cox(&people, &[vec![1.0], vec![1.0], vec![0.0], vec![0.0]], 0.95);
        assert!(matches!(endless, Err(NoModel::Endless(0) | NoModel::NoEnd)), "{endless:?}");
        let nobody = [seen(1.0, false), seen(2.0, false)];
        assert_eq!(cox(&nobody, &[vec![1.0], vec![0.0]], 0.95), Err(NoModel::NoEvents));
    }
}

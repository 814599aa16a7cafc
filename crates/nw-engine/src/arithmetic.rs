//! Exact arithmetic on ranges, for derived facts.

use nw_facts::{Bound, Date, Decimal, FactIdx, Interval};
use nw_guideline::{Arithmetic, Pick, Series};
use rust_decimal::prelude::ToPrimitive;

/// Lower and upper neighbour of the circle number with 20 decimals.
fn pi() -> (Decimal, Decimal) {
    (
        Decimal::from_i128_with_scale(314_159_265_358_979_323_846, 20),
        Decimal::from_i128_with_scale(314_159_265_358_979_323_847, 20),
    )
}

/// The range of a formula when each fact lies in its range; `None` when it has no bound or would divide by zero.
///
/// Each operation is exact on ranges. Products of inexact divisions are widened by less than 10⁻¹⁸, outward, so a
/// number is never put on the wrong side of a threshold. A fact that occurs twice is treated as two: wider, never wrong.
pub(crate) fn range(formula: &Arithmetic, known: &Known<'_>) -> Option<Interval> {
    match formula {
        Arithmetic::Constant(value) => Some(Interval::exactly(*value)),
        Arithmetic::Pi => {
            let (low, high) = pi();
            Some(Interval::closed(low, high))
        }
        Arithmetic::Fact(fact) => {
            let range = (known.of)(*fact);
            (range.low.is_some() && range.high.is_some()).then_some(range)
        }
        Arithmetic::Square(inner) => {
            let inner = range(inner, known)?;
            let (low, high) = (inner.low?, inner.high?);
            if low.at < Decimal::ZERO {
                return None;
            }
            Some(Interval {
                low: Some(Bound { at: low.at.checked_mul(low.at)?, closed: low.closed }),
                high: Some(Bound { at: high.at.checked_mul(high.at)?, closed: high.closed }),
            })
        }
        Arithmetic::Binary(operator, a, b) => {
            let (a, b) = (range(a, known)?, range(b, known)?);
            combine(*operator, a, b)
        }
        Arithmetic::AsOf => known.as_of.map(|day| Interval::exactly(nw_facts::day_number(day))),
        Arithmetic::Months(from, to) => months(range(from, known)?, range(to, known)?),
        Arithmetic::Least(a, b) => {
            let (a, b) = (range(a, known)?, range(b, known)?);
            Some(Interval { low: Some(lesser(a.low?, b.low?)), high: Some(lesser(a.high?, b.high?)) })
        }
        Arithmetic::Greatest(a, b) => {
            let (a, b) = (range(a, known)?, range(b, known)?);
            Some(Interval { low: Some(greater(a.low?, b.low?)), high: Some(greater(a.high?, b.high?)) })
        }
        Arithmetic::Ln(inner) => {
            let inner = range(inner, known)?;
            let (low, high) = (inner.low?.at.to_f64()?, inner.high?.at.to_f64()?);
            if low > 0.0 { bounds(low.ln(), high.ln()) } else { None }
        }
        Arithmetic::Exp(inner) => {
            let inner = range(inner, known)?;
            bounds(inner.low?.at.to_f64()?.exp(), inner.high?.at.to_f64()?.exp())
        }
        Arithmetic::Floor(inner) => {
            let inner = range(inner, known)?;
            let (low, high) = (inner.low?.at.floor(), inner.high?);
            // A range that ends just before a whole number stays below it.
            let whole = high.at.floor();
            let top = if !high.closed && whole == high.at { whole - Decimal::ONE } else { whole };
            (low <= top).then(|| Interval::closed(low, top))
        }
        Arithmetic::Power(base, exponent) => {
            let (base, exponent) = (range(base, known)?, range(exponent, known)?);
            let (bl, bh) = (base.low?.at.to_f64()?, base.high?.at.to_f64()?);
            let (el, eh) = (exponent.low?.at.to_f64()?, exponent.high?.at.to_f64()?);
            if bl <= 0.0 {
                return None;
            }
            let corners = [bl.powf(el), bl.powf(eh), bh.powf(el), bh.powf(eh)];
            let low = corners.iter().copied().fold(f64::INFINITY, f64::min);
            let high = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            // At one the power turns from falling to rising with the exponent; the corners still bound it.
            bounds(low, high)
        }
        Arithmetic::Series(series) => statement(series, known),
    }
}

/// What a formula may ask for.
pub(crate) struct Known<'a> {
    /// The range of each fact.
    pub of: &'a dyn Fn(FactIdx) -> Interval,
    /// The dated statements of each fact that is measured again.
    pub statements: &'a dyn Fn(FactIdx) -> Vec<Statement>,
    /// The day of the assessment.
    pub as_of: Option<Date>,
}

/// One statement of a series: its day, when known, and its range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub day: Option<Date>,
    pub range: Interval,
}

/// Functions that no decimal can hold exactly are computed in binary and widened far beyond their error, so that a
/// number is never put on the wrong side of a threshold.
fn bounds(low: f64, high: f64) -> Option<Interval> {
    let widened = |value: f64, by: f64| {
        let value = value + value.abs().max(1e-9) * by;
        if value.is_finite() { Decimal::from_f64_retain(value) } else { None }
    };
    Some(Interval::closed(widened(low, -1e-12)?.round_dp(18), widened(high, 1e-12)?.round_dp(18)))
}

fn lesser(a: Bound, b: Bound) -> Bound {
    if b.at < a.at || b.at == a.at && b.closed { b } else { a }
}

fn greater(a: Bound, b: Bound) -> Bound {
    if b.at > a.at || b.at == a.at && b.closed { b } else { a }
}

/// Months between two days: fewest from the last first day to the first last day.
fn months(from: Interval, to: Interval) -> Option<Interval> {
    let day = |b: Option<Bound>| nw_facts::day_of(b?.at);
    let low = nw_facts::months_between(day(from.high)?, day(to.low)?);
    let high = nw_facts::months_between(day(from.low)?, day(to.high)?);
    Some(Interval::closed(low.normalize(), high.normalize()))
}

/// The statement that is asked for; `None` when there is none, or when it is not sure which one it is.
fn statement(series: &Series, known: &Known<'_>) -> Option<Interval> {
    let mut all = (known.statements)(series.fact);
    // What is said without a day is said of the day of the assessment.
    all.iter_mut().for_each(|s| s.day = s.day.or(known.as_of));
    let limit = |bound: &Option<(Arithmetic, bool)>| match bound {
        Some((formula, strict)) => range(formula, known).map(|days| Some((days, *strict))),
        None => Some(None),
    };
    let (since, until) = (limit(&series.since)?, limit(&series.until)?);
    if since.is_some() || until.is_some() {
        let mut inside = Vec::new();
        for statement in all {
            let day = Interval::exactly(nw_facts::day_number(statement.day?));
            let from = since.map_or(Some(true), |(limit, strict)| not_before(day, limit, strict));
            let to = until.map_or(Some(true), |(limit, strict)| not_before(limit, day, strict));
            if from? && to? {
                inside.push(statement);
            }
        }
        all = inside;
    }
    let ordered = || {
        let mut days: Vec<Option<Date>> = all.iter().map(|s| s.day).collect();
        days.sort_unstable_by_key(|d| (d.is_none(), *d));
        days.dedup();
        days
    };
    let day = match series.pick {
        Pick::Latest => *ordered().last()?,
        Pick::Previous => *ordered().iter().rev().nth(1)?,
        Pick::First => *ordered().first()?,
        Pick::Lowest => {
            let lowest = |s: &Statement| s.range.low.map(|b| b.at);
            return chosen(series, &all, all.iter().min_by_key(|s| lowest(s))?, |a, b| Some(lesser(a?, b?)));
        }
        Pick::Highest => {
            let highest = |s: &Statement| s.range.high.map(|b| b.at);
            return chosen(series, &all, all.iter().max_by_key(|s| highest(s))?, |a, b| {
                Some(greater(a?, b?))
            });
        }
    };
    if series.day {
        return Some(Interval::exactly(nw_facts::day_number(day?)));
    }
    let of_day = all.iter().filter(|s| s.day == day).map(|s| s.range);
    of_day.reduce(|a, b| a.intersect(&b)).filter(|r| !r.is_empty())
}

/// The lowest or highest of all: each end is that of the ends. Its day is known when one exact value stands alone.
fn chosen(
    series: &Series,
    all: &[Statement],
    best: &Statement,
    end: impl Fn(Option<Bound>, Option<Bound>) -> Option<Bound>,
) -> Option<Interval> {
    if series.day {
        let sure = all.iter().all(|s| s.range.single().is_some());
        let mut first =
            all.iter().filter(|s| s.range == best.range).filter_map(|s| s.day).collect::<Vec<_>>();
        first.sort_unstable();
        return first.first().filter(|_| sure).map(|day| Interval::exactly(nw_facts::day_number(*day)));
    }
    let low = all.iter().map(|s| s.range.low).reduce(&end)?;
    let high = all.iter().map(|s| s.range.high).reduce(&end)?;
    Some(Interval { low, high })
}

/// Whether one day is not before another (later, when strict); `None` when that is open.
fn not_before(day: Interval, limit: Interval, strict: bool) -> Option<bool> {
    let (dl, dh, ll, lh) = (day.low?.at, day.high?.at, limit.low?.at, limit.high?.at);
    let (always, never) = if strict { (dl > lh, dh <= ll) } else { (dl >= lh, dh < ll) };
    if always {
        Some(true)
    } else if never {
        Some(false)
    } else {
        None
    }
}

fn combine(operator: char, a: Interval, b: Interval) -> Option<Interval> {
    let (al, ah, bl, bh) = (a.low?, a.high?, b.low?, b.high?);
    match operator {
        '+' => Some(Interval {
            low: Some(join(al, bl, al.at.checked_add(bl.at)?)),
            high: Some(join(ah, bh, ah.at.checked_add(bh.at)?)),
        }),
        '-' => Some(Interval {
            low: Some(join(al, bh, al.at.checked_sub(bh.at)?)),
            high: Some(join(ah, bl, ah.at.checked_sub(bl.at)?)),
        }),
        '*' => corners(&[(al, bl), (al, bh), (ah, bl), (ah, bh)], |x, y| x.checked_mul(y).map(|v| (v, true))),
        _ => {
            // A divisor that may be zero leaves the quotient without bound.
            if bl.at <= Decimal::ZERO && bh.at >= Decimal::ZERO {
                return None;
            }
            corners(&[(al, bl), (al, bh), (ah, bl), (ah, bh)], |x, y| {
                let quotient = x.checked_div(y)?.normalize();
                Some((quotient, quotient.checked_mul(y) == Some(x)))
            })
        }
    }
}

fn join(a: Bound, b: Bound, at: Decimal) -> Bound {
    Bound { at: at.normalize(), closed: a.closed && b.closed }
}

fn corners(
    pairs: &[(Bound, Bound)],
    compute: impl Fn(Decimal, Decimal) -> Option<(Decimal, bool)>,
) -> Option<Interval> {
    let slack = Decimal::new(1, 18);
    let mut low: Option<Bound> = None;
    let mut high: Option<Bound> = None;
    for (a, b) in pairs {
        let (at, exact) = compute(a.at, b.at)?;
        // An included zero makes the product zero whatever the other factor is, also when that one only comes near
        // its end: no mitosis in an area below 5 mm² is none per 2 mm².
        let zero = |bound: &Bound| bound.closed && bound.at == Decimal::ZERO;
        let closed = a.closed && b.closed || at == Decimal::ZERO && (zero(a) || zero(b));
        let below = Bound { at: if exact { at } else { at - slack }, closed };
        let above = Bound { at: if exact { at } else { at + slack }, closed };
        // On ties the closed end keeps the range wide enough.
        if low.is_none_or(|l| below.at < l.at || below.at == l.at && below.closed) {
            low = Some(below);
        }
        if high.is_none_or(|h| above.at > h.at || above.at == h.at && above.closed) {
            high = Some(above);
        }
    }
    Some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use nw_facts::plain;

    fn only<'a>(of: &'a dyn Fn(FactIdx) -> Interval) -> Known<'a> {
        Known { of, statements: &|_| Vec::new(), as_of: None }
    }

    #[test]
    fn mitoses_per_two_square_millimetres() {
        // 3 per 10 fields of 0.55 mm diameter is 2.53 per 2 mm².
        let d = |text: &str| nw_facts::parse_number(text).expect("a number");
        let fact = |i| Box::new(Arithmetic::Fact(FactIdx(i)));
        let area = Arithmetic::Binary(
            '*',
            Box::new(Arithmetic::Pi),
            Box::new(Arithmetic::Square(Box::new(Arithmetic::Binary(
                '/',
                fact(2),
                Box::new(Arithmetic::Constant(d("2"))),
            )))),
        );
        let counted = Arithmetic::Binary('*', fact(1), Box::new(area));
        let formula = Arithmetic::Binary(
            '/',
            Box::new(Arithmetic::Binary('*', fact(0), Box::new(Arithmetic::Constant(d("2"))))),
            Box::new(counted),
        );
        let of = |f: FactIdx| Interval::exactly([d("3"), d("10"), d("0.55")][f.0 as usize]);
        let range = range(&formula, &only(&of)).expect("bounded");
        let low = range.low.expect("bounded").at.round_dp(2);
        assert_eq!(plain(low, false), "2.53");
        assert!(range.high.expect("bounded").at - range.low.expect("bounded").at < Decimal::new(1, 15));
    }

    #[test]
    fn floor_keeps_whole_years() {
        let floor = Arithmetic::Floor(Box::new(Arithmetic::Fact(FactIdx(0))));
        let d = |text: &str| nw_facts::parse_number(text).expect("a number");
        let of = |range: Interval| super::range(&floor, &only(&move |_| range)).expect("bounded");
        assert_eq!(of(Interval::exactly(d("67.8"))), Interval::exactly(d("67")));
        assert_eq!(of(Interval::closed(d("66.9"), d("68"))), Interval::closed(d("66"), d("68")));
        let open =
            Interval { high: Some(Bound { at: d("68"), closed: false }), ..Interval::exactly(d("67.5")) };
        assert_eq!(of(open), Interval::exactly(d("67")));
    }

    #[test]
    fn nothing_counted_in_an_open_range_is_nothing() {
        let fact = |i| Box::new(Arithmetic::Fact(FactIdx(i)));
        let open = Interval {
            low: Some(Bound { at: Decimal::TWO, closed: false }),
            high: Some(Bound { at: Decimal::TEN, closed: false }),
        };
        let of = |f: FactIdx| if f.0 == 0 { Interval::exactly(Decimal::ZERO) } else { open };
        for operator in ['*', '/'] {
            let formula = Arithmetic::Binary(operator, fact(0), fact(1));
            assert_eq!(range(&formula, &only(&of)), Some(Interval::exactly(Decimal::ZERO)), "{operator}");
        }
    }

    #[test]
    fn division_by_a_possible_zero_has_no_bound() {
        let formula = Arithmetic::Binary(
            '/',
            Box::new(Arithmetic::Constant(Decimal::ONE)),
            Box::new(Arithmetic::Fact(FactIdx(0))),
        );
        assert_eq!(range(&formula, &only(&|_| Interval::closed(Decimal::ZERO, Decimal::ONE))), None);
    }
}

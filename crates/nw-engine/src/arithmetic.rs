//! Exact arithmetic on ranges, for derived facts.

use nw_facts::{Bound, Decimal, Interval};
use nw_guideline::Arithmetic;

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
pub(crate) fn range(formula: &Arithmetic, of: &dyn Fn(nw_facts::FactIdx) -> Interval) -> Option<Interval> {
    match formula {
        Arithmetic::Constant(value) => Some(Interval::exactly(*value)),
        Arithmetic::Pi => {
            let (low, high) = pi();
            Some(Interval::closed(low, high))
        }
        Arithmetic::Fact(fact) => {
            let range = of(*fact);
            (range.low.is_some() && range.high.is_some()).then_some(range)
        }
        Arithmetic::Square(inner) => {
            let inner = range(inner, of)?;
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
            let (a, b) = (range(a, of)?, range(b, of)?);
            combine(*operator, a, b)
        }
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
    use nw_facts::{FactIdx, plain};

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
        let range = range(&formula, &of).expect("bounded");
        let low = range.low.expect("bounded").at.round_dp(2);
        assert_eq!(plain(low, false), "2.53");
        assert!(range.high.expect("bounded").at - range.low.expect("bounded").at < Decimal::new(1, 15));
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
            assert_eq!(range(&formula, &of), Some(Interval::exactly(Decimal::ZERO)), "{operator}");
        }
    }

    #[test]
    fn division_by_a_possible_zero_has_no_bound() {
        let formula = Arithmetic::Binary(
            '/',
            Box::new(Arithmetic::Constant(Decimal::ONE)),
            Box::new(Arithmetic::Fact(FactIdx(0))),
        );
        assert_eq!(range(&formula, &|_| Interval::closed(Decimal::ZERO, Decimal::ONE)), None);
    }
}

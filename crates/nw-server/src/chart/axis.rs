//! Axes: days from left to right, numbers from below, with marks where a reader expects them.

use jiff::civil::Date;
use jiff::{Span, Unit};

/// Days from left to right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Days {
    pub from: Date,
    pub to: Date,
    pub left: f64,
    pub width: f64,
}

/// Days between two dates.
pub(crate) fn days(from: Date, to: Date) -> i32 {
    from.until((Unit::Day, to)).map_or(0, |s| s.get_days())
}

impl Days {
    /// Where a day stands; outside the axis it lies outside the drawing.
    pub(crate) fn at(&self, day: Date) -> f64 {
        let whole = f64::from(days(self.from, self.to).max(1));
        self.left + self.width * f64::from(days(self.from, day)) / whole
    }

    pub(crate) fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Marks with their texts: years, quarters or months, whichever fit.
    pub(crate) fn marks(&self, month: impl Fn(i8) -> &'static str) -> Vec<(Date, String)> {
        let months = days(self.from, self.to) / 30;
        let step: i32 = match months {
            ..=10 => 1,
            11..=30 => 3,
            31..=66 => 6,
            67..=180 => 12,
            _ => 60,
        };
        let mut marks = Vec::new();
        let Ok(mut day) = Date::new(self.from.year(), 1, 1) else { return marks };
        while day <= self.to && marks.len() < 60 {
            if day >= self.from {
                let text = if step >= 12 || day.month() == 1 {
                    day.year().to_string()
                } else {
                    month(day.month()).to_string()
                };
                marks.push((day, text));
            }
            let Ok(next) = day.checked_add(Span::new().months(step)) else { break };
            day = next;
        }
        marks
    }
}

/// Numbers from below.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Height {
    pub low: f64,
    pub high: f64,
    pub log: bool,
    pub top: f64,
    pub height: f64,
}

impl Height {
    /// An axis that holds all these numbers; a logarithmic one holds no zero.
    pub(crate) fn around(numbers: impl Iterator<Item = f64>, log: bool, top: f64, height: f64) -> Height {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for n in numbers.filter(|n| !log || *n > 0.0) {
            low = low.min(n);
            high = high.max(n);
        }
        if low > high {
            (low, high) = (1.0, 10.0);
        }
        let (low, high) = if log {
            (low / 1.35, high * 1.35)
        } else {
            // Lengths begin at nothing: a small change shall not look large.
            (0.0, if high > 0.0 { high * 1.15 } else { 1.0 })
        };
        Height { low, high, log, top, height }
    }

    pub(crate) fn at(&self, number: f64) -> f64 {
        let share = if self.log {
            (number.max(self.low).ln() - self.low.ln()) / (self.high.ln() - self.low.ln()).max(1e-9)
        } else {
            (number - self.low) / (self.high - self.low).max(1e-9)
        };
        self.top + self.height * (1.0 - share.clamp(0.0, 1.0))
    }

    /// Round numbers inside the axis, at most four.
    pub(crate) fn marks(&self) -> Vec<f64> {
        let inside = |n: &f64| *n >= self.low && *n <= self.high;
        if self.log {
            let first = self.low.log10().floor() as i32;
            let last = self.high.log10().ceil() as i32;
            let tens: Vec<f64> = (first..=last).map(|p| 10f64.powi(p)).filter(inside).collect();
            if tens.len() >= 2 {
                let every = tens.len().div_ceil(4);
                return tens.into_iter().step_by(every).collect();
            }
            let fine: Vec<f64> = (first - 1..=last)
                .flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p)))
                .filter(inside)
                .collect();
            if fine.len() >= 2 {
                let every = fine.len().div_ceil(4);
                return fine.into_iter().step_by(every).collect();
            }
            // A line that hardly rises has its own ends as marks.
            let ten = 10f64.powf((self.high - self.low).log10().floor());
            return (1..=40)
                .map(|n| f64::from(n) * ten)
                .chain(fine)
                .filter(inside)
                .step_by(2)
                .take(4)
                .collect();
        }
        let raw = (self.high - self.low) / 3.0;
        let ten = 10f64.powf(raw.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * ten).into_iter().find(|s| *s >= raw).unwrap_or(ten * 10.0);
        (0..=4).map(|n| f64::from(n) * step).filter(inside).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn marks_fit_the_span() {
        let axis = |from, to| Days { from, to, left: 0.0, width: 100.0 };
        let text = |axis: Days| axis.marks(|_| "m").into_iter().map(|(_, t)| t).collect::<Vec<_>>().join(" ");
        assert_eq!(text(axis(date(2026, 1, 15), date(2026, 5, 2))), "m m m m");
        assert_eq!(text(axis(date(2023, 3, 1), date(2026, 11, 1))), "m 2024 m 2025 m 2026 m");
        assert_eq!(axis(date(2026, 1, 1), date(2026, 12, 31)).at(date(2026, 7, 2)).round(), 50.0);
    }

    #[test]
    fn numbers_stand_in_order_and_inside() {
        let axis = Height::around([0.0, 40.0, 400.0].into_iter(), true, 10.0, 100.0);
        assert!(axis.at(400.0) < axis.at(40.0) && axis.at(400.0) >= 10.0 && axis.at(0.0) <= 110.0);
        assert_eq!(axis.marks(), [50.0, 100.0, 200.0, 500.0]);
        let flat = Height::around([12.0].into_iter(), false, 0.0, 10.0);
        assert_eq!(flat.marks(), [0.0, 5.0, 10.0]);
    }
}

//! Drawings as SVG text: bars, curves and points, deterministic to the last digit.

use std::fmt::Write as _;

use super::esc;

/// A number of an SVG coordinate: two decimals are finer than a screen.
fn at(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// A name with a value and the ends of its interval; none where nothing is to be shown.
pub(crate) type Ranged = (String, Option<(f64, f64, f64)>);

/// A step of a curve: when, how high, and its band.
pub(crate) type Stepped = (f64, f64, Option<(f64, f64)>);

/// A drawing.
#[derive(Clone, Debug)]
pub(crate) struct Plot {
    width: f64,
    height: f64,
    inside: String,
}

/// Where numbers stand on a drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub low: f64,
    pub high: f64,
    pub from: f64,
    pub to: f64,
    pub log: bool,
}

impl Scale {
    pub(crate) fn at(&self, number: f64) -> f64 {
        let of = |n: f64| if self.log { n.max(f64::MIN_POSITIVE).ln() } else { n };
        let (low, high) = (of(self.low), of(self.high));
        let share = (of(number) - low) / (high - low).max(1e-12);
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }

    /// Round numbers inside, about so many.
    pub(crate) fn marks(&self, about: usize) -> Vec<f64> {
        if self.log {
            let tens = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
            let all: Vec<f64> = tens.flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p))).collect();
            return all.into_iter().filter(|n| *n >= self.low && *n <= self.high).collect();
        }
        let raw = (self.high - self.low) / about.max(1) as f64;
        let ten = 10f64.powf(raw.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * ten).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(ten);
        let first = (self.low / step).ceil() as i64;
        (first..first + 40).map(|n| n as f64 * step).take_while(|n| *n <= self.high * 1.000_001).collect()
    }
}

/// A curve of a survival plot: steps with their bands, and marks where somebody was last seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    pub name: String,
    /// Time, share, band.
    pub points: Vec<Stepped>,
    /// Where the curve ends.
    pub end: f64,
}

impl Plot {
    /// Stacked bars from left to right; each row has a name and lengths, in the order of the legend.
    pub(crate) fn bars(rows: &[(String, Vec<f64>)], legend: &[String]) -> Plot {
        let (left, width, line) = (250.0, 880.0, 26.0);
        let height = 46.0 + line * rows.len() as f64;
        let mut plot = Plot { width, height, inside: String::new() };
        let most = rows.iter().map(|(_, lengths)| lengths.iter().sum::<f64>()).fold(1e-9, f64::max);
        plot.legend(legend, 8.0, 16.0);
        for (number, (name, lengths)) in rows.iter().enumerate() {
            let y = 34.0 + line * number as f64;
            plot.text(left - 8.0, y + 14.0, "end", &shortened(name, 36));
            let mut x = left;
            for (class, length) in lengths.iter().enumerate() {
                let long = (width - left - 12.0) * length / most;
                if long > 0.0 {
                    let fill = if class + 1 == legend.len() { "fn".to_string() } else { format!("f{class}") };
                    let _ = writeln!(
                        plot.inside,
                        "<rect class=\"bar {fill}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                        at(x),
                        at(y),
                        at(long),
                        at(line - 7.0)
                    );
                }
                x += long;
            }
        }
        plot
    }

    /// Shares with intervals, one row for each; `reference` is a line to compare with.
    pub(crate) fn intervals(
        rows: &[Ranged],
        scale: (f64, f64, bool),
        reference: Option<f64>,
        mark: &dyn Fn(f64) -> String,
    ) -> Plot {
        let (left, width, line) = (330.0, 880.0, 24.0);
        let height = 44.0 + line * rows.len() as f64;
        let bottom = height - 26.0;
        let mut plot = Plot { width, height, inside: String::new() };
        let (low, high, log) = scale;
        let across = Scale { low, high, from: left, to: width - 20.0, log };
        for tick in across.marks(5) {
            plot.line("grid", (across.at(tick), 6.0), (across.at(tick), bottom));
            plot.text(across.at(tick), height - 8.0, "middle", &mark(tick));
        }
        if let Some(reference) = reference {
            plot.line("axis", (across.at(reference), 6.0), (across.at(reference), bottom));
        }
        for (number, (name, share)) in rows.iter().enumerate() {
            let y = 20.0 + line * number as f64;
            plot.text(left - 10.0, y + 4.0, "end", &shortened(name, 46));
            if let Some((share, from, to)) = share {
                plot.line("stroke s0", (across.at(*from), y), (across.at(*to), y));
                let _ = writeln!(
                    plot.inside,
                    "<circle class=\"f0\" cx=\"{}\" cy=\"{}\" r=\"4.5\"/>",
                    at(across.at(*share)),
                    at(y)
                );
            }
        }
        plot
    }

    /// Curves of survival from 0 to `end`, with their bands.
    pub(crate) fn survival(
        curves: &[Steps],
        end: f64,
        names: (&str, &str),
        mark: &dyn Fn(f64) -> String,
    ) -> Plot {
        let above = 18.0 * curves.len() as f64;
        let (width, height) = (880.0, 430.0 + above);
        let mut plot = Plot { width, height, inside: String::new() };
        let across = Scale { low: 0.0, high: end, from: 64.0, to: width - 16.0, log: false };
        let up = Scale { low: 0.0, high: 1.0, from: height - 52.0, to: 34.0 + above, log: false };
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
            plot.line("grid", (64.0, up.at(tick)), (width - 16.0, up.at(tick)));
            plot.text(58.0, up.at(tick) + 4.0, "end", &format!("{} %", tick * 100.0));
        }
        for tick in across.marks(10) {
            plot.line("axis", (across.at(tick), up.at(0.0)), (across.at(tick), up.at(0.0) + 5.0));
            plot.text(across.at(tick), height - 32.0, "middle", &mark(tick));
        }
        plot.line("axis", (64.0, up.at(0.0)), (width - 16.0, up.at(0.0)));
        plot.text((64.0 + width) / 2.0, height - 10.0, "middle", names.0);
        plot.text(64.0, above + 18.0, "start", names.1);
        for (class, curve) in curves.iter().enumerate() {
            let path = |of: &dyn Fn(&Stepped) -> Option<f64>| {
                let mut points: Vec<(f64, f64)> = vec![(0.0, 1.0)];
                for point in curve.points.iter().take_while(|p| p.0 <= end) {
                    let Some(value) = of(point) else { break };
                    let last = points[points.len() - 1].1;
                    points.push((point.0, last));
                    points.push((point.0, value));
                }
                let last = points[points.len() - 1];
                points.push((curve.end.min(end).max(last.0), last.1));
                points
            };
            let place = |p: &(f64, f64)| format!("{} {}", at(across.at(p.0)), at(up.at(p.1)));
            let low = path(&|p| p.2.map(|b| b.0));
            let mut high = path(&|p| p.2.map(|b| b.1));
            high.reverse();
            let around: Vec<String> = low.iter().chain(&high).map(place).collect();
            let number = class % 6;
            let _ = writeln!(plot.inside, "<path class=\"band f{number}\" d=\"M{}Z\"/>", around.join("L"));
            let middle: Vec<String> = path(&|p| Some(p.1)).iter().map(place).collect();
            let _ = writeln!(plot.inside, "<path class=\"stroke s{number}\" d=\"M{}\"/>", middle.join("L"));
        }
        for (class, curve) in curves.iter().enumerate() {
            let y = 16.0 + 18.0 * class as f64;
            let stroke = format!("stroke s{}", class % 6);
            plot.line(&stroke, (78.0, y - 4.0), (112.0, y - 4.0));
            plot.text(118.0, y, "start", &curve.name);
        }
        plot
    }

    /// Shares of centres by their numbers, with the limits of chance: (of, share, name) and (of, limits).
    pub(crate) fn funnel(
        centres: &[(f64, f64, String)],
        limits: &[Vec<(f64, f64, f64)>],
        overall: f64,
        names: (&str, &str),
        mark: &dyn Fn(f64) -> String,
    ) -> Plot {
        let (width, height) = (880.0, 380.0);
        let mut plot = Plot { width, height, inside: String::new() };
        let most = centres.iter().map(|c| c.0).fold(1.0, f64::max) * 1.05;
        let across = Scale { low: 0.0, high: most, from: 64.0, to: width - 40.0, log: false };
        let up = Scale { low: 0.0, high: 1.0, from: height - 52.0, to: 30.0, log: false };
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
            plot.line("grid", (64.0, up.at(tick)), (width - 40.0, up.at(tick)));
            plot.text(58.0, up.at(tick) + 4.0, "end", &format!("{} %", tick * 100.0));
        }
        for tick in across.marks(8) {
            plot.line("axis", (across.at(tick), up.at(0.0)), (across.at(tick), up.at(0.0) + 5.0));
            plot.text(across.at(tick), height - 32.0, "middle", &mark(tick));
        }
        plot.line("axis", (64.0, up.at(overall)), (width - 40.0, up.at(overall)));
        plot.text((64.0 + width) / 2.0, height - 10.0, "middle", names.0);
        plot.text(64.0, 14.0, "start", names.1);
        for (number, limit) in limits.iter().enumerate() {
            let dash = if number == 0 { " stroke-dasharray=\"6 4\"" } else { "" };
            for side in [0, 1] {
                let points: Vec<String> = limit
                    .iter()
                    .map(|(of, low, high)| {
                        let share = if side == 0 { *low } else { *high };
                        format!("{} {}", at(across.at(*of)), at(up.at(share)))
                    })
                    .collect();
                let _ = writeln!(plot.inside, "<path class=\"limit\"{dash} d=\"M{}\"/>", points.join("L"));
            }
        }
        for (of, share, name) in centres {
            let (x, y) = (across.at(*of), up.at(*share));
            let _ = writeln!(plot.inside, "<circle class=\"f0\" cx=\"{}\" cy=\"{}\" r=\"5\"/>", at(x), at(y));
            plot.text(x + 8.0, y + 4.0, "start", name);
        }
        plot
    }

    fn legend(&mut self, names: &[String], left: f64, y: f64) {
        let mut x = left;
        for (class, name) in names.iter().enumerate() {
            let fill = if class + 1 == names.len() { "fn".to_string() } else { format!("f{class}") };
            let _ = writeln!(
                self.inside,
                "<rect class=\"bar {fill}\" x=\"{}\" y=\"{}\" width=\"14\" height=\"14\"/>",
                at(x),
                at(y - 12.0)
            );
            self.text(x + 19.0, y, "start", name);
            x += 36.0 + 7.4 * name.chars().count() as f64;
        }
    }

    fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let _ = writeln!(
            self.inside,
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            at(from.0),
            at(from.1),
            at(to.0),
            at(to.1)
        );
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let _ = writeln!(
            self.inside,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            at(x),
            at(y),
            esc(text)
        );
    }

    /// The drawing as an element that says what it is.
    pub(crate) fn svg(&self, id: &str, title: &str, description: &str) -> String {
        format!(
            "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}t {id}d\">\n<title id=\"{id}t\">{}</title>\n<desc id=\"{id}d\">{}</desc>\n{}</svg>\n",
            at(self.width),
            at(self.height),
            esc(title),
            esc(description),
            self.inside
        )
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_the_same_every_time() {
        assert_eq!((at(1.0), at(0.126), at(-0.5)), ("1".into(), "0.13".into(), "-0.5".into()));
        let scale = Scale { low: 0.0, high: 10.0, from: 0.0, to: 100.0, log: false };
        assert_eq!(scale.marks(5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let ratio = Scale { low: 0.4, high: 6.0, from: 0.0, to: 100.0, log: true };
        assert_eq!(ratio.marks(5), [0.5, 1.0, 2.0, 5.0]);
    }

    #[test]
    fn a_drawing_has_a_name_and_escapes_its_texts() {
        let plot = Plot::bars(&[("a<b".into(), vec![1.0, 2.0])], &["x".into(), "y".into()]);
        let svg = plot.svg("f1", "T & t", "d");
        assert!(svg.contains("<title id=\"f1t\">T &amp; t</title>") && svg.contains("a&lt;b"), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 4, "two of the legend and two of the row: {svg}");
    }

    #[test]
    fn a_curve_goes_in_steps() {
        let curve = Steps { name: "all".into(), points: vec![(1.0, 0.5, Some((0.2, 0.8)))], end: 2.0 };
        let plot = Plot::survival(&[curve], 2.0, ("x", "y"), &|n| n.to_string());
        assert!(plot.inside.contains("stroke s0\" d=\"M64 52L464 52L464 224L864 224\""), "{}", plot.inside);
    }
}

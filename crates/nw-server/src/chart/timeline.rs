//! A patient's course as a drawing: treatments as bars, what happened as marks, markers and lesions as lines, above one
//! another on the same days.

use jiff::civil::Date;

use super::axis::{Days, Height};
use super::{Drawing, Esc, Pen};

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub from: Date,
    pub to: Date,
    pub today: Date,
    pub title: String,
    pub description: String,
    /// The word for today.
    pub today_word: &'static str,
    pub rows: Vec<Row>,
    pub lanes: Vec<Lane>,
    pub panels: Vec<Panel>,
}

/// Marks on one line.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub name: String,
    pub kind: Kind,
    pub marks: Vec<Mark>,
}

/// Something of one day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub day: Date,
    pub text: String,
    pub origin: String,
    /// Everything about it, for who points at it.
    pub title: String,
}

/// What a mark looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Imaging,
    Procedure,
    Course,
    Decision,
    Meeting,
    Contact,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Kind::Imaging => "imaging",
            Kind::Procedure => "procedure",
            Kind::Course => "course",
            Kind::Decision => "decision",
            Kind::Meeting => "meeting",
            Kind::Contact => "contact",
        }
    }

    /// Each kind has a shape of its own, so that nothing hangs on colour.
    fn shape(self, x: f64, y: f64) -> String {
        match self {
            Kind::Imaging => format!("M{:.1} {y:.1}m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0", x),
            Kind::Procedure => format!("M{:.1} {:.1}h12v12h-12z", x - 6.0, y - 6.0),
            Kind::Course => format!("M{x:.1} {:.1}l7 7l-7 7l-7 -7z", y - 7.0),
            Kind::Decision => format!("M{x:.1} {:.1}l7 12h-14z", y - 7.0),
            Kind::Meeting => format!("M{x:.1} {:.1}l7 -12h-14z", y + 6.0),
            Kind::Contact => format!("M{:.1} {:.1}h12M{x:.1} {:.1}v12", x - 6.0, y, y - 6.0),
        }
    }
}

/// One treatment.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub name: String,
    pub bars: Vec<Bar>,
    /// Courses and injections.
    pub days: Vec<Mark>,
}

/// From when to when a treatment was given.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub from: Date,
    /// Nothing while it goes on.
    pub to: Option<Date>,
    pub planned: bool,
    pub origin: String,
    pub title: String,
}

/// Numbers over time.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    pub name: String,
    pub unit: String,
    pub log: bool,
    /// The upper limit, and its text.
    pub limit: Option<(f64, String)>,
    pub points: Vec<Point>,
}

/// One number.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub day: Date,
    pub number: f64,
    /// As it was written.
    pub text: String,
    pub origin: String,
    pub title: String,
    /// What it means, as a code: `PR`.
    pub badge: Option<String>,
}

const WIDTH: f64 = 1120.0;
const LEFT: f64 = 226.0;
const RIGHT: f64 = 34.0;
const ROW: f64 = 26.0;
const LANE: f64 = 30.0;
const MARKER: f64 = 92.0;
const LESION: f64 = 118.0;
const GAP: f64 = 16.0;
/// Letters of a name that fit beside the drawing.
const NAME: usize = 27;

/// Draws a course.
pub(crate) fn draw(course: &Course, month: impl Fn(i8) -> &'static str, comma: bool) -> Drawing {
    let axis = Days { from: course.from, to: course.to, left: LEFT, width: WIDTH - LEFT - RIGHT };
    let panel_height = |p: &Panel| if p.log { MARKER } else { LESION };
    let mut height = 30.0;
    height += ROW * course.rows.len() as f64 + if course.rows.is_empty() { 0.0 } else { GAP };
    height += LANE * course.lanes.len() as f64 + if course.lanes.is_empty() { 0.0 } else { GAP };
    height += course.panels.iter().map(|p| panel_height(p) + GAP).sum::<f64>();
    let mut pen = Pen::default();
    pen.put(format_args!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"group\" aria-labelledby=\"chart-title chart-desc\" \
         xmlns=\"http://www.w3.org/2000/svg\"><title id=\"chart-title\">{}</title><desc id=\"chart-desc\">{}</desc>",
        Esc(&course.title),
        Esc(&course.description)
    ));
    pen.put(format_args!(
        "<defs><clipPath id=\"chart-clip\"><rect x=\"{LEFT}\" y=\"0\" width=\"{}\" height=\"{height:.0}\"/></clipPath></defs>",
        WIDTH - LEFT - RIGHT
    ));
    for (day, text) in axis.marks(&month) {
        let x = axis.at(day);
        pen.put(format_args!(
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{height:.0}\"/><text class=\"day\" x=\"{x:.1}\" \
             y=\"13\">{text}</text>"
        ));
    }
    let mut y = 30.0;
    for row in &course.rows {
        name(&mut pen, &row.name, y + ROW / 2.0);
        for one in row.marks.iter().filter(|m| axis.holds(m.day)) {
            let shape = row.kind.shape(axis.at(one.day), y + ROW / 2.0);
            mark(
                &mut pen,
                &one.title,
                format_args!("<path class=\"mark {}\" d=\"{shape}\"/>", row.kind.class()),
            );
        }
        y += ROW;
    }
    y += if course.rows.is_empty() { 0.0 } else { GAP };
    for lane in &course.lanes {
        name(&mut pen, &lane.name, y + LANE / 2.0);
        treatment(&mut pen, course, &axis, lane, y);
        y += LANE;
    }
    y += if course.lanes.is_empty() { 0.0 } else { GAP };
    for panel in &course.panels {
        numbers(&mut pen, &axis, panel, (y, panel_height(panel)), comma);
        y += panel_height(panel) + GAP;
    }
    if axis.holds(course.today) {
        let x = axis.at(course.today);
        pen.put(format_args!(
            "<line class=\"today\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{height:.0}\"><title>{}</title></line>",
            Esc(course.today_word)
        ));
    }
    pen.put(format_args!("</svg>"));
    pen.done()
}

/// A name beside the drawing; a long one takes two lines.
fn name(pen: &mut Pen, text: &str, y: f64) {
    let mut first = String::new();
    let mut second = String::new();
    for word in text.split(' ') {
        let line = if second.is_empty() && first.chars().count() + word.chars().count() < NAME {
            &mut first
        } else {
            &mut second
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if first.is_empty() {
        std::mem::swap(&mut first, &mut second);
    }
    for line in [&mut first, &mut second] {
        if line.chars().count() > NAME {
            *line = line.chars().take(NAME - 1).chain(['…']).collect();
        }
    }
    let x = LEFT - 14.0;
    let y = if second.is_empty() { y + 4.5 } else { y - 2.5 };
    pen.put(format_args!(
        "<text class=\"name\" x=\"{x}\" y=\"{y:.1}\"><title>{}</title>{}",
        Esc(text),
        Esc(&first)
    ));
    if !second.is_empty() {
        pen.put(format_args!("<tspan x=\"{x}\" dy=\"14\">{}</tspan>", Esc(&second)));
    }
    pen.put(format_args!("</text>"));
}

/// Something to point at. The first one is reached with the tab key, the others from there with the arrows.
fn mark(pen: &mut Pen, title: &str, shape: std::fmt::Arguments<'_>) {
    pen.put(format_args!(
        "<g class=\"point\" tabindex=\"-1\" role=\"img\" aria-label=\"{}\"><title>{}</title>{shape}</g>",
        Esc(title),
        Esc(title)
    ));
}

fn treatment(pen: &mut Pen, course: &Course, axis: &Days, lane: &Lane, y: f64) {
    let (top, height) = (y + 5.0, LANE - 10.0);
    for bar in &lane.bars {
        let end = bar.to.unwrap_or(course.today.max(bar.from));
        if end < axis.from || bar.from > axis.to {
            continue;
        }
        let (x1, x2) = (axis.at(bar.from.max(axis.from)), axis.at(end.min(axis.to)));
        let class = match (bar.planned, bar.to) {
            (true, _) => "dose planned",
            (false, None) => "dose on",
            (false, Some(_)) => "dose",
        };
        // Half an arrow says that it goes on.
        let tip = if bar.to.is_none() && !bar.planned && end <= axis.to {
            format!(
                "<path class=\"tip\" d=\"M{x2:.1} {:.1}l9 {:.1}l-9 {:.1}z\"/>",
                top - 3.0,
                height / 2.0 + 3.0,
                height / 2.0 + 3.0
            )
        } else {
            String::new()
        };
        mark(
            pen,
            &bar.title,
            format_args!(
                "<rect class=\"{class}\" x=\"{x1:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"2\"/>{tip}",
                (x2 - x1).max(3.0)
            ),
        );
    }
    for one in lane.days.iter().filter(|m| axis.holds(m.day)) {
        let x = axis.at(one.day);
        mark(
            pen,
            &one.title,
            format_args!(
                "<rect class=\"hit\" x=\"{:.1}\" y=\"{y:.1}\" width=\"8\" height=\"{LANE}\"/><line class=\"tick\" \
                 x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                x - 4.0,
                top - 3.0,
                top + height + 3.0
            ),
        );
    }
}

/// A number as a mark of an axis.
fn written(number: f64, comma: bool) -> String {
    let text = if number >= 1.0 || number == 0.0 { format!("{number:.0}") } else { format!("{number}") };
    if comma { text.replace('.', ",") } else { text }
}

fn numbers(pen: &mut Pen, axis: &Days, panel: &Panel, (top, height): (f64, f64), comma: bool) {
    let limit = panel.limit.as_ref().map(|(n, _)| *n);
    // The axis holds every number, also those outside the days shown: zooming moves no line up or down.
    let all = panel.points.iter().map(|p| p.number).chain(limit);
    let room = if panel.points.iter().any(|p| p.badge.is_some()) { 16.0 } else { 6.0 };
    let scale = Height::around(all, panel.log, top + room, height - room - 4.0);
    let right = WIDTH - RIGHT;
    pen.put(format_args!(
        "<rect class=\"panel\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
        right - LEFT
    ));
    let long = panel.name.chars().count() >= NAME;
    name(pen, &panel.name, if long { top + 17.0 } else { top + 10.0 });
    pen.put(format_args!(
        "<text class=\"unit\" x=\"{}\" y=\"{:.1}\">{}</text>",
        LEFT - 14.0,
        top + if long { 46.0 } else { 31.0 },
        Esc(&panel.unit)
    ));
    for number in scale.marks() {
        let y = scale.at(number);
        pen.put(format_args!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"number\" \
             x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            right + 4.0,
            y + 4.0,
            written(number, comma)
        ));
    }
    if let Some((number, text)) = &panel.limit {
        let y = scale.at(*number);
        pen.put(format_args!(
            "<rect class=\"normal\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/><line class=\"limit\" \
             x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text class=\"limit-text\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            right - LEFT,
            (top + height - y).max(0.0),
            LEFT + 6.0,
            y - 4.0,
            Esc(text)
        ));
    }
    let at = |p: &Point| format!("{:.1},{:.1}", axis.at(p.day), scale.at(p.number));
    let line: Vec<String> = panel.points.iter().map(at).collect();
    if line.len() > 1 {
        pen.put(format_args!(
            "<polyline class=\"line\" clip-path=\"url(#chart-clip)\" points=\"{}\"/>",
            line.join(" ")
        ));
    }
    for point in panel.points.iter().filter(|p| axis.holds(p.day)) {
        let (x, y) = (axis.at(point.day), scale.at(point.number));
        let badge = point.badge.as_ref().map_or_else(String::new, |b| {
            format!("<text class=\"badge\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>", y - 9.0, Esc(b))
        });
        mark(
            pen,
            &point.title,
            format_args!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>{badge}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_course_is_drawn_the_same_every_time() {
        let mark = |day, text: &str| Mark {
            day,
            text: text.to_string(),
            origin: String::new(),
            title: text.to_string(),
        };
        let course = Course {
            from: date(2026, 1, 1),
            to: date(2026, 12, 31),
            today: date(2026, 11, 20),
            title: "Course".to_string(),
            description: "1 < 2".to_string(),
            today_word: "today",
            rows: vec![Row {
                name: "Imaging".to_string(),
                kind: Kind::Imaging,
                marks: vec![mark(date(2026, 5, 3), "CT"), mark(date(2020, 5, 3), "old")],
            }],
            lanes: vec![Lane {
                name: "A treatment with a name longer than fits".to_string(),
                bars: vec![Bar {
                    origin: String::new(),
                    from: date(2025, 6, 1),
                    to: None,
                    planned: false,
                    title: "given".to_string(),
                }],
                days: vec![mark(date(2026, 2, 1), "course 1")],
            }],
            panels: vec![Panel {
                name: "Marker".to_string(),
                unit: "ug/L".to_string(),
                log: true,
                limit: Some((100.0, "limit 100".to_string())),
                points: vec![
                    Point {
                        day: date(2026, 2, 1),
                        number: 640.0,
                        text: "640".to_string(),
                        origin: String::new(),
                        title: "640 \"high\"".to_string(),
                        badge: Some("PD".to_string()),
                    },
                    Point {
                        day: date(2026, 8, 1),
                        number: 80.0,
                        text: "80".to_string(),
                        origin: String::new(),
                        title: "80".to_string(),
                        badge: None,
                    },
                ],
            }],
        };
        let once = draw(&course, |_| "m", true).to_string();
        assert_eq!(once, draw(&course, |_| "m", true).to_string());
        for part in [
            "1 &lt; 2",
            "640 &quot;high&quot;",
            "class=\"limit\"",
            ">PD<",
            "class=\"tip\"",
            "A treatment with a name",
        ] {
            assert!(once.contains(part), "{part} is missing in {once}");
        }
        assert!(!once.contains("old"), "what lies outside is not drawn");
        assert!(!once.contains("NaN") && !once.contains("inf"));
    }
}

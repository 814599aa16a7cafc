//! A plain drawing of the body from the front, with the places of the tumour marked and named.

use super::{Drawing, Esc, Pen};

/// A place: its shape, and the point to which its name leads.
struct Shape {
    id: &'static str,
    path: &'static str,
    at: (f64, f64),
}

/// From back to front. The body faces the reader: its right side lies left.
const SHAPES: &[Shape] = &[
    Shape { id: "skin", path: "M34 128q-10 26 -9 60l8 1q2 -34 9 -56z", at: (29.0, 160.0) },
    Shape { id: "brain", path: "M78 22q0 -14 22 -14t22 14q2 14 -22 14t-22 -14z", at: (100.0, 21.0) },
    Shape { id: "neck", path: "M92 56h16v12h-16z", at: (100.0, 62.0) },
    Shape {
        id: "lungs",
        path: "M92 86q-8 -10 -18 -2q-12 12 -13 44q0 8 8 7q16 -4 23 -10zM108 86q8 -10 18 -2q12 12 13 44q0 8 -8 7q-16 -4 -23 -10z",
        at: (72.0, 108.0),
    },
    Shape {
        id: "bone",
        path: "M97 84h6v6h-6zM97 94h6v6h-6zM97 104h6v6h-6zM97 114h6v6h-6zM97 124h6v6h-6zM66 262q10 12 24 14l-2 8q-18 -4 -28 -16zM134 262q-10 12 -24 14l2 8q18 -4 28 -16z",
        at: (136.0, 270.0),
    },
    Shape { id: "oesophagus", path: "M103.500 70h5v74h-5z", at: (106.0, 100.0) },
    Shape {
        id: "kidneys",
        path: "M68 186q-8 0 -8 12t8 12q6 -2 3 -12q3 -10 -3 -12zM132 186q8 0 8 12t-8 12q-6 -2 -3 -12q-3 -10 3 -12z",
        at: (136.0, 198.0),
    },
    Shape {
        id: "liver",
        path: "M62 144q18 -10 48 -3q3 6 -8 13q-14 11 -30 17q-11 3 -13 -8z",
        at: (74.0, 156.0),
    },
    Shape { id: "bile", path: "M88 166q6 2 5 10q-4 5 -8 0q-1 -7 3 -10z", at: (89.0, 172.0) },
    Shape {
        id: "stomach",
        path: "M108 146q4 -5 14 -4q16 6 12 24q-6 16 -24 14q-8 -2 -6 -8q12 2 14 -8q0 -8 -8 -10z",
        at: (126.0, 160.0),
    },
    Shape {
        id: "pancreas",
        path: "M96 184q14 -4 38 -8q5 2 2 7q-18 8 -36 9q-7 -2 -4 -8z",
        at: (120.0, 184.0),
    },
    Shape {
        id: "duodenum",
        path: "M104 174q-16 0 -15 12q0 14 14 13v-5q-9 1 -9 -8q0 -7 10 -7z",
        at: (91.0, 192.0),
    },
    Shape {
        id: "colon",
        path: "M64 246v-40q0 -6 7 -6h58q7 0 7 6v44q0 6 -8 8h-14v-8h12q3 0 3 -4v-36q0 -2 -2 -2h-53q-2 0 -2 2v36z",
        at: (133.0, 226.0),
    },
    Shape {
        id: "small-bowel",
        path: "M80 214h36q6 0 6 5t-6 5h-32q-3 0 -3 3t3 3h32q6 0 6 5t-6 5h-36v-6h34q2 0 2 -2t-2 -2h-32q-7 0 -7 -6t7 -6h32q2 0 2 -1.5t-2 -1.5h-34z",
        at: (98.0, 227.0),
    },
    Shape { id: "appendix", path: "M66 250q-4 10 4 16l3 -2q-5 -5 -2 -14z", at: (68.0, 260.0) },
    Shape { id: "rectum", path: "M112 252h8q2 14 -8 22h-14v-8h10q6 -4 4 -14z", at: (110.0, 270.0) },
    Shape { id: "pelvis", path: "M92 282q8 -4 16 0q3 10 -8 13q-11 -3 -8 -13z", at: (100.0, 288.0) },
    Shape {
        id: "peritoneum",
        path: "M56 176q-6 44 6 84q16 14 38 14t38 -14q12 -40 6 -84h-4q6 42 -5 81q-15 13 -35 13t-35 -13q-11 -39 -5 -81z",
        at: (146.0, 240.0),
    },
    Shape {
        id: "nodes",
        path: "M112 206a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M103 208a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M94 206a3 3 0 1 0 6 0a3 3 0 1 0 -6 0M99 168a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0",
        at: (115.0, 206.0),
    },
];

/// The outline: head, trunk, arms, the beginning of the legs.
const BODY: &str = "M100 4q26 0 26 28q0 18 -14 24v10q2 6 14 9q32 8 38 30q8 40 8 96q0 12 -8 12q-7 0 -8 -12q-1 -40 -8 -68q-1 30 2 62q4 40 2 64q-2 26 -4 46h-40l-4 -24h-8l-4 24h-40q-2 -20 -4 -46q-2 -24 2 -64q3 -32 2 -62q-7 28 -8 68q-1 12 -8 12q-8 0 -8 -12q0 -56 8 -96q6 -22 38 -30q12 -3 14 -9v-10q-14 -6 -14 -24q0 -28 26 -28z";

/// Whether there is a shape for a place.
#[cfg(test)]
pub(crate) fn has(place: &str) -> bool {
    SHAPES.iter().any(|s| s.id == place)
}

/// A place to be marked.
pub(crate) struct Marked {
    pub place: String,
    pub name: String,
    /// The tumour began here.
    pub origin: bool,
}

/// Draws the body. `title` says in words what is marked.
pub(crate) fn draw(marked: &[Marked], title: &str) -> Drawing {
    let mut pen = Pen::default();
    let id = "sketch-title";
    pen.put(format_args!(
        "<svg class=\"sketch\" viewBox=\"-116 0 432 310\" role=\"img\" aria-labelledby=\"{id}\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title id=\"{id}\">{}</title>",
        Esc(title)
    ));
    pen.put(format_args!("<path class=\"body\" d=\"{BODY}\"/>"));
    let mark = |shape: &Shape| marked.iter().find(|m| m.place == shape.id);
    for shape in SHAPES.iter().filter(|s| mark(s).is_none()) {
        // What covers others is drawn only when it is meant.
        if !matches!(shape.id, "nodes" | "peritoneum" | "skin" | "pelvis") {
            pen.put(format_args!("<path class=\"place\" d=\"{}\"/>", shape.path));
        }
    }
    for shape in SHAPES {
        if let Some(mark) = mark(shape) {
            let class = if mark.origin { "place origin" } else { "place spread" };
            pen.put(format_args!("<path class=\"{class}\" d=\"{}\"/>", shape.path));
        }
    }
    names(&mut pen, marked);
    pen.put(format_args!("</svg>"));
    pen.done()
}

/// Names beside the body, where each finds room.
fn names(pen: &mut Pen, marked: &[Marked]) {
    let mut all: Vec<(&Shape, &Marked)> = Vec::new();
    for mark in marked {
        all.extend(SHAPES.iter().find(|s| s.id == mark.place).map(|s| (s, mark)));
    }
    all.sort_by(|(a, _), (b, _)| a.at.1.total_cmp(&b.at.1));
    let mut next = [0.0f64; 2];
    for (shape, mark) in all {
        let (x, y) = shape.at;
        // The side on which it lies, unless the other side has the room.
        let wanted = usize::from(x > 100.0);
        let side =
            if next[wanted] > y + 10.0 && next[1 - wanted] <= next[wanted] { 1 - wanted } else { wanted };
        let at = y.max(next[side]).min(300.0);
        next[side] = at + 22.0;
        let (end, anchor, text) = if side == 0 { (8.0, "end", 4.0) } else { (192.0, "start", 196.0) };
        let class = if mark.origin { "leader origin" } else { "leader" };
        pen.put(format_args!(
            "<path class=\"{class}\" d=\"M{x:.0} {y:.0}L{end:.0} {at:.0}\"/><circle class=\"{class}\" cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"2.5\"/>"
        ));
        // A long name takes two lines.
        let words: Vec<&str> = mark.name.split(' ').collect();
        let (first, second) = if mark.name.chars().count() > 13 && words.len() > 1 {
            let half = words.len().div_ceil(2);
            (words[..half].join(" "), words[half..].join(" "))
        } else {
            (mark.name.clone(), String::new())
        };
        let up = if second.is_empty() { 5.0 } else { -1.0 };
        pen.put(format_args!(
            "<text class=\"{class}\" x=\"{text}\" y=\"{:.0}\" text-anchor=\"{anchor}\">{}",
            at + up,
            Esc(&first)
        ));
        if !second.is_empty() {
            next[side] += 8.0;
            pen.put(format_args!("<tspan x=\"{text}\" dy=\"14\">{}</tspan>", Esc(&second)));
        }
        pen.put(format_args!("</text>"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_places_are_named_and_drawn_last() {
        let marked = [
            Marked { place: "small-bowel".to_string(), name: "small bowel".to_string(), origin: true },
            Marked { place: "liver".to_string(), name: "<liver>".to_string(), origin: false },
        ];
        let svg = draw(&marked, "A & B").to_string();
        assert!(svg.contains("A &amp; B") && svg.contains("&lt;liver&gt;") && svg.contains("small bowel"));
        assert_eq!(svg.matches("place origin").count(), 1);
        assert_eq!(svg.matches("place spread").count(), 1);
        assert!(svg.find("class=\"place\"") < svg.find("place spread"));
    }
}

//! Looks at laid-out pages as a reader does: whether anything leaves the page, lies on something else, or is a sign that no
//! letter exists for.

use std::collections::BTreeSet;

use typst::layout::{Abs, Frame, FrameItem, Point, Transform};
use typst_layout::PagedDocument;

use crate::fit::{self, Lacking};
use crate::house::House;
use crate::paper::Paper;
use crate::typeset::{PaperError, Press, has, pages, written};

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// How many pages there are.
    pub pages: usize,
    /// Pieces of text that leave the page or its margin, as page number and place on it in millimetres.
    pub beyond: Vec<(usize, i64, i64)>,
    /// Pieces of text that lie on another one.
    pub upon: Vec<(usize, i64, i64)>,
    /// Signs in the texts that the letters in the program do not have; they are drawn as an empty box.
    pub lacking: BTreeSet<char>,
    /// Letters that were drawn as missing.
    pub blank: usize,
}

impl Inspection {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.beyond.is_empty() && self.upon.is_empty() && self.lacking.is_empty() && self.blank == 0
    }
}

/// A piece of text on a page: its corners.
struct Piece {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Piece {
    /// Two pieces share more than the edges of their letters.
    fn on(&self, other: &Piece) -> bool {
        let wide = self.right.min(other.right) - self.left.max(other.left);
        let high = self.bottom.min(other.bottom) - self.top.max(other.top);
        wide > 1.0 && high > 1.5
    }

    fn place(&self, page: usize) -> (usize, i64, i64) {
        let mm = |points: f64| (points * 25.4 / 72.0).round() as i64;
        (page, mm(self.left), mm(self.top))
    }
}

/// The narrowest margin of a page at its sides, in points.
const MARGIN: f64 = 48.0;

/// Signs of a text that the letters in the program do not have.
pub fn lacking(text: &str) -> BTreeSet<char> {
    let mut lacking = Lacking { has: &has, found: BTreeSet::new() };
    fit::Change::text(&mut lacking, text);
    lacking.found
}

/// Lays a paper out and looks at every page.
///
/// # Errors
/// The paper cannot be typeset.
pub fn inspect(paper: &Paper, house: &House) -> Result<Inspection, PaperError> {
    let _press = Press::begin();
    Ok(seen(&pages(paper, house)?, paper))
}

/// The document as PDF with what is seen on its pages, laid out once for both.
///
/// # Errors
/// As for [`pdf`](crate::pdf).
pub fn pdf_inspected(paper: &Paper, house: &House) -> Result<(Vec<u8>, Inspection), PaperError> {
    let _press = Press::begin();
    let document = pages(paper, house)?;
    Ok((written(&document, paper)?, seen(&document, paper)))
}

fn seen(document: &PagedDocument, paper: &Paper) -> Inspection {
    let mut seen = Inspection { pages: document.pages().len(), ..Inspection::default() };
    let mut lacking = Lacking { has: &has, found: BTreeSet::new() };
    fit::changed(paper, &mut lacking);
    seen.lacking = lacking.found;
    for (at, page) in document.pages().iter().enumerate() {
        let mut pieces = Vec::new();
        walk(&page.frame, Point::zero(), &mut pieces, &mut seen.blank);
        let (wide, high) = (page.frame.width().to_pt(), page.frame.height().to_pt());
        for (number, piece) in pieces.iter().enumerate() {
            let inside = piece.left >= MARGIN
                && piece.right <= wide - MARGIN
                && piece.top >= 0.0
                && piece.bottom <= high;
            if !inside {
                seen.beyond.push(piece.place(at + 1));
            }
            if pieces[..number].iter().any(|other| piece.on(other)) {
                seen.upon.push(piece.place(at + 1));
            }
        }
    }
    seen
}

fn walk(frame: &Frame, origin: Point, pieces: &mut Vec<Piece>, blank: &mut usize) {
    for (place, item) in frame.items() {
        let at = origin + *place;
        match item {
            FrameItem::Group(group) => {
                // Nothing of ours is turned or scaled; what is moved is moved as a whole.
                let Transform { tx, ty, .. } = group.transform;
                walk(&group.frame, at + Point::new(tx, ty), pieces, blank);
            }
            FrameItem::Text(text) => {
                *blank += text.glyphs.iter().filter(|g| g.id == 0).count();
                if text.text.trim().is_empty() {
                    continue;
                }
                let (x, y) = (at.x.to_pt(), at.y.to_pt());
                let (up, down) = (text.size * 0.6, text.size * 0.12);
                pieces.push(Piece {
                    left: x,
                    top: y - Abs::to_pt(up),
                    right: x + text.width().to_pt() - trailing(&text.text) * text.size.to_pt() * 0.2,
                    bottom: y + Abs::to_pt(down),
                });
            }
            _ => {}
        }
    }
}

/// Blanks at the end of a piece take room and show nothing.
fn trailing(text: &str) -> f64 {
    text.chars().rev().take_while(|c| c.is_whitespace()).map(|_| 1.0).sum()
}

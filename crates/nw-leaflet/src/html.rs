//! A paper as one page of HTML that needs nothing else: style and pictures are in it, scripts there are none.

use askama::Template;
use nw_facts::Language;

use crate::fit;
use crate::house::House;
use crate::month::{self, Sheet};
use crate::paper::{Block, Paper, Print, Span, Stands};
use crate::sheet::{self, Code, coded, is_letter};
use crate::words::{self, Both, say};

/// The style of every page: it stands in the page itself.
pub const PAPER_STYLE: &str = include_str!("../assets/paper.css");

#[derive(Template)]
#[template(path = "paper.html")]
struct Page<'p> {
    paper: &'p Paper,
    style: &'static str,
    lang: &'static str,
    names: Vec<&'p str>,
    address: &'p [String],
    /// Address of the logo's own bytes, and what it shows.
    logo: Option<(String, String)>,
    /// The title, when no heading of the paper is it.
    title: Option<&'p str>,
    blocks: Vec<Part<'p>>,
    contact: Option<Contact<'p>>,
}

struct Contact<'p> {
    phone: Option<&'p str>,
    late: Option<&'p str>,
    code: Option<Code>,
}

/// One block with what its template needs beside it.
#[derive(Template)]
#[template(path = "paper-block.html")]
struct Part<'p> {
    block: &'p Block,
    language: Language,
    deeper: u8,
    /// What leads to it, for a heading of the second level.
    mark: Option<String>,
    sheet: Option<Sheet>,
    code: Option<Code>,
    rows: Vec<(&'p str, Vec<Vec<Part<'p>>>)>,
}

impl<'p> Part<'p> {
    fn new(block: &'p Block, language: Language, deeper: u8) -> Part<'p> {
        let sheet = match block {
            Block::Month { year, month, days } => Some(month::sheet(language, *year, *month, days)),
            _ => None,
        };
        let code = match block {
            Block::Code { text, address } => coded(language, text, address),
            _ => None,
        };
        let cell = |cell: &'p Vec<Block>| cell.iter().map(|b| Part::new(b, language, deeper)).collect();
        let rows = match block {
            Block::Compare { rows, .. } => {
                let row = |(name, cells): &'p (String, Vec<Vec<Block>>)| {
                    (name.as_str(), cells.iter().map(cell).collect())
                };
                rows.iter().map(row).collect()
            }
            _ => Vec::new(),
        };
        Part { block, language, deeper, mark: None, sheet, code, rows }
    }

    fn t(&self, both: Both) -> &'static str {
        say(self.language, both)
    }

    /// What leads to the nth heading of the second level.
    fn led(&self, at: &usize) -> String {
        format!("#{}", sheet::mark(*at))
    }

    /// A row that is there to be filled in.
    fn blank(&self, row: &[String]) -> bool {
        row.iter().all(String::is_empty)
    }

    /// HTML knows six levels of headings.
    fn level(&self, level: &u8) -> u8 {
        (level + self.deeper).clamp(1, 6)
    }
}

impl Page<'_> {
    fn t(&self, both: Both) -> &'static str {
        say(self.paper.language, both)
    }

    fn large(&self) -> bool {
        self.paper.print == Print::Large
    }
}

/// The document as one accessible page; the same value always gives the same text.
pub fn html(paper: &Paper) -> String {
    html_by(paper, &House::default())
}

/// The document as one accessible page, issued by a house.
pub fn html_by(paper: &Paper, house: &House) -> String {
    let language = paper.language;
    let own_title = fit::shows_title(paper);
    let deeper = u8::from(own_title);
    let letter = is_letter(paper);
    let website = house.website.as_ref().map(|w| w.get(language));
    let contact = (!letter && house.reachable()).then(|| Contact {
        phone: house.phone.as_deref(),
        late: house.phone_out_of_hours.as_deref(),
        code: website.and_then(|w| coded(language, say(language, words::MORE), w)),
    });
    let page = Page {
        paper,
        style: PAPER_STYLE,
        lang: words::tag(language),
        names: house.names(language),
        address: &house.address,
        logo: house.logo_address().map(|address| (address, sheet::logo_alt(house, language))),
        title: own_title.then_some(paper.title.as_str()),
        blocks: paper
            .blocks
            .iter()
            .zip(sheet::marks(paper))
            .map(|(b, mark)| Part { mark, ..Part::new(b, language, deeper) })
            .collect(),
        contact,
    };
    page.render().expect("writing into a text does not fail")
}

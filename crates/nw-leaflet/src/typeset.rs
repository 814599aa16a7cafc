//! The typesetter, closed off from the world: it sees our template, one value and the letters in the program.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use typst::diag::{FileError, FileResult, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Features, Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::fit::{self, Drawable};
use crate::house::House;
use crate::paper::Paper;
use crate::sheet::Sheet;

/// Why a document could not be made: a fault of ours, as its value and the template are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperError {
    /// What the typesetter says; it names places of the template and never quotes the document.
    pub cause: String,
}

impl std::fmt::Display for PaperError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the document cannot be typeset: {}", self.cause)
    }
}

impl std::error::Error for PaperError {}

const TEMPLATE: &str = include_str!("../assets/paper.typ");

/// One family of letters without serifs, upright and half bold; with Latin, Greek and Cyrillic letters, arrows and signs.
const LETTERS: [&[u8]; 2] = [
    include_bytes!("../assets/fonts/SourceSans3_400Regular.ttf"),
    include_bytes!("../assets/fonts/SourceSans3_600SemiBold.ttf"),
];

/// What every document shares.
struct Workshop {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    library: LazyHash<Library>,
    template: Source,
    data: FileId,
}

fn workshop() -> &'static Workshop {
    static ONE: OnceLock<Workshop> = OnceLock::new();
    ONE.get_or_init(|| {
        // Behind our own family stand others, for signs that it does not have.
        let all = LETTERS.into_iter().chain(typst_assets::fonts());
        let fonts: Vec<Font> = all.flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
        // Marks the first cells of rows as heads, which readers of tables say aloud.
        let features = Features::from_iter([Feature::A11yExtras]);
        Workshop {
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            library: LazyHash::new(Library::builder().with_features(features).build()),
            template: Source::new(place("paper.typ"), TEMPLATE.to_string()),
            data: place("paper.json"),
        }
    })
}

/// A path inside the closed world.
fn place(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a plain name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// Whether the letters in the program have this sign.
pub(crate) fn has(sign: char) -> bool {
    workshop().fonts.iter().any(|font| font.info().coverage.contains(u32::from(sign)))
}

struct Closed {
    data: Bytes,
    logo: Option<(FileId, Bytes)>,
}

impl World for Closed {
    fn library(&self) -> &LazyHash<Library> {
        &workshop().library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &workshop().book
    }

    fn main(&self) -> FileId {
        workshop().template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() { Ok(workshop().template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match &self.logo {
            _ if id == workshop().data => Ok(self.data.clone()),
            Some((logo, bytes)) if id == *logo => Ok(bytes.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        workshop().fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // A document bears the date it is given; the same value always gives the same bytes.
        None
    }
}

fn fault(errors: &[typst::diag::SourceDiagnostic]) -> PaperError {
    let lines: Vec<String> = errors.iter().map(|e| e.message.to_string()).collect();
    PaperError { cause: lines.join("; ") }
}

/// Lays a paper out in pages.
pub(crate) fn pages(paper: &Paper, house: &House) -> Result<PagedDocument, PaperError> {
    let fitting = fit::changed(paper, &mut Drawable(&has));
    let sheet = Sheet::new(&fitting, house);
    let data = serde_json::to_vec(&sheet).map_err(|e| PaperError { cause: e.to_string() })?;
    let logo = house.logo.as_ref().map(|l| (place(l.kind.file()), Bytes::new(l.bytes.clone())));
    let world = Closed { data: Bytes::new(data), logo };
    let Warned { output, .. } = typst::compile::<PagedDocument>(&world);
    output.map_err(|errors| fault(&errors))
}

/// Somebody is typesetting. What was laid out is kept for the next paper as long as one of these is held, and forgotten with
/// the last: it holds words of patients. Whoever makes many papers holds one for all of them.
#[must_use = "what was laid out is forgotten at once"]
pub struct Press(());

/// How many of them are held.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// What so many further papers did not use again is forgotten in between: the words of one patient.
const KEPT_PAPERS: usize = 3;

impl Press {
    /// Begins to typeset.
    pub fn begin() -> Press {
        HELD.fetch_add(1, Ordering::SeqCst);
        Press(())
    }
}

impl Drop for Press {
    fn drop(&mut self) {
        let last = HELD.fetch_sub(1, Ordering::SeqCst) == 1;
        typst::comemo::evict(if last { 0 } else { KEPT_PAPERS });
    }
}

/// The document as PDF with tags, language and title (PDF/UA-1); the same value always gives the same bytes.
///
/// # Errors
/// A heading level is skipped, a table's rows do not fit its head, or another fault of whoever made the value.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, PaperError> {
    pdf_by(paper, &House::default())
}

/// The document as PDF, issued by a house: with its logo, names and how to reach it.
///
/// # Errors
/// As for [`pdf`].
pub fn pdf_by(paper: &Paper, house: &House) -> Result<Vec<u8>, PaperError> {
    let _press = Press::begin();
    let document = pages(paper, house)?;
    written(&document, paper)
}

/// The file of a paper that was laid out.
pub(crate) fn written(document: &PagedDocument, paper: &Paper) -> Result<Vec<u8>, PaperError> {
    let standards =
        PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|e| PaperError { cause: format!("{e:?}") })?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}/{}/{}", paper.author, paper.title, paper.date)),
        creator: Smart::Custom(Some("netwijzer".to_string())),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(document, &options).map_err(|errors| fault(&errors))
}

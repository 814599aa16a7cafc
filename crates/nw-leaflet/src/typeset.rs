//! The typesetter, closed off from the world: it sees our template, one value and the letters in the program.

use std::sync::OnceLock;

use typst::diag::{FileError, FileResult, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::paper::Paper;

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

struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    library: LazyHash<Library>,
}

fn fonts() -> &'static Fonts {
    static FONTS: OnceLock<Fonts> = OnceLock::new();
    FONTS.get_or_init(|| {
        let fonts: Vec<Font> =
            typst_assets::fonts().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect();
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Fonts { book, fonts, library: LazyHash::new(Library::default()) }
    })
}

/// A path inside the closed world.
fn place(name: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(name).map_err(|_| PaperError { cause: format!("`{name}` is no path") })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

struct Closed {
    main: Source,
    data: FileId,
    bytes: Bytes,
}

impl World for Closed {
    fn library(&self) -> &LazyHash<Library> {
        &fonts().library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &fonts().book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data { Ok(self.bytes.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // A document bears the date it is given; the same value always gives the same bytes.
        None
    }
}

/// The document as PDF with tags, language and title (PDF/UA-1); the same value always gives the same bytes.
///
/// # Errors
/// A heading level is skipped, a table's rows do not fit its head, or another fault of whoever made the value.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, PaperError> {
    let fault = |cause: String| PaperError { cause };
    let data = serde_json::to_vec(paper).map_err(|e| fault(e.to_string()))?;
    let world = Closed {
        main: Source::new(place("paper.typ")?, TEMPLATE.to_string()),
        data: place("paper.json")?,
        bytes: Bytes::new(data),
    };
    let told = |errors: &[typst::diag::SourceDiagnostic]| {
        let lines: Vec<String> = errors.iter().map(|e| e.message.to_string()).collect();
        fault(lines.join("; "))
    };
    let Warned { output, .. } = typst::compile::<PagedDocument>(&world);
    let document = output.map_err(|errors| told(&errors))?;
    let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|e| fault(format!("{e:?}")))?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}/{}/{}", paper.author, paper.title, paper.date)),
        creator: Smart::Custom(Some("netwijzer".to_string())),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|errors| told(&errors))?;
    // What was laid out before is not kept: it holds words of patients.
    typst::comemo::evict(0);
    Ok(bytes)
}

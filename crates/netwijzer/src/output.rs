//! Where text goes: standard output, with colours only where they are wanted.

use std::io::{self, BufWriter, Stdout, Write};

use crate::args::Colour;

/// Standard output, buffered; colours are taken out of text where they would be noise.
pub(crate) struct Output {
    writer: BufWriter<Stdout>,
    colours: bool,
}

impl Output {
    pub(crate) fn new(colour: Colour) -> Self {
        Output {
            writer: BufWriter::with_capacity(1 << 16, io::stdout()),
            colours: wanted(colour, &io::stdout()),
        }
    }

    pub(crate) fn colours(&self) -> bool {
        self.colours
    }

    /// Text with styles in it.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        if self.colours {
            self.writer.write_all(text.as_bytes())
        } else {
            write!(self.writer, "{}", anstream::adapter::strip_str(text))
        }
    }

    /// One line without styles.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(line.as_bytes())?;
        self.writer.write_all(b"\n")
    }

    /// Bytes as they are (a manual page).
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether a stream takes colours: asked for, or a terminal that shows them (`NO_COLOR` and the like are heard).
fn wanted(colour: Colour, stream: &impl anstream::stream::RawStream) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}

/// Text with styles for standard error.
pub(crate) fn complain(colour: Colour, text: &str) {
    // Nobody is left to tell when standard error itself is closed.
    let mut stream = io::stderr().lock();
    let _ = if wanted(colour, &io::stderr()) {
        stream.write_all(text.as_bytes())
    } else {
        write!(stream, "{}", anstream::adapter::strip_str(text))
    };
}

//! Drawings of our own, as SVG: text in, text out, the same every time. Every text is escaped here; colours come from the
//! style sheet by class, so that light, dark and paper each have their own.

pub(crate) mod axis;
pub(crate) mod sketch;
pub(crate) mod timeline;

use std::fmt::{self, Display, Write as _};

/// A drawing, safe to stand in a page as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing(String);

impl Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text inside SVG.
pub(crate) struct Esc<'t>(pub &'t str);

impl Display for Esc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A pen that writes SVG.
#[derive(Default)]
pub(crate) struct Pen(String);

impl Pen {
    pub(crate) fn put(&mut self, part: fmt::Arguments<'_>) {
        // A string takes any text.
        let _ = self.0.write_fmt(part);
        self.0.push('\n');
    }

    pub(crate) fn done(self) -> Drawing {
        Drawing(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        assert_eq!(Esc("<a b=\"c\">&'").to_string(), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    }
}

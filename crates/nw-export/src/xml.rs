//! XML as text: elements that open, close and hold text.

/// A document in the making.
#[derive(Default)]
pub(crate) struct Xml {
    out: String,
    open: Vec<&'static str>,
}

impl Xml {
    pub(crate) fn new() -> Self {
        Xml { out: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), open: Vec::new() }
    }

    fn tag(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.out.extend(std::iter::repeat_n(' ', self.open.len()));
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str(">\n");
        self.open.push(name);
    }

    /// Closes the innermost open element.
    pub(crate) fn close(&mut self) {
        let name = self.open.pop().expect("every close has its open");
        self.out.extend(std::iter::repeat_n(' ', self.open.len()));
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    /// An element without content.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.out.push_str("/>\n");
    }

    /// An element that holds a text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) {
        self.tag(name, &[]);
        self.out.push('>');
        escape(text, &mut self.out);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    /// An element that holds an element that holds a text, on one line: a cell.
    pub(crate) fn cell(&mut self, name: &'static str, text: &str) {
        self.tag(name, &[]);
        self.out.push_str("><text>");
        escape(text, &mut self.out);
        self.out.push_str("</text></");
        self.out.push_str(name);
        self.out.push_str(">\n");
    }

    pub(crate) fn finish(self) -> String {
        assert!(self.open.is_empty(), "every element that was opened is closed");
        self.out
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no way to write other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_and_text_is_escaped() {
        let mut xml = Xml::new();
        xml.open("a", &[("k", "<\"&")]);
        xml.cell("b", "< 3 & \u{1}");
        xml.close();
        let text = xml.finish();
        assert!(
            text.ends_with("<a k=\"&lt;&quot;&amp;\">\n <b><text>&lt; 3 &amp;  </text></b>\n</a>\n"),
            "{text}"
        );
    }
}

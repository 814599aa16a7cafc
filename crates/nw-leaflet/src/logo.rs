//! The logo of a house: a picture of a kind that every reader shows and that does nothing by itself.

use nw_facts::Text;

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Logo {
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// Kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Png,
    Jpeg,
    Svg,
}

impl Kind {
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Kind::Png => "image/png",
            Kind::Jpeg => "image/jpeg",
            Kind::Svg => "image/svg+xml",
        }
    }

    /// The name under which the typesetter finds it.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Kind::Png => "logo.png",
            Kind::Jpeg => "logo.jpg",
            Kind::Svg => "logo.svg",
        }
    }
}

/// The largest logo: it stands in every paper.
const LARGEST: usize = 1_000_000;

/// Looks what a picture is, by its content and not by its name.
///
/// # Errors
/// It is of another kind, too large, or an SVG that holds more than a drawing.
pub(crate) fn read_logo(bytes: Vec<u8>) -> Result<Logo, Text> {
    let refused = |en: &str, nl: &str| Err(Text::new(en, nl));
    if bytes.len() > LARGEST {
        return refused("it is larger than 1 MB", "het is groter dan 1 MB");
    }
    let kind = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Kind::Png,
        [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
        [b'G', b'I', b'F', b'8', ..] => return refused("it is a GIF", "het is een GIF"),
        [b'%', b'P', b'D', b'F', ..] => return refused("it is a PDF", "het is een PDF"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            return refused("it is a WebP", "het is een WebP");
        }
        other => {
            let text = std::str::from_utf8(other).map(str::to_lowercase).unwrap_or_default();
            if !text.contains("<svg") {
                return refused("it is no PNG, JPEG or SVG", "het is geen PNG, JPEG of SVG");
            }
            // A drawing draws: it runs nothing and fetches nothing.
            let active = ["<script", "<foreignobject", "javascript:", "<!entity", "@import", "<iframe"];
            let elsewhere = ["href=\"http", "href='http", "href=\"//", "url(http", "url(\"http", "url('http"];
            let own = text.matches(" on").any(|_| has_handler(&text));
            if own || active.iter().chain(&elsewhere).any(|word| text.contains(word)) {
                return refused(
                    "it holds scripts or fetches something from elsewhere",
                    "het bevat scripts of haalt iets van elders",
                );
            }
            Kind::Svg
        }
    };
    Ok(Logo { kind, bytes })
}

/// Whether an element has an attribute such as `onload`.
fn has_handler(text: &str) -> bool {
    text.match_indices(" on").any(|(at, _)| {
        let rest = &text[at + 3..];
        let name = rest.bytes().take_while(u8::is_ascii_lowercase).count();
        name > 2 && rest[name..].trim_start().starts_with('=')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_what_they_are() {
        let kind = |bytes: &[u8]| read_logo(bytes.to_vec()).map(|l| l.kind).ok();
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest"), Some(Kind::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0rest"), Some(Kind::Jpeg));
        assert_eq!(kind(b"<?xml version='1.0'?><svg><path d='M0 0'/></svg>"), Some(Kind::Svg));
        for other in [&b"GIF89a"[..], b"%PDF-1.7", b"RIFF1234WEBPVP8", b"text", b"", b"\xff\xfe"] {
            assert_eq!(kind(other), None, "{other:?}");
        }
        assert!(read_logo(vec![0; LARGEST + 1]).is_err_and(|why| why.en.contains("1 MB")));
    }

    #[test]
    fn a_drawing_that_does_something_is_refused() {
        for inside in [
            "<script>x</script>",
            "<image href=\"https://example.org/a.png\"/>",
            "<path onclick = \"x\"/>",
            "<style>@import 'x'</style>",
            "<foreignObject/>",
        ] {
            let told = read_logo(format!("<svg>{inside}</svg>").into_bytes());
            assert!(told.is_err(), "{inside}");
        }
        assert!(read_logo(b"<svg><text>one = two on = three</text></svg>".to_vec()).is_ok());
    }
}

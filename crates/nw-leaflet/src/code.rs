//! Codes that a telephone reads, as drawings.

use fast_qr::qr::QRBuilder;

/// The squares that a reader needs around a code to find it.
const QUIET: usize = 4;

/// A code as SVG: dark on white, also where the page around it is dark. Nothing for an address that is too long.
pub(crate) fn svg(address: &str) -> Option<String> {
    use std::fmt::Write as _;
    let code = QRBuilder::new(address).build().ok()?;
    let wide = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size {
        let dark = |x: usize| code[y].get(x).is_some_and(|module| module.value());
        let mut x = 0;
        while x < code.size {
            let begin = x;
            while x < code.size && dark(x) {
                x += 1;
            }
            if x > begin {
                let _ = write!(path, "M{} {}h{}v1h-{}z", begin + QUIET, y + QUIET, x - begin, x - begin);
            }
            x += 1;
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {wide}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{wide}v{wide}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_drawing_and_a_book_does_not() {
        let drawing = svg("https://example.org/net").expect("an address fits");
        assert!(drawing.contains("viewBox=\"0 0 37 37\""), "{drawing}");
        assert_eq!(svg(&"long ".repeat(2000)), None);
    }
}

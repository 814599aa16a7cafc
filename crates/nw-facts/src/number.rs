//! Exact decimals as people write them: `1,4`, `2.5`, `2½`, `.5`.

pub use rust_decimal::Decimal;

/// Why a number could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Not a number at all.
    NotANumber,
    /// `1,400` is 1.4 in Dutch and 1400 in English; choosing would be guessing.
    Ambiguous,
    /// More digits than an exact decimal holds (28).
    TooLong,
}

/// Reads a decimal with point or comma, without exponent, exactly as written.
///
/// # Errors
/// [`NumberFault::Ambiguous`] for a comma followed by exactly three digits after a non-zero whole part.
pub fn parse_number(text: &str) -> Result<Decimal, NumberFault> {
    let text = text.trim();
    let (text, half) = match text.strip_suffix('½') {
        Some(rest) => (rest.trim_end(), true),
        None => (text, false),
    };
    if text.is_empty() {
        return if half { Ok(Decimal::new(5, 1)) } else { Err(NumberFault::NotANumber) };
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut whole = String::new();
    let mut fraction = String::new();
    let mut mark = None;
    for c in digits.chars() {
        match c {
            '0'..='9' if mark.is_some() => fraction.push(c),
            '0'..='9' => whole.push(c),
            '.' | ',' if mark.is_none() => mark = Some(c),
            _ => return Err(NumberFault::NotANumber),
        }
    }
    if whole.is_empty() && fraction.is_empty() || mark.is_some() && fraction.is_empty() {
        return Err(NumberFault::NotANumber);
    }
    let whole_is_zero = whole.chars().all(|c| c == '0');
    if mark == Some(',') && fraction.len() == 3 && !whole_is_zero {
        return Err(NumberFault::Ambiguous);
    }
    if whole.len() + fraction.len() > 28 {
        return Err(NumberFault::TooLong);
    }
    let joined = format!(
        "{}.{}",
        if whole.is_empty() { "0" } else { &whole },
        if fraction.is_empty() { "0" } else { &fraction }
    );
    let mut value: Decimal = joined.parse().map_err(|_| NumberFault::TooLong)?;
    if half {
        if mark.is_some() {
            return Err(NumberFault::NotANumber);
        }
        value += Decimal::new(5, 1);
    }
    if negative {
        value.set_sign_negative(true);
    }
    Ok(value.normalize())
}

/// A decimal without needless zeros; `comma` for Dutch.
pub fn plain(value: Decimal, comma: bool) -> String {
    let text = value.normalize().to_string();
    if comma { text.replace('.', ",") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let check = |text, expect: Result<&str, NumberFault>| {
            assert_eq!(parse_number(text).map(|v| plain(v, false)).as_deref(), expect.as_deref(), "{text}");
        };
        check("1,4", Ok("1.4"));
        check("2.50", Ok("2.5"));
        check("2½", Ok("2.5"));
        check("½", Ok("0.5"));
        check(".5", Ok("0.5"));
        check("-3", Ok("-3"));
        check("0,125", Ok("0.125"));
        check("2.531", Ok("2.531"));
        check("1,400", Err(NumberFault::Ambiguous));
        check("1.", Err(NumberFault::NotANumber));
        check("1e5", Err(NumberFault::NotANumber));
        check("12345678901234567890123456789012345", Err(NumberFault::TooLong));
        check("", Err(NumberFault::NotANumber));
    }
}

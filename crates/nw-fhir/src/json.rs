//! JSON as FHIR needs it: numbers keep every digit that was written, members keep their order, and size and depth are
//! bounded before anything is built.

use std::fmt;

/// What one input may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Values within values.
    pub depth: usize,
    /// Values in all.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, depth: 64, values: 4_000_000 }
    }
}

/// Why a text is not JSON that we take; never with a word of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// More bytes than are taken.
    TooLarge,
    /// Deeper than is taken, at this byte.
    TooDeep(usize),
    /// More values than are taken, at this byte.
    TooMany(usize),
    /// Not JSON, at this byte.
    Broken(usize),
    /// The same member twice in one object, at this byte: two readers could see two patients.
    Twice(usize),
}

impl JsonFault {
    /// Line and column, counted from one, of the place in the text.
    pub fn place(self, text: &[u8]) -> Option<(usize, usize)> {
        let at = match self {
            JsonFault::TooLarge => return None,
            JsonFault::TooDeep(at)
            | JsonFault::TooMany(at)
            | JsonFault::Broken(at)
            | JsonFault::Twice(at) => at,
        };
        let before = text.get(..at.min(text.len()))?;
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        Some((line, column))
    }
}

/// One JSON value.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Members in the order written.
    Map(Vec<(String, Json)>),
}

// A patient's values must not reach logs through `{:?}`.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json(redacted)")
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_string())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Json::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Json::List(items)
    }
}

/// An object of members in this order; members without a value are left out.
pub fn map<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    Json::Map(members.into_iter().filter_map(|(k, v)| Some((k.to_string(), v?))).collect())
}

impl Json {
    /// Reads one value and nothing after it.
    ///
    /// # Errors
    /// A [`JsonFault`] with its place.
    pub fn read(text: &[u8], limits: Limits) -> Result<Json, JsonFault> {
        if text.len() > limits.bytes {
            return Err(JsonFault::TooLarge);
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = Reader { text, at: 0, limits, values: 0 };
        let value = reader.value(0)?;
        reader.blank();
        if reader.at == text.len() { Ok(value) } else { Err(JsonFault::Broken(reader.at)) }
    }

    /// What a neighbour has parsed; `None` when it is deeper than is taken.
    pub fn from_value(value: &serde_json::Value, limits: Limits) -> Option<Json> {
        from_value(value, limits.depth)
    }

    /// The member of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Map(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value below members, one after the other.
    pub fn at(&self, path: &[&str]) -> Option<&Json> {
        path.iter().try_fold(self, |here, key| here.get(key))
    }

    /// The text, when it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a member.
    pub fn text_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::text)
    }

    /// The items of a list; a single value is a list of one, as sloppy senders have it.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            Json::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// The items of a member.
    pub fn items_at(&self, key: &str) -> &[Json] {
        self.get(key).map_or(&[], Json::items)
    }

    /// The members of an object.
    pub fn members(&self) -> &[(String, Json)] {
        match self {
            Json::Map(members) => members,
            _ => &[],
        }
    }

    /// Adds a member to an object.
    pub fn put(&mut self, key: &str, value: impl Into<Json>) {
        if let Json::Map(members) = self {
            members.push((key.to_string(), value.into()));
        }
    }

    /// The text of this value: compact, members in their order, numbers as written.
    pub fn write(&self) -> String {
        let mut out = String::new();
        self.write_into(&mut out, None);
        out
    }

    /// The text of this value for people: one member a line.
    pub fn write_wide(&self) -> String {
        let mut out = String::new();
        self.write_into(&mut out, Some(0));
        out.push('\n');
        out
    }

    fn write_into(&self, out: &mut String, indent: Option<usize>) {
        let line = |out: &mut String, depth: Option<usize>| {
            if let Some(depth) = depth {
                out.push('\n');
                out.extend(std::iter::repeat_n("  ", depth));
            }
        };
        let deeper = indent.map(|d| d + 1);
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(number) => out.push_str(number),
            Json::Text(text) => write_text(text, out),
            Json::List(items) if items.is_empty() => out.push_str("[]"),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    line(out, deeper);
                    item.write_into(out, deeper);
                }
                line(out, indent);
                out.push(']');
            }
            Json::Map(members) if members.is_empty() => out.push_str("{}"),
            Json::Map(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    line(out, deeper);
                    write_text(key, out);
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write_into(out, deeper);
                }
                line(out, indent);
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn from_value(value: &serde_json::Value, depth: usize) -> Option<Json> {
    let below = depth.checked_sub(1)?;
    Some(match value {
        serde_json::Value::Null => Json::Null,
        serde_json::Value::Bool(b) => Json::Bool(*b),
        serde_json::Value::Number(n) => Json::Number(n.to_string()),
        serde_json::Value::String(s) => Json::Text(s.clone()),
        serde_json::Value::Array(items) => {
            Json::List(items.iter().map(|i| from_value(i, below)).collect::<Option<_>>()?)
        }
        serde_json::Value::Object(members) => Json::Map(
            members.iter().map(|(k, v)| Some((k.clone(), from_value(v, below)?))).collect::<Option<_>>()?,
        ),
    })
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    limits: Limits,
    values: usize,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while self.text.get(self.at).is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonFault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(JsonFault::Broken(self.at))
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonFault> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(JsonFault::Broken(self.at))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonFault> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(JsonFault::TooMany(self.at));
        }
        if depth > self.limits.depth {
            return Err(JsonFault::TooDeep(self.at));
        }
        self.blank();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(JsonFault::Broken(self.at)),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonFault> {
        self.expect(b'{')?;
        let mut members: Vec<(String, Json)> = Vec::new();
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Map(members));
        }
        let mut names = std::collections::HashSet::new();
        loop {
            self.blank();
            let start = self.at;
            let key = self.string()?;
            if !names.insert(key.clone()) {
                return Err(JsonFault::Twice(start));
            }
            self.blank();
            self.expect(b':')?;
            let value = self.value(depth + 1)?;
            members.push((key, value));
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Map(members));
                }
                _ => return Err(JsonFault::Broken(self.at)),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonFault> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(JsonFault::Broken(self.at)),
            }
        }
    }

    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(JsonFault::Broken(self.at)) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Json, JsonFault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        // Digits, signs, a point and an `e` are ASCII.
        Ok(Json::Number(String::from_utf8_lossy(&self.text[start..self.at]).into_owned()))
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        self.expect(b'"')?;
        let mut out = Vec::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.extend_from_slice(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return String::from_utf8(out).map_err(|_| JsonFault::Broken(start));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return Err(JsonFault::Broken(self.at)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        let broken = JsonFault::Broken(self.at);
        let byte = self.peek().ok_or(broken)?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) {
                    self.expect(b'\\')?;
                    self.expect(b'u')?;
                    let second = self.hex()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err(broken);
                    }
                    let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    char::from_u32(joined).ok_or(broken)?
                } else {
                    char::from_u32(first).ok_or(broken)?
                }
            }
            _ => return Err(broken),
        })
    }

    fn hex(&mut self) -> Result<u32, JsonFault> {
        let broken = JsonFault::Broken(self.at);
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16)).ok_or(broken)?;
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, JsonFault>) {
        let limits = Limits { bytes: 200, depth: 4, values: 20 };
        let found = Json::read(text.as_bytes(), limits).map(|j| j.write());
        assert_eq!(found.as_deref(), expect.as_deref(), "{text}");
    }

    #[test]
    fn every_digit_is_kept() {
        check(
            r#"{"a":1.10,"b":[1.0e-2,-0,12345678901234567890.00]}"#,
            Ok(r#"{"a":1.10,"b":[1.0e-2,-0,12345678901234567890.00]}"#),
        );
        check(" [true , false,null, \"\\u00e9\\ud83d\\ude00\\n\"] ", Ok("[true,false,null,\"é😀\\n\"]"));
        check("{}", Ok("{}"));
    }

    #[test]
    fn what_is_not_json_has_a_place() {
        check("{\"a\":01}", Err(JsonFault::Broken(6)));
        check("[1,]", Err(JsonFault::Broken(3)));
        check("\"\\ud800x\"", Err(JsonFault::Broken(7)));
        check("{\"a\":1,\"a\":2}", Err(JsonFault::Twice(7)));
        check("[[[[[[1]]]]]]", Err(JsonFault::TooDeep(5)));
        check("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", Err(JsonFault::TooMany(39)));
        check("1 2", Err(JsonFault::Broken(2)));
        check("", Err(JsonFault::Broken(0)));
        assert_eq!(JsonFault::Broken(4).place(b"{\n\n x"), Some((3, 2)));
        assert_eq!(
            Json::read(&[b' '; 201], Limits { bytes: 200, depth: 1, values: 1 }).err(),
            Some(JsonFault::TooLarge)
        );
    }
}

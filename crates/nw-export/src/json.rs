//! JSON as text, in the order in which it is said.

use std::fmt::Write as _;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number as it is to be written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
    /// An object whose keys are data.
    Map(Vec<(String, Json)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.to_string())
    }
}

impl From<&String> for Json {
    fn from(text: &String) -> Self {
        Json::Text(text.clone())
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

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Json::Number(value.to_string())
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(list: Vec<T>) -> Self {
        Json::List(list.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

impl Json {
    /// The text; lists and objects below `depth` stand on one line.
    pub(crate) fn text(&self, depth: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, 0, depth);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, level: usize, depth: usize) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => out.push_str(number),
            Json::Text(text) => quoted(text, out),
            Json::List(list) => {
                let items = list.iter().map(|item| (None, item));
                several(out, '[', ']', items, level, depth);
            }
            Json::Object(pairs) => {
                several(out, '{', '}', pairs.iter().map(|(k, v)| (Some(*k), v)), level, depth);
            }
            Json::Map(pairs) => {
                several(out, '{', '}', pairs.iter().map(|(k, v)| (Some(k.as_str()), v)), level, depth);
            }
        }
    }
}

fn several<'j>(
    out: &mut String,
    open: char,
    close: char,
    items: impl Iterator<Item = (Option<&'j str>, &'j Json)>,
    level: usize,
    depth: usize,
) {
    out.push(open);
    let mut any = false;
    for (key, value) in items {
        if any {
            out.push(',');
        }
        if level < depth {
            line(out, level + 1);
        } else if any {
            out.push(' ');
        }
        any = true;
        if let Some(key) = key {
            quoted(key, out);
            out.push_str(": ");
        }
        value.write(out, level + 1, depth);
    }
    if any && level < depth {
        line(out, level);
    }
    out.push(close);
}

fn line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', level));
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_and_depth_breaks_lines() {
        let value = Json::Object(vec![("a", Json::from("x\"\n\u{1}")), ("b", Json::from(vec![1usize, 2]))]);
        assert_eq!(value.text(0), "{\"a\": \"x\\\"\\n\\u0001\", \"b\": [1, 2]}\n");
        assert_eq!(value.text(1), "{\n \"a\": \"x\\\"\\n\\u0001\",\n \"b\": [1, 2]\n}\n");
    }
}

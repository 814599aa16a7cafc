//! JSON whose objects have each member once: of two with one name, one reader sees the first and another the last.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::request::Refusal;

/// What the fault of a member that stands twice says.
const TWICE: &str = "the same member stands twice";

struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Once, D::Error> {
        deserializer.deserialize_any(Reader).map(Once)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_string()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

/// The body of a request.
///
/// # Errors
/// It is no JSON, nests too deep, or holds a member twice: which of these, and where.
pub(crate) fn body(bytes: &[u8], expected: &str) -> Result<Value, Refusal> {
    serde_json::from_slice::<Once>(bytes).map(|Once(value)| value).map_err(|fault| {
        let place = format!("line {}, column {}", fault.line(), fault.column());
        let said = fault.to_string();
        let help = if said.starts_with(TWICE) {
            format!("{TWICE} in one object ({place}); two readers could see two patients")
        } else if said.starts_with("recursion limit") {
            format!("it nests deeper than 127 levels ({place}); nothing of CDS Hooks does")
        } else {
            format!("it is not JSON ({place}); send {expected}")
        };
        Refusal::new("body", help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_every_reader_sees() {
        let text = r#"{"a":[1,-2,1.5,true,null,"x\u00e9"],"b":{"a":{}},"c":18446744073709551615}"#;
        let plain: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(body(text.as_bytes(), "JSON").expect("it is right"), plain);
        for (text, words) in [
            (r#"{"a":1,"a":1}"#.to_string(), "twice in one object (line 1, column 13)"),
            (r#"{"a":[{"id":"1","id":"2"}]}"#.to_string(), "two patients"),
            (r#"{"a":1,"\u0061":2}"#.to_string(), "twice"),
            ("[".repeat(200), "deeper than 127 levels"),
            ("{".to_string(), "it is not JSON (line 1, column 1); send JSON"),
            ("{} x".to_string(), "not JSON"),
        ] {
            let refusal = body(text.as_bytes(), "JSON").expect_err(&text);
            assert!(refusal.field == "body" && refusal.help.contains(words), "{text}: {}", refusal.help);
        }
        assert!(body("[".repeat(126).as_bytes(), "JSON").expect_err("open").help.contains("not JSON"));
        assert!(body(b"{\"a\":\"\xff\"}", "JSON").is_err());
    }
}

//! Ids as names of languages that allow neither dots nor hyphens, and back.
//!
//! | in an id | in a name |
//! |---|---|
//! | `.` | `_` |
//! | `-` | `__` |
//! | `/` | `___` |
//! | what an export adds (`rows`, `nulls`, `possible`) | after `____` |
//! | anything else but letters and digits | its hexadecimal code between `_____` and `_____` |
//!
//! Ids never put two separators side by side, so the way back is unique; a test holds that for every id that ships.

/// The name of an id.
pub fn name(id: &str) -> String {
    let mut name = String::with_capacity(id.len() + 4);
    for c in id.chars() {
        match c {
            '.' => name.push('_'),
            '-' => name.push_str("__"),
            '/' => name.push_str("___"),
            c if c.is_ascii_alphanumeric() => name.push(c),
            c => name.push_str(&format!("_____{:x}_____", c as u32)),
        }
    }
    name
}

/// The name of something that belongs to an id: its `rows`, its `nulls`.
pub fn part(id: &str, what: &str) -> String {
    format!("{}____{what}", name(id))
}

/// The id of a name, and what was added to it.
pub fn id(name: &str) -> (String, Option<&str>) {
    let mut id = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('_') {
        id.push_str(&rest[..at]);
        let after = rest[at..].trim_start_matches('_');
        let run = rest.len() - at - after.len();
        rest = after;
        match run {
            1 => id.push('.'),
            2 => id.push('-'),
            3 => id.push('/'),
            4 => return (id, Some(rest)),
            _ => {
                let (code, after) = rest.split_once("_____").unwrap_or((rest, ""));
                id.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                rest = after;
            }
        }
    }
    id.push_str(rest);
    (id, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_ids() {
        for original in [
            "tumour.ki67",
            "lab.basal-acid-output",
            "tumour.grade/digestive",
            "tnm.uicc8.t/jejunum-ileum",
            "a+b",
            "a.xab.c",
        ] {
            assert_eq!(id(&name(original)), (original.to_string(), None), "{original}");
        }
        assert_eq!(part("tumour.grade/digestive", "rows"), "tumour_grade___digestive____rows");
        assert_eq!(
            id("tumour_grade___digestive____rows"),
            ("tumour.grade/digestive".to_string(), Some("rows"))
        );
    }
}

//! Whose paper it is: name, telephone, logo and closed days of a hospital, read once from its settings file.

use std::borrow::Cow;

use data_encoding::BASE64;
use jiff::civil::Date;
use nw_facts::{Language, Text, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::code;
use crate::logo::{Logo, read_logo};

/// Who issues papers. Without any setting a paper has no letterhead and no contact block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct House {
    /// Name of the hospital.
    pub name: Text,
    /// Name of the department or centre.
    pub department: Text,
    /// Its address, line by line.
    pub address: Vec<String>,
    /// Telephone during the day.
    pub phone: Option<String>,
    /// Telephone in the evening, at night and at the weekend.
    pub phone_out_of_hours: Option<String>,
    /// General pages on the internet, also as a code for a telephone.
    pub website: Option<Text>,
    /// Its logo.
    pub(crate) logo: Option<Logo>,
    /// Days on which nothing is planned, beside those that come back every week and the public holidays.
    pub closed: Vec<Closed>,
}

/// Days on which a department is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Why; may be empty.
    pub why: Text,
}

/// What is wrong with a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseFault {
    /// The line, from 1 on.
    pub line: usize,
    /// What is wrong, as a stable word.
    pub code: &'static str,
    /// What is wrong, in words.
    pub message: Text,
    /// What to do.
    pub help: Text,
}

/// Every setting, for those who mistype one.
const KEYS: &[&str] = &[
    "name",
    "department",
    "address",
    "phone",
    "phone-out-of-hours",
    "website",
    "logo",
    "closed",
    "calendar",
];
const CLOSED_KEYS: &[&str] = &["from", "to", "on", "why"];
/// A closing of more days is a slip of the pen.
const LONGEST_CLOSING: i32 = 366;
/// The longest text of one line.
const LONGEST: usize = 200;
/// More lines than this are no address.
const MOST_LINES: usize = 8;

impl House {
    /// Reads a settings file. `bytes` fetches the logo: it is given the path as it stands in the file, and says why when
    /// there is nothing to fetch.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn read(
        text: &str,
        mut bytes: impl FnMut(&str) -> Result<Vec<u8>, Text>,
    ) -> Result<House, Vec<HouseFault>> {
        let mut reader = Reader { text, faults: Vec::new() };
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(0, |s| s.start);
                let what = error.message().trim();
                reader.fault(
                    at,
                    "not-toml",
                    (format!("this is no TOML: {what}"), format!("dit is geen TOML: {what}")),
                    (
                        "write `name = \"…\"`; docs/hospital.example.toml is an example",
                        "schrijf `name = \"…\"`; docs/hospital.example.toml is een voorbeeld",
                    ),
                );
                return Err(reader.faults);
            }
        };
        let mut house = House::default();
        let mut named = false;
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                "name" => {
                    house.name = reader.both(value);
                    named = true;
                }
                "department" => house.department = reader.both(value),
                "address" => house.address = reader.lines(value),
                "phone" => house.phone = reader.phone(value),
                "phone-out-of-hours" => house.phone_out_of_hours = reader.phone(value),
                "website" => house.website = reader.website(value),
                "logo" => house.logo = reader.logo(value, &mut bytes),
                "closed" => house.closed = reader.closed(value),
                // How the centre plans is read by whoever plans.
                "calendar" if matches!(value.get_ref(), DeValue::Table(_)) => {}
                "calendar" => reader.expected(value, "a table: `[calendar]`", "een tabel: `[calendar]`"),
                other => reader.unknown(key.span().start, other, KEYS),
            }
        }
        if !named {
            reader.fault(
                0,
                "missing-name",
                ("the name of the hospital is missing", "de naam van het ziekenhuis ontbreekt"),
                ("add `name = \"…\"`", "voeg toe: `name = \"…\"`"),
            );
        }
        if reader.faults.is_empty() {
            Ok(house)
        } else {
            reader.faults.sort_by_key(|f| f.line);
            Err(reader.faults)
        }
    }

    /// A house of which only the name is known.
    pub fn named(name: &str) -> House {
        House { name: Text::new(name, name), ..House::default() }
    }

    /// Hospital and department, as far as they are known.
    pub(crate) fn names(&self, language: Language) -> Vec<&str> {
        [&self.name, &self.department]
            .map(|t| t.get(language))
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect()
    }

    /// Whether there is a way to reach it.
    pub(crate) fn reachable(&self) -> bool {
        self.phone.is_some() || self.phone_out_of_hours.is_some() || self.website.is_some()
    }

    /// The logo as an address that holds its own bytes.
    pub(crate) fn logo_address(&self) -> Option<String> {
        let logo = self.logo.as_ref()?;
        Some(format!("data:{};base64,{}", logo.kind.media_type(), BASE64.encode(&logo.bytes)))
    }
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<HouseFault>,
}

type At<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn fault<M: Into<String>, H: Into<String>>(
        &mut self,
        at: usize,
        code: &'static str,
        message: (M, M),
        help: (H, H),
    ) {
        let line = self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1;
        let (message, help) = (Text::new(message.0, message.1), Text::new(help.0, help.1));
        self.faults.push(HouseFault { line, code, message, help });
    }

    fn unknown(&mut self, at: usize, key: &str, keys: &[&str]) {
        let all = keys.join("`, `");
        let help = match nearest(key, keys.iter().copied()) {
            Some(near) => (format!("did you mean `{near}`?"), format!("bedoelde u `{near}`?")),
            None => (format!("use one of `{all}`"), format!("gebruik één van `{all}`")),
        };
        let key = shortened(key);
        let message = (format!("`{key}` is no setting"), format!("`{key}` is geen instelling"));
        self.fault(at, "unknown-setting", message, help);
    }

    fn expected(&mut self, at: &At<'_>, en: &str, nl: &str) {
        let written = shortened(self.text.get(at.span()).unwrap_or_default());
        let message = (format!("`{written}` does not fit here"), format!("`{written}` past hier niet"));
        self.fault(at.span().start, "wrong-kind", message, (format!("write {en}"), format!("schrijf {nl}")));
    }

    /// A line of text that can stand on a letterhead.
    fn line(&mut self, value: &At<'_>) -> Option<String> {
        let DeValue::String(text) = value.get_ref() else {
            self.expected(value, "a text in quotes", "een tekst tussen aanhalingstekens");
            return None;
        };
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            self.fault(
                value.span().start,
                "no-line",
                (
                    "this text is empty, too long, or more than one line",
                    "deze tekst is leeg, te lang, of meer dan één regel",
                ),
                (
                    format!("write one line of at most {LONGEST} characters"),
                    format!("schrijf één regel van hoogstens {LONGEST} tekens"),
                ),
            );
            return None;
        }
        Some(text.to_string())
    }

    /// A text for both languages, or one for each.
    fn both(&mut self, value: &At<'_>) -> Text {
        let DeValue::Table(table) = value.get_ref() else {
            return self.line(value).map(|t| Text::new(t.clone(), t)).unwrap_or_default();
        };
        let mut both = Text::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "en" => both.en = self.line(value).unwrap_or_default(),
                "nl" => both.nl = self.line(value).unwrap_or_default(),
                other => self.unknown(key.span().start, other, &["en", "nl"]),
            }
        }
        let has = |key: &str| table.keys().any(|k| k.get_ref() == key);
        if !has("en") || !has("nl") {
            self.expected(
                value,
                "one text, or both: `{ en = \"…\", nl = \"…\" }`",
                "één tekst, of beide: `{ en = \"…\", nl = \"…\" }`",
            );
        }
        both
    }

    fn lines(&mut self, value: &At<'_>) -> Vec<String> {
        match value.get_ref() {
            DeValue::Array(lines) if lines.len() <= MOST_LINES => {
                lines.iter().filter_map(|l| self.line(l)).collect()
            }
            DeValue::String(_) => self.line(value).into_iter().collect(),
            _ => {
                self.expected(
                    value,
                    "the lines of an address, at most eight: `[\"…\", \"…\"]`",
                    "de regels van een adres, hoogstens acht: `[\"…\", \"…\"]`",
                );
                Vec::new()
            }
        }
    }

    fn phone(&mut self, value: &At<'_>) -> Option<String> {
        let text = self.line(value)?;
        if text.chars().filter(char::is_ascii_digit).count() < 3 {
            self.expected(
                value,
                "a telephone number, as people dial it",
                "een telefoonnummer, zoals mensen het bellen",
            );
            return None;
        }
        Some(text)
    }

    fn website(&mut self, value: &At<'_>) -> Option<Text> {
        let text = self.both(value);
        if text.is_empty() {
            return None;
        }
        for address in [&text.en, &text.nl] {
            let plain = address.bytes().all(|b| (0x21..0x7f).contains(&b) && !b"\"<>\\^`{|}".contains(&b));
            let host = address.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
            if !plain || !host.is_some_and(|h| h.contains('.')) || code::svg(address).is_none() {
                self.expected(
                    value,
                    "an address that begins with https:// and has no spaces",
                    "een adres dat met https:// begint en geen spaties heeft",
                );
                return None;
            }
        }
        Some(text)
    }

    fn logo(
        &mut self,
        value: &At<'_>,
        bytes: &mut impl FnMut(&str) -> Result<Vec<u8>, Text>,
    ) -> Option<Logo> {
        let path = self.line(value)?;
        let read = bytes(&path).and_then(read_logo);
        match read {
            Ok(logo) => Some(logo),
            Err(why) => {
                let path = shortened(&path);
                let message = (
                    format!("`{path}` cannot be the logo: {}", why.en),
                    format!("`{path}` kan het logo niet zijn: {}", why.nl),
                );
                let help = (
                    "name a PNG, JPEG or SVG file; the path begins at the settings file",
                    "noem een PNG-, JPEG- of SVG-bestand; het pad begint bij het instellingenbestand",
                );
                self.fault(value.span().start, "logo", message, help);
                None
            }
        }
    }

    fn day(&mut self, value: &At<'_>) -> Option<Date> {
        let text: Cow<'_, str> = match value.get_ref() {
            DeValue::String(text) => Cow::Borrowed(text.trim()),
            DeValue::Datetime(day) => Cow::Owned(day.to_string()),
            _ => Cow::Borrowed(""),
        };
        let day = if text.len() == 10 { text.parse().ok() } else { None };
        if day.is_none() {
            self.expected(value, "a day as 2026-12-24", "een dag als 2026-12-24");
        }
        day
    }

    fn closed(&mut self, value: &At<'_>) -> Vec<Closed> {
        let DeValue::Array(all) = value.get_ref() else {
            self.expected(
                value,
                "a list of days: `[2026-12-24, { from = 2026-12-28, to = 2026-12-31 }]`",
                "een lijst van dagen: `[2026-12-24, { from = 2026-12-28, to = 2026-12-31 }]`",
            );
            return Vec::new();
        };
        all.iter().filter_map(|one| self.closed_once(one)).collect()
    }

    fn closed_once(&mut self, value: &At<'_>) -> Option<Closed> {
        let DeValue::Table(table) = value.get_ref() else {
            let day = self.day(value)?;
            return Some(Closed { from: day, to: day, why: Text::default() });
        };
        let (mut from, mut to, mut why) = (None, None, Text::default());
        let before = self.faults.len();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "from" => from = self.day(value),
                "to" => to = self.day(value),
                "on" => {
                    from = self.day(value);
                    to = from;
                }
                "why" => why = self.both(value),
                other => self.unknown(key.span().start, other, CLOSED_KEYS),
            }
        }
        match (from, to) {
            (Some(from), Some(to)) if from <= to && days_between(from, to) <= LONGEST_CLOSING => {
                Some(Closed { from, to, why })
            }
            _ => {
                if self.faults.len() == before {
                    self.expected(
                        value,
                        "`on`, or `from` and `to`, the earlier day first and at most a year apart",
                        "`on`, of `from` en `to`, de eerste dag eerst en hoogstens een jaar uit elkaar",
                    );
                }
                None
            }
        }
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    to.since(from).map_or(i32::MAX, |span| span.get_days())
}

/// What was written, as far as a message needs it.
fn shortened(text: &str) -> String {
    let line: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    if line.len() < text.len() { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0h9v9z\"/></svg>";

    fn read(text: &str) -> Result<House, Vec<HouseFault>> {
        House::read(text, |path| match path {
            "logo.svg" => Ok(SVG.as_bytes().to_vec()),
            "logo.gif" => Ok(b"GIF89a".to_vec()),
            _ => Err(Text::new("there is no such file", "er is geen zo'n bestand")),
        })
    }

    fn faults(text: &str) -> Vec<(usize, &'static str)> {
        read(text).expect_err("this is no good file").iter().map(|f| (f.line, f.code)).collect()
    }

    #[test]
    fn the_example_in_the_documents_is_read_whole() {
        let text = include_str!("../../../docs/hospital.example.toml");
        let house = read(text).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert!(!house.name.is_empty() && !house.department.is_empty() && house.reachable());
        assert_ne!(house.department.en, house.department.nl);
        assert!(house.logo.is_some() && house.address.len() > 1);
        let day = jiff::civil::date;
        let closed: Vec<(Date, Date)> = house.closed.iter().map(|c| (c.from, c.to)).collect();
        assert_eq!(closed, [(day(2026, 5, 15), day(2026, 5, 15)), (day(2026, 12, 28), day(2026, 12, 31))]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_line() {
        let text = "name = \"\"\nphone = \"ask\"\nwebsite = \"http://example.org\"\nlogo = \"logo.gif\"\n\
                    logos = \"x\"\nclosed = [\"tomorrow\", { from = 2026-02-02, to = 2026-01-01 }]\naddress = 5\n";
        let expected = [
            (1, "no-line"),
            (2, "wrong-kind"),
            (3, "wrong-kind"),
            (4, "logo"),
            (5, "unknown-setting"),
            (6, "wrong-kind"),
            (6, "wrong-kind"),
            (7, "wrong-kind"),
        ];
        assert_eq!(faults(text), expected);
        assert_eq!(faults("phone = \"0123\""), [(1, "missing-name")]);
        let long = "name = \"A\"\nclosed = [{ from = 2026-01-01, to = 2027-06-01 }]\ncalendar = 5\n";
        assert_eq!(faults(long), [(2, "wrong-kind"), (3, "wrong-kind")]);
        assert_eq!(faults("name = \"A\"\nname = \"B\"")[0].1, "not-toml");
        assert_eq!(faults("name = { en = \"A\" }"), [(1, "wrong-kind")]);
        let near = read("nane = \"A\"").expect_err("mistyped");
        assert!(
            near.iter().any(|f| f.help.en.contains("`name`?") && f.help.nl.contains("`name`?")),
            "{near:?}"
        );
    }

    #[test]
    fn a_logo_of_another_kind_is_refused_with_what_would_do() {
        let fault = &read("name = \"A\"\nlogo = \"logo.gif\"").expect_err("a GIF")[0];
        assert!(fault.message.en.contains("logo.gif") && fault.message.en.contains("GIF"), "{fault:?}");
        assert!(fault.help.nl.contains("PNG"), "{fault:?}");
        let none = &read("name = \"A\"\nlogo = \"no.png\"").expect_err("no file")[0];
        assert!(none.message.en.contains("no such file"), "{none:?}");
    }
}

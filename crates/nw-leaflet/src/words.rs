//! The few words that stand around every paper, whatever it says.

use nw_facts::Language;

/// One text in both languages.
pub(crate) type Both = (&'static str, &'static str);

pub(crate) const PAGE: Both = ("page", "bladzijde");
pub(crate) const OF: Both = ("of", "van");
pub(crate) const SKIP: Both = ("Skip to the text", "Naar de tekst");
pub(crate) const CONTENTS: Both = ("What is in it", "Wat erin staat");
pub(crate) const CONTACT: Both = ("How to reach us", "Hoe u ons bereikt");
pub(crate) const BY_DAY: Both = ("During the day", "Overdag");
pub(crate) const OUT_OF_HOURS: Both =
    ("In the evening, at night and at the weekend", "'s Avonds, 's nachts en in het weekend");
pub(crate) const MORE: Both = ("More on the internet", "Meer op internet");
pub(crate) const LOGO: Both = ("Logo of", "Logo van");
pub(crate) const CODE: Both = ("QR code that leads to", "QR-code die leidt naar");
pub(crate) const WEEK: Both = ("Week", "Week");
pub(crate) const CLOSED: Both = ("closed", "gesloten");
pub(crate) const SIGNS: Both = ("What the signs mean", "Wat de tekens betekenen");
pub(crate) const PLANNED: Both = ("appointment", "afspraak");
pub(crate) const GOES_ON: Both = ("goes on from the day before", "gaat door van de dag ervoor");
pub(crate) const DONE: Both = ("has been done", "is geweest");
pub(crate) const CLOSED_DAY: Both = ("closed or a public holiday", "gesloten of feestdag");

const MONTHS: [Both; 12] = [
    ("January", "januari"),
    ("February", "februari"),
    ("March", "maart"),
    ("April", "april"),
    ("May", "mei"),
    ("June", "juni"),
    ("July", "juli"),
    ("August", "augustus"),
    ("September", "september"),
    ("October", "oktober"),
    ("November", "november"),
    ("December", "december"),
];

const WEEKDAYS: [Both; 7] = [
    ("Monday", "maandag"),
    ("Tuesday", "dinsdag"),
    ("Wednesday", "woensdag"),
    ("Thursday", "donderdag"),
    ("Friday", "vrijdag"),
    ("Saturday", "zaterdag"),
    ("Sunday", "zondag"),
];

/// A text in a language.
pub(crate) fn say(language: Language, (en, nl): Both) -> &'static str {
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// The name of a month, from 1 on.
pub(crate) fn month(language: Language, month: i8) -> &'static str {
    let found = usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m));
    found.map_or("", |both| say(language, *both))
}

/// The names of the days of a week, Monday first.
pub(crate) fn weekdays(language: Language) -> [&'static str; 7] {
    WEEKDAYS.map(|both| say(language, both))
}

/// The tag of a language.
pub(crate) fn tag(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Nl => "nl",
    }
}

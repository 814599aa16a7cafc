//! The sentences around the knowledge: what moved and why, and what is refused, in both languages.

use jiff::civil::Weekday;
use nw_facts::{Date, Holder, Language, Text, nearest};

use crate::calendar::{Calendar, Shift};
use crate::days::date;
use crate::plan::{Refused, Unmet};
use crate::unfold::{Anchor, Ground, Link};

/// Why an appointment has its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The record says that it was done.
    Recorded,
    /// Its best day, or the day it had.
    Planned,
    /// Somebody chose it.
    ByHand,
    /// What it is counted from moved, and it is as far from it as before.
    Follows,
    /// The same, but that day cannot be.
    FollowsBut(i32, Why),
    /// The day it should have cannot be.
    Blocked(i32, Why),
}

/// Why a day cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The centre is closed.
    Closed(Text),
    /// Hard rules.
    Rules(Vec<Link>),
    /// A wish is met elsewhere.
    Wish(Option<usize>),
}

const MONTHS: [(&str, &str); 12] = [
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

/// The name of a month, from 1.
pub(crate) fn month(number: i8) -> Text {
    let (en, nl) = MONTHS[usize::try_from(number - 1).unwrap_or_default().min(11)];
    Text::new(en, nl)
}

/// The name of a day of the week.
pub(crate) fn weekday(day: Weekday) -> Text {
    let (en, nl) = match day {
        Weekday::Monday => ("Monday", "maandag"),
        Weekday::Tuesday => ("Tuesday", "dinsdag"),
        Weekday::Wednesday => ("Wednesday", "woensdag"),
        Weekday::Thursday => ("Thursday", "donderdag"),
        Weekday::Friday => ("Friday", "vrijdag"),
        Weekday::Saturday => ("Saturday", "zaterdag"),
        Weekday::Sunday => ("Sunday", "zondag"),
    };
    Text::new(en, nl)
}

/// Who does it, as patients say it.
pub fn holder(who: Holder, language: Language) -> &'static str {
    let (en, nl) = match who {
        Holder::Pathology => ("pathology", "pathologie"),
        Holder::Radiology => ("radiology", "radiologie"),
        Holder::NuclearMedicine => ("nuclear medicine", "nucleaire geneeskunde"),
        Holder::Laboratory => ("laboratory", "laboratorium"),
        Holder::Endoscopy => ("endoscopy", "endoscopie"),
        Holder::Surgery => ("surgery", "chirurgie"),
        Holder::Clinic => ("clinic", "polikliniek"),
        Holder::Genetics => ("genetics", "klinische genetica"),
        Holder::Patient => ("yourself", "uzelf"),
        Holder::Registry => ("registry", "registratie"),
    };
    if language == Language::Nl { nl } else { en }
}

/// A day as people write it: `3 March 2026`, `3 maart 2026`.
pub fn date_text(day: Date, language: Language) -> String {
    format!("{} {} {}", day.day(), month(day.month()).get(language), day.year())
}

fn on(day: Date) -> Text {
    Text::new(date_text(day, Language::En), date_text(day, Language::Nl))
}

/// A sentence from two patterns with the same holes.
fn say(en: &str, nl: &str, parts: &[&Text]) -> Text {
    let fill = |pattern: &str, language: Language| {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (hole, after) = after.split_once('}').unwrap_or((after, ""));
            let part = hole.parse().ok().and_then(|n: usize| parts.get(n));
            text.push_str(part.map_or("", |p| p.get(language)));
            rest = after;
        }
        text + rest
    };
    Text::new(fill(en, Language::En), fill(nl, Language::Nl))
}

fn count(days: i32) -> Text {
    let many = if days == 1 { ("day", "dag") } else { ("days", "dagen") };
    Text::new(format!("{days} {}", many.0), format!("{days} {}", many.1))
}

/// `28 days after`, `14 days before`, `on the same day as`.
fn apart(days: i32) -> Text {
    match days {
        0 => Text::new("on the same day as", "op dezelfde dag als"),
        1.. => say("{0} after", "{0} na", &[&count(days)]),
        _ => say("{0} before", "{0} vóór", &[&count(-days)]),
    }
}

/// What an appointment is counted from, with its day where it is known.
fn anchor(ground: &Ground<'_>, at: usize, days: &[Option<i32>]) -> Text {
    match ground.slots[at].anchor {
        Anchor::Slot(other) => {
            let title = quoted(&ground.slots[other].title);
            match days[other] {
                Some(day) => say("{0} ({1})", "{0} ({1})", &[&title, &on(date(day))]),
                None => title,
            }
        }
        Anchor::From(day) => say("{0}", "{0}", &[&on(date(day))]),
        Anchor::Overdue(day) => {
            say("{0}, as it is overdue", "{0}, want het had al gemoeten", &[&on(date(day))])
        }
        Anchor::Due(day) => say(
            "the day on which it is due ({0})",
            "de dag waarop het aan de beurt is ({0})",
            &[&on(date(day))],
        ),
    }
}

fn quoted(title: &Text) -> Text {
    Text::new(format!("“{}”", title.en), format!("“{}”", title.nl))
}

/// A hard rule as a sentence without a full stop.
pub(crate) fn rule(ground: &Ground<'_>, link: Link, days: &[Option<i32>]) -> Text {
    let title = |at: usize| quoted(&ground.slots[at].title);
    match link {
        Link::Past(at) => say(
            "{0} is not planned before {1}",
            "{0} wordt niet vóór {1} gepland",
            &[&title(at), &on(date(ground.first))],
        ),
        Link::Earliest(at) => {
            let window = &ground.slots[at].window;
            let earliest = window.earliest.unwrap_or(window.wanted);
            let at_least = match earliest {
                0 => Text::new("not before", "niet vóór"),
                1.. => say("at least {0}", "ten minste {0}", &[&apart(earliest)]),
                _ => say("at most {0}", "ten hoogste {0}", &[&apart(earliest)]),
            };
            say("{0} comes {1} {2}", "{0} komt {1} {2}", &[&title(at), &at_least, &anchor(ground, at, days)])
        }
        Link::Latest(at) => {
            let window = &ground.slots[at].window;
            let latest = window.latest.unwrap_or(window.wanted);
            let at_most = match latest {
                0 => Text::new("not after", "niet na"),
                1.. => say("at most {0}", "ten hoogste {0}", &[&apart(latest)]),
                _ => say("at least {0}", "ten minste {0}", &[&apart(latest)]),
            };
            say("{0} comes {1} {2}", "{0} komt {1} {2}", &[&title(at), &at_most, &anchor(ground, at, days)])
        }
        Link::Apart(rule, a, b) => {
            let text = &ground.schedules.rules[rule].text;
            let with = |at: usize| match days[at] {
                Some(day) => say("{0}, {1}", "{0}, {1}", &[&title(at), &on(date(day))]),
                None => title(at),
            };
            say("{0} ({1}; {2})", "{0} ({1}; {2})", &[text, &with(a), &with(b)])
        }
    }
}

/// A broken rule with its measure.
pub(crate) fn by(rule: Text, days: i32) -> Text {
    say("{0}: broken by {1}.", "{0}: geschonden met {1}.", &[&rule, &count(days)])
}

pub(crate) fn missing(title: &Text) -> Text {
    say("{0} is missing.", "{0} ontbreekt.", &[&quoted(title)])
}

pub(crate) fn unknown(title: &Text) -> Text {
    say(
        "{0} belongs to no schedule of this patient.",
        "{0} hoort bij geen schema van deze patiënt.",
        &[&quoted(title)],
    )
}

pub(crate) fn not_as_recorded(title: &Text, day: Date) -> Text {
    say(
        "{0} was on {1}, as the record says.",
        "{0} was op {1}, zegt het dossier.",
        &[&quoted(title), &on(day)],
    )
}

pub(crate) fn closed(title: &Text, day: Date, why: &Text) -> Text {
    say(
        "{0} needs an open day, and {1} is closed ({2})",
        "{0} heeft een open dag nodig, en op {1} is het centrum gesloten ({2})",
        &[&quoted(title), &on(day), why],
    )
}

pub(crate) fn happened(title: &Text, day: Date) -> Text {
    say(
        "{0} was on {1}; what happened does not move.",
        "{0} was op {1}; wat gebeurd is, verschuift niet.",
        &[&quoted(title), &on(day)],
    )
}

pub(crate) fn twice(title: &Text) -> Text {
    say("{0} is moved twice.", "{0} wordt tweemaal verplaatst.", &[&quoted(title)])
}

pub(crate) fn no_such<'i>(id: &str, ids: impl Iterator<Item = &'i str> + Clone) -> Text {
    let shown = Text::new(id, id);
    match nearest(id, ids.clone()) {
        Some(near) => say(
            "no appointment is called `{0}`; did you mean `{1}`?",
            "geen afspraak heet `{0}`; bedoelde u `{1}`?",
            &[&shown, &Text::new(near, near)],
        ),
        None => {
            let all: Vec<&str> = ids.take(8).collect();
            let all = all.join(", ");
            say(
                "no appointment is called `{0}`; there are {1}",
                "geen afspraak heet `{0}`; er zijn {1}",
                &[&shown, &Text::new(all.clone(), all)],
            )
        }
    }
}

fn all_of(rules: &[Text]) -> Text {
    let join = |language: Language| rules.iter().map(|r| r.get(language)).collect::<Vec<_>>().join("; ");
    Text::new(join(Language::En), join(Language::Nl))
}

pub(crate) fn refused(title: &Text, day: Date, rules: &[Text], near: Option<Date>, by: Option<i32>) -> Text {
    let rules = if rules.is_empty() {
        Text::new("the other appointments leave no room", "de andere afspraken laten geen ruimte")
    } else {
        all_of(rules)
    };
    let head =
        say("{0} cannot be on {1}: {2}.", "{0} kan niet op {1}: {2}.", &[&quoted(title), &on(day), &rules]);
    let (Some(near), Some(by)) = (near, by) else { return head };
    let side = if by > 0 {
        say("{0} too early", "{0} te vroeg", &[&count(by)])
    } else {
        say("{0} too late", "{0} te laat", &[&count(-by)])
    };
    say(
        "{0} That is {1}; the nearest day that is possible is {2}.",
        "{0} Dat is {1}; de dichtstbijzijnde dag die kan is {2}.",
        &[&head, &side, &on(near)],
    )
}

pub(crate) fn nothing_fits(rules: &[Text]) -> Text {
    say(
        "these rules cannot be kept together: {0}.",
        "deze regels zijn niet samen te houden: {0}.",
        &[&all_of(rules)],
    )
}

pub(crate) fn cancelled(title: &Text, day: Date) -> Text {
    say(
        "{0} on {1} is cancelled: no schedule of this patient asks for it any more.",
        "{0} op {1} vervalt: geen schema van deze patiënt vraagt er nog om.",
        &[&quoted(title), &on(day)],
    )
}

fn why(ground: &Ground<'_>, wanted: i32, why: &Why, days: &[Option<i32>]) -> Text {
    let day = on(date(wanted));
    match why {
        Why::Closed(name) => {
            say("{0} is closed ({1})", "op {0} is het centrum gesloten ({1})", &[&day, name])
        }
        Why::Rules(links) if links.is_empty() => {
            say("{0} leaves no room for the others", "{0} laat geen ruimte voor de andere", &[&day])
        }
        Why::Rules(links) => {
            // A chain of rules is told by its first link; the others follow from it.
            let rule = rule(ground, links[0], days);
            say("{0} would break a rule: {1}", "{0} zou een regel schenden: {1}", &[&day, &rule])
        }
        Why::Wish(Some(rule)) => {
            let text = &ground.schedules.rules[*rule].text;
            say("preferred over {0}: {1}", "liever dan {0}: {1}", &[&day, text])
        }
        Why::Wish(None) => say(
            "{0} lies outside the days that are preferred",
            "{0} ligt buiten de dagen die de voorkeur hebben",
            &[&day],
        ),
    }
}

/// Why an appointment does not stand on its best day.
pub(crate) fn instead(because: &Text) -> Text {
    say("Not on its best day: {0}.", "Niet op de beste dag: {0}.", &[because])
}

/// What should have been before the calendar begins.
pub(crate) fn overdue(since: Date) -> Text {
    say("It should have been before {0}.", "Het had vóór {0} al gemoeten.", &[&on(since)])
}

/// The same, when its best day itself cannot be.
pub(crate) fn not_on(ground: &Ground<'_>, best: i32, because: &Why, days: &[Option<i32>]) -> Text {
    instead(&why(ground, best, because, days))
}

/// Why an appointment that hangs on one that was is not planned.
pub(crate) fn no_open_day(low: Date, high: Date) -> Text {
    if low == high {
        return say("{0} is closed", "op {0} is het centrum gesloten", &[&on(low)]);
    }
    say(
        "the centre is closed from {0} to {1}",
        "van {0} tot en met {1} is het centrum gesloten",
        &[&on(low), &on(high)],
    )
}

/// One sentence: which appointment, from which day to which, and why.
pub(crate) fn shifted(
    ground: &Ground<'_>,
    at: usize,
    from: Option<Date>,
    to: Date,
    cause: &Cause,
    days: &[Option<i32>],
) -> Text {
    let slot = &ground.slots[at];
    let title = quoted(&slot.title);
    let to = on(to);
    let head = match from {
        Some(from) => {
            say("{0} moves from {1} to {2}", "{0} gaat van {1} naar {2}", &[&title, &on(from), &to])
        }
        None => say("{0} is new on {1}", "{0} is nieuw op {1}", &[&title, &to]),
    };
    let place = |ground: &Ground<'_>| {
        let day = days[at].unwrap_or_default();
        let after = ground.anchor_day(at, days).map_or(0, |anchor| day - anchor);
        say("{0} {1}", "{0} {1}", &[&apart(after), &anchor(ground, at, days)])
    };
    let reason = match cause {
        Cause::Recorded => {
            Text::new("the record says that it was done then", "het dossier zegt dat het toen gebeurde")
        }
        Cause::ByHand => Text::new("this date was chosen", "deze datum is gekozen"),
        Cause::Planned | Cause::Follows => say("it comes {0}", "dat is {0}", &[&place(ground)]),
        Cause::FollowsBut(wanted, because) | Cause::Blocked(wanted, because) => {
            // A rule is told with the day that it forbids.
            let mut there = days.to_vec();
            there[at] = Some(*wanted);
            let because = why(ground, *wanted, because, &there);
            if matches!(cause, Cause::FollowsBut(..)) {
                say("it comes {0}, as {1}", "dat is {0}, want {1}", &[&place(ground), &because])
            } else {
                because
            }
        }
    };
    say("{0}: {1}.", "{0}: {1}.", &[&head, &reason])
}

/// A wish that the chosen day does not meet.
pub(crate) fn wish(ground: &Ground<'_>, unmet: &Unmet, at: usize, days: &[Option<i32>]) -> Text {
    let from = anchor(ground, at, days);
    let window = &ground.slots[at].window;
    match unmet {
        Unmet::Early(by) => say(
            "{0} earlier than preferred: rather from {1} {2}.",
            "{0} eerder dan gewenst: liever vanaf {1} {2}.",
            &[&count(*by), &apart(window.from.unwrap_or_default()), &from],
        ),
        Unmet::Late(by) => say(
            "{0} later than preferred: rather at most {1} {2}.",
            "{0} later dan gewenst: liever ten hoogste {1} {2}.",
            &[&count(*by), &apart(window.to.unwrap_or_default()), &from],
        ),
        Unmet::Rule(rule) => {
            say("Not as preferred: {0}.", "Niet zoals gewenst: {0}.", &[&ground.schedules.rules[*rule].text])
        }
    }
}

/// Everything that changed, one sentence for each.
pub fn explained(calendar: &Calendar, language: Language) -> Vec<String> {
    calendar.shifts.iter().map(|s: &Shift| s.because.get(language).to_string()).collect()
}

/// A refusal as one text.
pub fn refused_text(refused: &Refused, language: Language) -> String {
    refused.because.get(language).to_string()
}

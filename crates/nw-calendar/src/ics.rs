//! A calendar for the agenda of patients: iCalendar (RFC 5545), all-day appointments with stable ids.
//!
//! Days have no hour and so need no time zone. The stamp of an appointment is the day of its last change; nothing is read
//! from a clock, and the same calendar gives the same bytes.

use icalendar::{Calendar as Ical, Class, Component as _, Event, EventStatus, Property};
use nw_facts::{Date, Language};

use crate::calendar::{Calendar, State};
use crate::days::{date, number};
use crate::settings::Settings;

/// What the file is for (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The calendar as it stands; what was cancelled says so.
    Publish,
    /// Everything that was planned is cancelled.
    Cancel,
}

/// The calendar as an iCalendar file in one language. `note` is said with every appointment.
///
/// A method is named only when the settings say who sends it, for RFC 5546 asks for an organiser.
pub fn ics(
    calendar: &Calendar,
    settings: &Settings,
    method: Method,
    (title, note): (&str, &str),
    language: Language,
) -> String {
    let mut out = Ical::empty();
    out.append_property(Property::new("VERSION", "2.0"));
    out.append_property(Property::new("PRODID", "-//netwijzer//calendar//EN"));
    out.append_property(Property::new("CALSCALE", "GREGORIAN"));
    out.append_property(Property::new("X-WR-CALNAME", title));
    if settings.organiser.is_some() {
        let name = if method == Method::Cancel { "CANCEL" } else { "PUBLISH" };
        out.append_property(Property::new("METHOD", name));
    }
    let tag = if language == Language::Nl { "nl" } else { "en" };
    for entry in &calendar.entries {
        if method == Method::Cancel && entry.state == State::Done {
            continue;
        }
        let gone = method == Method::Cancel || entry.state == State::Cancelled;
        let newly = method == Method::Cancel && entry.state != State::Cancelled;
        let (sequence, stamp) =
            if newly { (entry.sequence + 1, calendar.made) } else { (entry.sequence, entry.changed) };
        let after = date(number(entry.date) + entry.days);
        let mut event = Event::with_uid(&entry.uid);
        let mut text = |name: &str, value: &str| {
            let mut property = Property::new(name, value);
            property.add_parameter("LANGUAGE", tag);
            event.append_property(property.done());
        };
        text("SUMMARY", entry.title.get(language));
        let notes = entry.notes().map(|n| n.get(language));
        let told: Vec<&str> = std::iter::once(entry.tell.get(language)).chain(notes).chain([note]).collect();
        text("DESCRIPTION", &told.join("\n"));
        event
            .add_property("DTSTAMP", format!("{}T000000Z", compact(stamp)))
            .add_property("LAST-MODIFIED", format!("{}T000000Z", compact(stamp)))
            .append_property(day("DTSTART", entry.date))
            .append_property(day("DTEND", after))
            .sequence(sequence)
            .class(Class::Private)
            .add_property("TRANSP", "TRANSPARENT")
            .add_property("CATEGORIES", "netwijzer");
        event.status(if gone { EventStatus::Cancelled } else { EventStatus::Confirmed });
        if let Some(organiser) = &settings.organiser {
            let mut property = Property::new("ORGANIZER", format!("mailto:{}", organiser.email));
            // A quote cannot stand in a parameter.
            property.add_parameter("CN", &format!("\"{}\"", organiser.name.replace(['"', '\n', '\r'], " ")));
            event.append_property(property.done());
        }
        out.push(event.done());
    }
    out.to_string()
}

fn compact(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

fn day(name: &str, on: Date) -> Property {
    let mut property = Property::new(name, compact(on));
    property.add_parameter("VALUE", "DATE");
    property.done()
}

//! The calendar of a patient: injections, courses, tests, scans and visits on days that keep the rules.
//!
//! Road: schedules as data (`knowledge/calendar/*.toml`, [`read`]) and what the guideline says of a patient
//! ([`wishes`]) → appointments and rules between them (`unfold`) → days ([`plan`], [`shift`]) → a [`Calendar`], told as
//! sentences, JSON, iCalendar ([`ics`]) and month sheets ([`months`]).
//! Pure: no clock, no disk; the same input gives the same bytes. How the days are found is written in `network`.

mod calendar;
mod check;
mod days;
mod holidays;
mod ics;
mod months;
mod network;
mod plan;
mod read;
mod schedule;
mod settings;
mod sheet;
mod unfold;
mod wire;
mod wish;
mod words;

pub use calendar::{Broken, Calendar, Entry, Held, Open, Shift, State};
pub use check::check;
pub use holidays::{Holiday, holidays};
pub use ics::{Method, ics};
pub use months::{Month, MonthDay, OnDay, months};
pub use plan::{Move, Refused, broken, plan, shift};
pub use read::{SCHEDULES, read};
pub use schedule::{Event, Place, Rule, RuleKind, Schedule, Schedules, Timing, Window};
pub use settings::{Organiser, Settings, SettingsFault, settings};
pub use sheet::paper;
pub use wire::{WireFault, from_json, to_json};
pub use wish::{DueWish, Request, Wish, asked, wishes};
pub use words::{date_text, explained, holder, refused_text};

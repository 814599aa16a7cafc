//! From schedules and wishes to single appointments with their anchors, windows and rules: the network of one patient.

use nw_facts::{Date, Text, months_later};

use crate::calendar::Open;
use crate::days::{date, number};
use crate::network::{Choice, Closed, Edge, Network};
use crate::schedule::{Event, Place, RuleKind, Schedule, Schedules, Timing, Window};
use crate::settings::Settings;
use crate::wish::{DueWish, Request, Wish};
use crate::words;

/// Days beyond what is planned ahead within which everything must find its place.
const ROOM: i32 = 1500;

/// From which day an appointment is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// Another appointment.
    Slot(usize),
    /// The day from which the schedule is planned.
    From(i32),
    /// It should have been before that day.
    Overdue(i32),
    /// The day on which it is due.
    Due(i32),
}

/// One appointment to be.
#[derive(Clone, Debug)]
pub(crate) struct Slot<'s> {
    pub id: String,
    pub schedule: &'s Schedule,
    pub event: &'s Event,
    /// Its day, when it was done.
    pub fixed: Option<i32>,
    pub anchor: Anchor,
    pub window: Window,
    pub days: i32,
    pub title: Text,
}

impl Slot<'_> {
    pub(crate) fn centre(&self) -> bool {
        self.event.place == Place::Centre
    }
}

/// What a rule of the network comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// The earliest day of a slot's window.
    Earliest(usize),
    /// The latest day of a slot's window.
    Latest(usize),
    /// A slot is not planned in the past.
    Past(usize),
    /// A rule between two slots.
    Apart(usize, usize, usize),
}

/// All appointments of one patient, and the rules between them.
pub(crate) struct Ground<'s> {
    pub schedules: &'s Schedules,
    pub slots: Vec<Slot<'s>>,
    pub links: Vec<Link>,
    pub network: Network,
    pub settings: Settings,
    /// The first day on which anything new may stand.
    pub first: i32,
    /// What hangs on an appointment that was, and finds no open day any more.
    pub without_room: Vec<Open>,
}

pub(crate) fn unfold<'s>(schedules: &'s Schedules, request: &Request, settings: &Settings) -> Ground<'s> {
    let mut made = Unfold { request, settings, slots: Vec::new(), without_room: Vec::new() };
    for wish in &request.wishes {
        let Some(schedule) = schedules.find(&wish.schedule) else { continue };
        made.schedule(schedule, wish);
    }
    let (slots, without_room) = (made.slots, made.without_room);
    let first = number(request.from);
    let past = slots.iter().filter_map(|s| s.fixed).min().unwrap_or(first).min(first);
    let last = first + settings.ahead + ROOM;
    let mut ground = Ground {
        schedules,
        links: Vec::new(),
        network: Network {
            closed: Closed::new(past, settings.closed_days(past, last)),
            ..Network::default()
        },
        settings: settings.clone(),
        slots,
        first,
        without_room,
    };
    ground.network.vars = ground
        .slots
        .iter()
        .map(|s| s.fixed.map_or((past, last, s.centre()), |day| (day, day, false)))
        .collect();
    // The last variable is the day from which is planned; what is counted from a known day is counted from it.
    ground.network.vars.push((first, first, false));
    ground.windows();
    ground.rules();
    ground
}

impl Ground<'_> {
    fn origin(&self) -> usize {
        self.slots.len()
    }

    fn edge(&mut self, (from, to): (usize, usize), at_least: i32, link: Link) -> Edge {
        self.links.push(link);
        Edge { from, to, at_least, tag: self.links.len() - 1 }
    }

    fn add(&mut self, ends: (usize, usize), at_least: i32, link: Link) {
        let edge = self.edge(ends, at_least, link);
        self.network.edges.push(edge);
    }

    fn windows(&mut self) {
        for at in 0..self.slots.len() {
            let slot = &self.slots[at];
            if slot.fixed.is_some() {
                continue;
            }
            let window = slot.window.clone();
            let (anchor, more) = match slot.anchor {
                Anchor::Slot(other) => (other, 0),
                Anchor::From(day) | Anchor::Overdue(day) | Anchor::Due(day) => {
                    (self.origin(), day - self.first)
                }
            };
            let origin = self.origin();
            self.add((origin, at), 0, Link::Past(at));
            if let Some(earliest) = window.earliest {
                self.add((anchor, at), earliest + more, Link::Earliest(at));
            }
            if let Some(latest) = window.latest {
                self.add((at, anchor), -(latest + more), Link::Latest(at));
            }
        }
    }

    fn rules(&mut self) {
        let schedules = self.schedules;
        for (r, rule) in schedules.rules.iter().enumerate().filter(|(_, r)| r.hard) {
            let RuleKind::NotWithin { before, after } = rule.kind else { continue };
            for (a, b) in self.pairs(&rule.event, &rule.other) {
                if self.slots[a].fixed.is_some() && self.slots[b].fixed.is_some() {
                    continue;
                }
                let earlier = self.edge((a, b), before, Link::Apart(r, a, b));
                let later = self.edge((b, a), after, Link::Apart(r, a, b));
                self.network.choices.push(Choice(earlier, later));
            }
        }
    }

    /// Every appointment of one kind with every one of another.
    pub(crate) fn pairs(&self, event: &str, other: &str) -> Vec<(usize, usize)> {
        let of = |id: &str| {
            let slots = self.slots.iter().enumerate().filter(move |(_, s)| s.event.id == *id);
            slots.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let others = of(other);
        of(event)
            .into_iter()
            .flat_map(|a| others.iter().map(move |b| (a, *b)))
            .filter(|(a, b)| a != b)
            .collect()
    }

    /// The day of an anchor, when it is known.
    pub(crate) fn anchor_day(&self, slot: usize, days: &[Option<i32>]) -> Option<i32> {
        match self.slots[slot].anchor {
            Anchor::Slot(other) => days[other],
            Anchor::From(day) | Anchor::Overdue(day) | Anchor::Due(day) => Some(day),
        }
    }
}

struct Unfold<'s, 'r> {
    request: &'r Request,
    settings: &'r Settings,
    slots: Vec<Slot<'s>>,
    without_room: Vec<Open>,
}

impl<'s> Unfold<'s, '_> {
    fn schedule(&mut self, schedule: &'s Schedule, wish: &Wish) {
        let begin = self.slots.len();
        for event in schedule.events.iter().filter(|e| !wish.left_out.contains(&e.id)) {
            let window = self.window(event);
            match &event.timing {
                Timing::Every(_) => self.chain(schedule, event, &window, wish),
                Timing::After(anchor, _) => {
                    let anchor = &schedule.events[*anchor].id;
                    self.followers(schedule, event, &window, begin, anchor);
                }
                Timing::Due(item, _) => {
                    if let Some(due) = self.request.dues.iter().find(|d| d.item == *item) {
                        self.due(schedule, event, &window, due);
                    }
                }
            }
        }
    }

    /// The window as this centre and this patient have it.
    fn window(&self, event: &Event) -> Window {
        let mut window = event.timing.window().clone();
        if let Some(local) = self.settings.local.iter().find(|l| l.event == event.id) {
            window.earliest = local.earliest;
            window.from = local.from;
            window.wanted = local.wanted;
            window.to = local.to;
            window.latest = local.latest;
        }
        match event.interval.and_then(|fact| self.request.intervals.get(&fact)) {
            Some(days) => window.later(days - window.wanted),
            None => window,
        }
    }

    fn records(&self, event: &Event) -> Vec<i32> {
        let days = event.record.and_then(|fact| self.request.records.get(&fact));
        days.map(|days| days.iter().map(|d| number(*d)).collect()).unwrap_or_default()
    }

    fn push(
        &mut self,
        (schedule, event): (&'s Schedule, &'s Event),
        nth: u32,
        fixed: Option<i32>,
        anchor: Anchor,
        window: &Window,
    ) -> usize {
        let local = self.settings.local.iter().find(|l| l.event == event.id);
        self.slots.push(Slot {
            id: format!("{}.{nth}", event.id),
            schedule,
            event,
            fixed,
            anchor,
            window: window.clone(),
            days: local.and_then(|l| l.days).unwrap_or(event.days),
            title: title(event, nth),
        });
        self.slots.len() - 1
    }

    /// What was done, as far as it is shown: the last one always is, for the next is counted from it.
    fn done(&mut self, schedule: &'s Schedule, event: &'s Event, window: &Window) -> Option<usize> {
        let records = self.records(event);
        let since = number(self.request.from) - self.settings.back;
        let mut last = None;
        for (at, day) in records.iter().enumerate() {
            if *day >= since || at + 1 == records.len() {
                let anchor = Anchor::From(*day);
                last = Some(self.push((schedule, event), at as u32 + 1, Some(*day), anchor, window));
            }
        }
        last
    }

    fn chain(&mut self, schedule: &'s Schedule, event: &'s Event, window: &Window, wish: &Wish) {
        let given = self.records(event).len() as u32;
        let from = number(self.request.from);
        let horizon = from + self.settings.ahead;
        let mut before = self.done(schedule, event, window);
        let mut expected = before.and_then(|at| self.slots[at].fixed).unwrap_or_default();
        let mut window = window.clone();
        // One comes after the other, whatever the window leaves open.
        window.earliest = Some(window.earliest.unwrap_or(1).max(1));
        let last = event.total.unwrap_or(u32::MAX).min(given.saturating_add(event.ahead.unwrap_or(u32::MAX)));
        let mut nth = given;
        while nth < last {
            nth += 1;
            let (anchor, its) = match before {
                None => {
                    let day = number(wish.from).max(from);
                    (Anchor::From(day), event.start.clone().unwrap_or_else(|| window.clone()))
                }
                Some(at) if self.slots[at].fixed.is_some() && late(expected, &window, from) => {
                    (Anchor::Overdue(from), at_once(&window))
                }
                Some(at) => (Anchor::Slot(at), window.clone()),
            };
            expected = match anchor {
                Anchor::Slot(_) => expected.max(from - its.wanted) + its.wanted,
                Anchor::From(day) | Anchor::Overdue(day) | Anchor::Due(day) => day + its.wanted,
            };
            // A series of so many is planned to its end.
            let endless = event.total.is_none() || event.ahead.is_some();
            if endless && expected > horizon && nth > given + 1 {
                return;
            }
            before = Some(self.push((schedule, event), nth, None, anchor, &its));
        }
    }

    fn followers(
        &mut self,
        schedule: &'s Schedule,
        event: &'s Event,
        window: &Window,
        begin: usize,
        anchor: &str,
    ) {
        let from = number(self.request.from);
        let records = self.records(event);
        for at in begin..self.slots.len() {
            let other = &self.slots[at];
            let (same, fixed) = (other.event.id == anchor, other.fixed);
            let nth = other.id.rsplit('.').next().and_then(|n| n.parse().ok()).unwrap_or_default();
            if !same || (!event.only.is_empty() && !event.only.contains(&nth)) {
                continue;
            }
            let mut done = None;
            if let Some(day) = fixed {
                let low = day + window.earliest.or(window.from).unwrap_or(window.wanted);
                let high = day + window.latest.or(window.to).unwrap_or(window.wanted);
                done = records
                    .iter()
                    .copied()
                    .filter(|d| (low..=high).contains(d))
                    .min_by_key(|d| (d - day - window.wanted).abs());
                if done.is_none() && high < from {
                    continue;
                }
                // What was is not to be had again: without an open day what hangs on it is told, and the rest is planned.
                if done.is_none() && event.place == Place::Centre && !self.open_day(low.max(from), high) {
                    let because = words::no_open_day(date(low.max(from)), date(high));
                    let title = title(event, nth);
                    self.without_room.push(Open { schedule: schedule.id.clone(), title, because });
                    continue;
                }
            }
            self.push((schedule, event), nth, done, Anchor::Slot(at), window);
        }
    }

    fn open_day(&self, low: i32, high: i32) -> bool {
        self.settings.closed_days(low, high).contains(&false)
    }

    fn due(&mut self, schedule: &'s Schedule, event: &'s Event, window: &Window, due: &DueWish) {
        let from = number(self.request.from);
        let horizon = from + self.settings.ahead;
        self.done(schedule, event, window);
        let given = self.records(event).len() as u32;
        let day = number(due.day);
        let (anchor, its) = if late(day, window, from) {
            (Anchor::Overdue(from), at_once(window))
        } else {
            (Anchor::Due(day), window.clone())
        };
        let base: Date = date(day.max(from));
        if day.max(from) > horizon {
            return;
        }
        let mut before = self.push((schedule, event), given + 1, None, anchor, &its);
        let (mut last, mut nth) = (number(base), given + 1);
        while let Some(months) = due.months.filter(|m| *m > 0) {
            let Some(next) = months_later(base, months * i64::from(nth - given)).map(number) else { return };
            nth += 1;
            if next > horizon || nth > given + event.ahead.unwrap_or(u32::MAX - given) {
                return;
            }
            before =
                self.push((schedule, event), nth, None, Anchor::Slot(before), &window.later(next - last));
            last = next;
        }
    }
}

/// What an appointment is called, with its number.
fn title(event: &Event, nth: u32) -> Text {
    let total = event.total.map(|t| t.to_string()).unwrap_or_default();
    let fill = |text: &str| text.replace("{n}", &nth.to_string()).replace("{total}", &total);
    Text::new(fill(&event.title.en), fill(&event.title.nl))
}

/// Whether the wanted day is past and no day of the window is left.
fn late(day: i32, window: &Window, from: i32) -> bool {
    match window.latest {
        Some(latest) => day + latest < from,
        None => day + window.to.unwrap_or(window.wanted) < from,
    }
}

/// As soon as possible: what is overdue has no window left.
fn at_once(window: &Window) -> Window {
    Window { earliest: Some(0), from: None, wanted: 0, to: None, latest: None, ..window.clone() }
}

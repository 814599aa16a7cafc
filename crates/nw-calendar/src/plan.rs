//! The days of a calendar: each appointment as near to its best day as all hard rules together allow.
//!
//! Appointments choose one after the other: what was done stands, then what was moved, what somebody chose, and the rest
//! by rank and day. A day is taken only when everything that has no day yet still fits; so no choice is regretted.
//! What a calendar had before is kept unless what it is counted from moved, or a rule forbids it.

use std::collections::BTreeMap;

use nw_facts::{Date, Text};
use sha2::{Digest, Sha256};

use crate::calendar::{Broken, Calendar, Entry, Shift, State};
use crate::days::{date, number};
use crate::network::{Bounds, Clash};
use crate::schedule::{RuleKind, Schedules};
use crate::settings::Settings;
use crate::unfold::{Anchor, Ground, Link, unfold};
use crate::wish::Request;
use crate::words::{self, Cause};

/// One date that somebody wants elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The appointment, `schedule.event.number`.
    pub id: String,
    /// Its new day.
    pub to: Date,
}

/// Why there is no such calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The appointment whose day is refused; empty when the schedules do not fit together at all.
    pub id: String,
    /// The day that was asked for.
    pub day: Option<Date>,
    /// By how many days it misses the nearest day that is possible; negative when that day is earlier.
    pub by: Option<i32>,
    /// The nearest day that is possible.
    pub nearest: Option<Date>,
    /// The rules behind it, one sentence each.
    pub rules: Vec<Text>,
    /// All of it in one sentence.
    pub because: Text,
}

/// Days around the best one that are looked at before all others.
const NEARBY: i32 = 90;

/// What stood in the calendar before.
struct Old {
    day: i32,
    by_hand: bool,
}

/// Plans a calendar, or brings an earlier one up to date.
///
/// # Errors
/// The hard rules leave no calendar.
pub fn plan(
    schedules: &Schedules,
    request: &Request,
    settings: &Settings,
    before: Option<&Calendar>,
) -> Result<Calendar, Refused> {
    shift(schedules, request, settings, before, &[])
}

/// The same with dates that somebody moved; what depends on them follows.
///
/// # Errors
/// A date that breaks a hard rule, with the rule and by how much.
pub fn shift(
    schedules: &Schedules,
    request: &Request,
    settings: &Settings,
    before: Option<&Calendar>,
    moves: &[Move],
) -> Result<Calendar, Refused> {
    let ground = unfold(schedules, request, settings);
    let planner = Planner::new(&ground, before);
    let chosen = planner.choose(moves)?;
    Ok(planner.calendar(request, before, &chosen))
}

/// Whether the hard rules leave any calendar at all.
pub(crate) fn solvable(schedules: &Schedules, request: &Request, settings: &Settings) -> Result<(), Refused> {
    let ground = unfold(schedules, request, settings);
    let solved = ground.network.solve(&ground.network.bounds());
    solved.map(|_| ()).map_err(|clash| Planner::new(&ground, None).nothing_fits(&clash))
}

/// Every hard rule that a calendar breaks, found by looking at each rule and each date, and not by how dates are chosen.
pub fn broken(
    schedules: &Schedules,
    request: &Request,
    settings: &Settings,
    calendar: &Calendar,
) -> Vec<Broken> {
    let ground = unfold(schedules, request, settings);
    let mut found = Vec::new();
    let mut days = Vec::new();
    for slot in &ground.slots {
        let entry = calendar.entry(&slot.id).filter(|e| e.state != State::Cancelled);
        days.push(entry.map(|e| number(e.date)));
        let mut tell = |because: Text| found.push(Broken { id: slot.id.clone(), days: None, because });
        match (entry, slot.fixed) {
            (None, _) => tell(words::missing(&slot.title)),
            (Some(entry), Some(day)) if number(entry.date) != day => {
                tell(words::not_as_recorded(&slot.title, date(day)));
            }
            (Some(entry), None) if slot.centre() => {
                if let Some(why) = settings.closed_because(entry.date) {
                    tell(words::closed(&slot.title, entry.date, &why));
                }
            }
            _ => {}
        }
    }
    let planned = |e: &&Entry| e.state == State::Planned && !ground.slots.iter().any(|s| s.id == e.id);
    found.extend(calendar.entries.iter().filter(planned).map(|e| Broken {
        id: e.id.clone(),
        days: None,
        because: words::unknown(&e.title),
    }));
    for (at, slot) in ground.slots.iter().enumerate().filter(|(_, s)| s.fixed.is_none()) {
        let Some(day) = days[at] else { continue };
        let mut tell = |by: i32, link: Link| {
            if by > 0 {
                let because = words::rule(&ground, link, &days);
                found.push(Broken { id: slot.id.clone(), days: Some(by), because: words::by(because, by) });
            }
        };
        tell(ground.first - day, Link::Past(at));
        let Some(anchor) = ground.anchor_day(at, &days) else { continue };
        if let Some(earliest) = slot.window.earliest {
            tell(anchor + earliest - day, Link::Earliest(at));
        }
        if let Some(latest) = slot.window.latest {
            tell(day - anchor - latest, Link::Latest(at));
        }
    }
    for (r, rule) in schedules.rules.iter().enumerate().filter(|(_, r)| r.hard) {
        let RuleKind::NotWithin { before, after } = rule.kind else { continue };
        for (a, b) in ground.pairs(&rule.event, &rule.other) {
            if ground.slots[a].fixed.is_some() && ground.slots[b].fixed.is_some() {
                continue;
            }
            let (Some(one), Some(other)) = (days[a], days[b]) else { continue };
            let by = (before - (other - one)).min(after - (one - other));
            if by > 0 {
                let because = words::by(words::rule(&ground, Link::Apart(r, a, b), &days), by);
                found.push(Broken { id: ground.slots[a].id.clone(), days: Some(by), because });
            }
        }
    }
    found
}

/// The chosen days, each with its cause where it differs from before.
struct Chosen {
    days: Vec<i32>,
    causes: Vec<Cause>,
    by_hand: Vec<bool>,
}

struct Planner<'p, 's> {
    ground: &'p Ground<'s>,
    old: Vec<Option<Old>>,
}

impl<'p, 's> Planner<'p, 's> {
    fn new(ground: &'p Ground<'s>, before: Option<&Calendar>) -> Self {
        let old = ground.slots.iter().map(|slot| {
            let entry = before?.entry(&slot.id).filter(|e| e.state != State::Cancelled)?;
            Some(Old { day: number(entry.date), by_hand: entry.by_hand })
        });
        Planner { ground, old: old.collect() }
    }

    fn choose(&self, moves: &[Move]) -> Result<Chosen, Refused> {
        let (ground, count) = (self.ground, self.ground.slots.len());
        let network = &ground.network;
        let mut bounds = network.bounds();
        if let Err(clash) = network.narrow(&mut bounds).and_then(|()| network.solve(&bounds).map(|_| ())) {
            return Err(self.nothing_fits(&clash));
        }
        let mut days: Vec<Option<i32>> = ground.slots.iter().map(|s| s.fixed).collect();
        let mut causes: Vec<Cause> = ground
            .slots
            .iter()
            .map(|s| if s.fixed.is_some() { Cause::Recorded } else { Cause::Planned })
            .collect();
        let mut by_hand: Vec<bool> = (0..count)
            .map(|at| days[at].is_none() && self.old[at].as_ref().is_some_and(|o| o.by_hand))
            .collect();
        for one in moves {
            let at = self.moved(one, &bounds, &days)?;
            self.take(&mut bounds, at, number(one.to));
            days[at] = Some(number(one.to));
            causes[at] = Cause::ByHand;
            by_hand[at] = true;
        }
        while let Some((at, target, follows)) = self.next(&days, &by_hand) {
            let (day, cause) = self.best(&bounds, &days, at, target, follows, by_hand[at]);
            self.take(&mut bounds, at, day);
            by_hand[at] &= self.old[at].as_ref().is_some_and(|o| o.day == day);
            (days[at], causes[at]) = (Some(day), cause);
        }
        let days = days.into_iter().map(Option::unwrap_or_default).collect();
        Ok(Chosen { days, causes, by_hand })
    }

    fn take(&self, bounds: &mut Bounds, at: usize, day: i32) {
        let network = &self.ground.network;
        // The day was seen to be allowed with everything that has none yet.
        let bound = network.bind(bounds, at, day).and_then(|()| network.narrow(bounds));
        debug_assert!(bound.is_ok(), "a day that was allowed fits");
    }

    /// The slot that chooses next, its best day, and whether that day follows another that moved.
    fn next(&self, days: &[Option<i32>], by_hand: &[bool]) -> Option<(usize, i32, bool)> {
        let waiting = (0..days.len()).filter(|at| days[*at].is_none());
        let ready = waiting.filter_map(|at| Some((at, self.target(at, days, by_hand[at])?)));
        let (at, (target, follows)) = ready.min_by_key(|(at, (target, _))| {
            (!by_hand[*at], self.ground.slots[*at].schedule.rank, *target, *at)
        })?;
        Some((at, target, follows))
    }

    fn target(&self, at: usize, days: &[Option<i32>], by_hand: bool) -> Option<(i32, bool)> {
        let (slot, old) = (&self.ground.slots[at], &self.old[at]);
        if let (Some(old), true) = (old, by_hand) {
            return Some((old.day, false));
        }
        let anchor = self.ground.anchor_day(at, days)?;
        let fresh = anchor + slot.window.wanted;
        let Some(old) = old else { return Some((fresh, false)) };
        // A day that no wish meets any more is not kept for its own sake: what forced it may be gone.
        let low = slot.window.from.or(slot.window.earliest).unwrap_or(i32::MIN / 2);
        let high = slot.window.to.or(slot.window.latest).unwrap_or(i32::MAX / 2);
        let inside = (low..=high).contains(&(old.day - anchor));
        let moved = match slot.anchor {
            Anchor::Slot(other) => self.old[other].as_ref().is_none_or(|o| o.day != anchor),
            _ => false,
        };
        Some(if inside && !moved { (old.day, false) } else { (fresh, true) })
    }

    /// The nearest day to the target that meets the most wishes and leaves room for the rest.
    fn best(
        &self,
        bounds: &Bounds,
        days: &[Option<i32>],
        at: usize,
        target: i32,
        follows: bool,
        by_hand: bool,
    ) -> (i32, Cause) {
        let ground = self.ground;
        let network = &ground.network;
        let cost =
            |day: i32| if by_hand { 0 } else { self.unmet(days, at, day).iter().map(|u| u.weight()).sum() };
        let fits = |day: i32| network.allows(bounds, at, day);
        let look = |low: i32, high: i32| {
            let mut all: Vec<(i32, i32, i32)> = (low.max(bounds.low[at])..=high.min(bounds.high[at]))
                .map(|day| (cost(day), (day - target).abs(), day))
                .collect();
            all.sort_unstable();
            all.into_iter().map(|(.., day)| day).find(|day| fits(*day).is_ok())
        };
        let found = look(target - NEARBY, target + NEARBY).or_else(|| look(i32::MIN, i32::MAX));
        // The earliest days together are always a solution.
        let day = found.unwrap_or(bounds.low[at]);
        let old = self.old[at].as_ref().map(|o| o.day);
        if day == target {
            return (day, if follows { Cause::Follows } else { Cause::Planned });
        }
        let closed = || ground.slots[at].centre() && network.closed.is(target);
        let why = if closed() {
            words::Why::Closed(ground.settings.closed_because(date(target)).unwrap_or_default())
        } else {
            match fits(target) {
                Err(clash) => words::Why::Rules(self.links(&clash)),
                Ok(()) => words::Why::Wish(self.unmet(days, at, target).first().and_then(|u| u.rule())),
            }
        };
        let cause = if follows { Cause::FollowsBut(target, why) } else { Cause::Blocked(target, why) };
        (day, if old == Some(day) { Cause::Planned } else { cause })
    }

    fn links(&self, clash: &Clash) -> Vec<Link> {
        clash.tags.iter().map(|tag| self.ground.links[*tag]).collect()
    }

    /// Wishes that a day does not meet, as far as the days of others are known.
    fn unmet(&self, days: &[Option<i32>], at: usize, day: i32) -> Vec<Unmet> {
        unmet(self.ground, days, at, day)
    }

    fn moved(&self, one: &Move, bounds: &Bounds, days: &[Option<i32>]) -> Result<usize, Refused> {
        let ground = self.ground;
        let refuse = |because: Text| Refused {
            id: one.id.clone(),
            day: Some(one.to),
            by: None,
            nearest: None,
            rules: Vec::new(),
            because,
        };
        let Some(at) = ground.slots.iter().position(|s| s.id == one.id) else {
            let ids = ground.slots.iter().filter(|s| s.fixed.is_none()).map(|s| s.id.as_str());
            return Err(refuse(words::no_such(&one.id, ids)));
        };
        let slot = &ground.slots[at];
        if let Some(day) = slot.fixed {
            return Err(refuse(words::happened(&slot.title, date(day))));
        }
        if days[at].is_some() {
            return Err(refuse(words::twice(&slot.title)));
        }
        let day = number(one.to);
        let network = &ground.network;
        let why = if slot.centre() && network.closed.is(day) {
            let why = ground.settings.closed_because(one.to).unwrap_or_default();
            vec![words::closed(&slot.title, one.to, &why)]
        } else {
            match network.allows(bounds, at, day) {
                Ok(()) => return Ok(at),
                Err(clash) => {
                    let mut with = days.to_vec();
                    with[at] = Some(day);
                    self.links(&clash).iter().map(|link| words::rule(ground, *link, &with)).collect()
                }
            }
        };
        let (low, high) = (bounds.low[at], bounds.high[at]);
        let mut near: Vec<i32> = (low..=high).collect();
        near.sort_by_key(|d| ((d - day).abs(), *d));
        let nearest = near.into_iter().find(|d| network.allows(bounds, at, *d).is_ok());
        let by = nearest.map(|n| n - day);
        Err(Refused {
            id: one.id.clone(),
            day: Some(one.to),
            by,
            nearest: nearest.map(date),
            because: words::refused(&slot.title, one.to, &why, nearest.map(date), by),
            rules: why,
        })
    }

    fn nothing_fits(&self, clash: &Clash) -> Refused {
        let days: Vec<Option<i32>> = self.ground.slots.iter().map(|s| s.fixed).collect();
        let rules: Vec<Text> =
            self.links(clash).iter().map(|link| words::rule(self.ground, *link, &days)).collect();
        Refused {
            id: String::new(),
            day: None,
            by: None,
            nearest: None,
            because: words::nothing_fits(&rules),
            rules,
        }
    }

    fn calendar(&self, request: &Request, before: Option<&Calendar>, chosen: &Chosen) -> Calendar {
        let ground = self.ground;
        let known: Vec<Option<i32>> = chosen.days.iter().copied().map(Some).collect();
        let mut entries = Vec::new();
        let mut shifts = Vec::new();
        let old: BTreeMap<&str, &Entry> =
            before.map(|b| b.entries.iter().map(|e| (e.id.as_str(), e)).collect()).unwrap_or_default();
        for (at, slot) in ground.slots.iter().enumerate() {
            let day = date(chosen.days[at]);
            let state = if slot.fixed.is_some() { State::Done } else { State::Planned };
            let mut entry = Entry {
                id: slot.id.clone(),
                uid: uid(&request.key, &slot.id),
                date: day,
                days: slot.days,
                state,
                by_hand: chosen.by_hand[at],
                sequence: 0,
                changed: request.today,
                title: slot.title.clone(),
                tell: slot.event.tell.clone(),
                who: slot.event.who,
                centre: slot.centre(),
                instead: None,
                wishes: Vec::new(),
                sources: slot.window.sources.iter().map(|s| s.key.clone()).collect(),
                mark: slot.window.mark.letter().to_string(),
            };
            if slot.fixed.is_none() {
                let unmet = unmet(ground, &known, at, chosen.days[at]);
                entry.wishes = unmet.iter().map(|u| words::wish(ground, u, at, &known)).collect();
                if !entry.by_hand {
                    entry.instead = instead(ground, &known, at, chosen.days[at]);
                }
            }
            let was = old.get(slot.id.as_str());
            if let Some(was) = was {
                let same = was.date == entry.date
                    && was.days == entry.days
                    && was.state == entry.state
                    && was.title == entry.title
                    && was.tell == entry.tell;
                (entry.sequence, entry.changed) =
                    if same { (was.sequence, was.changed) } else { (was.sequence + 1, request.today) };
            }
            let from = was.filter(|w| w.state != State::Cancelled).map(|w| w.date);
            if before.is_some() && from != Some(day) {
                let because = words::shifted(ground, at, from, day, &chosen.causes[at], &known);
                shifts.push(Shift { id: slot.id.clone(), from, to: Some(day), because });
            }
            entries.push(entry);
        }
        let since = date(ground.first - ground.settings.back);
        for (id, was) in old {
            if entries.iter().any(|e| e.id == id) || was.state == State::Done || was.date < since {
                continue;
            }
            let mut gone = (*was).clone();
            if was.state == State::Planned {
                gone.state = State::Cancelled;
                gone.sequence += 1;
                gone.changed = request.today;
                let because = words::cancelled(&was.title, was.date);
                shifts.push(Shift { id: id.to_string(), from: Some(was.date), to: None, because });
            }
            entries.push(gone);
        }
        entries.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        shifts.sort_by(|a, b| (a.to.or(a.from), &a.id).cmp(&(b.to.or(b.from), &b.id)));
        Calendar {
            made: request.today,
            from: request.from,
            guideline: request.guideline.clone(),
            schedules: ground.schedules.digest.clone(),
            asked: request.asked.clone(),
            entries,
            held: request.held.clone(),
            open: request.open.iter().chain(&ground.without_room).cloned().collect(),
            shifts,
        }
    }
}

/// A wish that is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// Before the days that are preferred, by so many.
    Early(i32),
    /// After them.
    Late(i32),
    /// A rule that is a wish.
    Rule(usize),
}

impl Unmet {
    fn weight(self) -> i32 {
        match self {
            Unmet::Early(_) | Unmet::Late(_) => 2,
            Unmet::Rule(_) => 1,
        }
    }

    fn rule(self) -> Option<usize> {
        match self {
            Unmet::Rule(rule) => Some(rule),
            _ => None,
        }
    }
}

fn unmet(ground: &Ground<'_>, days: &[Option<i32>], at: usize, day: i32) -> Vec<Unmet> {
    let slot = &ground.slots[at];
    let mut unmet = Vec::new();
    if let Some(anchor) = ground.anchor_day(at, days) {
        let after = day - anchor;
        if let Some(from) = slot.window.from.filter(|from| after < *from) {
            unmet.push(Unmet::Early(from - after));
        }
        if let Some(to) = slot.window.to.filter(|to| after > *to) {
            unmet.push(Unmet::Late(after - to));
        }
    }
    for (r, rule) in ground.schedules.rules.iter().enumerate() {
        if rule.event != slot.event.id || rule.hard {
            continue;
        }
        let mut others = ground
            .slots
            .iter()
            .enumerate()
            .filter(|(_, other)| other.event.id == rule.other)
            .filter_map(|(other, _)| days[other]);
        let met = match rule.kind {
            RuleKind::Near { earliest, latest } => {
                let mut others = others.peekable();
                others.peek().is_none() || others.any(|other| (earliest..=latest).contains(&(day - other)))
            }
            RuleKind::NotWithin { before, after } => {
                others.all(|other| other - day >= before || day - other >= after)
            }
        };
        if !met {
            unmet.push(Unmet::Rule(r));
        }
    }
    unmet
}

/// Why a day is not the best one, or comes late: read off the finished calendar, so that it says the same however the calendar came to be.
fn instead(ground: &Ground<'_>, days: &[Option<i32>], at: usize, day: i32) -> Option<Text> {
    let slot = &ground.slots[at];
    let best = ground.anchor_day(at, days)? + slot.window.wanted;
    if let Anchor::Overdue(since) = slot.anchor {
        return Some(words::overdue(date(since)));
    }
    if day == best {
        return None;
    }
    let mut there = days.to_vec();
    there[at] = Some(best);
    if best < ground.first {
        return Some(words::instead(&words::rule(ground, Link::Past(at), &there)));
    }
    if slot.centre() && ground.network.closed.is(best) {
        let name = ground.settings.closed_because(date(best)).unwrap_or_default();
        return Some(words::not_on(ground, best, &words::Why::Closed(name), &there));
    }
    for (r, rule) in ground.schedules.rules.iter().enumerate().filter(|(_, r)| r.hard) {
        let RuleKind::NotWithin { before, after } = rule.kind else { continue };
        let here = [&rule.event, &rule.other].contains(&&slot.event.id);
        let mut pairs = if here { ground.pairs(&rule.event, &rule.other) } else { Vec::new() };
        pairs.retain(|(a, b)| [*a, *b].contains(&at));
        let broken = pairs.into_iter().find(|(a, b)| {
            let (Some(one), Some(other)) = (there[*a], there[*b]) else { return false };
            other - one < before && one - other < after
        });
        if let Some((a, b)) = broken {
            return Some(words::not_on(ground, best, &words::Why::Rules(vec![Link::Apart(r, a, b)]), &there));
        }
    }
    // What hangs on it has to find an open day, too.
    let follower = ground.slots.iter().enumerate().find_map(|(other, its)| {
        if its.anchor != Anchor::Slot(at) || !its.centre() || its.fixed.is_some() {
            return None;
        }
        let (low, high) = (best + its.window.earliest?, best + its.window.latest?);
        (low..=high).all(|day| ground.network.closed.is(day)).then_some((other, low))
    });
    if let Some((other, low)) = follower {
        let name = ground.settings.closed_because(date(low)).unwrap_or_default();
        return Some(words::instead(&words::closed(&ground.slots[other].title, date(low), &name)));
    }
    let weight = |day: i32| unmet(ground, days, at, day).iter().map(|u| u.weight()).sum::<i32>();
    if weight(best) > weight(day) {
        let rule = unmet(ground, days, at, best).iter().find_map(|u| u.rule());
        return Some(words::not_on(ground, best, &words::Why::Wish(rule), &there));
    }
    None
}

/// The same appointment of the same patient has the same id everywhere, and it says nothing about the patient.
fn uid(key: &str, id: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["netwijzer calendar", key, id] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let hex: String = hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("{hex}@netwijzer")
}

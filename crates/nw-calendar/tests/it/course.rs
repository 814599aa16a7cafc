//! What calendars say for patients as they are: planned, moved, refused, brought up to date.

use nw_calendar::{
    Calendar, Method, Move, State, broken, explained, from_json, ics, months, plan, shift, to_json,
};
use nw_facts::{Language, Text};

use crate::{day, request, shipped};

fn dates(calendar: &Calendar, event: &str) -> Vec<String> {
    let of = |id: &str| id.rsplit_once('.').is_some_and(|(kind, _)| kind == event);
    let planned = calendar.entries.iter().filter(|e| of(&e.id) && e.state != State::Cancelled);
    planned.map(|e| e.date.to_string()).collect()
}

const INJECTIONS: (&str, &[&str]) = ("ssa.injection.date", &["2026-01-06", "2026-02-03", "2026-03-03"]);

#[test]
fn injections_go_on_every_28_days_around_closed_days() {
    let shipped = shipped();
    let asked = request("2026-03-10", &["ssa"], &[INJECTIONS], &[]);
    let calendar = plan(&shipped.schedules, &asked, &shipped.schedules.house, None).expect("a calendar");
    assert_eq!(
        dates(&calendar, "ssa.injection"),
        [
            "2026-01-06",
            "2026-02-03",
            "2026-03-03",
            "2026-03-31",
            "2026-04-28",
            "2026-05-26",
            "2026-06-23",
            "2026-07-21",
            "2026-08-18"
        ]
    );
    // From 30 March on, 27 April is King's Day and 25 May Whit Monday: the nearest open day is taken.
    let monday = request("2026-03-10", &["ssa"], &[("ssa.injection.date", &["2026-03-02"])], &[]);
    let calendar = plan(&shipped.schedules, &monday, &shipped.schedules.house, None).expect("a calendar");
    assert_eq!(
        dates(&calendar, "ssa.injection")[..4],
        ["2026-03-02", "2026-03-30", "2026-04-28", "2026-05-26"]
    );
}

#[test]
fn the_interval_of_the_record_counts() {
    let shipped = shipped();
    let mut asked = request("2026-03-10", &["ssa"], &[INJECTIONS], &[]);
    asked.intervals.insert(crate::fact("ssa.interval"), 21);
    let calendar = plan(&shipped.schedules, &asked, &shipped.schedules.house, None).expect("a calendar");
    assert_eq!(dates(&calendar, "ssa.injection")[3..6], ["2026-03-24", "2026-04-14", "2026-05-05"]);
}

#[test]
fn analogues_stay_away_from_courses() {
    let shipped = shipped();
    let asked = request("2026-03-10", &["prrt", "ssa"], &[INJECTIONS], &[]);
    let calendar = plan(&shipped.schedules, &asked, &shipped.schedules.house, None).expect("a calendar");
    let courses = dates(&calendar, "prrt.course");
    assert_eq!(courses, ["2026-04-07", "2026-06-02", "2026-07-28", "2026-09-22"]);
    let injections = dates(&calendar, "ssa.injection");
    // The last one before is 35 days earlier; then on the day of each course and half-way.
    assert_eq!(
        injections[2..],
        ["2026-03-03", "2026-04-07", "2026-05-05", "2026-06-02", "2026-06-30", "2026-07-28", "2026-08-25"]
    );
    assert!(broken(&shipped.schedules, &asked, &shipped.schedules.house, &calendar).is_empty());
}

#[test]
fn moving_a_course_moves_what_depends_on_it_and_says_why() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let asked = request("2026-03-10", &["prrt", "ssa"], &[INJECTIONS], &[]);
    let first = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let to = day("2026-06-09");
    let moves = [Move { id: "prrt.course.2".to_string(), to }];
    let second = shift(&shipped.schedules, &asked, house, Some(&first), &moves).expect("a calendar");
    assert_eq!(dates(&second, "prrt.course"), ["2026-04-07", "2026-06-09", "2026-08-04", "2026-09-29"]);
    assert!(broken(&shipped.schedules, &asked, house, &second).is_empty());
    let told = explained(&second, Language::En);
    let says = |part: &str| told.iter().any(|t| t.contains(part));
    assert!(
        says("“PRRT course 2 of 4” moves from 2 June 2026 to 9 June 2026: this date was chosen."),
        "{told:#?}"
    );
    assert!(
        says(
            "“PRRT course 3 of 4” moves from 28 July 2026 to 4 August 2026: it comes 56 days after “PRRT course 2 of 4” (9 June 2026)."
        ),
        "{told:#?}"
    );
    assert!(says("the long-acting injection comes at least 28 days before a PRRT course"), "{told:#?}");
    // Every date that changed is told, and nothing else.
    let changed: Vec<&str> = second
        .entries
        .iter()
        .filter(|e| first.entry(&e.id).is_none_or(|old| old.date != e.date))
        .map(|e| e.id.as_str())
        .collect();
    let mut shifted: Vec<&str> = second.shifts.iter().map(|s| s.id.as_str()).collect();
    shifted.sort_unstable();
    let mut expected = changed.clone();
    expected.sort_unstable();
    assert_eq!(shifted, expected);
    // Sequence numbers rise for what changed, ids stay.
    for entry in &second.entries {
        let old = first.entry(&entry.id).expect("the same appointments");
        assert_eq!(old.uid, entry.uid);
        assert_eq!(entry.sequence, u32::from(changed.contains(&entry.id.as_str())), "{}", entry.id);
    }
}

#[test]
fn a_date_that_breaks_a_rule_is_refused_with_its_measure() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let given = [("prrt.course.date", &["2026-02-16"][..]), INJECTIONS];
    let asked = request("2026-03-10", &["prrt", "ssa"], &given, &[]);
    let first = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let refuse = |id: &str, to: &str| {
        let moves = [Move { id: id.to_string(), to: day(to) }];
        shift(&shipped.schedules, &asked, house, Some(&first), &moves).expect_err("refused")
    };
    let early = refuse("prrt.course.2", "2026-03-30");
    assert_eq!(early.nearest, Some(day("2026-04-07")), "{}", early.because.en);
    assert!(
        early.because.en.contains(
            "“PRRT course 2 of 4” comes at least 49 days after “PRRT course 1 of 4” (16 February 2026)"
        ),
        "{}",
        early.because.en
    );
    assert!(early.because.en.contains("That is 8 days too early"), "{}", early.because.en);
    assert!(early.because.nl.contains("Dat is 8 dagen te vroeg"), "{}", early.because.nl);
    let closed = refuse("prrt.course.2", "2026-04-27");
    assert!(closed.because.nl.contains("Koningsdag"), "{}", closed.because.nl);
    assert!(refuse("prrt.course.1", "2026-04-28").because.en.contains("what happened does not move"));
    assert!(refuse("prrt.corse.2", "2026-04-28").because.en.contains("did you mean `prrt.course.2`?"));
    let near = refuse(
        "ssa.injection.4",
        first.entry("prrt.course.2").expect("planned").date.yesterday().expect("a day").to_string().as_str(),
    );
    assert!(!near.rules.is_empty());
}

#[test]
fn platinum_and_etoposide_needs_three_open_days_in_a_row() {
    let shipped = shipped();
    let asked = request("2026-03-10", &["platinum-etoposide"], &[], &[]);
    let calendar = plan(&shipped.schedules, &asked, &shipped.schedules.house, None).expect("a calendar");
    for entry in calendar.entries.iter().filter(|e| e.id.contains("day-1")) {
        let weekday = entry.date.weekday().to_monday_zero_offset();
        assert!(weekday <= 2, "{} on {}", entry.id, entry.date);
    }
    assert_eq!(dates(&calendar, "platinum-etoposide.day-1").len(), 6);
}

#[test]
fn what_was_done_stands_and_the_rest_follows() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let first = plan(&shipped.schedules, &request("2026-03-10", &["ssa"], &[INJECTIONS], &[]), house, None)
        .expect("a calendar");
    // The fourth injection was given two days late.
    let given: &[&str] = &["2026-01-06", "2026-02-03", "2026-03-03", "2026-04-02"];
    let later = request("2026-04-03", &["ssa"], &[("ssa.injection.date", given)], &[]);
    let second = plan(&shipped.schedules, &later, house, Some(&first)).expect("a calendar");
    let fourth = second.entry("ssa.injection.4").expect("the fourth");
    assert_eq!((fourth.state, fourth.date, fourth.sequence), (State::Done, day("2026-04-02"), 1));
    assert_eq!(dates(&second, "ssa.injection")[4], "2026-04-30");
    let told = explained(&second, Language::Nl);
    assert!(told.iter().any(|t| t.contains("“Injectie 4 met een somatostatine-analoog” gaat van 31 maart 2026 naar 2 april 2026: het dossier zegt dat het toen gebeurde.")), "{told:#?}");
}

#[test]
fn the_scan_stands_before_an_injection_and_the_visit_after_the_scan() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let dues: &[(&str, &str, i64)] = &[
        ("sstr-pet", "2026-04-13", 24),
        ("imaging", "2026-05-04", 6),
        ("clinic", "2026-05-04", 6),
        ("laboratory", "2026-05-04", 6),
    ];
    let asked = request("2026-03-10", &["ssa", "follow-up"], &[INJECTIONS], dues);
    let calendar = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let one = |id: &str| calendar.entry(id).expect("planned").date;
    // Injections on 31 March and 28 April: the week before the second is nearer to the wanted 13 April than the first.
    assert_eq!(one("follow-up.sstr-pet.1"), day("2026-04-21"));
    assert_eq!(one("follow-up.imaging.1"), day("2026-05-04"));
    assert_eq!(one("follow-up.clinic.1"), day("2026-05-07"));
    assert_eq!(one("follow-up.hiaa-collection.1"), day("2026-05-03"));
    assert_eq!(one("follow-up.hiaa-diet.1"), day("2026-04-30"));
    let wishes: Vec<_> = calendar.entries.iter().filter(|e| !e.wishes.is_empty()).collect();
    assert!(wishes.is_empty(), "{wishes:#?}");
}

#[test]
fn files_are_the_same_each_time_and_read_back() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let asked = request("2026-03-10", &["prrt", "ssa"], &[INJECTIONS], &[]);
    let make = || plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let note = Text::new("Not a certified medical device.", "Geen gecertificeerd medisch hulpmiddel.");
    let json = |c: &Calendar| to_json(c, "demo", &note);
    let calendar = make();
    assert_eq!(json(&calendar), json(&make()));
    let (back, case) = from_json(&json(&calendar)).expect("reads");
    assert_eq!((back, case.as_str()), (calendar.clone(), "demo"));
    assert!(from_json("{}").is_err());
    assert!(from_json(&json(&calendar).replace("2026-04-07", "2026-04-31")).is_err());
    let file = ics(&calendar, house, Method::Publish, ("Kalender", "Geen hulpmiddel."), Language::Nl);
    assert_eq!(file, ics(&make(), house, Method::Publish, ("Kalender", "Geen hulpmiddel."), Language::Nl));
    for line in file.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
    assert_eq!(file.matches("BEGIN:VEVENT").count(), calendar.entries.len());
    assert!(file.contains("DTSTAMP:20260310T000000Z"));
    let sheets = months(&calendar, house);
    assert_eq!(sheets.first().map(|m| m.title.nl.as_str()), Some("maart 2026"));
    assert!(sheets.iter().all(|m| m.weeks.iter().all(|w| w.len() == 7)));
    let april = &sheets[1];
    let monday = april.weeks[1][0].as_ref().expect("6 April");
    assert_eq!(monday.closed.as_ref().map(|t| t.nl.as_str()), Some("Tweede Paasdag"));
}

#[test]
fn what_is_asked_for_no_more_is_cancelled() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let asked = request("2026-03-10", &["prrt", "ssa"], &[INJECTIONS], &[]);
    let first = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let without = request("2026-03-11", &["ssa"], &[INJECTIONS], &[]);
    let second = plan(&shipped.schedules, &without, house, Some(&first)).expect("a calendar");
    let course = second.entry("prrt.course.1").expect("kept");
    assert_eq!((course.state, course.sequence, course.changed), (State::Cancelled, 1, day("2026-03-11")));
    let file = ics(&second, house, Method::Publish, ("Calendar", "Note."), Language::En);
    assert!(file.contains("STATUS:CANCELLED"));
    // And it comes back when it is asked for again, with a higher number.
    let third = plan(&shipped.schedules, &asked, house, Some(&second)).expect("a calendar");
    let course = third.entry("prrt.course.1").expect("planned");
    assert_eq!((course.state, course.sequence), (State::Planned, 2));
}

#[test]
fn a_day_that_is_not_the_best_one_says_why() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    let note = |calendar: &Calendar, id: &str| {
        let entry = calendar.entry(id).expect("planned");
        entry.instead.as_ref().map(|t| t.get(Language::Nl).to_string())
    };
    // From 2 March on, the third falls on 27 April.
    let monday = request("2026-03-10", &["ssa"], &[("ssa.injection.date", &["2026-03-02"])], &[]);
    let calendar = plan(&shipped.schedules, &monday, house, None).expect("a calendar");
    assert_eq!(note(&calendar, "ssa.injection.2"), None);
    assert_eq!(
        note(&calendar, "ssa.injection.3").as_deref(),
        Some("Niet op de beste dag: op 27 april 2026 is het centrum gesloten (Koningsdag).")
    );
    // It stays when the calendar is brought up to date, and goes through a file.
    let again = plan(&shipped.schedules, &monday, house, Some(&calendar)).expect("a calendar");
    assert_eq!(note(&again, "ssa.injection.3"), note(&calendar, "ssa.injection.3"));
    let json = to_json(&calendar, "demo", &Text::new("a", "b"));
    assert_eq!(from_json(&json).expect("reads").0, calendar);
    // A course waits for an injection to be four weeks old.
    let both: &[(&str, &[&str])] =
        &[("prrt.course.date", &["2026-01-07"]), ("ssa.injection.date", &["2026-02-05"])];
    let asked = request("2026-02-20", &["prrt", "ssa"], both, &[]);
    let calendar = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    let said = note(&calendar, "prrt.course.2").expect("not on 4 March");
    assert!(said.contains("4 maart 2026 zou een regel schenden: de langwerkende injectie"), "{said}");
    // What should have been long ago says so.
    let late = request("2026-03-10", &["ssa"], &[("ssa.injection.date", &["2026-01-05"])], &[]);
    let calendar = plan(&shipped.schedules, &late, house, None).expect("a calendar");
    assert_eq!(
        note(&calendar, "ssa.injection.2").as_deref(),
        Some("Het had vóór 10 maart 2026 al gemoeten.")
    );
    // The third day of a course needs an open day, too.
    let thursday =
        request("2026-03-10", &["platinum-etoposide"], &[("chemotherapy.course.date", &["2026-02-19"])], &[]);
    let calendar = plan(&shipped.schedules, &thursday, house, None).expect("a calendar");
    let said = note(&calendar, "platinum-etoposide.day-1.2").expect("not on 12 March");
    assert!(said.contains("“Chemokuur 2, dag 3” heeft een open dag nodig"), "{said}");
}

#[test]
fn what_hangs_on_a_course_that_was_does_not_refuse_the_rest() {
    let shipped = shipped();
    let house = &shipped.schedules.house;
    // Day 1 on a Thursday: the third day is a Saturday.
    let begun = &[("chemotherapy.course.date", &["2026-03-12"] as &[&str])];
    let asked = request("2026-03-13", &["platinum-etoposide"], begun, &[]);
    let calendar = plan(&shipped.schedules, &asked, house, None).expect("a calendar");
    assert!(calendar.entry("platinum-etoposide.day-2.1").is_some());
    assert!(calendar.entry("platinum-etoposide.day-3.1").is_none());
    assert!(calendar.entry("platinum-etoposide.day-1.2").is_some());
    let told: Vec<String> = calendar
        .open
        .iter()
        .map(|o| format!("{}: {}", o.title.get(Language::Nl), o.because.get(Language::Nl)))
        .collect();
    assert_eq!(told, ["Chemokuur 1, dag 3: op 14 maart 2026 is het centrum gesloten"]);
    assert!(broken(&shipped.schedules, &asked, house, &calendar).is_empty());
}

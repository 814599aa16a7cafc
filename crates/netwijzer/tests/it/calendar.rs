//! `calendar` as its users run it: planned, moved, refused, brought up to date, for agendas.

use super::{folder, run, write};

const CASE: &str = "case: kalender\nas-of: 2026-03-10\nfacts:\n  primary.site: ileum\n  \
    tumour.differentiation: well\n  therapy.ssa: current\n  therapy.prrt: planned\n  ssa.injection.date: \
    [{value: 2026-01-06}, {value: 2026-02-03}, {value: 2026-03-03}]\n";

#[test]
fn a_case_is_planned_by_the_answers_of_the_guideline() {
    let place = folder("calendar-plan");
    let case = write(&place, "case.yaml", CASE);
    let ran = run(&["calendar", &case, "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json = ran.json_whole();
    let held: Vec<&str> =
        json["held"].as_array().unwrap().iter().filter_map(|h| h["schedule"].as_str()).collect();
    assert!(held.contains(&"ssa") && held.contains(&"prrt"), "{held:?}");
    let date = |id: &str| {
        let entries = json["entries"].as_array().unwrap().iter();
        entries.filter(|e| e["id"] == id).find_map(|e| e["date"].as_str()).unwrap_or_default().to_string()
    };
    assert_eq!(date("prrt.course.1"), "2026-04-07");
    assert_eq!(date("ssa.injection.4"), "2026-04-07");
    let text = run(&["calendar", &case, "--lang", "nl"]);
    assert!(
        text.out.contains("PRRT-kuur 1 van 4") && text.out.contains("niet door een clinicus"),
        "{}",
        text.out
    );
    assert!(text.out.contains("geen gecertificeerd medisch hulpmiddel"), "{}", text.out);
}

#[test]
fn a_moved_date_is_explained_and_a_broken_rule_is_refused() {
    let place = folder("calendar-move");
    let case = write(&place, "case.yaml", CASE);
    let first = run(&["calendar", &case, "--format", "json"]);
    let file = write(&place, "first.json", &first.out);
    let moved = run(&[
        "calendar",
        &case,
        "--previous",
        &file,
        "--move",
        "prrt.course.2=2026-06-09",
        "--format",
        "json",
    ]);
    assert_eq!(moved.code, 0, "{}", moved.err);
    let json = moved.json_whole();
    let shifts = json["shifts"].as_array().unwrap();
    assert!(shifts.iter().any(|s| s["id"] == "prrt.course.3" && s["to"] == "2026-08-04"), "{shifts:?}");
    let refused = run(&["calendar", &case, "--previous", &file, "--move", "prrt.course.2=2026-04-28"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("at least 49 days after"), "{}", refused.err);
    assert!(refused.out.is_empty());
    let json =
        run(&["calendar", &case, "--move", "prrt.course.2=2026-04-28", "--format", "json"]).json_whole();
    // Forty-nine days after the first course, on 31 March.
    assert_eq!(json["refused"]["nearest"], "2026-05-19", "{json}");
}

#[test]
fn slips_of_the_command_line_are_told() {
    let place = folder("calendar-slips");
    let case = write(&place, "case.yaml", CASE);
    let undated = write(&place, "undated.yaml", CASE.replace("as-of: 2026-03-10\n", ""));
    let settings = write(&place, "settings.toml", "name = \"A\"\n[calendar]\nholidays = [\"kingsday\"]\n");
    for (args, says) in [
        (vec!["--plan", "prt"], "did you mean `prrt`?"),
        (vec!["--move", "prrt.course.2"], "EVENT=DATE"),
        (vec!["--from", "soon"], "YYYY-MM-DD"),
        (vec!["--settings", settings.as_str()], "did you mean `kings-day`?"),
        (vec!["--previous", case.as_str()], "is no calendar"),
    ] {
        let ran = run(&[&["calendar", case.as_str()][..], &args[..]].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    let ran = run(&["calendar", &undated]);
    assert!(ran.code == 2 && ran.err.contains("as-of"), "{}", ran.err);
    let other = run(&["assess", &case, "--format", "ics"]);
    assert_eq!(other.code, 2);
}

#[test]
fn agendas_get_whole_days_and_cancellations() {
    let place = folder("calendar-ics");
    let case = write(&place, "case.yaml", CASE);
    let text = "name = \"A\"\n[calendar.organiser]\nname = \"NET\"\nemail = \"net@example.org\"\n";
    let settings = write(&place, "s.toml", text);
    let ran = run(&["calendar", &case, "--format", "ics", "--settings", &settings, "--lang", "nl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("METHOD:PUBLISH\r\n") && ran.out.contains("DTSTART;VALUE=DATE:20260407\r\n"));
    let gone = run(&["calendar", &case, "--format", "ics", "--settings", &settings, "--cancel"]);
    assert!(gone.out.contains("METHOD:CANCEL\r\n") && !gone.out.contains("STATUS:CONFIRMED"));
}

#[test]
fn closed_days_of_the_hospital_are_closed_in_its_calendar() {
    let place = folder("calendar-closed");
    let case = write(&place, "case.yaml", CASE);
    let text =
        "name = \"A\"\nclosed = [2026-04-07, { from = 2026-04-08, to = 2026-04-10, why = \"verhuizing\" }]\n";
    let settings = write(&place, "hospital.toml", text);
    let ran = run(&["calendar", &case, "--format", "json", "--settings", &settings]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json = ran.json_whole();
    let dates: Vec<&str> =
        json["entries"].as_array().unwrap().iter().filter_map(|e| e["date"].as_str()).collect();
    assert!(dates.iter().all(|d| !("2026-04-07".."2026-04-11").contains(d)), "{dates:?}");
    let within = format!("{text}[calendar]\nclosed = [2026-04-07]\n");
    let misplaced = write(&place, "misplaced.toml", within);
    let refused = run(&["calendar", &case, "--settings", &misplaced]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.err.contains("misplaced.toml:4") && refused.err.contains("above `[calendar]`"),
        "{}",
        refused.err
    );
}

#[test]
fn paper_has_a_sheet_for_each_month_in_the_name_of_the_hospital() {
    let place = folder("calendar-paper");
    let case = write(&place, "case.yaml", CASE);
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/hospital.example.toml");
    let page = run(&["calendar", &case, "--format", "html", "--settings", settings, "--lang", "nl"]);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.contains("Voorbeeldziekenhuis") && page.out.contains("012 345 67 89"), "{}", page.out);
    for month in ["Maart 2026", "April 2026", "Mei 2026"] {
        assert!(page.out.contains(&format!("<h2>{month}</h2>")), "{month}");
    }
    assert!(page.out.contains("Tweede Paasdag") && page.out.contains("class=\"legend\""), "{}", page.out);
    assert!(page.out.contains("✓ "), "an injection that was given bears its sign");
    let large = run(&["calendar", &case, "--format", "html", "--large-print", "--lang", "en"]);
    assert!(large.code == 0 && large.out.contains("class=\"large\""), "{}", large.err);
}

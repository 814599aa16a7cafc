//! The shipped files: nothing wrong with them, and slips are told with their place.

use nw_calendar::{check, read, settings};
use nw_facts::Text;
use nw_guideline::DiagnosticCode;
use nw_leaflet::House;

use crate::{day, shipped};

#[test]
fn the_shipped_schedules_are_sound() {
    let shipped = shipped();
    let found: Vec<String> =
        shipped.found.iter().map(|d| format!("{}: {} ({})", d.file, d.message.en, d.help.en)).collect();
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(shipped.schedules.list.len(), 7);
    let impossible: Vec<String> =
        check(&shipped.schedules).iter().map(|d| format!("{}: {}", d.message.en, d.help.en)).collect();
    assert_eq!(impossible, Vec::<String>::new());
}

/// Each edit of a file with the code, the text it points at, and a word of its help.
const SLIPS: &[(&str, &str, &str, DiagnosticCode, &str, &str)] = &[
    ("ssa", "wanted = 28", "wantd = 28", DiagnosticCode::BadSchedule, "wantd", "wanted"),
    ("ssa", "earliest = 21", "earliest = 29", DiagnosticCode::BadSchedule, "{ earliest = 29", "rise"),
    (
        "ssa",
        "\"ssa.injection.date\"",
        "\"ssa.injecton.date\"",
        DiagnosticCode::UndeclaredFact,
        "\"ssa.injecton.date\"",
        "ssa.injection.date",
    ),
    (
        "ssa",
        "lanreotide-tumour-28,",
        "lanreotide-tumor-28,",
        DiagnosticCode::UnknownValue,
        "\"regimen.ssa in",
        "lanreotide-tumour-28",
    ),
    (
        "ssa",
        "regimen.ssa in",
        "regimen.sssa in",
        DiagnosticCode::UndeclaredFact,
        "\"regimen.sssa in",
        "regimen.ssa",
    ),
    (
        "ssa",
        "source = \"sys-lutathera-us\"",
        "source = \"sys-lutathera-us2\"",
        DiagnosticCode::UnknownSource,
        "\"sys-lutathera-us2\"",
        "sys-lutathera-us",
    ),
    (
        "ssa",
        "nl = \"Injecties met een somatostatine-analoog\"",
        "nl = \"\"",
        DiagnosticCode::UntranslatedText,
        "[schedule]",
        "nl",
    ),
    (
        "ssa",
        "other = \"prrt.course\"",
        "other = \"prrt.curse\"",
        DiagnosticCode::BadSchedule,
        "[[rule]]",
        "prrt.course",
    ),
    (
        "prrt",
        "event = \"course\", earliest = -28",
        "event = \"cours\", earliest = -28",
        DiagnosticCode::BadSchedule,
        "\"cours\"",
        "course",
    ),
    ("prrt", "id = \"visit\"", "id = \"course\"", DiagnosticCode::DuplicateId, "[[event]]", "another id"),
    ("follow-up", "item = \"echo\"", "item = \"ehco\"", DiagnosticCode::BadSchedule, "\"ehco\"", "echo"),
    (
        "captem",
        "who = \"patient\"",
        "who = \"pateint\"",
        DiagnosticCode::BadSchedule,
        "\"pateint\"",
        "patient",
    ),
    ("captem", "mark = \"V\"", "mark = \"sure\"", DiagnosticCode::BadSchedule, "\"sure\"", "GK"),
    ("house", "\"kings-day\"", "\"king-day\"", DiagnosticCode::BadSchedule, "holidays", "docs"),
];

#[test]
fn slips_are_told_with_their_place() {
    let shipped = shipped();
    for (file, from, to, code, at, help) in SLIPS {
        let path = format!("calendar/{file}.toml");
        let text = shipped.sources.get(&path).expect("the file");
        assert!(text.contains(from), "{file}: {from}");
        let sources = shipped.sources.with(&path, text.replacen(from, to, 1));
        let (_, found) = read(&sources, &shipped.guideline);
        let text = sources.get(&path).expect("the file");
        let told: Vec<String> = found
            .iter()
            .map(|d| {
                format!("{} at `{}`: {} ({})", d.code.name(), &text[d.span.clone()], d.message.en, d.help.en)
            })
            .collect();
        let right = found
            .iter()
            .any(|d| d.code == *code && text[d.span.start..].starts_with(at) && d.help.en.contains(help));
        assert!(right, "{file}: {to}\n{}", told.join("\n"));
    }
}

#[test]
fn what_cannot_be_kept_is_found() {
    let shipped = shipped();
    let with = |rule: &str| {
        let path = "calendar/zz.toml";
        let text = format!(
            "[[rule]]\nid = \"never\"\nkind = \"not-within\"\n{rule}\nhard = true\nen = \"a\"\nnl = \"b\"\nsource = \"seed-000\"\nmark = \"DR\"\n"
        );
        let sources = shipped.sources.with(path, text);
        let (schedules, found) = read(&sources, &shipped.guideline);
        assert!(found.is_empty(), "{found:?}");
        check(&schedules)
    };
    // The visit comes at most 13 days after the blood test.
    let alone = with("event = \"prrt.visit\"\nother = \"prrt.laboratory-after\"\nafter = 30");
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert_eq!(alone[0].code, DiagnosticCode::ImpossibleSchedule);
    assert!(alone[0].message.en.contains("`prrt` leaves no calendar"), "{}", alone[0].message.en);
    assert!(alone[0].help.en.contains("at most 13 days after"), "{}", alone[0].help.en);
    let two = with("event = \"captem.course\"\nother = \"prrt.course\"\nbefore = 3000\nafter = 3000");
    assert_eq!(two.len(), 1, "{two:?}");
    assert!(two[0].message.en.contains("`captem` with `prrt`"), "{}", two[0].message.en);
}

#[test]
fn settings_replace_what_they_name() {
    let usual = &shipped().schedules.house;
    let ids: Vec<&str> =
        shipped().schedules.list.iter().flat_map(|s| s.events.iter().map(|e| e.id.as_str())).collect();
    let text = "name = \"A\"\nclosed = [{ from = 2026-07-06, to = 2026-07-08, why = { en = \"moving\", nl = \"verhuizing\" } }]\n\
                [calendar]\nholidays = [\"good-friday\"]\n";
    let hospital = House::read(text, |_| Err(Text::default())).expect("a hospital");
    let made = settings(text, &hospital, usual, ids.iter().copied()).expect("settings");
    assert!(made.closed_because(day("2026-04-03")).is_some());
    assert!(made.closed_because(day("2026-04-06")).is_none());
    assert_eq!(made.closed_because(day("2026-07-08")), Some(Text::new("moving", "verhuizing")));
    assert!(made.closed_because(day("2026-07-09")).is_none(), "the day after the closing is open");
    assert_eq!(made.closed_because(day("2026-07-11")).map(|t| t.nl), Some("zaterdag".to_string()));
    let bare = settings("name = \"A\"\n", &House::named("A"), usual, ids.iter().copied()).expect("no table");
    assert_eq!(&bare, usual, "a hospital that says nothing of its calendar plans as usual");
    let wrong = "[calendar]\nclosed-weekdays = [\"sturday\"]\nahead = 5000\nclosed = [2026-02-03]\n\
                 [[calendar.local]]\nevent = \"ssa.injecton\"\nwanted = 3\nearliest = 5\n";
    let faults = settings(wrong, &House::named("A"), usual, ids.iter().copied()).expect_err("slips");
    let told: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.line, f.message.en)).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told.iter().any(|t| t.starts_with("2: `sturday`") && t.contains("saturday")), "{told:#?}");
    assert!(told.iter().any(|t| t.starts_with("4: closed days stand once")), "{told:#?}");
    assert!(told.iter().any(|t| t.contains("did you mean `ssa.injection`?")), "{told:#?}");
}

//! The worklist, one patient, the timeline, the sketch, the tour.

use nw_store::{Context, NewFact, Origin, PatientId, Role, Task, TaskKind};

use crate::house::{House, form};

fn system(house: &House) -> Context {
    Context::system(house.app.now(), "test")
}

/// Records facts of the patient: id, value, day.
async fn record(house: &House, patient: &PatientId, facts: &[(&str, &str, &str)]) {
    let revision = house.app.store().patient(&system(house), patient).await.expect("the patient").revision;
    let new: Vec<NewFact> = facts
        .iter()
        .map(|(fact, value, day)| {
            let mut new = NewFact::new(*fact, *value, Origin::person("CT <abdomen>"));
            new.true_on = day.parse().ok();
            new
        })
        .collect();
    house.app.store().record(&system(house), patient, revision, &new).await.expect("it is recorded");
}

/// A course of some years.
async fn course(house: &House) -> PatientId {
    let patient = house.patient().await;
    let facts = [
        ("metastasis.liver", "yes", "2025-01-10"),
        ("metastasis.bone", "yes", "2025-01-10"),
        ("nodes.regional.positive", "0", ""),
        ("therapy.ssa", "current", "2025-02-01"),
        ("therapy.everolimus", "current", "2025-03-01"),
        ("therapy.everolimus", "past", "2025-09-01"),
        ("therapy.sunitinib", "planned", ""),
        ("imaging.date", "2025-01-10", ""),
        ("imaging.date", "2026-05-02", ""),
        ("lab.cga.uln", "100 ug/L", ""),
        ("lab.cga", "640 ug/L", "2025-01-12"),
        ("lab.cga", "210 ug/L", "2026-05-04"),
        ("response.baseline.date", "2025-01-10", ""),
        ("recist.targets.count", "2", ""),
        ("recist.targets.measured", "all", ""),
        ("recist.nontarget.course", "none", ""),
        ("recist.new-lesion", "none", ""),
        ("recist.sum.now", "100 mm", "2025-01-10"),
        ("recist.sum.now", "60 mm", "2026-05-02"),
    ];
    record(house, &patient, &facts).await;
    patient
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_tells_the_tumour_and_is_narrowed_by_links() {
    let house = House::new("worklist").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await;
    let here = format!("/patients/{}\"", patient.as_str());
    let mut page = house.get(&token, "/patients").await;
    assert_eq!(page.status, 200);
    // A list does not wait for what is still being worked out; on a busy machine that takes a while.
    for _ in 0..600 {
        if page.body.contains("volgens afspraak") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        page = house.get(&token, "/patients").await;
    }
    assert!(page.body.contains("ileum") && page.body.contains("volgens afspraak"), "{}", page.body);
    assert!(page.body.contains("jaar · K4N4R13"), "the invented patient has an age");
    for (query, found) in [
        ("q=kanarie", true),
        ("q=nobody", false),
        ("site=ileum", true),
        ("site=pancreas", false),
        ("show=missing", true),
        ("show=overdue", false),
        ("show=due", false),
        ("show=meeting", true),
    ] {
        let page = house.get(&token, &format!("/patients?{query}")).await;
        assert_eq!((page.status, page.body.contains(&here)), (200, found), "{query}");
    }
    // A task of yesterday is overdue; the meeting to come is that of the demonstration.
    let mut task = Task::new(TaskKind::Other, "Bellen naar huis");
    task.due = house.app.today().yesterday().ok();
    house.app.store().add(&system(&house), &patient, &task).await.expect("a task");
    for query in ["show=overdue", "show=due", "show=meeting", "show=overdue&site=ileum&q=kanarie"] {
        let page = house.get(&token, &format!("/patients?{query}")).await;
        assert!(page.body.contains(&here), "{query}");
        assert!(page.body.contains("href=\"/meetings/"), "the meeting is a link");
        assert!(page.body.contains("class=\"overdue\""), "what is late is marked");
    }
    let one = house.get(&token, &format!("/patients/{}", patient.as_str())).await;
    assert!(one.body.contains("welke stappen eerst?") && one.body.contains("Bellen naar huis"));
    for wrong in ["show=everything", "site=nowhere"] {
        assert_eq!(house.get(&token, &format!("/patients?{wrong}")).await.status, 404, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_told_in_words() {
    let house = House::new("told").await;
    let patient = course(&house).await;
    let token = house.session(Role::Specialist).await;
    let page = house.get(&token, &format!("/patients/{}", patient.as_str())).await;
    assert_eq!(page.status, 200);
    // Labels and values in words, ids where a pointer asks for them, the origin escaped, who recorded it.
    for part in [
        "<span title=\"primary.site\">Plaats van de primaire tumor</span>",
        "<span title=\"therapy.ssa\">Langwerkend somatostatine-analoog</span>",
        "<strong>wordt nu gegeven</strong>",
        "CT &#60;abdomen&#62;",
        "<div class=\"tnm",
    ] {
        assert!(page.body.contains(part), "{part} is missing in {}", page.body);
    }
    assert!(!page.body.contains("<abdomen>"));
    // A series shows the last value, and the earlier ones below it.
    let marker = page.body.split("title=\"lab.cga\">").nth(1).expect("the marker");
    assert!(
        marker.trim_start().contains("</span></th><td><strong>210 µg/L</strong><details>"),
        "{}",
        &marker[..200]
    );
    // Advice against comes last, and folded.
    let (options, against) = (
        page.body.find("status-group option"),
        page.body.find("<details class=\"status-group advised-against"),
    );
    assert!(against.is_some() && options < against, "{options:?} {against:?}");
    // The same in English.
    house.get(&token, "/language/en?next=/").await;
    let english = house.get(&token, &format!("/patients/{}", patient.as_str())).await;
    assert!(english.body.contains(">Primary site</span>") && english.body.contains("being given now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sketch_marks_what_the_facts_say() {
    let house = House::new("sketch").await;
    let token = house.session(Role::Radiologist).await;
    let before = house.get(&token, &format!("/patients/{}", house.patient().await.as_str())).await;
    assert_eq!(before.body.matches("\"place origin\"").count(), 1, "the primary is known");
    assert_eq!(before.body.matches("\"place spread\"").count(), 0, "nothing is said of spread");
    let patient = course(&house).await;
    let page = house.get(&token, &format!("/patients/{}", patient.as_str())).await;
    // Liver and bone, and no nodes: none of them is positive.
    assert_eq!(page.body.matches("\"place spread\"").count(), 2);
    assert!(
        page.body.contains(
            "<title id=\"sketch-title\">Ontstaan in dunne darm; uitgezaaid naar lever, bot</title>"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_is_drawn_and_told_in_a_table() {
    let house = House::new("timeline").await;
    let patient = course(&house).await;
    let token = house.session(Role::Nurse).await;
    let path = format!("/patients/{}/timeline", patient.as_str());
    let page = house.get(&token, &path).await;
    assert_eq!(page.status, 200);
    let (drawing, table) = page.body.split_once("id=\"as-table\"").expect("a drawing and a table");
    // One bar goes on, one has ended.
    assert_eq!(drawing.matches("\"dose on\"").count(), 1);
    assert_eq!(drawing.matches("\"dose\"").count(), 1);
    assert!(drawing.contains("1 sep 2025"), "the end stands in the title");
    assert!(drawing.contains("bovengrens 100 µg/L") && drawing.contains("class=\"limit\""));
    assert!(drawing.contains(">PR</text>"), "the response on the day of the scan");
    assert_eq!(drawing.matches("class=\"dot\"").count(), 4);
    assert_eq!(drawing.matches("mark imaging").count(), 2);
    assert!(drawing.contains("CT &lt;abdomen&gt;") && !drawing.contains("<abdomen>"));
    for line in ["640 µg/L", "210 µg/L", "60 mm – PR", "CT of MRI", ">eindigt<", "10 jan 2025"] {
        assert!(table.contains(line), "{line} is missing in the table");
    }
    assert!(table.contains("Zonder datum") && table.contains("Sunitinib"), "what has no day is not lost");
    // Another part of the time shows less of it; both tell the same.
    let late = house.get(&token, &format!("{path}?from=2026-01-01&to=2026-06-30")).await;
    let (drawing, table) = late.body.split_once("id=\"as-table\"").expect("a drawing and a table");
    assert_eq!(drawing.matches("class=\"dot\"").count(), 2);
    assert!(table.contains("210 µg/L") && !table.contains("640 µg/L"));
    let half = house.get(&token, &format!("{path}?span=6m")).await;
    assert!(half.body.contains("span=6m\" aria-current=\"true\""));
    for link in ["data-zoom=\"in\"", "data-zoom=\"out\"", "data-zoom=\"earlier\"", "data-zoom=\"later\""] {
        assert!(half.body.contains(link), "{link}");
    }
    let empty = house.get(&token, &format!("{path}?from=1990-01-01&to=1991-01-01")).await;
    assert!(empty.body.contains("niets met een datum"), "{}", empty.body);
    for (wrong, status) in [
        ("span=3d", 404),
        ("from=yesterday&to=2026-01-01", 422),
        ("from=2026-01-01&to=2025-01-01", 422),
        ("from=2026-01-01&to=2026-01-02", 422),
        ("from=-009999-01-01&to=9999-12-31", 422),
        ("from=2026-01-01", 422),
    ] {
        assert_eq!(house.get(&token, &format!("{path}?{wrong}")).await.status, status, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_leads_from_signing_in_to_follow_up() {
    let house = House::new("tour").await;
    let first = house
        .send(
            crate::house::ask("GET", "/sign-in?tour=1", None)
                .body(axum::body::Body::empty())
                .expect("a request"),
        )
        .await;
    assert!(first.body.contains("id=\"tour\"") && first.body.contains("value=\"/tour/2\""), "{}", first.body);
    let fields = [("login", "specialist"), ("password", "netwijzer-demonstratie"), ("next", "/tour/2")];
    assert_eq!(house.send(form("/sign-in", None, &fields)).await.header("location"), "/tour/2");
    let token = house.session(Role::Specialist).await;
    let plain = house.get(&token, "/patients").await;
    assert!(
        !plain.body.contains("id=\"tour\"") && plain.body.contains("href=\"/tour/2\""),
        "it begins in the menu"
    );
    let mut seen = Vec::new();
    for step in 2..=10 {
        let sent = house.get(&token, &format!("/tour/{step}")).await;
        assert_eq!(sent.status, 303, "{step}");
        let place = sent.header("location").trim_end_matches("#tour").to_string();
        let page = house.get(&token, &place).await;
        assert_eq!(page.status, 200, "{step}: {place}");
        assert!(page.body.contains(&format!("{step}/10")), "{place} says which step it is");
        assert_eq!(page.body.contains(&format!("href=\"/tour/{}\">", step + 1)), step < 10, "{step}");
        seen.push(place);
    }
    let patient = format!("/patients/{}", house.patient().await.as_str());
    for place in
        [&patient, &format!("{patient}/facts"), &format!("{patient}/timeline"), &"/follow-up".to_string()]
    {
        assert!(seen.contains(place), "{place} is not in {seen:?}");
    }
    // The panel stays on every page until it is ended.
    assert!(house.get(&token, "/guideline").await.body.contains("10/10"));
    assert_eq!(house.get(&token, "/tour/end").await.status, 303);
    assert!(!house.get(&token, "/guideline").await.body.contains("id=\"tour\""));
    for wrong in ["0", "11", "999", "x"] {
        assert_eq!(house.get(&token, &format!("/tour/{wrong}")).await.status, 404, "{wrong}");
    }
}

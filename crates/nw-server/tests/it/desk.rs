//! What somebody meets who works here all day: errors with a way on, days and words in the language, nothing typed twice.

use axum::body::Body;
use nw_server::demo::Invented;
use nw_store::{AsOf, Role};

use crate::house::{House, ask, form};

/// The text of a page as a reader sees it, without marks and what stands inside them.
fn seen(page: &str) -> String {
    let mut text = String::new();
    for piece in page.split('<').skip(1) {
        let (mark, after) = piece.split_once('>').unwrap_or((piece, ""));
        text.push_str(if mark.starts_with("script") || mark.starts_with("style") { "" } else { after });
        text.push(' ');
    }
    text
}

/// Days as programs write them: 2026-03-31.
fn program_days(text: &str) -> Vec<&str> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let at = |start: usize| text.get(start..start + 10).filter(|t| t.is_ascii());
    let day = |t: &&str| {
        let (y, m, d) = (&t[..4], &t[5..7], &t[8..]);
        digits(y) && digits(m) && digits(d) && &t[4..5] == "-" && &t[7..8] == "-"
    };
    (0..text.len()).filter_map(at).filter(day).collect()
}

/// Somebody with a course: things that come back, and a scan that is late.
fn followed() -> Invented {
    let fact = |id: &str, value: &str, day: Option<&str>| {
        (id.to_string(), value.to_string(), day.and_then(|d| d.parse().ok()), Some("verslag".to_string()))
    };
    Invented {
        name: "Gevolgd Zijn".to_string(),
        born: "1960-02-03".parse().ok(),
        number: "G1".to_string(),
        facts: vec![
            fact("primary.site", "ileum", None),
            fact("tumour.differentiation", "well", None),
            fact("tumour.ki67", "4 %", Some("2025-01-04")),
            fact("tumour.mitoses", "1 /2mm2", Some("2025-01-04")),
            fact("metastasis.liver", "yes", Some("2025-01-10")),
            fact("imaging.date", "2026-01-12", None),
            fact("imaging.sstr.date", "2025-02-12", None),
            fact("echo.date", "2025-01-12", None),
            fact("laboratory.date", "2026-01-12", None),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_shows_a_day_as_programs_write_it() {
    let house = House::with("days", &[followed()]).await;
    let (token, nurse) = (house.session(Role::Specialist).await, house.session(Role::Nurse).await);
    let patient = house.patient().await;
    let at = format!("/patients/{}", patient.as_str());
    let task = [("kind", "follow-up"), ("title", "Bellen"), ("due", "2026-06-01")];
    assert_eq!(house.post(&nurse, &format!("{at}/tasks"), &task).await.status, 303);
    let contact = [
        ("kind", "phone"),
        ("at", "2026-06-02T10:00"),
        ("with", "de patiënt"),
        ("next-contact", "2026-07-01"),
    ];
    assert_eq!(house.post(&nurse, &format!("{at}/contacts"), &contact).await.status, 303);
    let system = house.system();
    let meetings = house.app.store().meetings(&system, None, None).await.expect("meetings");
    let mut pages: Vec<String> = [
        "",
        "/timeline",
        "/calendar",
        "/course",
        "/why",
        "/why/tumour.grade",
        "/audit",
        "/facts",
        "/what-if",
        "/audit/patient",
        "/objection",
        "/identity",
    ]
    .iter()
    .map(|page| format!("{at}{page}"))
    .collect();
    for meeting in &meetings {
        let place = format!("/meetings/{}", meeting.id.as_str());
        pages.extend(["", "/requests", "/present/1", "/minutes"].iter().map(|page| format!("{place}{page}")));
    }
    pages.extend(["/patients", "/meetings", "/follow-up", "/guideline"].map(str::to_string));
    let record = house.app.store().patient_page(&system, &patient, AsOf::now()).await.expect("the record");
    pages.extend(record.decisions.iter().map(|d| format!("{at}/decisions/{}/letter", d.id.as_str())));
    for page in pages {
        let answer = house.get(&token, &page).await;
        if answer.status == 404 && page.ends_with("/present/1") {
            continue;
        }
        assert_eq!(answer.status, 200, "{page}");
        let text = seen(&answer.body);
        let days = program_days(&text);
        let around = days.first().and_then(|day| text.split(day).next()).unwrap_or_default();
        let around: String = around.chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
        assert_eq!(days, Vec::<&str>::new(), "{page}, after {around}");
    }
    assert_eq!(program_days("op 2026-03-31."), ["2026-03-31"], "such a day would be found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_due_long_ago_says_since_when() {
    let house = House::with("since", &[followed()]).await;
    let token = house.session(Role::Nurse).await;
    let board = seen(&house.get(&token, "/follow-up").await.body);
    let due: Vec<&str> =
        board.match_indices("aan de beurt sinds").map(|(at, t)| &board[at..at + t.len()]).collect();
    let late = board.matches("te laat sinds").count();
    assert!(!due.is_empty() || late > 0, "something of 2025 is due: {board}");
    // A task is made of it once; then the board says that it was.
    let rows = house.get(&token, "/follow-up").await.body;
    let row = rows.split("name=\"kind\" value=\"follow-up\"").nth(1).expect("something to make a task of");
    let field = |name: &str| {
        let found = row.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|v| v.split('"').next());
        found.expect("the form has it").to_string()
    };
    let (title, day) = (field("title"), field("due"));
    let task = [("kind", "follow-up"), ("title", title.as_str()), ("due", day.as_str())];
    let place = format!("/patients/{}/tasks", house.patient().await.as_str());
    let before = rows.matches("name=\"kind\" value=\"follow-up\"").count();
    assert_eq!(house.post(&token, &place, &task).await.status, 303);
    let rows = house.get(&token, "/follow-up").await.body;
    assert!(
        rows.matches("name=\"kind\" value=\"follow-up\"").count() < before && rows.contains("✓ taak gemaakt")
    );
    // A past day never stands alone: it reads as if it were to come.
    let page = house.get(&token, &format!("/patients/{}", house.patient().await.as_str())).await.body;
    let list = page
        .split("aria-labelledby=\"due\"")
        .nth(1)
        .and_then(|p| p.split("<h3").next())
        .expect("what is due");
    for item in list.split("<li").skip(1) {
        let day = item.split("datetime=\"").nth(1).and_then(|d| d.get(..10)).expect("a day");
        let told = item.contains("te laat sinds") || item.contains("aan de beurt sinds");
        assert_eq!(told, day < "2026-06-10", "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_keeps_the_menu_the_language_and_the_way_back() {
    let house = House::new("way-back").await;
    let token = house.session(Role::Specialist).await;
    let place = format!("/patients/{}", house.patient().await.as_str());
    let from = |path: &str| {
        let request = ask("GET", path, Some(&token)).header("accept-language", "en");
        let request = request.header("referer", format!("http://net.example{place}"));
        request.body(Body::empty()).expect("a request")
    };
    for (path, status) in [("/patients/none", 404), ("/nowhere", 404), ("/accounts", 403)] {
        let answer = house.send(from(path)).await;
        assert_eq!(answer.status, status, "{path}");
        // The language of the account, not of the browser; the menu; the page from which one came, and a first page.
        for part in [
            "<html lang=\"nl\">",
            "href=\"/meetings\"",
            &format!("href=\"{place}\">Terug"),
            "href=\"/\">Naar de",
        ] {
            assert!(answer.body.contains(part), "{path} lacks {part}: {}", answer.body);
        }
    }
    let elsewhere = ask("GET", "/nowhere", Some(&token)).header("referer", "https://evil.example/patients");
    let answer = house.send(elsewhere.body(Body::empty()).expect("a request")).await;
    assert!(answer.body.contains("href=\"/\">Terug") && !answer.body.contains("evil"), "{}", answer.body);
    let nobody = house.send(ask("GET", "/nowhere", None).body(Body::empty()).expect("a request")).await;
    assert!(nobody.status == 404 && !nobody.body.contains("href=\"/meetings\""), "{}", nobody.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_comes_back_when_it_could_not_be_kept() {
    let house = House::new("typed").await;
    let token = house.session(Role::Nurse).await;
    let place = format!("/patients/{}", house.patient().await.as_str());
    let contacts = format!("{place}/contacts");
    let note = "een lang verhaal <van> de telefoon";
    let fields =
        [("at", "straks"), ("kind", "phone"), ("with", "de patiënt"), ("note", note), ("next-contact", "")];
    let shown = "een lang verhaal &#60;van&#62; de telefoon";
    let refused = house.post(&token, &contacts, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Datum: schrijf datum en tijd als 2026-03-31T16:00"), "{}", refused.body);
    assert!(refused.body.contains(shown) && refused.body.contains("<dt>Notitie</dt>"), "{}", refused.body);
    assert!(
        !refused.body.contains("<dt>csrf") && !refused.body.contains("phone"),
        "nothing of the machinery is shown"
    );
    // What was chosen is told by its name.
    let facts = [("date", "gisteren"), ("fact:primary.site", "ileum"), ("revision", "none")];
    let facts = [&facts[1..], &[("reason", "patient-choice")]].concat();
    let place_of = format!("{place}/facts");
    let chosen = house.post(&house.session(Role::Specialist).await, &place_of, &facts).await;
    assert_eq!(chosen.status, 422);
    for part in [
        "<dt>Plaats van de primaire tumor</dt><dd class=\"lines\">ileum (kronkeldarm)</dd>",
        "<dt>Reden</dt>",
    ] {
        assert!(chosen.body.contains(part), "{part} is missing: {}", chosen.body);
    }
    assert!(!chosen.body.contains("patient-choice"), "{}", chosen.body);
    // The session ended while somebody wrote: signing in is the way on, and the words are still there.
    let request =
        || form(&contacts, Some(&token), &[("at", "2026-06-01T10:00"), ("with", "x"), ("note", note)]);
    let mut late = request();
    late.headers_mut()
        .insert("referer", format!("http://net.example{place}/course").parse().expect("a header"));
    let ended = House::send_to(&house.tomorrow(), late).await;
    assert_eq!(ended.status, 401);
    let on = format!("href=\"/sign-in?next={place}/course\"");
    assert!(ended.body.contains(shown) && ended.body.contains(&on), "{}", ended.body);
    // Signed in anew in another tab: the mark of the old page is refused, the words stay.
    let forged = house.send(request()).await;
    assert!(forged.status == 403 && forged.body.contains(shown), "{}", forged.body);
    // What another site sent is shown to nobody.
    let mut foreign = request();
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().expect("a header"));
    let foreign = house.send(foreign).await;
    assert!(foreign.status == 403 && !foreign.body.contains("een lang verhaal"), "{}", foreign.body);
    // Who never signed in filled in nothing here.
    let nobody = house.send(form(&contacts, None, &[("note", note)])).await;
    assert!(nobody.status == 401 && !nobody.body.contains("een lang verhaal"), "{}", nobody.body);
    // Where passwords are typed nothing is shown again.
    let secret =
        house.send(form("/account/password", Some(&token), &[("password", "een geheime zin")])).await;
    assert!(secret.status == 403 && !secret.body.contains("een geheime zin"), "{}", secret.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_is_refused_in_the_words_of_the_form() {
    let house = House::new("refused").await;
    let token = house.session(Role::Specialist).await;
    let place = format!("/patients/{}/facts", house.patient().await.as_str());
    let cases = [
        ("tumour.ki67", "veel", "“veel” is geen waarde van Ki-67-index: schrijf een getal in %"),
        ("tumour.ki67", "4 mm", "schrijf het in %."),
        ("tumour.ki67", "140 %", "die ligt tussen 0 % en 100 %."),
        ("tumour.ki67", "20-3 %", "eindigt voor het begint: schrijf het kleinste getal eerst."),
        ("primary.site", "ilium", "bedoelde u “ileum (kronkeldarm)”?"),
        ("metastasis.liver", "soms", "kies uit “"),
        ("primary.site", "iloum", "(kronkeldarm)”?</p>"),
        ("tumour.count", "1,5", "het is een aantal: schrijf een heel getal of een bereik."),
        ("imaging.date", "gisteren", "schrijf de dag als 2026-03-31"),
        ("Ki-67-indeks", "4 %", "Geen feit heet “Ki-67-indeks”: bedoelde u “Ki-67-index”?"),
        ("zomaar wat anders", "4 %", "typ een deel van de naam en kies uit de lijst."),
    ];
    for (fact, value, told) in cases {
        let fields = [
            ("revision", "1"),
            ("other", fact),
            ("other-value", value),
            ("fact:patient.pregnancy", "unknown"),
        ];
        let answer = house.post(&token, &place, &fields).await;
        assert_eq!(answer.status, 422, "{fact} {value}");
        let alert =
            answer.body.split("id=\"wrong-other\">").nth(1).and_then(|a| a.split_inclusive("</p>").next());
        assert!(alert.is_some_and(|a| a.contains(told)), "{fact} {value}: {alert:?}");
        // What was answered with unknown stays so beside the field that was wrong.
        assert!(
            !answer.body.contains("patient.pregnancy")
                || answer.body.contains("<option value=\"unknown\" selected>")
        );
    }
    // A fact is found by the name that stands on the pages, in either language.
    let revision = house.revision().await.to_string();
    for (name, value) in [("Ki-67-index", "5 %"), ("ki-67 index", "6 %")] {
        let now = house.revision().await.to_string();
        let sent =
            house.post(&token, &place, &[("revision", &now), ("other", name), ("other-value", value)]).await;
        assert_eq!(sent.status, 303, "{name}: {}", sent.body);
    }
    // Somebody was quicker: the form comes back with what was typed, and can be saved as it is.
    let stale = [
        ("revision", revision.as_str()),
        ("other", "Ki-67-index"),
        ("other-value", "7 %"),
        ("origin", "verslag Y"),
    ];
    let again = house.post(&token, &place, &stale).await;
    assert_eq!(again.status, 409);
    let now = format!("name=\"revision\" value=\"{}\"", house.revision().await);
    for part in [now.as_str(), "value=\"7 %\"", "value=\"verslag Y\"", "er is nog niets bewaard"] {
        assert!(again.body.contains(part), "{part} is missing: {}", again.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_question_leads_to_its_answer() {
    let house = House::new("ask").await;
    let (token, clerk) = (house.session(Role::Specialist).await, house.session(Role::Coordinator).await);
    let place = format!("/patients/{}", house.patient().await.as_str());
    let page = house.get(&token, &place).await.body;
    let link = page.split(&format!("href=\"{place}/facts?ask=")).nth(1).and_then(|l| l.split('"').next());
    let fact = link.expect("the first question is a link").to_string();
    let form = house.get(&token, &format!("{place}/facts?ask={fact}")).await.body;
    let first = form.split("name=\"fact:").nth(1).expect("a question");
    assert!(first.starts_with(&format!("{fact}\"")) && first.contains("autofocus"), "{}", &first[..200]);
    assert!(!house.get(&clerk, &place).await.body.contains("/facts?ask="), "who may not answer gets no link");
    assert_eq!(house.get(&token, &format!("{place}/facts?ask=nothing")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_a_patient_is_can_be_put_right() {
    let house = House::new("identity").await;
    let (token, doctor) = (house.session(Role::Coordinator).await, house.session(Role::Pathologist).await);
    let new = [
        ("name", "Jansen-Smit"),
        ("number", "N7"),
        ("born", "1960-02-03"),
        ("sex", "female"),
        ("language", "nl"),
        ("general-practitioner", "Praktijk <De Vaart>"),
        ("referrer", "Dr. Streek"),
    ];
    let made = house.post(&token, "/patients", &new).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.header("location").trim_end_matches("/facts").to_string();
    let page = format!("{place}/identity");
    let form = house.get(&token, &page).await;
    for part in [
        "value=\"Jansen-Smit\"",
        "value=\"1960-02-03\"",
        "Praktijk &#60;De Vaart&#62;",
        "<option value=\"female\" selected>",
    ] {
        assert!(form.body.contains(part), "{part} is missing: {}", form.body);
    }
    assert_eq!(house.get(&doctor, &page).await.status, 403);
    let change = |revision: &'static str, born: &'static str, number: &'static str| {
        [
            ("revision", revision),
            ("name", "Jansen"),
            ("number", number),
            ("born", born),
            ("referrer", "Dr. Weide"),
        ]
    };
    // A wrong day and a number of somebody else: the form keeps what was typed.
    let wrong = house.post(&token, &page, &change("2", "3 februari", "N7")).await;
    assert!(wrong.status == 422 && wrong.body.contains("Geboren: schrijf een datum"), "{}", wrong.body);
    assert!(
        wrong.body.contains("value=\"Jansen\"") && wrong.body.contains("value=\"3 februari\""),
        "{}",
        wrong.body
    );
    let ahead = house.post(&token, &page, &change("2", "2060-02-03", "N7")).await;
    assert!(ahead.status == 422 && ahead.body.contains("Geboren: deze dag moet nog komen"), "{}", ahead.body);
    let taken = house.post(&token, &page, &change("2", "1960-02-04", "K4N4R13")).await;
    assert!(taken.status == 422 && taken.body.contains("Dr. Weide"), "{}", taken.body);
    let kept = house.post(&token, &page, &change("2", "1960-02-04", "N7")).await;
    assert_eq!((kept.status, kept.header("location")), (303, place.as_str()), "{}", kept.body);
    let shown = house.get(&token, &place).await.body;
    assert!(shown.contains("4 feb 1960") && shown.contains(">Jansen</h1>"), "{shown}");
    // What rules read of it is the same, once.
    let facts = house.get(&token, &format!("/api/v1{place}/facts")).await.json();
    let born: Vec<_> =
        facts["facts"].as_array().into_iter().flatten().filter(|f| f["fact"] == "birth.date").collect();
    assert!(born.len() == 1 && born[0]["value"] == "1960-02-04", "{facts}");
    // Somebody was quicker: nothing is lost, and nothing of theirs is overwritten unseen.
    let stale = house.post(&token, &page, &change("2", "1960-02-05", "N7")).await;
    assert!(stale.status == 422 && stale.body.contains("value=\"1960-02-05\""), "{}", stale.body);
    assert!(
        stale.body.contains("er is nog niets bewaard")
            && stale.body.contains("name=\"revision\" value=\"4\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn headings_of_the_guideline_are_words() {
    let house = House::new("headings").await;
    let token = house.session(Role::Analyst).await;
    let page = house.get(&token, "/guideline").await.body;
    let headings: Vec<&str> =
        page.split("<summary>").skip(1).filter_map(|s| s.split(" <span").next()).collect();
    assert!(headings.contains(&"TNM en stadium") && headings.len() > 5, "{headings:?}");
    for heading in &headings {
        assert!(heading.starts_with(char::is_uppercase), "`{heading}` is an id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_speaks_of_everything_in_words() {
    let house = House::new("log-words").await;
    let nurse = house.session(Role::Nurse).await;
    let place = format!("/patients/{}", house.patient().await.as_str());
    for page in
        ["", "/objection", "/identity", "/calendar", "/information", "/course", "/audit", "/emergency"]
    {
        assert_eq!(house.get(&nurse, &format!("{place}{page}")).await.status, 200, "{page}");
    }
    let said = [("stance", "objects"), ("told", "op de poli"), ("version", "0"), ("on", "2026-06-01")];
    assert_eq!(house.post(&nurse, &format!("{place}/objection"), &said).await.status, 303);
    let log = seen(&house.get(&nurse, &format!("{place}/audit")).await.body);
    assert!(log.contains("wat de patiënt over onderzoek zegt"), "{log}");
    for word in ["objection", "identity", "patient-page", "handover", "worklist"] {
        assert!(!log.contains(word), "{word} is no word of the page: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_details_say_is_asked_no_more() {
    let house = House::new("sex").await;
    let (token, doctor) = (house.session(Role::Coordinator).await, house.session(Role::Specialist).await);
    let made = house.post(&token, "/patients", &[("name", "Jansen"), ("sex", "male")]).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.header("location").trim_end_matches("/facts").to_string();
    let facts = format!("/api/v1{place}/facts");
    let held = |body: serde_json::Value| {
        let all = body["facts"].as_array().cloned().unwrap_or_default();
        all.iter().map(|f| format!("{}={}", f["fact"], f["value"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(held(house.get(&doctor, &facts).await.json()), ["patient.sex=male"]);
    // Put right, and saved again without a change: one statement, and no second one beside it.
    let page = format!("{place}/identity");
    for _ in 0..2 {
        let form = house.get(&token, &page).await.body;
        let revision = form.split("name=\"revision\" value=\"").nth(1).and_then(|r| r.split('"').next());
        let revision = revision.expect("the form names what it rests on").to_string();
        let fields = [("revision", revision.as_str()), ("name", "Jansen"), ("sex", "female")];
        assert_eq!(house.post(&token, &page, &fields).await.status, 303);
    }
    assert_eq!(held(house.get(&doctor, &facts).await.json()), ["patient.sex=female"]);
    let open = house.get(&doctor, &format!("{place}/facts?ask=patient.pregnancy")).await;
    assert_eq!(open.status, 200);
    // Facts that were kept are said to be kept; a form with nothing in it says nothing.
    let revision = house.get(&doctor, &facts).await.json()["revision"].to_string();
    let fields = [("revision", revision.as_str()), ("then", "more"), ("fact:primary.site", "ileum")];
    let kept = house.post(&doctor, &format!("{place}/facts"), &fields).await;
    assert_eq!(kept.header("location"), format!("{place}/facts?saved=yes"));
    let page = house.get(&doctor, kept.header("location")).await.body;
    assert!(page.contains("role=\"status\">✓ Bewaard."), "{page}");
    let empty = house.post(&doctor, &format!("{place}/facts"), &[("revision", "1"), ("then", "more")]).await;
    assert_eq!(empty.header("location"), format!("{place}/facts"));
    // From the patient to the agenda of the meeting to come.
    let page = house.get(&token, &place).await.body;
    let link = page.split("href=\"/meetings/").nth(2).or(page.split("href=\"/meetings/").nth(1));
    let link = link.and_then(|l| l.split('"').next()).expect("a link to the meeting");
    assert!(link.ends_with("?q=Jansen#add"), "{link}");
    let meeting = house.get(&token, &format!("/meetings/{}", link.trim_end_matches("#add"))).await.body;
    assert!(
        meeting.contains(&format!("<option value=\"{}\">Jansen", place.trim_start_matches("/patients/")))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_a_whole_address() {
    let house = House::new("invitation").await;
    let token = house.session(Role::Administrator).await;
    let fields = [
        ("name", "Nieuw"),
        ("login", "nieuw"),
        ("organisation", "X"),
        ("language", "nl"),
        ("roles", "nurse"),
    ];
    let made = house.post(&token, "/accounts", &fields).await;
    assert!(made.body.contains(">http://net.example/invitation/"), "{}", made.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_meeting_and_the_letter_tell_what_practice_takes() {
    let house = House::new("practice").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await;
    let meetings = house.app.store().meetings(&house.system(), None, None).await.expect("meetings");
    let (mut agenda, mut there) = (String::new(), false);
    for meeting in &meetings {
        // Who has no named role in a meeting is there by name; `other` is no role to tell a general practitioner.
        let minutes = house.get(&token, &format!("/meetings/{}/minutes", meeting.id.as_str())).await.body;
        there |= minutes.contains("<li>Cas Coördinator");
        assert!(!minutes.contains("Cas Coördinator, anders"), "{minutes}");
        let page = house.get(&token, &format!("/meetings/{}", meeting.id.as_str())).await.body;
        if page.contains(patient.as_str()) {
            agenda = page;
        }
    }
    assert!(there, "the minutes of the demonstration name who was there");
    // Ki-67 alone: the grade follows by convention, and the line of the agenda says so.
    assert!(agenda.contains("graad 2 (volgens afspraak)"), "{agenda}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_can_be_corrected_and_taken_back_on_the_pages() {
    let house = House::new("correct").await;
    let (token, clerk) = (house.session(Role::Nurse).await, house.session(Role::Coordinator).await);
    let place = format!("/patients/{}", house.patient().await.as_str());
    let link = async |label: &str| {
        let page = house.get(&token, &place).await.body;
        let row = page.split(&format!(">{label}</span></th>")).nth(1).unwrap_or_default().to_string();
        row.split("href=\"").nth(1).and_then(|l| l.split('"').next()).unwrap_or_default().to_string()
    };
    let ki67 = link("Ki-67-index").await;
    assert!(ki67.starts_with(&format!("{place}/facts/")), "{ki67}");
    let form = house.get(&token, &ki67).await;
    assert!(form.status == 200 && form.body.contains("name=\"value\" value=\"4 %\""), "{}", form.body);
    assert!(form.body.contains("In het dossier staat:</span> <strong>4 %</strong>"), "{}", form.body);
    assert_eq!(house.get(&clerk, &ki67).await.status, 403);
    assert!(!house.get(&clerk, &place).await.body.contains(">Verbeteren<"), "who may not gets no link");
    let revision = house.revision().await.to_string();
    let send = async |value: &str, revision: &str| {
        let fields =
            [("revision", revision), ("value", value), ("date", "2026-06-01"), ("origin", "revisie")];
        house.post(&token, &ki67, &fields).await
    };
    for (value, told) in
        [("veel", "geen waarde van Ki-67-index"), ("", "Waarde: schrijf een waarde, of neem")]
    {
        let refused = send(value, &revision).await;
        assert!(refused.status == 422 && refused.body.contains(told), "{value}: {}", refused.body);
        assert!(refused.body.contains("value=\"revisie\""), "what was typed stays: {}", refused.body);
    }
    let stale = send("14 %", "1").await;
    assert!(
        revision == "1" || stale.status == 409 && stale.body.contains("value=\"14 %\""),
        "{}",
        stale.body
    );
    let now = house.revision().await.to_string();
    let kept = if stale.status == 303 { stale } else { send("14 %", &now).await };
    assert_eq!(
        (kept.status, kept.header("location")),
        (303, format!("{place}#facts").as_str()),
        "{}",
        kept.body
    );
    let page = house.get(&token, &place).await.body;
    assert!(
        page.contains("<strong>14 %</strong>") && !page.contains("<strong>4 %</strong>"),
        "one value stands"
    );
    assert_eq!(house.get(&token, &ki67).await.status, 404, "what was corrected is corrected no more");
    // Taken back, with a reason.
    let ki67 = link("Ki-67-index").await;
    let now = house.revision().await.to_string();
    let back = format!("{ki67}/retract");
    let refused = house.post(&token, &back, &[("revision", &now), ("reason", "x")]).await;
    assert!(refused.status == 422 && refused.body.contains("Reden is leeg of te lang"), "{}", refused.body);
    let done = house.post(&token, &back, &[("revision", &now), ("reason", "van een andere patiënt")]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let page = house.get(&token, &place).await.body;
    assert!(!page.contains(">Ki-67-index</span></th>"), "it stands no more");
    let choice = link("Differentiatie").await;
    let form = house.get(&token, &choice).await.body;
    assert!(form.contains("<option value=\"well\" selected>"), "{form}");
    assert_eq!(
        house.get(&token, &format!("{place}/facts/019eb1d5-3300-7764-8ed9-1e780726f3da")).await.status,
        404
    );
}

//! Worklist, meetings with their agenda, task boards.

use std::collections::BTreeSet;

use nw_facts::{FactDef, Holder, Kind, Vocabulary};
use nw_store::{
    AgendaItem, AgendaState, AsOf, Attendee, CaseDecision, Identity, Meeting, MeetingState, NewFact, Origin,
    PatientFilter, Reason, Revision, Task, TaskFilter, TaskKind, TaskState, Version, fact_set,
};

use crate::engines::{Db, at, code, day, fact, on_both};
use crate::record::decision;

on_both!(
    the_worklist_is_searched_and_paged,
    a_meeting_from_agenda_to_decision,
    a_decided_case_is_one_write,
    task_boards,
    sets_of_facts
);

async fn named(db: &Db, names: &[(&str, &str, &str)]) -> Vec<nw_store::Patient> {
    let mut made = Vec::new();
    for (name, number, born) in names {
        let identity = Identity {
            name: (*name).into(),
            number: Some((*number).into()),
            born: Some(day(born)),
            ..Identity::default()
        };
        made.push(db.store.add_patient(&db.context(), &identity).await.unwrap());
    }
    made
}

async fn the_worklist_is_searched_and_paged(db: Db) -> Db {
    let people = named(
        &db,
        &[
            ("Müller, Jan", "100", "1950-01-02"),
            ("Muller, Piet", "101", "1960-01-02"),
            ("Zwart, An", "102", "1950-05-05"),
            ("100% Zeker", "103", "1970-01-01"),
        ],
    )
    .await;
    let find = async |text: &str| {
        let filter = PatientFilter { text: text.into(), ..PatientFilter::default() };
        let list = db.store.patients(&db.context(), &filter).await.unwrap();
        list.lines.iter().map(|l| l.patient.identity.number.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(find("").await, ["103", "100", "101", "102"]);
    assert_eq!(find("muller").await, ["100", "101"]);
    assert_eq!(find("MÜLLER piet").await, ["101"]);
    assert_eq!(find("piet muller").await, ["101"]);
    assert_eq!(find("1950").await, ["100", "102"]);
    assert_eq!(find("zwart an 102 1950-05").await, ["102"]);
    assert_eq!(find("%").await, ["103"]);
    assert_eq!(find("_").await, [""; 0]);
    assert_eq!(find("x' OR '1'='1").await, [""; 0]);
    let mut seen = Vec::new();
    let mut filter = PatientFilter { most: Some(3), ..PatientFilter::default() };
    loop {
        let page = db.store.patients(&db.context(), &filter).await.unwrap();
        seen.extend(page.lines.iter().map(|l| l.patient.id.clone()));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 4);
    let mut task = Task::new(TaskKind::Request, "ask");
    task.due = Some(day("2026-04-01"));
    db.store.add(&db.context(), &people[2].id, &task).await.unwrap();
    db.store.add(&db.context(), &people[2].id, &Task::new(TaskKind::Other, "later")).await.unwrap();
    let due = |by: &str| PatientFilter { due_by: Some(day(by)), ..PatientFilter::default() };
    assert!(db.store.patients(&db.context(), &due("2026-03-31")).await.unwrap().lines.is_empty());
    let line = db.store.patients(&db.context(), &due("2026-04-01")).await.unwrap().lines.remove(0);
    assert_eq!((line.open_tasks, line.next_due), (2, Some(day("2026-04-01"))));
    let reason = Reason::new("objection").unwrap();
    db.store.block(&db.context(), &people[0].id, &reason).await.unwrap();
    assert_eq!(find("muller").await, ["101"]);
    db
}

async fn a_meeting_from_agenda_to_decision(db: Db) -> Db {
    let s = &db.store;
    let people = named(&db, &[("A", "1", "1950-01-02"), ("B", "2", "1960-01-02")]).await;
    s.record(&db.context(), &people[0].id, Revision(1), &[fact("a.b", "1")]).await.unwrap();
    let plan = Meeting {
        title: "NET MDT".into(),
        starts_at: at("2026-03-12T14:00:00Z"),
        place: "room 1".into(),
        state: MeetingState::Planned,
        attendees: vec![],
        minutes: String::new(),
    };
    let meeting = s.add_meeting(&db.context(), &plan).await.unwrap();
    let mut items = Vec::new();
    for (position, p) in [2u32, 1].into_iter().zip(&people) {
        let item = AgendaItem {
            meeting: meeting.id.clone(),
            position,
            question: "options?".into(),
            state: AgendaState::Listed,
            triage: None,
            proof: None,
            presenter: String::new(),
            minutes: String::new(),
        };
        items.push(s.add(&db.context(), &p.id, &item).await.unwrap());
    }
    let agenda = s.agenda(&db.context(), &meeting.id).await.unwrap();
    let order: Vec<_> =
        agenda.lines.iter().map(|l| (l.patient.identity.name.as_str(), l.facts.len())).collect();
    assert_eq!(order, [("B", 0), ("A", 1)]);
    let listed = PatientFilter { meeting: Some(meeting.id.clone()), ..PatientFilter::default() };
    let list = s.patients(&db.context(), &listed).await.unwrap();
    assert_eq!(list.lines.len(), 2);
    assert_eq!(list.lines[0].meeting.as_ref(), Some(&meeting.id));
    let mut taken = decision("watch");
    taken.meeting = Some(meeting.id.clone());
    taken.agenda_item = Some(items[0].id.clone());
    s.decide(&db.context(), &people[0].id, Revision(2), &taken).await.unwrap();
    let mut held = meeting.body.clone();
    held.state = MeetingState::Closed;
    held.minutes = "All present.".into();
    held.attendees.push(Attendee {
        account: None,
        name: "Dr. One".into(),
        role: "chair".into(),
        present: true,
    });
    let closed = s.amend(&db.context(), &meeting.id, Version(1), &held).await.unwrap();
    assert_eq!(code(s.amend(&db.context(), &meeting.id, Version(1), &held).await), "stale");
    let agenda = s.agenda(&db.context(), &meeting.id).await.unwrap();
    assert_eq!(agenda.meeting, closed);
    assert_eq!(agenda.lines.iter().map(|l| l.decisions.len()).collect::<Vec<_>>(), [0, 1]);
    let on = async |from: &str, to: &str| {
        s.meetings(&db.context(), Some(day(from)), Some(day(to))).await.unwrap().len()
    };
    assert_eq!((on("2026-03-12", "2026-03-12").await, on("2026-03-13", "2026-12-31").await), (1, 0));
    // A meeting is of no patient, and cannot be added to one.
    assert_eq!(code(s.add(&db.context(), &people[0].id, &plan).await), "fault");
    db
}

async fn a_decided_case_is_one_write(db: Db) -> Db {
    let s = &db.store;
    let people = named(&db, &[("A", "1", "1950-01-02"), ("B", "2", "1960-01-02")]).await;
    let plan = Meeting {
        title: "NET MDT".into(),
        starts_at: at("2026-03-12T14:00:00Z"),
        place: String::new(),
        state: MeetingState::Planned,
        attendees: vec![],
        minutes: String::new(),
    };
    let meeting = s.add_meeting(&db.context(), &plan).await.unwrap();
    let other = s.add_meeting(&db.context(), &plan).await.unwrap();
    let mut items = Vec::new();
    for p in &people {
        let item = AgendaItem {
            meeting: meeting.id.clone(),
            position: 1,
            question: "options?".into(),
            state: AgendaState::Listed,
            triage: None,
            proof: None,
            presenter: String::new(),
            minutes: String::new(),
        };
        items.push(s.add(&db.context(), &p.id, &item).await.unwrap());
    }
    let taken = |meeting: &nw_store::EntryId, item: &nw_store::EntryId| {
        let mut decision = decision("watch");
        decision.meeting = Some(meeting.clone());
        decision.agenda_item = Some(item.clone());
        let task = Task::new(TaskKind::Decision, "carry out: watch");
        CaseDecision { decision, proof: Some("{}".into()), task }
    };
    let (who, own) = (&people[0].id, &items[0].id);
    let untouched = async |why: &str| {
        let page = s.patient_page(&db.context(), who, AsOf::now()).await.unwrap();
        let left = (page.patient.revision, page.decisions.len(), page.tasks.len());
        assert_eq!(left, (Revision(1), 0, 0), "{why}");
        let item: nw_store::Entry<AgendaItem> = s.entry(&db.context(), own).await.unwrap();
        assert_eq!((item.version, item.body.state), (Version(1), AgendaState::Listed), "{why}");
    };
    let refused =
        async |base, taken: &CaseDecision| code(s.decide_case(&db.context(), who, base, taken).await);
    // The decision and the task come first: what fails after them takes them back.
    assert_eq!(refused(Revision(1), &taken(&meeting.id, &items[1].id)).await, "not-found");
    untouched("the item is of somebody else").await;
    assert_eq!(refused(Revision(1), &taken(&other.id, own)).await, "not-found");
    untouched("the item is of another meeting").await;
    assert_eq!(refused(Revision(2), &taken(&meeting.id, own)).await, "stale");
    untouched("the record moved on").await;
    let mut silent = taken(&meeting.id, own);
    silent.task.title = String::new();
    assert_eq!(refused(Revision(1), &silent).await, "invalid");
    untouched("the task cannot be kept").await;

    let mut with_key = db.context();
    with_key.key = Some("decide".into());
    let done = s.decide_case(&with_key, who, Revision(1), &taken(&meeting.id, own)).await.unwrap();
    let again = s.decide_case(&with_key, who, Revision(1), &taken(&meeting.id, own)).await.unwrap();
    assert!(done == again, "the same request is done once");
    assert_eq!(done.task.body.parent.as_ref(), Some(&done.decision.id));
    assert_eq!((done.item.version, done.item.body.state), (Version(2), AgendaState::Discussed));
    assert_eq!(done.decision.recorded_at, done.task.recorded_at);
    let page = s.patient_page(&db.context(), who, AsOf::now()).await.unwrap();
    assert_eq!((page.patient.revision, page.decisions.len(), page.tasks.len()), (Revision(2), 1, 1));

    // A closed meeting decides nothing any more.
    let mut closed = plan.clone();
    closed.state = MeetingState::Closed;
    s.amend(&db.context(), &meeting.id, Version(1), &closed).await.unwrap();
    assert_eq!(refused(Revision(2), &taken(&meeting.id, own)).await, "not-current");
    let page = s.patient_page(&db.context(), who, AsOf::now()).await.unwrap();
    assert_eq!((page.patient.revision, page.decisions.len(), page.tasks.len()), (Revision(2), 1, 1));
    assert!(s.verify_audit(None).await.unwrap().holds());
    db
}

async fn task_boards(db: Db) -> Db {
    let s = &db.store;
    let p = db.patient("A").await;
    let mut made = Vec::new();
    for (title, holder, due) in [
        ("ki67", Some("pathology"), Some("2026-03-20")),
        ("ct", Some("radiology"), Some("2026-03-15")),
        ("call", None, None),
    ] {
        let mut task = Task::new(TaskKind::Request, title);
        task.holder = holder.map(str::to_string);
        task.due = due.map(day);
        made.push(s.add(&db.context(), &p.id, &task).await.unwrap());
    }
    let titles = async |filter: TaskFilter| {
        let lines = s.tasks(&db.context(), &filter).await.unwrap();
        lines.iter().map(|l| l.task.body.title.clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(TaskFilter::default()).await, ["ct", "ki67", "call"]);
    let of = |holder: &str| TaskFilter { holder: Some(holder.into()), ..TaskFilter::default() };
    assert_eq!(titles(of("pathology")).await, ["ki67"]);
    assert_eq!(titles(TaskFilter { due_by: Some(day("2026-03-16")), ..TaskFilter::default() }).await, ["ct"]);
    let mut done = made[1].body.clone();
    done.state = TaskState::Done;
    done.outcome = "no metastasis".into();
    s.amend(&db.context(), &made[1].id, Version(1), &done).await.unwrap();
    assert_eq!(titles(TaskFilter::default()).await, ["ki67", "call"]);
    assert_eq!(titles(TaskFilter { states: vec![TaskState::Done], ..TaskFilter::default() }).await, ["ct"]);
    assert_eq!(titles(TaskFilter { most: Some(1), ..TaskFilter::default() }).await, ["ki67"]);
    db
}

fn percentage(id: &str) -> FactDef {
    FactDef {
        id: id.into(),
        kind: Kind::Quantity,
        unit: Some("%".into()),
        units: vec![],
        min: 0.into(),
        max: 100.into(),
        approximate: None,
        largest: false,
        choices: vec![],
        label: nw_facts::Text::default(),
        question: nw_facts::Text::default(),
        holder: Holder::Pathology,
        aliases: vec![],
        codes: vec![],
        not_done_is_state: false,
        presumed: None,
        unless: vec![],
        readings: vec![],
        series: false,
    }
}

async fn sets_of_facts(db: Db) -> Db {
    let vocabulary = Vocabulary::new(vec![percentage("tumour.ki67")], vec![]);
    let p = db.patient("A").await;
    let ki67 = NewFact {
        known_on: Some(day("2026-03-05")),
        ..NewFact::new("tumour.ki67", " <2 %", Origin::person("pathology report")).on(day("2026-03-02"))
    };
    let typed = [ki67, fact("tumour.ki67", "not-done"), fact("tumour.ki67", "many"), fact("a.b", "1")];
    let done = db.store.record(&db.context(), &p.id, Revision(1), &typed).await.unwrap();
    let facts = db.store.facts_as_of(&db.context(), &p.id, AsOf::now()).await.unwrap();
    let (set, unreadable) = fact_set(&vocabulary, &facts, Some(day("2026-03-12")));
    assert_eq!(set.as_of(), Some(day("2026-03-12")));
    let [first, second] = set.observations() else { panic!("two can be read") };
    assert_eq!(
        (first.text.as_str(), first.date, first.known),
        ("<2 %", Some(day("2026-03-02")), Some(day("2026-03-05")))
    );
    assert_eq!(first.origin.as_deref(), Some("pathology report"));
    assert!(second.evidence == nw_facts::Evidence::NotDone);
    // Without another day it is known since it was recorded.
    assert_eq!(second.known, Some(day("2026-03-10")));
    let told: Vec<_> = unreadable.iter().map(|u| (u.fact.as_str(), u.code)).collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[1], ("a.b", "unknown-fact"));
    assert_eq!(unreadable[0].id, done.facts[2]);
    db
}

//! Values of a patient planted everywhere never come out in logs, errors or debug prints.

use std::io::Write;
use std::sync::{Arc, Mutex};

use nw_store::{
    AsOf, Basis, Contact, ContactKind, Document, Identity, NewFact, Origin, PatientFilter, Reason, Revision,
    Secret, Store, Task, TaskKind,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::engines::{Db, at, day, on_both};

on_both!(no_value_comes_out);

const CANARY: &str = "kanarie7QZ";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Log;
    fn make_writer(&'w self) -> Log {
        self.clone()
    }
}

async fn no_value_comes_out(db: Db) -> Db {
    static LOG: std::sync::OnceLock<Log> = std::sync::OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        // Everything, from everybody, at the loudest.
        let all = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
        let _ = tracing::subscriber::set_global_default(all.finish());
        log
    });
    let mut said = String::new();
    let mut say = |thing: &dyn std::fmt::Debug| {
        said.push_str(&format!("{thing:?}\n{thing:#?}\n"));
    };
    let c = || CANARY.to_string();
    let identity = Identity {
        name: c(),
        number: Some(c()),
        born: Some(day("1931-07-07")),
        contact: Some(c()),
        general_practitioner: Some(c()),
        ..Identity::default()
    };
    say(&identity);
    let s: &Store = &db.store;
    let p = s.add_patient(&db.context(), &identity).await.unwrap();
    say(&p);
    let new = NewFact { true_on: Some(day("1931-07-07")), ..NewFact::new("a.b", c(), Origin::person(c())) };
    say(&new);
    let done = s.record(&db.context().with_key(c()), &p.id, Revision(1), &[new.clone()]).await;
    say(&done);
    let mut emergency = db.context().from_place("10.0.0.1");
    emergency.basis = Basis::Emergency(Reason::new(CANARY).unwrap());
    say(&emergency);
    let mut task = Task::new(TaskKind::Other, c());
    task.outcome = c();
    say(&s.add(&db.context(), &p.id, &task).await);
    let contact = Contact {
        at: at("2026-03-10T09:00:00Z"),
        kind: ContactKind::Phone,
        with: c(),
        note: c(),
        signals: vec![c()],
        next: None,
    };
    say(&s.add(&db.context(), &p.id, &contact).await);
    let letter = Document {
        kind: "letter".into(),
        title: c(),
        dated: None,
        author: Some(c()),
        media_type: "text/plain".into(),
        size: 0,
        digest: String::new(),
    };
    say(&s.add_document(&db.context(), &p.id, &letter, CANARY.as_bytes()).await);
    say(&s.patient_page(&emergency, &p.id, AsOf::now()).await);
    say(&s.facts_as_of(&emergency, &p.id, AsOf::now()).await);
    say(&s.fact_history(&db.context(), &p.id).await);
    say(&s.patients(&db.context(), &PatientFilter { text: c(), ..PatientFilter::default() }).await);
    say(&s.audit(&db.context(), &nw_store::AuditFilter::default()).await);
    // Everything that can go wrong with it.
    say(&s.add_patient(&db.context(), &identity).await);
    say(&s.record(&db.context(), &p.id, Revision(1), &[new.clone()]).await);
    let bad = [
        NewFact { value: format!("{CANARY}\0"), ..new.clone() },
        NewFact { fact: format!("{CANARY} {CANARY}"), ..new.clone() },
        NewFact { value: CANARY.repeat(1000), ..new.clone() },
        NewFact { origin: Origin::person(format!("{CANARY}\0")), ..new.clone() },
    ];
    for bad in bad {
        say(&s.record(&db.context(), &p.id, Revision(2), &[bad]).await);
    }
    say(&s.add(&db.context(), &p.id, &Task::new(TaskKind::Other, CANARY.repeat(100))).await);
    say(&s.sign_in(&db.context(), CANARY, &Secret::new(CANARY), Some(&Secret::new(CANARY))).await);
    say(&CANARY.parse::<nw_store::PatientId>());
    say(&Secret::new(CANARY));
    say(&nw_store::Token::from_text(CANARY));
    say(&Store::open(&format!("postgres://u:{CANARY}@localhost:1/none")).await);
    say(&p.id);
    assert!(!said.contains(CANARY), "{}", said.lines().find(|l| l.contains(CANARY)).unwrap_or_default());
    assert!(!said.contains("1931-07-07"));
    assert!(!said.contains(p.id.as_str()) || said.lines().all(|l| !l.contains("PatientId(0")));
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(!log.contains(CANARY), "{}", log.lines().find(|l| l.contains(CANARY)).unwrap_or_default());
    db
}

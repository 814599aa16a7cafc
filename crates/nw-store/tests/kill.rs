//! Nothing acknowledged is lost when the program is killed at any moment, and the audit log holds.
//!
//! The program starts itself as a child that writes under load and prints what was acknowledged; the parent kills it at
//! a random moment (`SIGKILL`), opens the record again and compares. On PostgreSQL the server is killed as well, every
//! second time. How many rounds: `NW_KILL_ROUNDS` (SQLite) and `NW_KILL_ROUNDS_PG`.

#[path = "../testing/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nw_store::{
    Actor, AsOf, Basis, Context, Identity, NewFact, Origin, PatientId, Purpose, Revision, Role, Store,
    StoreError, Task, TaskKind,
};

/// How many write at the same time.
const WRITERS: usize = 12;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "child") {
        return child(&args[1], args[2].parse().expect("a number of nanoseconds"));
    }
    // `cargo test NAME` asks every test; this one has one name.
    let asked = args.iter().find(|a| !a.starts_with('-'));
    if args.iter().any(|a| a == "--list") || asked.is_some_and(|a| !"kill".contains(a.as_str())) {
        return;
    }
    let rounds = |name: &str, usual: u32| {
        std::env::var(name).map_or(usual, |n| n.parse().expect("a number of rounds"))
    };
    on_sqlite(rounds("NW_KILL_ROUNDS", 20));
    on_postgres(rounds("NW_KILL_ROUNDS_PG", 4));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn context(at: Timestamp) -> Context {
    let actor =
        Actor { account: None, name: "writer".into(), role: Role::Nurse, organisation: "test".into() };
    Context::new(at, actor, Purpose::Treatment, Basis::TreatmentRelation, "kill")
}

/// Writes until it is killed: facts of an own patient, facts of one patient together, tasks.
fn child(address: &str, begun: i128) {
    let begun = Timestamp::from_nanosecond(begun).expect("a time");
    let clock = Instant::now();
    let now = move || begun + jiff::SignedDuration::from_nanos(clock.elapsed().as_nanos() as i64);
    runtime().block_on(async {
        let store = Store::open(address).await.expect("the record opens");
        let identity = Identity { name: "shared".into(), ..Identity::default() };
        let shared = store.add_patient(&context(now()), &identity).await.expect("a patient").id;
        say(&format!("patient {} {}", shared.as_str(), 1));
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let (store, shared) = (store.clone(), shared.clone());
            writers.push(tokio::spawn(async move { write(&store, &shared, number, now).await }));
        }
        for writer in writers {
            writer.await.expect("a writer writes until it is killed");
        }
    });
}

/// A whole line at once, straight to the pipe: what the parent reads was acknowledged.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

async fn write(store: &Store, shared: &PatientId, number: usize, now: impl Fn() -> Timestamp) {
    let identity = Identity { name: format!("own {number}"), ..Identity::default() };
    // When the server is killed first, errors come before the end does.
    let Ok(own) = store.add_patient(&context(now()), &identity).await else { return };
    say(&format!("patient {} 1", own.id.as_str()));
    let (mut own_base, mut shared_base) = (Revision(1), Revision(1));
    for turn in 0_u64.. {
        let new = [NewFact::new("a.b", format!("{number}/{turn}"), Origin::person("kill"))];
        match store.record(&context(now()), &own.id, own_base, &new).await {
            Ok(done) => {
                own_base = done.revision;
                say(&format!("fact {} {} {}", own.id.as_str(), done.revision, done.facts[0].as_str()));
            }
            Err(_) => return,
        }
        match store.record(&context(now()), shared, shared_base, &new).await {
            Ok(done) => {
                shared_base = done.revision;
                say(&format!("fact {} {} {}", shared.as_str(), done.revision, done.facts[0].as_str()));
            }
            Err(StoreError::Stale { newer, .. }) => shared_base = newer,
            Err(_) => return,
        }
        if turn % 3 == 0 {
            let task = Task::new(TaskKind::Other, format!("{number}/{turn}"));
            match store.add(&context(now()), &own.id, &task).await {
                Ok(task) => say(&format!("task {} {}", own.id.as_str(), task.id.as_str())),
                Err(_) => return,
            }
        }
    }
}

/// Numbers that differ from run to run; printed, so that a failure can be told.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let seed = Timestamp::now().as_nanosecond() as u64;
        println!("kill: seed {seed}");
        Chance(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What a child had been promised when it was killed.
#[derive(Default)]
struct Promised {
    patients: BTreeMap<String, i64>,
    facts: BTreeMap<String, Vec<String>>,
    tasks: BTreeMap<String, Vec<String>>,
    lines: u64,
}

/// Lets a child write for a while and kills it.
fn kill_one(address: &str, chance: &mut Chance, mut beside: impl FnMut()) -> Promised {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program)
        .args(["child", address, &Timestamp::now().as_nanosecond().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let out = child.stdout.take().expect("the child's output is read");
    let (tell, told) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut promised = Promised::default();
        let mut lines = BufReader::new(out);
        let mut line = String::new();
        // A line that was cut off halfway was no promise that anybody read.
        while lines.read_line(&mut line).is_ok_and(|n| n > 0) && line.ends_with('\n') {
            promised.lines += 1;
            if promised.lines == WRITERS as u64 {
                // Under load now. Nobody listens when the child is killed as it starts.
                let _ = tell.send(());
            }
            let parts: Vec<&str> = line.split_whitespace().collect();
            match parts.as_slice() {
                ["patient", id, revision] => {
                    promised.patients.insert((*id).into(), revision.parse().unwrap_or(0));
                }
                ["fact", patient, revision, id] => {
                    let last = promised.patients.entry((*patient).into()).or_default();
                    *last = (*last).max(revision.parse().unwrap_or(0));
                    promised.facts.entry((*patient).into()).or_default().push((*id).into());
                }
                ["task", patient, id] => {
                    promised.tasks.entry((*patient).into()).or_default().push((*id).into())
                }
                _ => {}
            }
            line.clear();
        }
        promised
    });
    // Most of the time under load; one time in eight at any moment from the start on.
    if chance.below(8) == 0 {
        std::thread::sleep(Duration::from_millis(chance.below(400)));
    } else {
        let _ = told.recv_timeout(Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(chance.below(300)));
    }
    std::thread::sleep(Duration::from_micros(chance.below(5000)));
    beside();
    child.kill().expect("the child can be killed");
    child.wait().expect("the child ends");
    reader.join().expect("what was promised is read")
}

/// Opens the record again and compares it with what was promised.
async fn compare(address: &str, promised: &Promised) {
    let store = Store::open(address).await.expect("the record opens after the kill");
    for (id, revision) in &promised.patients {
        let patient: PatientId = id.parse().expect("an id");
        let page = store.patient_page(&context(Timestamp::now()), &patient, AsOf::now()).await;
        let page = page.unwrap_or_else(|e| panic!("patient {id} was promised: {e}"));
        assert!(page.patient.revision.0 >= *revision, "revision {revision} of {id} was promised");
        // Whole revisions: each has its one fact.
        assert_eq!(page.facts.len() as i64, page.patient.revision.0 - 1, "{id} has half a write");
        for fact in promised.facts.get(id).into_iter().flatten() {
            assert!(page.facts.iter().any(|f| f.id.as_str() == fact), "fact {fact} of {id} was promised");
        }
        for task in promised.tasks.get(id).into_iter().flatten() {
            assert!(page.tasks.iter().any(|t| t.id.as_str() == task), "task {task} of {id} was promised");
        }
    }
    let verdict = store.verify_audit(None).await.expect("the audit log is read");
    assert!(verdict.holds(), "the audit log does not hold: {:?}", verdict.findings);
    store.close().await;
}

fn on_sqlite(rounds: u32) {
    let folder: PathBuf = std::env::temp_dir().join(format!("nw-kill-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    let runtime = runtime();
    let mut chance = Chance::new();
    let mut lines = 0;
    for round in 0..rounds {
        // A record lives through 20 kills, then a new one begins: checking the audit log takes as long as it is.
        let address = format!("sqlite:{}", folder.join(format!("record-{}.db", round / 20)).display());
        let promised = kill_one(&address, &mut chance, || {});
        lines += promised.lines;
        runtime.block_on(compare(&address, &promised));
        if (round + 1) % 100 == 0 {
            println!("kill: SQLite, {} rounds, {lines} acknowledged writes, none lost", round + 1);
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(rounds == 0 || lines > 0, "nothing was written, so nothing was tested");
    println!("kill: SQLite, {rounds} rounds, {lines} acknowledged writes, none lost");
}

fn on_postgres(rounds: u32) {
    if rounds == 0 {
        return;
    }
    let Some(mut server) = postgres::Postgres::start(true) else { return };
    let runtime = runtime();
    let mut chance = Chance::new();
    let mut lines = 0;
    let mut address = server.database();
    for round in 0..rounds {
        if round > 0 && round % 20 == 0 {
            address = server.database();
        }
        let with_server = round % 2 == 1;
        let promised = kill_one(&address, &mut chance, || {
            if with_server {
                server.kill();
            }
        });
        if with_server {
            server.run();
        }
        lines += promised.lines;
        runtime.block_on(compare(&address, &promised));
    }
    assert!(lines > 0, "nothing was written, so nothing was tested");
    println!("kill: PostgreSQL, {rounds} rounds, {lines} acknowledged writes, none lost");
}

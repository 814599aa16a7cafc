//! One test, two databases; and the invented people in them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use jiff::Timestamp;
use nw_store::{
    Actor, Basis, Context, Identity, NewFact, Options, Origin, Patient, Purpose, Role, Store, StoreError,
};

use crate::postgres::Postgres;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum On {
    Sqlite,
    Postgres,
}

/// A database of one test.
pub struct Db {
    pub store: Store,
    pub address: String,
    pub folder: PathBuf,
    pub second: AtomicI64,
    pub on: On,
}

/// Each test runs on both databases, under the same name.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { crate::engines::run(crate::engines::On::Sqlite, super::$name); })*
        }
        mod postgres {
            $(#[test] fn $name() { crate::engines::run(crate::engines::On::Postgres, super::$name); })*
        }
    };
}
pub(crate) use on_both;

static SERVER: OnceLock<Mutex<Option<Postgres>>> = OnceLock::new();

/// A new empty database; nothing when there is no server to make it on.
pub fn address(on: On, folder: &std::path::Path) -> Option<String> {
    match on {
        On::Sqlite => {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            Some(format!("sqlite:{}", folder.join(format!("record-{number}.db")).display()))
        }
        On::Postgres => {
            let server = SERVER.get_or_init(|| Mutex::new(Postgres::start(false)));
            let server = server.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            server.as_ref().map(Postgres::database)
        }
    }
}

pub fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("nw-store-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

pub fn run<F: Future<Output = Db>>(on: On, test: impl FnOnce(Db) -> F) {
    run_with(on, Options::default(), test);
}

pub fn run_with<F: Future<Output = Db>>(on: On, options: Options, test: impl FnOnce(Db) -> F) {
    let folder = folder();
    let Some(address) = address(on, &folder) else { return };
    runtime().block_on(async {
        let store = Store::open_with(&address, options).await.unwrap();
        let db = Db { store, address, folder: folder.clone(), second: AtomicI64::new(0), on };
        let db = test(db).await;
        // Whatever a test did, the audit log holds at its end.
        let verdict = db.store.verify_audit(None).await.unwrap();
        assert!(verdict.holds(), "{:?}", verdict.findings);
        db.store.close().await;
    });
    let _ = std::fs::remove_dir_all(folder);
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn actor(role: Role) -> Actor {
    Actor { account: None, name: format!("{role} one"), role, organisation: "NET centre".into() }
}

impl Db {
    /// The next second of an invented day.
    pub fn now(&self) -> Timestamp {
        let second = self.second.fetch_add(1, Ordering::Relaxed);
        at("2026-03-10T08:00:00Z") + jiff::SignedDuration::from_secs(second)
    }

    pub fn context(&self) -> Context {
        Context::new(
            self.now(),
            actor(Role::Specialist),
            Purpose::Treatment,
            Basis::TreatmentRelation,
            "test",
        )
    }

    pub fn as_role(&self, role: Role) -> Context {
        Context::new(self.now(), actor(role), Purpose::Administration, Basis::Function, "test")
    }

    pub async fn patient(&self, name: &str) -> Patient {
        let identity = Identity { name: name.into(), ..Identity::default() };
        self.store.add_patient(&self.context(), &identity).await.unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

pub fn fact(id: &str, value: &str) -> NewFact {
    NewFact::new(id, value, Origin::person("test"))
}

pub fn day(text: &str) -> nw_facts::Date {
    text.parse().unwrap()
}

pub fn code<T>(result: Result<T, StoreError>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => error.code(),
    }
}

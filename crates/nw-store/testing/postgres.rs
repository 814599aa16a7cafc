//! A PostgreSQL server of our own for tests: a fresh cluster in a temporary folder, on a socket in that folder only.
//!
//! Included by the tests of more than one crate. Uses the server of the Debian package `postgresql`; when there is
//! none the tests say so loudly, and fail when `NW_REQUIRE_PG` is set, as it is in continuous integration.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running server; stopped and removed when dropped.
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    server: Option<Child>,
    durable: bool,
    databases: AtomicU32,
}

/// Where the programs of the server are: the newest version of the Debian package, or what lies on the path.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|p| p.join("initdb").exists() && p.join("postgres").exists())
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|p| p.join("initdb").exists());
    found.pop().or(on_path)
}

/// The server refuses to run as root; an unprivileged user runs it then.
fn unprivileged() -> Option<(u32, u32)> {
    let me = fs::metadata("/proc/self").ok()?;
    if std::os::unix::fs::MetadataExt::uid(&me) != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let id_of = |name: &str| {
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    id_of("postgres").or_else(|| id_of("nobody"))
}

impl Postgres {
    /// Starts a server, or says why there is none.
    ///
    /// `durable` keeps every commit on the disk; without it tests are quicker.
    pub fn start(durable: bool) -> Option<Postgres> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(programs) = programs() else {
            let said = "PostgreSQL is not installed: nothing is tested on it. \
                        Install it: apt-get install --no-install-recommends postgresql";
            assert!(std::env::var_os("NW_REQUIRE_PG").is_none(), "{said}");
            eprintln!("\n**** {said} ****\n");
            return None;
        };
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("nw-pg-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).expect("and opened");
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let mut postgres =
            Postgres { folder, programs, user, server: None, durable, databases: AtomicU32::new(0) };
        let data = postgres.data();
        let made = postgres
            .command("initdb")
            .args([
                "--auth=trust",
                "--username=netwijzer",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ])
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        postgres.run();
        Some(postgres)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).env_remove("LC_ALL").env("LANG", "C.UTF-8");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Starts the server and waits until it answers.
    pub fn run(&mut self) {
        let begun = Instant::now();
        self.server = Some(self.started());
        while !self.answers() {
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not answer:\n{log}");
            std::thread::sleep(Duration::from_millis(30));
            // One that was killed may still hold the memory they share while its last page goes to the disk: the next one
            // ends then, and whoever watches over a server starts it again.
            if self.server.as_mut().is_some_and(|s| s.try_wait().is_ok_and(|ended| ended.is_some())) {
                self.server = Some(self.started());
            }
        }
    }

    fn started(&self) -> Child {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        command.args(["-c", "listen_addresses=", "-c", "max_connections=80", "-c", "shared_buffers=32MB"]);
        if !self.durable {
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        // A file of its own: what a killed one still says goes elsewhere.
        let _ = fs::remove_file(self.log());
        let log = fs::File::create(self.log()).expect("a log can be written");
        command.stdout(Stdio::null()).stderr(log).process_group(0);
        command.spawn().expect("postgres runs")
    }

    fn answers(&self) -> bool {
        let mut asked = self.command("pg_isready");
        asked.arg("-h").arg(&self.folder).stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|s| s.success())
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A new empty database; gives its address.
    pub fn database(&self) -> String {
        let name = format!("record{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = self
            .command("createdb")
            .arg("-h")
            .arg(&self.folder)
            .args(["-U", "netwijzer", "--template=template0", &name])
            .output()
            .expect("createdb runs");
        assert!(made.status.success(), "createdb failed: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://netwijzer@localhost/{name}?host={}", shown(&self.folder))
    }

    /// Kills the server and all it started at once, as a power cut would.
    #[allow(dead_code)]
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Each process that it starts leads a group of its own, and would write on for a moment. Halted first, it
            // neither starts another nor notices that they are gone.
            let id = server.id().to_string();
            let _ = Command::new("kill").args(["-STOP", &id]).status();
            let _ = Command::new("pkill").args(["-KILL", "-P", &id]).status();
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('/', "%2F")
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

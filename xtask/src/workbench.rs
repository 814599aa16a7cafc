//! The workbench as a program of its own, over a demonstration record of its own, for chores that look at it from outside.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::chores::cargo;
use crate::knowledge::top;

// The same server as in the tests of the record.
#[path = "../../crates/nw-store/testing/postgres.rs"]
mod postgres;

pub use postgres::Postgres;

/// With which program a chore works.
#[derive(Clone, Debug, clap::Args)]
pub struct Built {
    /// With the development build: quicker to build, slower to run.
    #[arg(long, conflicts_with = "program")]
    dev: bool,
    /// A program built before, instead of building one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

impl Built {
    /// Where it lies; built first when none was named.
    ///
    /// # Errors
    /// It does not build, or there is no such file.
    pub fn program(&self) -> Result<PathBuf, String> {
        self.program.as_deref().map_or_else(|| build(self.dev), built_before)
    }

    /// An example of another package, built as the program is: asked for together they share what they stand on.
    ///
    /// # Errors
    /// It does not build.
    pub fn example(&self, package: &str, name: &str) -> Result<PathBuf, String> {
        executable(&["--package", "netwijzer", "--package", package, "--example", name], self.dev)
    }
}

/// A program that was named, from wherever it is started later.
///
/// # Errors
/// There is no such file.
pub fn built_before(program: &Path) -> Result<PathBuf, String> {
    program.canonicalize().map_err(|e| {
        format!("`{}`: {e}; `--program` names a `netwijzer` that was built before", program.display())
    })
}

/// Builds the program, with optimisation or without, and says where it lies.
fn build(dev: bool) -> Result<PathBuf, String> {
    executable(&["--package", "netwijzer", "--bin", "netwijzer"], dev)
}

/// Builds one program or example, and says where it lies.
fn executable(words: &[&str], dev: bool) -> Result<PathBuf, String> {
    let profile = if dev { "dev" } else { "release" };
    let asked = words.join(" ");
    println!("$ cargo build {asked} --profile {profile}");
    let built = cargo()
        .arg("build")
        .args(words)
        .args(["--profile", profile, "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("cargo cannot be started: {e}"))?;
    if !built.status.success() {
        return Err(format!("`{asked}` does not build"));
    }
    // Cargo says itself where it put the program, whatever the target folder is.
    let said = String::from_utf8_lossy(&built.stdout);
    let artifacts = said.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let found = artifacts.filter_map(|a| Some(PathBuf::from(a["executable"].as_str()?))).next_back();
    found.ok_or_else(|| format!("cargo built no program for `{asked}`"))
}

/// A workbench that listens; ended when dropped.
pub struct Workbench {
    /// Which database it runs on: `sqlite` or `postgres`.
    pub name: &'static str,
    /// Where: `http://127.0.0.1:…`.
    pub address: String,
    child: Child,
}

impl Workbench {
    /// Starts one over a fresh demonstration record in an SQLite file.
    ///
    /// # Errors
    /// It does not start.
    pub fn on_sqlite(program: &Path, folder: &Path) -> Result<Workbench, String> {
        let said = |e: std::io::Error| format!("{}: {e}", folder.display());
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).map_err(said)?;
        let database = format!("sqlite:{}", folder.join("record.db").display());
        Workbench::start(program, "sqlite", &database, folder, &["--listen", "127.0.0.1:0"])
    }

    /// Starts one that answers CDS Hooks, at an address that its settings name, in a folder that is there.
    ///
    /// # Errors
    /// It does not start.
    pub fn serving_hooks(
        program: &Path,
        folder: &Path,
        listen: &str,
        hooks: &str,
    ) -> Result<Workbench, String> {
        let database = format!("sqlite:{}", folder.join("record.db").display());
        Workbench::start(program, "sqlite", &database, folder, &["--listen", listen, "--cds-hooks", hooks])
    }

    /// Starts one over a fresh demonstration record in a database of this server.
    ///
    /// # Errors
    /// It does not start.
    pub fn on_postgres(program: &Path, server: &Postgres, folder: &Path) -> Result<Workbench, String> {
        std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Workbench::start(program, "postgres", &server.database(), folder, &["--listen", "127.0.0.1:0"])
    }

    fn start(
        program: &Path,
        name: &'static str,
        database: &str,
        folder: &Path,
        more: &[&str],
    ) -> Result<Workbench, String> {
        let log = folder.join(format!("{name}.log"));
        let mut file = std::fs::File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut child = Command::new(program)
            .args(["serve", "--demo", "--database", database])
            .args(more)
            .args(["--settings", "docs/hospital.example.toml"])
            .current_dir(top())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{} cannot be started: {e}", program.display()))?;
        let said = child.stderr.take().ok_or("what it says cannot be read")?;
        let mut workbench = Workbench { name, address: String::new(), child };
        let mut said = BufReader::new(said);
        let mut line = String::new();
        while workbench.address.is_empty() && said.read_line(&mut line).map_err(|e| e.to_string())? > 0 {
            let _ = file.write_all(line.as_bytes());
            if let Some(at) = line.find("http://") {
                let belongs = |c: &char| c.is_ascii_alphanumeric() || ":/.".contains(*c);
                workbench.address = line[at..].chars().take_while(belongs).collect();
            }
            line.clear();
        }
        if workbench.address.is_empty() {
            return Err(format!("the workbench on {name} did not start; see {}", log.display()));
        }
        // What it says later goes into the file, too.
        std::thread::spawn(move || std::io::copy(&mut said, &mut file));
        Ok(workbench)
    }

    /// How much memory it holds, in megabytes; nothing where the system does not say.
    pub fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
        let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

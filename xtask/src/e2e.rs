//! What the browser shows, looked at in a browser: the guideline site, and the workbench on both databases.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::chores::Outcome;
use crate::knowledge::top;
use crate::workbench::{Built, Postgres, Workbench};

/// What to look at.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    #[command(flatten)]
    built: Built,
}

/// A part of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The guideline as a site.
    Site,
    /// A meeting by keyboard alone.
    Meeting,
    /// Every page of the workbench: accessibility, widths, themes.
    Pages,
    /// Sign-in through an identity provider.
    Hospital,
    /// What people take home, as pages and as PDF.
    Papers,
}

/// Starts what is looked at, and runs the tests of `e2e/` on it.
pub fn run(settings: &Settings) -> Outcome {
    let wanted = |part| settings.only.is_none_or(|only| only == part);
    let program = settings.built.program()?;
    let work = top().join("target/e2e");
    let mut files = Vec::new();
    let mut shown: Vec<(&str, String)> = Vec::new();
    let site = work.join("site");
    if wanted(Part::Site) {
        let _ = std::fs::remove_dir_all(&site);
        let mut export = Command::new(&program);
        export.args(["export", "site", "--out"]).arg(&site).current_dir(top());
        if !export.status().map_err(|e| format!("netwijzer cannot be started: {e}"))?.success() {
            return Ok(false);
        }
        shown.push(("NW_SITE", site.display().to_string()));
        files.push("site.test.mjs");
    }
    let mut workbenches = Vec::new();
    let mut server = None;
    if wanted(Part::Meeting) || wanted(Part::Pages) {
        workbenches.push(Workbench::on_sqlite(&program, &work.join("sqlite"))?);
    }
    if wanted(Part::Meeting) {
        // Without PostgreSQL this says so loudly, and fails under NW_REQUIRE_PG.
        server = Postgres::start(false);
        if let Some(server) = &server {
            workbenches.push(Workbench::on_postgres(&program, server, &work.join("postgres"))?);
        }
        files.push("meeting.test.mjs");
    }
    if wanted(Part::Pages) {
        files.push("workbench.test.mjs");
    }
    if wanted(Part::Hospital) {
        // This one starts its own workbench, beside a provider.
        shown.push(("NW_PROGRAM", program.display().to_string()));
        files.push("hospital.test.mjs");
    }
    if wanted(Part::Papers) {
        let papers = work.join("papers");
        let samples = settings.built.example("nw-leaflet", "samples")?;
        if !written(&program, &samples, &papers)? {
            return Ok(false);
        }
        shown.push(("NW_PAPERS", papers.display().to_string()));
        files.push("papers.test.mjs");
    }
    let told: Vec<_> = workbenches.iter().map(|w| json!({"name": w.name, "address": w.address})).collect();
    shown.push(("NW_WORKBENCHES", json!(told).to_string()));
    let shots = work.join("shots");
    shown.push(("NW_SHOTS", shots.display().to_string()));
    let npm = Npm { folder: top().join("e2e"), shown };
    if !npm.run(&["install", "--no-audit", "--no-fund", "--silent"])? {
        return Err("`npm install` in `e2e` did not succeed".to_string());
    }
    let mut words = vec!["test", "--"];
    words.extend(files);
    let well = npm.run(&words)?;
    println!("Screenshots: {}", shots.display());
    drop(workbenches);
    drop(server);
    Ok(well)
}

/// Writes papers of every kind: with invented words, and of the example patients.
fn written(program: &Path, samples: &Path, papers: &Path) -> Outcome {
    let _ = std::fs::remove_dir_all(papers);
    let invented = Command::new(samples)
        .arg(papers)
        .current_dir(top())
        .status()
        .map_err(|e| format!("{} cannot be started: {e}", samples.display()))?;
    if !invented.success() {
        return Ok(false);
    }
    const EXAMPLES: &str = "knowledge/examples";
    let commands: [&[&str]; 4] = [
        &["letter", "--kind", "mdt"],
        &["letter", "--kind", "summary"],
        &["letter", "--kind", "requests"],
        &["leaflet"],
    ];
    for (command, language, form) in commands
        .iter()
        .flat_map(|c| ["nl", "en"].map(|l| (c, l)))
        .flat_map(|(c, l)| ["html", "pdf"].map(|f| (c, l, f)))
    {
        let made = Command::new(program)
            .args(*command)
            .args(["--lang", language, "--format", form, "--settings", "docs/hospital.example.toml", "--out"])
            .args([papers, Path::new(EXAMPLES)])
            .current_dir(top())
            .stdout(std::process::Stdio::null())
            .status()
            .map_err(|e| format!("netwijzer cannot be started: {e}"))?;
        // An example whose facts contradict each other ends with 1, and has its papers.
        if !matches!(made.code(), Some(0 | 1)) {
            return Ok(false);
        }
    }
    calendars(program, papers)
}

/// The calendar of an example patient who is treated, in both sizes of print.
fn calendars(program: &Path, papers: &Path) -> Outcome {
    const TREATED: &str = "65-ileum-beloop";
    let sizes: [(&str, &[&str]); 2] = [("", &[]), ("-large", &["--large-print"])];
    for (language, form) in ["nl", "en"].iter().flat_map(|l| ["html", "pdf"].map(|f| (l, f))) {
        for (size, words) in sizes {
            let made = Command::new(program)
                .arg("calendar")
                .arg(format!("knowledge/examples/{TREATED}.yaml"))
                .args(["--lang", language, "--format", form, "--settings", "docs/hospital.example.toml"])
                .args(words)
                .current_dir(top())
                .output()
                .map_err(|e| format!("netwijzer cannot be started: {e}"))?;
            if !made.status.success() {
                eprintln!("{}", String::from_utf8_lossy(&made.stderr));
                return Ok(false);
            }
            let path = papers.join(format!("planned-{TREATED}-{language}{size}.{form}"));
            std::fs::write(&path, made.stdout).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(true)
}

/// npm in a folder, with what the tests are to know.
pub struct Npm {
    /// Where its package lies.
    pub folder: PathBuf,
    /// Variables and their values.
    pub shown: Vec<(&'static str, String)>,
}

impl Npm {
    /// Runs it; whether it went well.
    ///
    /// # Errors
    /// There is no npm.
    pub fn run(&self, words: &[&str]) -> Outcome {
        let shown = self.shown.iter().map(|(name, value)| (*name, value.as_str()));
        let status = Command::new("npm").args(words).current_dir(&self.folder).envs(shown).status();
        let status = status
            .map_err(|e| format!("`npm` cannot be started: {e}; the browser tests need node 20 or later"))?;
        Ok(status.success())
    }
}

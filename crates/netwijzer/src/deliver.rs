//! `deliver`: what a registry gets of many cases, under pseudonyms, and without those who took part back.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use hmac::{Hmac, KeyInit, Mac};
use nw_facts::Vocabulary;
use nw_fhir::{DELIVERIES, Delivery, citizen_number};
use sha2::Sha256;

use crate::fhir;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, both, fill};

/// Whom to deliver to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Registry {
    Nkr,
    Enets,
}

impl Registry {
    fn id(self) -> &'static str {
        match self {
            Registry::Nkr => "nkr",
            Registry::Enets => "enets",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Args)]
pub(crate) struct Deliver {
    /// nkr: the Netherlands Cancer Registry (FHIR bundles); enets: a minimum data set (CSV)
    #[arg(value_name = "REGISTRY", hide_possible_values = true)]
    pub registry: Registry,
    /// Case files (YAML, JSON, JSON Lines), folders, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the delivery to this folder
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The key of the pseudonyms, kept by the centre; made when it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Names of cases that may not be delivered, one a line; what was delivered of them before is taken back, as with cases that say `research: objects`
    #[arg(long, value_name = "FILE")]
    pub opt_out: Option<PathBuf>,
}

/// A delivery by its id, from a knowledge folder or from inside the program.
///
/// # Errors
/// The file cannot be read, or has faults.
pub(crate) fn delivery(
    folder: Option<&Path>,
    id: &str,
    vocabulary: &Vocabulary,
) -> Result<Delivery, Failure> {
    let file = format!("fhir/delivery-{id}.toml");
    let own = folder.map(|f| knowledge::root(f).join(&file)).filter(|f| f.is_file());
    let text = match &own {
        Some(path) => fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?,
        None => DELIVERIES.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| *text).to_string(),
    };
    Delivery::read(&file, &text, vocabulary).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.file, f.text)).collect();
        Failure { exit: Exit::BadInput, message: Some(both(Word::MappingFaults, &[&lines.join("\n  ")])) }
    })
}

/// A pseudonym of letters alone: no digits, so no number of anybody.
fn pseudonym(key: &[u8], case: &str) -> Result<String, Failure> {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| Failure::usage(Word::DeliveryKey, &[]))?;
    mac.update(case.as_bytes());
    let sum = mac.finalize().into_bytes();
    let letter = |nibble: u8| char::from(b'a' + nibble);
    Ok(sum.iter().take(13).flat_map(|b| [letter(b >> 4), letter(b & 15)]).collect())
}

fn key(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.exists() {
        let key = fs::read(path).map_err(|e| Failure::world(path, &e))?;
        return if key.len() < 32 { Err(Failure::usage(Word::DeliveryKey, &[])) } else { Ok(key) };
    }
    let mut key = vec![0; 32];
    getrandom::fill(&mut key).map_err(|e| Failure::world(path, &std::io::Error::other(e.to_string())))?;
    fs::write(path, &key).map_err(|e| Failure::world(path, &e))?;
    Ok(key)
}

/// One field of CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

pub(crate) fn run(session: &mut Session, asked: &Deliver) -> Result<Exit, Failure> {
    let (_, guideline) = session.open()?;
    let delivery = delivery(session.folder.as_deref(), asked.registry.id(), &guideline.vocabulary)?;
    let mut out_of: BTreeSet<String> = BTreeSet::new();
    if let Some(path) = &asked.opt_out {
        let text = fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?;
        out_of.extend(
            text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(String::from),
        );
    }
    let key = key(&asked.key)?;
    let mut files: Vec<(String, String)> = Vec::new();
    let mut table = vec![delivery.heads().iter().map(|h| field(h)).collect::<Vec<_>>().join(",")];
    let (mut sent, mut kept) = (0_usize, 0_usize);
    let mut objecting: BTreeSet<String> = BTreeSet::new();
    let exit = fhir::each(session, &asked.paths, |_, record, mapping, case| {
        if case.objects == Some(true) {
            objecting.insert(record.pseudonym.to_string());
        }
        if case.objects == Some(true) || out_of.contains(record.pseudonym) {
            kept += 1;
            return Ok(());
        }
        sent += 1;
        let name = pseudonym(&key, record.pseudonym)?;
        let record = nw_fhir::Record { pseudonym: &name, ..*record };
        if delivery.bundles {
            files.push((format!("{name}.json"), delivery.bundle(&record, mapping).write_wide()));
        } else {
            let row = [name.clone(), "patient".to_string()].into_iter().chain(delivery.row(&record));
            table.push(row.map(|f| field(&f)).collect::<Vec<_>>().join(","));
        }
        Ok(())
    })?;
    out_of.extend(objecting);
    let on = fhir::day(session, None);
    for case in &out_of {
        let name = pseudonym(&key, case)?;
        if delivery.bundles {
            files.push((format!("{name}.json"), delivery.withdrawal(&name, on).write_wide()));
        } else {
            let row = [name, "withdrawn".to_string()].into_iter().chain(delivery.withdrawn());
            table.push(row.map(|f| field(&f)).collect::<Vec<_>>().join(","));
        }
    }
    if !delivery.bundles {
        files.push((format!("{}.csv", delivery.id), table.join("\n") + "\n"));
    }
    // Nothing is written before all of it was looked through.
    for (name, text) in &files {
        if citizen_number(text).is_some() {
            return Err(Failure::usage(Word::DeliveryCitizen, &[name]));
        }
    }
    fs::create_dir_all(&asked.out).map_err(|e| Failure::world(&asked.out, &e))?;
    for (name, text) in &files {
        let path = asked.out.join(name);
        fs::write(&path, text).map_err(|e| Failure::world(&path, &e))?;
    }
    let title = delivery.title.get(session.language);
    let said = fill(
        session.language,
        Word::Delivered,
        &[
            title,
            &sent.to_string(),
            &kept.to_string(),
            &out_of.len().to_string(),
            &asked.out.display().to_string(),
        ],
    );
    session.out.line(&said)?;
    session.out.line(&crate::text::edition(&guideline, session.language))?;
    session.out.line(crate::words::say(session.language, Word::Disclaimer))?;
    session.out.flush()?;
    Ok(exit)
}

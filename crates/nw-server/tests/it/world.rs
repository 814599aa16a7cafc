//! A workbench that listens, with the demonstration's accounts and a few patients, and a browser of a few lines.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, SystemTime};

use nw_guideline::{CompiledGuideline, SourceSet, compile};
use nw_server::demo::{Invented, fill};
use nw_server::{App, Settings};
use nw_store::Store;

fn guideline() -> &'static CompiledGuideline {
    static ONE: std::sync::OnceLock<CompiledGuideline> = std::sync::OnceLock::new();
    ONE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        let mut open: Vec<_> = ["vocabulary", "sources", "guidelines"].iter().map(|f| root.join(f)).collect();
        while let Some(place) = open.pop() {
            if place.is_dir() {
                let inside = std::fs::read_dir(&place).expect("the knowledge is part of the repository");
                open.extend(inside.map(|e| e.expect("readable").path()));
            } else if let Ok(text) = std::fs::read_to_string(&place) {
                let name = place.strip_prefix(&root).expect("below the root").to_string_lossy().to_string();
                files.push((name.replace('\\', "/"), text));
            }
        }
        let draft = compile(&SourceSet::new(files), "", "");
        draft.admit().unwrap_or_else(|_| panic!("the shipped guideline has errors"))
    })
}

fn clock() -> SystemTime {
    // 2026-06-10, some time in the day.
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_781_100_000)
}

/// The world of one test.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    runtime: tokio::runtime::Runtime,
    folder: std::path::PathBuf,
}

impl World {
    /// A workbench in a folder of its own.
    pub(crate) fn new(name: &str) -> World {
        let folder = std::env::temp_dir().join(format!("nw-server-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let database = format!("sqlite:{}", folder.join("record.db").display());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let address = runtime.block_on(async {
            let store = Store::open(&database).await.expect("the record opens");
            let settings = Settings {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                database,
                organisation: "NET-centrum".to_string(),
                house: nw_leaflet::House::default(),
                demo: true,
                https: false,
                provider: None,
            };
            let app = App::new(settings, store, guideline(), clock).expect("no provider is asked");
            let fact = |id: &str, value: &str| (id.to_string(), value.to_string(), None, None);
            let patients: Vec<Invented> = (0..3)
                .map(|n| Invented {
                    name: format!("Patiënt {n}"),
                    born: None,
                    number: format!("T{n}"),
                    facts: vec![
                        fact("primary.site", "ileum"),
                        fact("tumour.differentiation", "well"),
                        fact("tumour.ki67", "1 %"),
                    ],
                })
                .collect();
            assert!(fill(&app, &patients).await.expect("the demonstration is filled"));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move { axum::serve(listener, nw_server::router(app)).await });
            address
        });
        World { address, runtime, folder }
    }

    /// Somebody who signed in.
    pub(crate) fn sign_in(&self, login: &str) -> Browser {
        let mut browser = Browser { address: self.address, cookies: String::new(), mark: String::new() };
        let page = browser.get("/sign-in");
        let start = page.body.find("<code>netwijzer-").expect("the demonstration shows its password") + 6;
        let password = page.body[start..].split('<').next().expect("it ends").to_string();
        let sent = browser.send("POST", "/sign-in", &[("login", login), ("password", &password)]);
        assert_eq!(sent.status, 303, "{}", sent.body);
        browser.get("/patients");
        browser
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = &self.runtime;
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// What stands between two texts.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let from =
            self.body.find(before).unwrap_or_else(|| panic!("`{before}` is not on the page")) + before.len();
        self.body[from..].split(after).next().unwrap_or_default().to_string()
    }
}

/// A browser without pictures.
pub(crate) struct Browser {
    address: SocketAddr,
    cookies: String,
    /// The mark that its forms carry.
    pub(crate) mark: String,
}

impl Browser {
    /// Reads a page.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, &[]);
        if answer.body.contains("name=\"csrf\" value=\"") {
            self.mark = answer.between("name=\"csrf\" value=\"", "\"");
        }
        answer
    }

    /// Sends a form of the page.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mark = self.mark.clone();
        let mut all = vec![("csrf", mark.as_str())];
        all.extend_from_slice(fields);
        self.send("POST", path, &all)
    }

    /// Sends a form as it is.
    pub(crate) fn send(&mut self, method: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.cookies,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it answers");
        // A PDF holds bytes that are no text; what these tests look for in one is.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("head and body");
        let header = |name: &str| {
            let found =
                head.lines().filter_map(|l| l.split_once(": ")).find(|(n, _)| n.eq_ignore_ascii_case(name));
            found.map(|(_, v)| v.to_string()).unwrap_or_default()
        };
        let cookie = header("set-cookie");
        if let Some(first) = cookie.split(';').next().filter(|c| !c.is_empty()) {
            self.cookies = first.to_string();
        }
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        let location = header("location");
        Answer { status, location, head: head.to_string(), body: body.to_string() }
    }
}

//! Style sheets and scripts: in the program, under names that change with their content, so that browsers may keep them.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::error::Problem;
use crate::form::Path;

const FILES: &[(&str, &str, &str)] = &[
    ("site.css", "text/css; charset=utf-8", nw_render::STYLE),
    ("workbench.css", "text/css; charset=utf-8", include_str!("../assets/workbench.css")),
    ("workbench.js", "text/javascript; charset=utf-8", include_str!("../assets/workbench.js")),
];

/// A number that changes with the content of all files.
pub(crate) fn version() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    FILES.hash(&mut hasher);
    format!("{:08x}", hasher.finish() as u32)
}

/// One file.
pub(crate) async fn file(Path((_version, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let (_, kind, text) = FILES.iter().find(|(n, _, _)| *n == name).ok_or(Problem::NotFound)?;
    let kept = "public, max-age=31536000, immutable";
    Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, kept)], *text).into_response())
}

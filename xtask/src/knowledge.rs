//! The knowledge folder as the compiler wants it: paths and texts.

use std::fs;
use std::path::{Path, PathBuf};

use nw_guideline::SourceSet;

/// The top folder of the repository.
pub fn top() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask stands one folder below the top").to_path_buf()
}

/// Every file that belongs to a guideline: vocabulary, sources and chapters, but neither the manual nor the examples.
pub fn read(folder: &Path) -> Result<SourceSet, String> {
    let mut paths = Vec::new();
    for part in ["vocabulary", "sources", "guidelines"] {
        files_below(&folder.join(part), &mut paths);
    }
    let sources = folder.join("sources.toml");
    if sources.is_file() {
        paths.push(sources);
    }
    let mut files = Vec::new();
    for path in paths {
        if !path.extension().is_some_and(|e| e == "toml" || e == "md") {
            continue;
        }
        let text =
            fs::read_to_string(&path).map_err(|e| format!("`{}` cannot be read: {e}", path.display()))?;
        let inner = path.strip_prefix(folder).expect("the walk began in this folder");
        files.push((inner.to_string_lossy().replace('\\', "/"), text));
    }
    if files.is_empty() {
        return Err(format!(
            "`{}` holds no knowledge; name a folder with `guidelines/` in it",
            folder.display()
        ));
    }
    Ok(SourceSet::new(files))
}

/// All files below a folder, in name order; a folder that is not there holds none.
pub fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

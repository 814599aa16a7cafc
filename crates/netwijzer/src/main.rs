//! The command line of netwijzer.
fn main() {
    let root = std::path::PathBuf::from(std::env::args().nth(2).unwrap_or("knowledge".into()));
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    let sources = nw_guideline::SourceSet::new(files);
    let t = std::time::Instant::now();
    let draft = nw_guideline::compile(&sources, "", "");
    let compiled = t.elapsed();
    let g = draft.guideline();
    let mut all = draft.diagnostics().to_vec();
    let errors = all.iter().any(|d| d.level() == nw_guideline::Level::Error);
    let t = std::time::Instant::now();
    if !errors || std::env::args().any(|a| a == "--cases") {
        all.extend(nw_engine::check_cases(g));
    }
    for d in &all {
        let line = sources.get(&d.file).map_or(0, |t| t[..d.span.start.min(t.len())].lines().count().max(1));
        let near = sources.get(&d.file).and_then(|t| t.get(d.span.clone())).unwrap_or("");
        println!("{:?} {}: {}:{line}: `{near}` {} — {}", d.level(), d.code.name(), d.file, d.message, d.help);
        if let Some(p) = &d.patient { println!("    patient: {}", p.en); }
    }
    for (id, nodes, support) in g.sizes() { if std::env::args().any(|a| a == "--sizes") { println!("{id}: {nodes} nodes, {support} facts"); } }
    println!("compiled in {compiled:?}, cases in {:?}; {} tables, {} cases, {} findings", t.elapsed(), g.tables.len(), g.cases.len(), all.len());
}
fn walk(root: &std::path::Path, dir: &std::path::Path, files: &mut Vec<(String, String)>) {
    for e in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let p = e.path();
        if p.is_dir() { walk(root, &p, files) } else if let Ok(t) = std::fs::read_to_string(&p) {
            files.push((p.strip_prefix(root).map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default(), t));
        }
    }
}

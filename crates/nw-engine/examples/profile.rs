//! Where compile time goes, for one knowledge folder.
use std::time::Instant;
fn main() {
    let root = std::path::PathBuf::from(std::env::args().nth(1).expect("a knowledge folder"));
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    let sources = nw_guideline::SourceSet::new(files);
    for prove in [false, true, false, true] {
        let t = Instant::now();
        let draft = nw_guideline::compile_with(&sources, "", "", prove);
        let took = t.elapsed();
        let g = draft.guideline(); for d in draft.diagnostics().iter().filter(|d| d.level() == nw_guideline::Level::Error).take(30) { println!("   {:?} {}:{:?} {} | {}", d.code, d.file, d.span, d.message, d.help); }
        println!("prove {prove}: {took:?}, {} nodes, {} vars", nw_diagram::Diagrams::size(&g.store), g.space.len());
        let t = Instant::now();
        let found = nw_engine::check_cases(g);
        for d in found.iter().take(20) { println!("   {:?} {}:{} {} | {}", d.code, d.file, d.span.start, d.message, d.help); }
        println!("  {} cases in {:?}, {} findings", g.cases.len(), t.elapsed(), found.len());
        if std::env::args().nth(2).is_some() { for (id, n, s) in g.sizes() { println!("    {id} {n} nodes {s} facts"); } }
    }
}
fn walk(root: &std::path::Path, dir: &std::path::Path, files: &mut Vec<(String, String)>) {
    for e in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let p = e.path();
        if p.is_dir() { walk(root, &p, files) } else if let Ok(t) = std::fs::read_to_string(&p) {
            files.push((p.strip_prefix(root).map(|p| p.to_string_lossy().replace('\\', "/")).unwrap_or_default(), t));
        }
    }
}

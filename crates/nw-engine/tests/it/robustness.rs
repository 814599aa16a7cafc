//! Nothing that a file can hold makes the compiler fall over, and every span it reports lies between characters.

use nw_guideline::SourceSet;

use crate::page::{assemble, pages, prelude, run};

const VOCABULARY: &str = include_str!("robustness.toml");

fn folder(chapter: &str) -> SourceSet {
    SourceSet::new(vec![
        ("guidelines/x/10-x.md".into(), chapter.into()),
        (
            "guidelines/x/guideline.toml".into(),
            "id = \"x\"\nedition = \"1\"\nvalid-from = \"2026-01-01\"\nen = \"x\"\nnl = \"x\"\nchapters = [\"10-x.md\"]\n".into(),
        ),
        ("sources.toml".into(), "[[source]]\nkey = \"s\"\ntitle = \"s\"\n".into()),
        ("vocabulary/x.toml".into(), VOCABULARY.into()),
    ])
}

const HEAD: &str = "---\nid: x\nen: x\nnl: x\n---\n\n";

fn table(header: &str, row: &str) -> String {
    let rule = "|---".repeat(header.matches('|').count() - 1) + "|";
    format!(
        "{HEAD}## S\n\n### Table g\n- kind: unique\n- en: g\n- nl: g\n- mark: V\n- source: s\n\n{header}\n{rule}\n{row}\n"
    )
}

#[test]
fn nasty_chapters_give_findings_and_no_panic() {
    let deep = |open: &str, inner: &str, close: &str, n: usize| {
        format!("{}{inner}{}", open.repeat(n), close.repeat(n))
    };
    let cell = |text: &str| table("| row | q | g |", &format!("| a | {text} | A |"));
    let when = |text: &str| format!("{HEAD}> **Never** n: é\n> nl: é\n> when {text}\n> source: s\n");
    let nasty: Vec<String> = vec![
        String::new(),
        "\n".into(),
        "\u{feff}".into(),
        "---".into(),
        "---\n---".into(),
        "---\n---\n".into(),
        "---\nid\n---\n".into(),
        "---\r\nid: x\r\n".into(),
        "é---\nid: x\n---\n".into(),
        format!("\u{feff}{HEAD}## é\n"),
        format!(
            "{HEAD}#\n##\n###\n### Table\n### Cases\n### Table \n### Table /\n### Table g /\n### Table / g\n"
        ),
        format!("{HEAD}### Tableé\n### Table é / é\n\n| row |\n|---|\n"),
        format!("{HEAD}Table g\n===\n\n| row | g |\n|---|---|\n| a | A |\n"),
        format!("{HEAD}### Table g\n- \n- :\n- kind\n- kind:\n-\n+ kind: unique\n\n| row | g |\n|---|---|\n"),
        format!("{HEAD}### Table g\n- kind: unique\n  é\n  é\n| row | g |\n|---|---|\n| a | A |\n"),
        format!("{HEAD}### Table g\n- each: é in {{\n- kind: {{é}}\n\n| row | g |\n|---|---|\n| a | A |\n"),
        format!(
            "{HEAD}### Table {{é}}\n- each: é in {{g, ü, }}\n- kind: unique\n\n| row | {{é}} |\n|---|---|\n| é{{é}} | {{é}}é |\n"
        ),
        table("| row |", "| a |"),
        table("| g |", "| A |"),
        table("| g | row |", "| A | a |"),
        table("| row | g | g | g |", "| a | A | A | A |"),
        table("| row | q | g | source | source | é |", "| a | any |"),
        table("| row | q | q | g |", "| | | | |"),
        table("| row | row |", "| a | A |"),
        table("| row | é | g |", "| a | é | é |"),
        table("| row | q | g |", "| a | any | A | more | and more |"),
        table("| row | q | g |", "| a |"),
        table("| row | q | g |", "| \\| | \\| | \\| |\n| é\\|é | é\\| | A |"),
        table("| row | empty | g |", "| a | any | A |"),
        table("| row | tiny | g |", "| a | any | A |"),
        cell(""),
        cell("<"),
        cell("< "),
        cell("< é"),
        cell("< 3é"),
        cell("< 3 é"),
        cell("{"),
        cell("{}"),
        cell("{é"),
        cell("{é,é}é"),
        cell("not"),
        cell("not not"),
        cell("or or or"),
        cell("any or"),
        cell("$"),
        cell("$é"),
        cell("< $p %"),
        cell("[3..20"),
        cell("[3..20] é"),
        cell("[20..3] %"),
        cell("(3..3) %"),
        cell("[..] %"),
        cell("["),
        cell("é\u{301}\u{200d}🧬"),
        cell("< 9999999999999999999999999999 %"),
        cell("< 99999999999999999999999999999999999 %"),
        cell("< 0.0000000000000000000000000001 %"),
        cell("-3 %"),
        cell("= -3 %"),
        cell("N1a(sn)(("),
        cell(&"not ".repeat(5000)),
        cell(&deep("(", "q", ")", 5000)),
        cell(&"< 3 % or ".repeat(3000)),
        when(""),
        when("q"),
        when("q ="),
        when("q = é"),
        when("c = é and\n> c = ü and"),
        when("missing q"),
        when("not"),
        when(&deep("(", "c = a", ")", 5000)),
        when(&deep("not (", "c = a", ")", 5000)),
        when(&"c = a and ".repeat(5000)),
        when("{n} = {n}\n> each: n in {é, c}"),
        when("c = {n}\n> each: n in {a, é}\n> guard: {n}, é"),
        when("q < 9999999999999999999999999999 %"),
        format!("{HEAD}> **Derive** d: é\n> nl: é\n> q = {}\n", "n + ".repeat(50_000) + "n"),
        format!("{HEAD}> **Derive** d: é\n> nl: é\n> q = {}\n", deep("(", "n", ")", 5000)),
        format!(
            "{HEAD}> **Derive** d: é\n> nl: é\n> q = q * 2\n> **Derive** e: é\n> c = n\n> **Derive** f\n> q = \n"
        ),
        format!(
            "{HEAD}> **\n\n> ** **\n\n> **Never**\n\n> **Never** :\n\n> **Never** é:é\n\n> **é** é: é\n\n>\n"
        ),
        format!(
            "{HEAD}> **Case**\n> given\n\n> **Case** a:\n> given ;;;=\n> expect =;;\n\n> **Case** b\n> expect g = {{A, ~ asks because row\n"
        ),
        format!(
            "{HEAD}> **Agree** a: é\n> c when c = a with g\n\n> **Agree** b: é\n> n with g\n\n> **Agree** c: é\n> with\n"
        ),
        format!(
            "{HEAD}> **Convention** a: é\n> when missing\n\n> **Convention** b: é\n> when missing c\n> assume not (c = a)\n> for g\n\n> **Convention** c\n> when known c\n> answer g\n"
        ),
        format!(
            "{HEAD}> **Departure** a: é\n> kind: é\n\n> **Departure** b: é\n> kind: departs\n> says: é\n> decision: é\n> date: é\n"
        ),
        format!(
            "{HEAD}> **Property** a: é\n> rising\n\n> **Property** b: é\n> rising g with\n\n> **Property** c: é\n> never\n"
        ),
        format!(
            "{HEAD}### Cases é\n- given: é\n- each: n in {{a}}\n\n| case | q | → | → g | → é |\n|---|---|---|---|---|\n| é | é | é | é | é |\n| | | | | |\n"
        ),
        format!("{HEAD}[@\n[@]\n[@é\n[@é]\n[@s#é; é]\n[@[@[@"),
        format!("{HEAD}{}", deep("> ", "**Never** x: y", "", 2000)),
        format!("{HEAD}{}", deep("- ", "x", "", 2000)),
        format!("{HEAD}{}\n", "|".repeat(20_000)),
        format!("{HEAD}### Table g\n\n|{}\n|{}\n", " a |".repeat(500), "---|".repeat(500)),
        format!("{HEAD}<div>\n### Table g\n\n```\n| row | g |\n"),
    ];
    for (i, chapter) in nasty.iter().enumerate() {
        for text in [chapter.clone(), chapter.replace('\n', "\r\n"), chapter.replace('\n', "\r")] {
            let shown: String = text.chars().take(300).collect();
            let result = std::panic::catch_unwind(|| run(&folder(&text)).findings.len());
            assert!(result.is_ok(), "chapter {i} falls over: {shown:?}");
        }
    }
}

#[test]
fn nasty_toml_gives_findings_and_no_panic() {
    let nasty = [
        "",
        "é",
        "[[fact]]",
        "[fact]\nid = \"x\"",
        "fact = 3",
        "fact = [3]",
        "fact = [[]]",
        "[[conclusion]]\nid = \"x{é}\"\neach = { é = [1, \"ü\"] }",
        "[[conclusion]]\nid = \"x\"\neach = 3\nvalue = 3",
        "[[fact]]\nid = \"x\"\ntype = \"quantity\"\nunit = \"%\"\nmin = \"9999999999999999999999999999\"\nmax = \"0\"",
        "[[fact]]\nid = \"x\"\ntype = \"quantity\"\nunit = \"%\"\nmin = \"0\"\nmax = \"9999999999999999999999999999\"\nunits = { y = \"9999999999999999999999999999\", z = \"0\", w = 3 }",
        "[[fact]]\nid = \"x\"\ntype = \"count\"\nmin = \"0.2\"\nmax = \"0.4\"\npresumed = \"é\"",
        "[[fact]]\nid = \"x\"\ntype = \"choice\"\nholder = \"é\"\nvalue = [3, {id = 3}]",
        "[[fact]]\nid = \"x\"\ntype = \"yes-no\"\nreading = [{unit = \"\", gives = {x = \"é\", é = 3}}]",
    ];
    let deep = format!("x = {}{}", "[".repeat(5000), "]".repeat(5000));
    let chapter = table("| row | x | g |", "| a | any | A |");
    for toml in nasty.iter().copied().chain([deep.as_str()]) {
        for path in [
            "vocabulary/y.toml",
            "sources.toml",
            "guidelines/x/guideline.toml",
            "guidelines/x/parameters.toml",
        ] {
            let sources = folder(&chapter).with(path, toml.to_string());
            let result = std::panic::catch_unwind(|| run(&sources).findings.len());
            assert!(result.is_ok(), "{path} falls over: {:?}", toml.chars().take(300).collect::<String>());
        }
    }
}

/// Every page cut off anywhere, and with any one line left out, still gives a draft.
#[test]
fn torn_pages_give_findings_and_no_panic() {
    let prelude = prelude();
    for page in pages("spec").iter().filter(|p| p.name != "README.md") {
        let whole =
            assemble(page.fences.iter().filter(|f| f.announced.iter().all(|a| a.edit.is_some())), &prelude);
        for (path, text) in whole.files().map(|(p, t)| (p.to_string(), t.to_string())) {
            let cuts = text.char_indices().map(|(i, _)| i).step_by(97).map(|i| text[..i].to_string());
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let fewer = (0..lines.len()).step_by(5).map(|i| [&lines[..i], &lines[i + 1..]].concat().concat());
            for torn in cuts.chain(fewer) {
                let sources = whole.with(&path, torn);
                let result = std::panic::catch_unwind(|| run(&sources).findings.len());
                assert!(
                    result.is_ok(),
                    "{}: {path} falls over:\n{}",
                    page.name,
                    sources.get(&path).unwrap_or("")
                );
            }
        }
    }
}

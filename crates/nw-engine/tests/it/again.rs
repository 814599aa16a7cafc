//! After an edit the same is said as if everything had been looked at anew.

use nw_engine::{CaseRecall, check_cases, check_cases_again};
use nw_guideline::{Diagnostic, Level, Recall, SourceSet, compile, compile_again};

use crate::agreement::{Dice, knowledge_texts};

fn fresh(sources: &SourceSet) -> Vec<Diagnostic> {
    let draft = compile(sources, "", "");
    let mut all = draft.diagnostics().to_vec();
    if all.iter().all(|d| d.level() != Level::Error) {
        all.extend(check_cases(draft.guideline()));
    }
    all
}

fn again(sources: &SourceSet, recall: &mut Recall, cases: &mut CaseRecall) -> Vec<Diagnostic> {
    let draft = compile_again(sources, "", "", recall);
    let mut all = draft.diagnostics().to_vec();
    if all.iter().all(|d| d.level() != Level::Error) {
        all.extend(check_cases_again(draft.guideline(), cases));
    }
    all
}

/// The text with one slip of the kinds that authors make, and what it was.
fn slip(text: &str, dice: &mut Dice) -> Option<(String, &'static str)> {
    let lines: Vec<&str> = text.lines().collect();
    let rows: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].starts_with("| ")).collect();
    let row = *rows.get(dice.next(rows.len().max(1)))?;
    let mut lines: Vec<String> = lines.into_iter().map(str::to_string).collect();
    let what = match dice.next(5) {
        0 => {
            lines.remove(row);
            "a row is gone"
        }
        1 => {
            let cells: Vec<String> = lines[row].split(" | ").map(str::to_string).collect();
            let at = 1 + dice.next(cells.len().saturating_sub(2).max(1));
            let with = |(i, cell): (usize, &String)| if i == at { "any".to_string() } else { cell.clone() };
            lines[row] = cells.iter().enumerate().map(with).collect::<Vec<_>>().join(" | ");
            "a cell is widened"
        }
        2 => {
            let digit = |c: char| match c {
                '1'..='8' => char::from(c as u8 + 1),
                other => other,
            };
            lines[row] = lines[row].chars().map(digit).collect();
            "numbers are others"
        }
        3 => {
            lines.insert(row, String::new());
            "a table is torn in two"
        }
        _ => {
            let copy = lines[row].clone();
            lines.insert(row, copy);
            "a row stands there twice"
        }
    };
    let slipped = lines.join("\n");
    (slipped != text.lines().collect::<Vec<_>>().join("\n")).then_some((slipped, what))
}

#[test]
fn after_an_edit_the_same_is_said() {
    let base = knowledge_texts();
    let chapters: Vec<&str> =
        base.files().map(|(path, _)| path).filter(|path| path.ends_with(".md")).collect();
    let (mut recall, mut cases) = (Recall::default(), CaseRecall::default());
    let mut dice = Dice(11);
    assert_eq!(again(&base, &mut recall, &mut cases), fresh(&base));
    let (mut round, mut noticed) = (0, 0);
    while round < 12 {
        let path = chapters[dice.next(chapters.len())];
        let Some((text, what)) = slip(base.get(path).unwrap_or_default(), &mut dice) else { continue };
        let edited = base.with(path, text);
        let (quick, slow) = (again(&edited, &mut recall, &mut cases), fresh(&edited));
        assert_eq!(quick, slow, "round {round}: {what} in {path}");
        noticed += usize::from(quick != again(&base, &mut recall, &mut cases));
        round += 1;
    }
    // Some slips only touch words or a case; a run in which hardly any is noticed would compare nothing.
    assert!(noticed >= 4, "of these slips some must be noticed, only {noticed} were");
}

#[test]
fn a_change_of_the_words_is_seen() {
    let base = knowledge_texts();
    let (mut recall, mut cases) = (Recall::default(), CaseRecall::default());
    again(&base, &mut recall, &mut cases);
    let path = base.files().map(|(p, _)| p).find(|p| p.starts_with("vocabulary/")).expect("there are facts");
    let text = base.get(path).unwrap_or_default().replacen("values", "valeus", 1);
    let edited = base.with(path, text);
    assert_eq!(again(&edited, &mut recall, &mut cases), fresh(&edited));
}

//! The nearest valid spelling, for every message about a word we do not know.

/// Edit distance with swaps of neighbours counted as one, over lower-case characters.
pub fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            next[j] = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = row;
        row = next;
    }
    row[b.len()]
}

/// The candidate closest to `word`, when it is close enough to be a likely slip.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A word far longer than any id would only cost time; it cannot be a slip of one.
    if word.len() > 80 {
        return None;
    }
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_likely_slip() {
        assert_eq!(nearest("illeum", ["ileum", "jejunum"]), Some("ileum"));
        assert_eq!(nearest("tumour.kí67", ["tumour.ki67", "tumour.size"]), Some("tumour.ki67"));
        assert_eq!(nearest("rectum", ["ileum", "jejunum"]), None);
        assert_eq!(distance("ab", "ba"), 1);
    }
}

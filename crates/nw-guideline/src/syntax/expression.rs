//! Cells and conditions: the small grammar that tables are written in.
//!
//! ```text
//! cell      = term { "or" term }
//! term      = "any" | "not-applicable" | "not-done" | [ "not" ] words | comparison | interval
//! words     = word | "{" word { "," word } "}"
//! comparison= ("<" | "<=" | ">" | ">=" | "=") number [ unit ]
//! interval  = ("[" | "(") number ".." number ("]" | ")") [ unit ]
//! condition = conjunction { "or" conjunction }
//! conjunction = factor { "and" factor }
//! factor    = "not" factor | "(" condition ")" | "missing" id | "known" id | "not-done" id | id test
//! ```

use nw_facts::{Decimal, Text, parse_number, said};

use crate::diagnostic::{Place, Spanned};

/// A number as written, or the name of a dated parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// Digits.
    Literal(Decimal),
    /// `$name`.
    Parameter(String),
}

/// One alternative of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// Everything.
    Any,
    /// Outside the conclusion's scope.
    NotApplicable,
    /// The state "not done".
    NotDone,
    /// These values, or any other value.
    Words { words: Vec<Spanned>, negated: bool },
    /// A comparison.
    Compare { operator: &'static str, number: Number, unit: String },
    /// An interval with stated ends.
    Between { low: Number, low_closed: bool, high: Number, high_closed: bool, unit: String },
}

/// A test on one subject, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Alternatives; one that holds is enough.
    pub terms: Vec<Term>,
    /// The whole cell is turned around (`!=`).
    pub place: Place,
}

/// A condition over facts and conclusions.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All hold.
    And(Vec<Condition>),
    /// One holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A test on a subject.
    Is(Spanned, Test),
    /// Nothing is known of it, or it was not done.
    Missing(Spanned),
    /// It has one value.
    Known(Spanned),
    /// It was recorded as not done.
    NotDone(Spanned),
}

impl Condition {
    /// Whether any part asks what is known rather than what the patient is like.
    pub fn speaks_of_the_record(&self) -> bool {
        match self {
            Condition::And(all) | Condition::Or(all) => all.iter().any(Condition::speaks_of_the_record),
            Condition::Not(inner) => inner.speaks_of_the_record(),
            Condition::Is(..) => false,
            Condition::Missing(_) | Condition::Known(_) | Condition::NotDone(_) => true,
        }
    }
}

/// What was expected where the text went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Unexpected {
    /// Where.
    pub place: Place,
    /// What was expected, with the text found.
    pub message: Text,
}

struct Cursor<'a> {
    source: &'a Spanned,
    text: &'a str,
    at: usize,
    depth: usize,
    /// Operators of a formula so far: a chain of thousands would be a tree too deep to walk.
    operators: usize,
}

impl<'a> Cursor<'a> {
    fn new(source: &'a Spanned) -> Self {
        Cursor { source, text: &source.text, at: 0, depth: 0, operators: 0 }
    }

    fn skip(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn rest(&mut self) -> &'a str {
        self.skip();
        &self.text[self.at..]
    }

    fn done(&mut self) -> bool {
        self.rest().is_empty()
    }

    fn eat(&mut self, token: &str) -> bool {
        if self.rest().starts_with(token) {
            self.at += token.len();
            return true;
        }
        false
    }

    /// A keyword: the letters, then no further word character.
    fn eat_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        if rest.starts_with(word) && !rest[word.len()..].starts_with(|c: char| is_word(c) || c == '-') {
            self.at += word.len();
            return true;
        }
        false
    }

    fn word(&mut self) -> Option<Spanned> {
        let rest = self.rest();
        let mut end = 0;
        let mut depth = 0usize;
        for (i, c) in rest.char_indices() {
            // Values such as `N1a(sn)` carry their own parentheses.
            let inside = match c {
                '(' if i > 0 && !rest[..i].ends_with(char::is_whitespace) => {
                    depth += 1;
                    true
                }
                ')' if depth > 0 => {
                    depth -= 1;
                    true
                }
                c => is_word(c) || c == '-' || c == '+',
            };
            if !inside {
                break;
            }
            end = i + c.len_utf8();
        }
        let text = rest[..end].trim_end_matches('.');
        if text.is_empty() {
            return None;
        }
        let place = self.place_of(self.at, text.len());
        self.at += text.len();
        Some(Spanned { text: text.to_string(), place })
    }

    fn place_of(&self, at: usize, len: usize) -> Place {
        self.source.place_of(at, len)
    }

    fn unexpected(&mut self, expected: Text) -> Unexpected {
        let rest = self.rest();
        let found: String = rest.chars().take(24).collect();
        // At the end there is nothing to point at but the whole.
        let place =
            if found.is_empty() { self.source.place.clone() } else { self.place_of(self.at, found.len()) };
        let found =
            if found.is_empty() { said!("the end", "het einde") } else { said!("`{found}`", "`{found}`") };
        Unexpected {
            place,
            message: said!("expected {expected}, found {found}", "verwacht: {expected}; gevonden: {found}"; expected, found),
        }
    }

    fn number(&mut self) -> Result<Number, Unexpected> {
        if self.eat("$") {
            return match self.word() {
                Some(name) => Ok(Number::Parameter(name.text)),
                None => Err(self.unexpected(said!("the name of a parameter", "de naam van een parameter"))),
            };
        }
        let rest = self.rest();
        let mut end = 0;
        let bytes = rest.as_bytes();
        while end < bytes.len() {
            let digit = bytes[end].is_ascii_digit();
            let sign = end == 0 && bytes[end] == b'-';
            // A point belongs to the number only when a digit follows; `..` is the interval mark.
            let mark = matches!(bytes[end], b'.' | b',')
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
                && end > 0;
            if !(digit || sign || mark) {
                break;
            }
            end += 1;
        }
        match parse_number(&rest[..end]) {
            Ok(value) => {
                self.at += end;
                Ok(Number::Literal(value))
            }
            Err(_) => Err(self.unexpected(said!("a number", "een getal"))),
        }
    }

    /// A unit token: everything up to white space or a closing bracket, unless it is a keyword.
    fn unit(&mut self) -> String {
        let rest = self.rest();
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '}' | ';')).unwrap_or(rest.len());
        let unit = &rest[..end];
        if ["or", "and", "not"].contains(&unit) {
            return String::new();
        }
        self.at += end;
        unit.to_string()
    }

    fn interval(&mut self) -> Result<Option<Term>, Unexpected> {
        let rest = self.rest();
        let low_closed = rest.starts_with('[');
        let is_open =
            rest.starts_with('(') && rest.split(['[', ']', ')']).next().is_some_and(|t| t.contains(".."));
        if !low_closed && !is_open {
            return Ok(None);
        }
        self.at += 1;
        let low = self.number()?;
        if !self.eat("..") {
            return Err(self.unexpected(said!("`..`", "`..`")));
        }
        let high = self.number()?;
        let high_closed = if self.eat("]") {
            true
        } else if self.eat(")") {
            false
        } else {
            return Err(self.unexpected(said!("`]` or `)`", "`]` of `)`")));
        };
        Ok(Some(Term::Between { low, low_closed, high, high_closed, unit: self.unit() }))
    }

    fn words(&mut self) -> Result<Vec<Spanned>, Unexpected> {
        if !self.eat("{") {
            return match self.word() {
                Some(word) => Ok(vec![word]),
                None => Err(self.unexpected(said!("a value", "een waarde"))),
            };
        }
        let mut words = Vec::new();
        loop {
            match self.word() {
                Some(word) => words.push(word),
                None => return Err(self.unexpected(said!("a value", "een waarde"))),
            }
            if self.eat("}") {
                return Ok(words);
            }
            if !self.eat(",") {
                return Err(self.unexpected(said!("`,` or `}}`", "`,` of `}}`")));
            }
        }
    }

    fn term(&mut self) -> Result<Term, Unexpected> {
        if self.eat_word("any") {
            return Ok(Term::Any);
        }
        if self.eat_word("not-applicable") {
            return Ok(Term::NotApplicable);
        }
        if self.eat_word("not-done") {
            return Ok(Term::NotDone);
        }
        if let Some(interval) = self.interval()? {
            return Ok(interval);
        }
        if let Some(operator) = self.operator() {
            if operator == "=" || operator == "!=" {
                return self.equality(operator == "!=");
            }
            let number = self.number()?;
            return Ok(Term::Compare { operator, number, unit: self.unit() });
        }
        if self.eat_word("not") {
            return Ok(Term::Words { words: self.words()?, negated: true });
        }
        let rest = self.rest();
        if rest.starts_with('$') {
            let number = self.number()?;
            return Ok(Term::Compare { operator: "=", number, unit: self.unit() });
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            // A bare number is a value of a choice (`0`, `1`) or an exact number; the resolver knows which.
            let mut words = self.words()?;
            let unit = self.unit();
            if !unit.is_empty()
                && let [word] = words.as_mut_slice()
            {
                word.text = format!("{} {unit}", word.text);
            }
            return Ok(Term::Words { words, negated: false });
        }
        Ok(Term::Words { words: self.words()?, negated: false })
    }

    fn equality(&mut self, negated: bool) -> Result<Term, Unexpected> {
        if !negated && self.eat_word("not-applicable") {
            return Ok(Term::NotApplicable);
        }
        if !negated && self.eat_word("not-done") {
            return Ok(Term::NotDone);
        }
        let before = self.at;
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '$' || c == '-')
            && let Ok(number) = self.number()
        {
            let glued = self.text[self.at..].starts_with(|c: char| is_word(c) && !c.is_whitespace());
            if !glued {
                let operator = if negated { "!=" } else { "=" };
                return Ok(Term::Compare { operator, number, unit: self.unit() });
            }
        }
        self.at = before;
        Ok(Term::Words { words: self.words()?, negated })
    }

    fn operator(&mut self) -> Option<&'static str> {
        ["<=", ">=", "!=", "<", ">", "=", "≤", "≥"].into_iter().find(|o| self.eat(o)).map(|o| match o {
            "≤" => "<=",
            "≥" => ">=",
            o => o,
        })
    }

    fn test(&mut self) -> Result<Vec<Term>, Unexpected> {
        let mut terms = vec![self.term()?];
        while self.eat_word("or") {
            terms.push(self.term()?);
        }
        Ok(terms)
    }

    fn condition(&mut self) -> Result<Condition, Unexpected> {
        let mut parts = vec![self.conjunction()?];
        while self.eat_word("or") {
            parts.push(self.conjunction()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Or(parts) })
    }

    fn conjunction(&mut self) -> Result<Condition, Unexpected> {
        let mut parts = vec![self.factor()?];
        while self.eat_word("and") {
            parts.push(self.factor()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) })
    }

    fn factor(&mut self) -> Result<Condition, Unexpected> {
        self.depth += 1;
        if self.depth > 64 {
            return Err(self.unexpected(said!("less nesting", "minder haakjes in elkaar")));
        }
        let result = self.factor_inner();
        self.depth -= 1;
        result
    }

    fn factor_inner(&mut self) -> Result<Condition, Unexpected> {
        for (keyword, build) in [
            ("missing", Condition::Missing as fn(Spanned) -> Condition),
            ("known", Condition::Known),
            ("not-done", Condition::NotDone),
        ] {
            if self.eat_word(keyword) {
                return match self.word() {
                    Some(id) => Ok(build(id)),
                    None => Err(self.unexpected(said!("the id of a fact", "de naam van een feit"))),
                };
            }
        }
        if self.eat_word("not") {
            return Ok(Condition::Not(Box::new(self.factor()?)));
        }
        if self.eat("(") {
            let inner = self.condition()?;
            if !self.eat(")") {
                return Err(self.unexpected(said!("`)`", "`)`")));
            }
            return Ok(inner);
        }
        let Some(subject) = self.word() else {
            return Err(self.unexpected(said!("the id of a fact", "de naam van een feit")));
        };
        let start = {
            self.skip();
            self.at
        };
        let term = if self.eat_word("in") {
            match self.interval()? {
                Some(interval) => interval,
                None => Term::Words { words: self.words()?, negated: false },
            }
        } else if self.eat_word("not") {
            if !self.eat_word("in") {
                return Err(self.unexpected(said!("`in`", "`in`")));
            }
            Term::Words { words: self.words()?, negated: true }
        } else if self.rest().starts_with(['<', '>', '=', '!', '≤', '≥']) {
            self.term()?
        } else {
            return Err(self.unexpected(said!(
                "`=`, `!=`, `<`, `<=`, `>`, `>=` or `in`",
                "`=`, `!=`, `<`, `<=`, `>`, `>=` of `in`"
            )));
        };
        let place = self.place_of(start, self.at - start);
        Ok(Condition::Is(subject, Test { terms: vec![term], place }))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | ':')
}

/// Reads one input cell.
///
/// # Errors
/// What was expected and where.
pub fn cell(source: &Spanned) -> Result<Test, Unexpected> {
    let mut cursor = Cursor::new(source);
    let terms = cursor.test()?;
    if !cursor.done() {
        return Err(cursor.unexpected(said!("`or` or the end of the cell", "`or` of het einde van de cel")));
    }
    Ok(Test { terms, place: source.place.clone() })
}

/// Reads a condition.
///
/// # Errors
/// What was expected and where.
pub fn condition(source: &Spanned) -> Result<Condition, Unexpected> {
    let mut cursor = Cursor::new(source);
    let condition = cursor.condition()?;
    if !cursor.done() {
        return Err(cursor.unexpected(said!("`and`, `or` or the end", "`and`, `or` of het einde")));
    }
    Ok(condition)
}

/// An arithmetic formula over facts.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// A constant.
    Constant(Decimal),
    /// The circle number; rounded outward when computed.
    Pi,
    /// A fact.
    Fact(Spanned),
    /// Sum, difference, product, quotient.
    Binary(char, Box<Formula>, Box<Formula>),
    /// A square.
    Square(Box<Formula>),
    /// The day of the assessment.
    AsOf,
    /// `months(from, to)`, `power(x, y)`, `ln(x)`, `exp(x)`, `least(a, b)`, `greatest(a, b)`, with its place.
    Call(Spanned, Vec<Formula>),
    /// One statement of a fact that is measured again.
    Series(Box<Pick>),
}

/// Which statement of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// `latest`, `previous`, `first`, `lowest` or `highest`.
    pub which: Spanned,
    /// The fact.
    pub fact: Spanned,
    /// Only from a day on; true when the day itself does not count.
    pub since: Option<(Formula, bool)>,
    /// Only up to a day; true when the day itself does not count.
    pub until: Option<(Formula, bool)>,
    /// Its day is wanted rather than its value.
    pub day: bool,
}

/// Words that pick a statement of a series.
pub const PICKS: [&str; 5] = ["latest", "previous", "first", "lowest", "highest"];
/// Functions with the number of their arguments.
pub const FUNCTIONS: [(&str, usize); 7] =
    [("months", 2), ("power", 2), ("ln", 1), ("exp", 1), ("floor", 1), ("least", 2), ("greatest", 2)];

/// Reads one formula.
///
/// # Errors
/// What was expected and where.
pub fn formula(source: &Spanned) -> Result<Formula, Unexpected> {
    let mut cursor = Cursor::new(source);
    let formula = sum(&mut cursor)?;
    if !cursor.done() {
        return Err(cursor.unexpected(said!("an operator or the end", "een bewerking of het einde")));
    }
    Ok(formula)
}

/// `latest(lab.cga since surgery.date)`, after the opening parenthesis.
fn pick(cursor: &mut Cursor<'_>, which: Spanned, day: bool) -> Result<Formula, Unexpected> {
    let Some(fact) = cursor.word() else {
        return Err(cursor.unexpected(said!("the id of a fact", "de naam van een feit")));
    };
    let mut pick = Pick { which, fact, since: None, until: None, day };
    loop {
        let word = ["since", "after", "until", "before"].into_iter().find(|w| cursor.eat_word(w));
        let Some(word) = word else { break };
        let bound = Some((sum(cursor)?, word == "after" || word == "before"));
        if word == "since" || word == "after" { pick.since = bound } else { pick.until = bound }
    }
    if !cursor.eat(")") {
        return Err(cursor.unexpected(said!(
            "`since`, `after`, `until`, `before` or `)`",
            "`since`, `after`, `until`, `before` of `)`"
        )));
    }
    Ok(Formula::Series(Box::new(pick)))
}

/// What stands before a parenthesis that is glued to it: the cursor's words may hold parentheses of their own.
fn call_name(cursor: &mut Cursor<'_>) -> Option<Spanned> {
    let rest = cursor.rest();
    let (name, _) = rest.split_once('(')?;
    let known = name == "day" || PICKS.contains(&name) || FUNCTIONS.iter().any(|(f, _)| *f == name);
    if !known {
        return None;
    }
    let start = cursor.at;
    cursor.at += name.len() + 1;
    Some(cursor.source.part(start..start + name.len()))
}

fn call(cursor: &mut Cursor<'_>, name: Spanned) -> Result<Formula, Unexpected> {
    if name.text == "day" {
        let Some(which) = call_name(cursor).filter(|n| PICKS.contains(&n.text.as_str())) else {
            return Err(cursor.unexpected(said!(
                "`latest(…)` or another statement of a series",
                "`latest(…)` of een andere keuze uit een reeks"
            )));
        };
        let picked = pick(cursor, which, true)?;
        return if cursor.eat(")") { Ok(picked) } else { Err(cursor.unexpected(said!("`)`", "`)`"))) };
    }
    if PICKS.contains(&name.text.as_str()) {
        return pick(cursor, name, false);
    }
    let wanted = FUNCTIONS.iter().find(|(f, _)| *f == name.text).map_or(1, |(_, n)| *n);
    let mut arguments = vec![sum(cursor)?];
    while cursor.eat(",") {
        arguments.push(sum(cursor)?);
    }
    if arguments.len() != wanted {
        return Err(cursor.unexpected(if wanted == 1 {
            said!("one argument", "één argument")
        } else {
            said!("two arguments", "twee argumenten")
        }));
    }
    if !cursor.eat(")") {
        return Err(cursor.unexpected(said!("`)`", "`)`")));
    }
    Ok(Formula::Call(name, arguments))
}

/// Reads `target = formula`.
///
/// # Errors
/// What was expected and where.
pub fn derivation(source: &Spanned) -> Result<(Spanned, Formula), Unexpected> {
    let mut cursor = Cursor::new(source);
    let Some(target) = cursor.word() else {
        return Err(cursor.unexpected(said!("the id of a fact", "de naam van een feit")));
    };
    if !cursor.eat("=") {
        return Err(cursor.unexpected(said!("`=`", "`=`")));
    }
    let formula = sum(&mut cursor)?;
    if !cursor.done() {
        return Err(cursor.unexpected(said!("an operator or the end", "een bewerking of het einde")));
    }
    Ok((target, formula))
}

fn sum(cursor: &mut Cursor<'_>) -> Result<Formula, Unexpected> {
    let mut left = product(cursor)?;
    loop {
        let operator = if cursor.eat("+") {
            '+'
        } else if cursor.rest().starts_with("- ") && cursor.eat("-") {
            '-'
        } else {
            return Ok(left);
        };
        count_operator(cursor)?;
        left = Formula::Binary(operator, Box::new(left), Box::new(product(cursor)?));
    }
}

fn product(cursor: &mut Cursor<'_>) -> Result<Formula, Unexpected> {
    let mut left = power(cursor)?;
    loop {
        let operator = if cursor.eat("*") {
            '*'
        } else if cursor.eat("/") {
            '/'
        } else {
            return Ok(left);
        };
        count_operator(cursor)?;
        left = Formula::Binary(operator, Box::new(left), Box::new(power(cursor)?));
    }
}

fn count_operator(cursor: &mut Cursor<'_>) -> Result<(), Unexpected> {
    cursor.operators += 1;
    if cursor.operators > 256 {
        return Err(cursor.unexpected(said!("a shorter formula", "een kortere formule")));
    }
    Ok(())
}

fn power(cursor: &mut Cursor<'_>) -> Result<Formula, Unexpected> {
    cursor.depth += 1;
    if cursor.depth > 64 {
        return Err(cursor.unexpected(said!("less nesting", "minder haakjes in elkaar")));
    }
    let base = if cursor.eat("(") {
        let inner = sum(cursor)?;
        if !cursor.eat(")") {
            return Err(cursor.unexpected(said!("`)`", "`)`")));
        }
        inner
    } else if cursor.eat_word("pi") {
        Formula::Pi
    } else if cursor.eat_word("as-of") {
        Formula::AsOf
    } else if let Some(name) = call_name(cursor) {
        call(cursor, name)?
    } else if cursor.rest().starts_with(|c: char| c.is_ascii_digit()) {
        match cursor.number()? {
            Number::Literal(value) => Formula::Constant(value),
            Number::Parameter(_) => return Err(cursor.unexpected(said!("a number", "een getal"))),
        }
    } else {
        match cursor.word() {
            Some(id) => Formula::Fact(id),
            None => {
                return Err(cursor.unexpected(said!("a fact, a number or `(`", "een feit, een getal of `(`")));
            }
        }
    };
    cursor.depth -= 1;
    Ok(if cursor.eat("^2") { Formula::Square(Box::new(base)) } else { base })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spanned(text: &str) -> Spanned {
        Spanned { text: text.into(), place: Place { file: "t".into(), span: 0..text.len() } }
    }

    #[test]
    fn cells() {
        let ok =
            |text: &str| cell(&spanned(text)).unwrap_or_else(|e| panic!("{text}: {}", e.message.en)).terms;
        let words = |term: &Term| match term {
            Term::Words { words, negated } => {
                (words.iter().map(|w| w.text.clone()).collect::<Vec<_>>(), *negated)
            }
            _ => (Vec::new(), false),
        };
        assert_eq!(ok("any"), [Term::Any]);
        assert_eq!(words(&ok("{G1, G2}")[0]), (vec!["G1".to_string(), "G2".to_string()], false));
        assert_eq!(words(&ok("not {G1, N1a(sn)}")[0]), (vec!["G1".to_string(), "N1a(sn)".to_string()], true));
        assert!(matches!(ok("(10..20] mm")[0], Term::Between { low_closed: false, high_closed: true, .. }));
        assert!(matches!(&ok("< 2 /2mm2")[0], Term::Compare { operator: "<", unit, .. } if unit == "/2mm2"));
        assert_eq!(ok("not-done or < 3 %").len(), 2);
        assert!(cell(&spanned("< ")).is_err());
        assert!(cell(&spanned("[3..20")).is_err());
    }

    #[test]
    fn conditions() {
        let ok =
            |text: &str| condition(&spanned(text)).unwrap_or_else(|e| panic!("{text}: {}", e.message.en));
        assert!(
            matches!(ok("a.b = x and c.d in (3..4] mm or e = not-applicable"), Condition::Or(v) if v.len() == 2)
        );
        assert!(matches!(ok("not (a = x or b != y)"), Condition::Not(_)));
        assert!(matches!(ok("missing a.b and known c.d"), Condition::And(_)));
        assert!(matches!(ok("(a = x)"), Condition::Is(..)));
        assert!(condition(&spanned("a =")).is_err());
        assert!(condition(&spanned("= 3")).is_err());
    }
}

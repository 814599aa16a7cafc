//! A model made ready to draw: names turned into positions, and every slip of the pen refused by name.

use std::collections::BTreeMap;

use nw_facts::nearest;

use super::chance::normal_below;
use super::model::{ColumnText, DirtText, DrawText, LogBell, Model, Survival, Wanted, When};

/// A value of any column: a word by position, a number times a power of ten, a day since 1970. [`NOTHING`] is none.
pub(crate) type Value = i64;

/// No value.
pub(crate) const NOTHING: Value = i64::MIN;

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Words, by position.
    Words(Vec<String>),
    /// Numbers with so many decimals.
    Number(u32),
    /// Days since 1970.
    Day,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub name: String,
    pub hidden: bool,
    pub kind: Kind,
    pub draws: Vec<(Test, Draw)>,
    pub missing: Vec<(Test, f64)>,
}

/// All of these hold.
pub(crate) type Test = Vec<(usize, Holds)>;

#[derive(Debug)]
pub(crate) enum Holds {
    /// The word is one of these.
    Words(Vec<bool>),
    /// The number lies in here, ends included.
    Range(Value, Value),
}

#[derive(Debug)]
pub(crate) enum Draw {
    Nothing,
    Copy(usize),
    Word(Value),
    /// Words with the share up to and including each.
    Weights(Vec<(f64, Value)>),
    Normal {
        mean: f64,
        sd: f64,
        low: f64,
        high: f64,
    },
    LogNormal {
        ln_median: f64,
        sigma: f64,
        low: f64,
        high: f64,
        whole: bool,
        plus: Option<usize>,
    },
    Days {
        from: i64,
        days: f64,
        rising: f64,
    },
    Survival {
        shape: f64,
        scale: f64,
        age: Option<usize>,
        other: f64,
        doubles: f64,
    },
    YearsUntil(usize, i64),
    Least(Vec<usize>),
    NotAbove(usize, usize, Value, Value),
}

#[derive(Debug)]
pub(crate) enum Harm {
    Times(f64),
    Word(Value),
    Blank(Option<Value>),
    Earlier(i64),
    Again,
}

#[derive(Debug)]
pub(crate) struct Dirt {
    pub share: f64,
    pub column: usize,
    pub harm: Harm,
}

/// A model that can be drawn from.
#[derive(Debug)]
pub struct Plan {
    pub(crate) columns: Vec<Column>,
    pub(crate) dirt: Vec<Dirt>,
}

/// What is wrong with a model.
#[derive(Debug, thiserror::Error)]
#[error("column `{column}`: {what}")]
pub struct ModelFault {
    /// Where.
    pub column: String,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl Plan {
    /// Makes a model ready.
    ///
    /// # Errors
    /// The first thing that makes no sense, with the column where it stands.
    pub fn new(model: &Model) -> Result<Plan, ModelFault> {
        let mut plan = Plan { columns: Vec::new(), dirt: Vec::new() };
        for text in &model.column {
            let column = plan.column(text).map_err(|what| ModelFault { column: text.name.clone(), what })?;
            plan.columns.push(column);
        }
        for text in &model.dirt {
            let dirt = plan.dirt(text).map_err(|what| ModelFault { column: text.name.clone(), what })?;
            plan.dirt.push(dirt);
        }
        Ok(plan)
    }

    pub(crate) fn find(&self, name: &str) -> Result<usize, String> {
        self.columns.iter().position(|c| c.name == name).ok_or_else(|| {
            let near = nearest(name, self.columns.iter().map(|c| c.name.as_str()));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            format!("no earlier column is called `{name}`{near}")
        })
    }

    fn column(&self, text: &ColumnText) -> Result<Column, String> {
        if self.find(&text.name).is_ok() {
            return Err("a column of this name was there before".to_string());
        }
        let kind = self.kind(text)?;
        let draws = text.draw.iter().map(|draw| {
            let test = self.test(&draw.when, None)?;
            Ok((test, self.draw(draw, &kind)?))
        });
        let draws = draws.collect::<Result<_, String>>()?;
        let missing = text.missing.iter().map(|missing| {
            Ok((self.test(&missing.when, Some((&text.name, &kind)))?, percent(missing.percent)?))
        });
        let missing = missing.collect::<Result<_, String>>()?;
        Ok(Column { name: text.name.clone(), hidden: text.hidden, kind, draws, missing })
    }

    /// What stands in a column follows from what is drawn.
    fn kind(&self, text: &ColumnText) -> Result<Kind, String> {
        let mut words: Vec<String> = Vec::new();
        let mut kind = None;
        for draw in &text.draw {
            let mut its: Vec<&str> = Vec::new();
            its.extend(draw.weights.iter().flatten().map(|(word, _)| word.as_str()));
            its.extend(draw.word.as_deref());
            if let Some(not_above) = &draw.not_above {
                its.extend([not_above.then.as_str(), not_above.otherwise.as_str()]);
            }
            let of_others = |name: &String| self.find(name).map(|at| self.columns[at].kind.clone());
            let found = if let Some(name) = &draw.copy {
                of_others(name)?
            } else if let Some(names) = &draw.least {
                of_others(names.first().ok_or("`least` names no column")?)?
            } else if draw.day.is_some() || draw.days_after.is_some() {
                Kind::Day
            } else if draw.nothing {
                continue;
            } else if its.is_empty() {
                Kind::Number(text.digits)
            } else {
                Kind::Words(its.iter().map(|w| (*w).to_string()).collect())
            };
            match (&mut kind, found) {
                (None | Some(Kind::Words(_)), Kind::Words(more)) => {
                    more.into_iter().for_each(|w| {
                        if !words.contains(&w) {
                            words.push(w)
                        }
                    });
                    kind = Some(Kind::Words(Vec::new()));
                }
                (None, found) => kind = Some(found),
                (Some(one), two) if *one == two => {}
                _ => return Err("words, numbers and days do not mix in one column".to_string()),
            }
        }
        match kind {
            Some(Kind::Words(_)) if words.len() > 4096 => Err("too many different words".to_string()),
            Some(Kind::Words(_)) => Ok(Kind::Words(words)),
            Some(kind) => Ok(kind),
            None => Err("nothing is ever drawn".to_string()),
        }
    }

    pub(crate) fn test(&self, when: &When, own: Option<(&str, &Kind)>) -> Result<Test, String> {
        when.iter()
            .map(|(name, wanted)| {
                let (at, kind) = match own {
                    Some((own, kind)) if own == name => (self.columns.len(), kind),
                    _ => {
                        let at = self.find(name)?;
                        (at, &self.columns[at].kind)
                    }
                };
                Ok((at, holds(name, kind, wanted)?))
            })
            .collect()
    }

    fn draw(&self, text: &DrawText, kind: &Kind) -> Result<Draw, String> {
        let count = [
            text.weights.is_some(),
            text.word.is_some(),
            text.normal.is_some(),
            text.log_normal.is_some(),
            text.day.is_some(),
            text.days_after.is_some(),
            text.survival.is_some(),
            text.years_until.is_some(),
            text.least.is_some(),
            text.not_above.is_some(),
            text.copy.is_some(),
            text.nothing,
        ];
        if count.iter().filter(|c| **c).count() != 1 {
            return Err(
                "each `draw` says one thing: weights, word, normal, log-normal, day, days-after, survival, \
                        years-until, least, not-above, copy or nothing"
                    .to_string(),
            );
        }
        if let Some(weights) = &text.weights {
            return weighted(kind, weights);
        }
        if let Some(word) = &text.word {
            return Ok(Draw::Word(position(kind, word)?));
        }
        if let Some(bell) = &text.normal {
            let (low, high) = cut(bell.min, bell.max, |at| (at - bell.mean) / bell.sd)?;
            return Ok(Draw::Normal { mean: bell.mean, sd: bell.sd, low, high });
        }
        if let Some(bell) = &text.log_normal {
            return log_normal(bell, None);
        }
        if let Some(days) = &text.days_after {
            let bell =
                LogBell { median: days.median, sigma: days.sigma, min: days.min, max: days.max, whole: true };
            return log_normal(&bell, Some(self.find(&days.column)?));
        }
        if let Some(span) = &text.day {
            let (from, to) = (day(&span.from)?, day(&span.to)?);
            if to < from {
                return Err("the last day lies before the first".to_string());
            }
            return Ok(Draw::Days { from, days: (to - from + 1) as f64, rising: span.rising });
        }
        if let Some(Survival { shape, scale, age, other, doubles }) = &text.survival {
            let age = age.as_ref().map(|name| self.find(name)).transpose()?;
            return Ok(Draw::Survival {
                shape: *shape,
                scale: *scale,
                age,
                other: *other,
                doubles: *doubles,
            });
        }
        if let Some(until) = &text.years_until {
            return Ok(Draw::YearsUntil(self.find(&until.column)?, day(&until.day)?));
        }
        if let Some(names) = &text.least {
            return Ok(Draw::Least(names.iter().map(|n| self.find(n)).collect::<Result<_, _>>()?));
        }
        if let Some(not_above) = &text.not_above {
            let (a, b) = (self.find(&not_above.column)?, self.find(&not_above.other)?);
            if self.columns[a].kind != self.columns[b].kind {
                return Err("the two columns of `not-above` have different kinds of values".to_string());
            }
            let (then, otherwise) = (position(kind, &not_above.then)?, position(kind, &not_above.otherwise)?);
            return Ok(Draw::NotAbove(a, b, then, otherwise));
        }
        match &text.copy {
            Some(name) => Ok(Draw::Copy(self.find(name)?)),
            None => Ok(Draw::Nothing),
        }
    }

    fn dirt(&self, text: &DirtText) -> Result<Dirt, String> {
        let share = percent(text.percent)?;
        if text.again {
            return Ok(Dirt { share, column: 0, harm: Harm::Again });
        }
        let column =
            self.find(text.column.as_deref().ok_or("an error happens to a `column`, or `again`")?)?;
        let kind = &self.columns[column].kind;
        let harm = if let Some(times) = text.times {
            Harm::Times(times)
        } else if let Some(word) = &text.word {
            Harm::Word(position(kind, word)?)
        } else if let Some(word) = &text.blank {
            Harm::Blank(if word.is_empty() { None } else { Some(position(kind, word)?) })
        } else if let Some(days) = text.days_earlier {
            Harm::Earlier(i64::from(days))
        } else {
            return Err("an error says `times`, `word`, `blank`, `days-earlier` or `again`".to_string());
        };
        Ok(Dirt { share, column, harm })
    }
}

fn weighted(kind: &Kind, weights: &BTreeMap<String, f64>) -> Result<Draw, String> {
    let total: f64 = weights.values().sum();
    // What is no number compares with nothing, and is refused with the negative ones.
    let fits = |w: &f64| w.is_finite() && *w >= 0.0;
    if !weights.values().all(fits) || total <= 0.0 {
        return Err("weights are not negative, and not all of them zero".to_string());
    }
    let mut sum = 0.0;
    let shares = weights.iter().map(|(word, weight)| {
        sum += weight;
        Ok((sum / total, position(kind, word)?))
    });
    Ok(Draw::Weights(shares.collect::<Result<_, String>>()?))
}

fn log_normal(bell: &LogBell, plus: Option<usize>) -> Result<Draw, String> {
    let (ln_median, sigma) = (libm::log(bell.median), bell.sigma);
    let (low, high) = cut(bell.min, bell.max, |at| {
        if at > 0.0 { (libm::log(at) - ln_median) / sigma } else { f64::NEG_INFINITY }
    })?;
    Ok(Draw::LogNormal { ln_median, sigma, low, high, whole: bell.whole, plus })
}

/// The shares of a bell curve below its two ends.
fn cut(min: f64, max: f64, z: impl Fn(f64) -> f64) -> Result<(f64, f64), String> {
    let (low, high) = (normal_below(z(min)), normal_below(z(max)));
    if low < high { Ok((low, high)) } else { Err(format!("nothing lies between {min} and {max}")) }
}

fn holds(name: &str, kind: &Kind, wanted: &Wanted) -> Result<Holds, String> {
    let words = |list: &[String]| match kind {
        Kind::Words(words) => {
            let mut holds = vec![false; words.len()];
            for word in list {
                holds[position(kind, word)? as usize] = true;
            }
            Ok(Holds::Words(holds))
        }
        _ => Err(format!("`{name}` has numbers: write `{{ from = 1, below = 5 }}`")),
    };
    match wanted {
        Wanted::One(word) => words(std::slice::from_ref(word)),
        Wanted::Several(list) => words(list),
        Wanted::Range(range) => {
            let Kind::Number(digits) = kind else {
                return Err(format!("`{name}` has words: write a word or a list of words"));
            };
            let scaled = |at: f64| libm::round(at * libm::pow(10.0, f64::from(*digits))) as i64;
            let low = range.from.map(scaled).or(range.above.map(|at| scaled(at) + 1)).unwrap_or(NOTHING + 1);
            let high = range.to.map(scaled).or(range.below.map(|at| scaled(at) - 1)).unwrap_or(i64::MAX);
            Ok(Holds::Range(low, high))
        }
    }
}

fn position(kind: &Kind, word: &str) -> Result<Value, String> {
    let Kind::Words(words) = kind else { return Err(format!("`{word}` is a word, and the column has none")) };
    words.iter().position(|w| w == word).map(|at| at as Value).ok_or_else(|| {
        let near = nearest(word, words.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("`{word}` is never drawn there{near}")
    })
}

fn percent(value: f64) -> Result<f64, String> {
    if (0.0..=100.0).contains(&value) { Ok(value / 100.0) } else { Err(format!("{value} is no percentage")) }
}

fn day(text: &str) -> Result<i64, String> {
    let date: jiff::civil::Date =
        text.parse().map_err(|_| format!("`{text}` is no day like `2020-01-31`"))?;
    Ok(days_since_1970(date))
}

pub(crate) fn days_since_1970(date: jiff::civil::Date) -> i64 {
    let start = jiff::civil::date(1970, 1, 1);
    // Days between two civil dates always fit.
    i64::from(start.until(date).map_or(0, |span| span.get_days()))
}

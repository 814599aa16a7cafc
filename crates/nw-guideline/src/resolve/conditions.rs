//! Cells and conditions to tests: words to values, numbers to ranges in base units.

use super::*;

impl Resolver<'_> {
    pub(super) fn number(
        &mut self,
        fact: FactIdx,
        number: &Number,
        unit: &str,
        at: &Place,
    ) -> Option<Decimal> {
        let def = self.vocabulary.fact(fact);
        let (value, unit) = match number {
            // The grammar sees `2000-01-01` as a number and the rest.
            Number::Literal(year) if def.kind == nw_facts::Kind::Date => {
                let text = format!("{year}{unit}");
                let day = nw_facts::read_days(&text).and_then(|days| days.single());
                if day.is_none() {
                    self.report(
                        DiagnosticCode::UnitMismatch,
                        at,
                        format!("`{text}` is not a day"),
                        "compare with a day, written as `2026-03-10`",
                    );
                }
                (day?, String::new())
            }
            Number::Literal(value) => (*value, unit.to_string()),
            Number::Parameter(name) => {
                let found = self.parameters.iter().find(|(p, _)| p.name == *name);
                let value = found
                    .and_then(|(p, _)| p.values.iter().rev().find(|(from, _)| from.as_str() <= self.date));
                let Some((_, text)) = value else {
                    let near = nearest(name, self.parameters.iter().map(|(p, _)| p.name.as_str()));
                    let help = match near {
                        Some(near) if near == name.as_str() => {
                            "give it a value from an earlier day on".to_string()
                        }
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "add it to `parameters.toml`".to_string(),
                    };
                    let message = format!("the parameter `{name}` has no value on {}", self.date);
                    self.report(DiagnosticCode::UnknownParameter, at, message, help);
                    return None;
                };
                let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
                match parse_number(&text[..end]) {
                    Ok(value) => (value, text[end..].trim().to_string()),
                    Err(_) => {
                        self.report(
                            DiagnosticCode::UnknownParameter,
                            at,
                            format!("`{text}` is not a number with unit"),
                            "write `\"3 %\"`",
                        );
                        return None;
                    }
                }
            }
        };
        let factor = match (&def.unit, unit.is_empty()) {
            (None, true) => Decimal::ONE,
            (Some(base), true) => {
                let (id, base) = (def.id.clone(), base.clone());
                self.report(
                    DiagnosticCode::UnitMismatch,
                    at,
                    format!("a number for `{id}` needs a unit"),
                    format!("write it in `{base}`"),
                );
                return None;
            }
            (_, false) => match Unit::factor_to(&unit, def) {
                Ok(factor) => factor,
                Err(why) => {
                    let expected = def.unit.clone().unwrap_or_else(|| "no unit".to_string());
                    let id = def.id.clone();
                    let message = match why {
                        UnitFault::Unknown => format!("`{unit}` is not a unit we know"),
                        UnitFault::WrongDimension => format!("`{unit}` does not measure `{id}`"),
                    };
                    self.report(
                        DiagnosticCode::UnitMismatch,
                        at,
                        message,
                        format!("`{id}` is measured in `{expected}`"),
                    );
                    return None;
                }
            },
        };
        let Some(value) = value.checked_mul(factor).map(|v| v.normalize()) else {
            let message = format!("{value} {unit} is more than can be kept exactly");
            self.report(DiagnosticCode::ImpossibleNumber, at, message, "write a number that can occur");
            return None;
        };
        if value < def.min || value > def.max {
            let message = format!("{value} lies outside what `{}` can be", def.id);
            let help = format!("it lies between {} and {}", def.min, def.max);
            self.report(DiagnosticCode::ImpossibleNumber, at, message, help);
            return None;
        }
        Some(value)
    }

    pub(super) fn wanted(&mut self, subject: Subject, test: &Test) -> Option<Wanted> {
        let mut ranges = Vec::new();
        let mut not_done = false;
        let (mut mask, mut listed) = (0u64, 0u64);
        let numeric = matches!(subject, Subject::Fact(f) if self.vocabulary.fact(f).is_numeric());
        for term in &test.terms {
            match term {
                Term::Any => return Some(Wanted::Any),
                Term::NotDone => match subject {
                    Subject::Fact(f) if self.vocabulary.fact(f).not_done_is_state => {
                        not_done = true;
                        mask |= 1 << self.vocabulary.fact(f).choices.len().min(63);
                    }
                    _ => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "`not-done` is not a value here",
                            "declare the fact with `not-done = \"state\"`, or use a convention",
                        );
                        return None;
                    }
                },
                Term::NotApplicable => match subject {
                    Subject::Conclusion(c) if self.policies.get(&c) == Some(&HitPolicy::Collect) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a collected conclusion is never `not-applicable`",
                            "name a value it collects",
                        );
                        return None;
                    }
                    Subject::Conclusion(c) => mask |= 1 << self.vocabulary.conclusion(c).values.len(),
                    Subject::Fact(_) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a fact is never `not-applicable` in a table",
                            "test the conclusion or fact that makes it so",
                        );
                        return None;
                    }
                },
                Term::Words { words, negated } if numeric => {
                    let Subject::Fact(fact) = subject else { return None };
                    let [word] = words.as_slice() else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "a list of words is not a number",
                            "write a comparison or an interval",
                        );
                        return None;
                    };
                    let (number, unit) = word.text.split_once(' ').unwrap_or((&word.text, ""));
                    let Ok(value) = parse_number(number) else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &word.place,
                            format!("`{}` is not a number", word.text),
                            "write a comparison or an interval, for example `< 3 %`",
                        );
                        return None;
                    };
                    let value = self.number(fact, &Number::Literal(value), unit, &test.place)?;
                    if *negated {
                        ranges.push(Interval::below(value, false));
                        ranges.push(Interval::above(value, false));
                    } else {
                        ranges.push(Interval::exactly(value));
                    }
                }
                Term::Words { words, negated } => {
                    let mut found = 0u64;
                    for word in words {
                        found |= 1 << self.position(subject, &word.text, &word.place)?;
                    }
                    if *negated {
                        if matches!(subject, Subject::Conclusion(c) if self.policies.get(&c) == Some(&HitPolicy::Collect))
                        {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "`not` on a collected conclusion is ambiguous",
                                "put `not ( … )` around the condition",
                            );
                            return None;
                        }
                        found = !found & ((1 << self.values(subject)) - 1);
                    }
                    mask |= found;
                    listed |= if *negated { 0 } else { found };
                }
                Term::Compare { operator, number, unit } => match subject {
                    Subject::Fact(fact) if numeric => {
                        let value = self.number(fact, number, unit, &test.place)?;
                        match *operator {
                            "<" => ranges.push(Interval::below(value, false)),
                            "<=" => ranges.push(Interval::below(value, true)),
                            ">" => ranges.push(Interval::above(value, false)),
                            ">=" => ranges.push(Interval::above(value, true)),
                            "!=" => {
                                ranges.push(Interval::below(value, false));
                                ranges.push(Interval::above(value, false));
                            }
                            _ => ranges.push(Interval::exactly(value)),
                        }
                    }
                    _ => {
                        // Values such as `0` (a stage) look like numbers.
                        let Number::Literal(value) = number else {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "a parameter is a number, and this has named values",
                                "name the values",
                            );
                            return None;
                        };
                        if !["=", "!="].contains(operator) {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                "only numbers can be compared",
                                "name the values",
                            );
                            return None;
                        }
                        let at = self.position(subject, &value.to_string(), &test.place)?;
                        mask |= if *operator == "=" {
                            1 << at
                        } else {
                            !(1u64 << at) & ((1 << self.values(subject)) - 1)
                        };
                    }
                },
                Term::Between { low, low_closed, high, high_closed, unit } => {
                    let Subject::Fact(fact) = subject else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "only numbers have intervals",
                            "name the values",
                        );
                        return None;
                    };
                    if !numeric {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "only numbers have intervals",
                            "name the values",
                        );
                        return None;
                    }
                    let low = self.number(fact, low, unit, &test.place)?;
                    let high = self.number(fact, high, unit, &test.place)?;
                    let above = Interval::above(low, *low_closed);
                    let range = above.intersect(&Interval::below(high, *high_closed));
                    if range.is_empty() {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            "the interval holds no number",
                            "write the smaller number first",
                        );
                        return None;
                    }
                    ranges.push(range);
                }
            }
        }
        Some(if numeric { Wanted::Numbers { ranges, not_done } } else { Wanted::Values { mask, listed } })
    }

    pub(super) fn values(&self, subject: Subject) -> usize {
        match subject {
            Subject::Fact(f) => self.vocabulary.fact(f).choices.len(),
            Subject::Conclusion(c) => self.vocabulary.conclusion(c).values.len(),
        }
    }

    pub(super) fn position(&mut self, subject: Subject, word: &str, at: &Place) -> Option<usize> {
        match subject {
            Subject::Conclusion(c) => self.value_of(c, word, at),
            Subject::Fact(f) => {
                let def = self.vocabulary.fact(f);
                if let Some(found) = def.choices.iter().position(|c| c.id == word) {
                    return Some(found);
                }
                let ids: Vec<&str> = def.choices.iter().map(|c| c.id.as_str()).collect();
                let near = nearest(word, ids.iter().copied())
                    .map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                let (id, list) = (def.id.clone(), ids.join(", "));
                self.report(
                    DiagnosticCode::UnknownValue,
                    at,
                    format!("`{word}` is not a value of `{id}`"),
                    format!("expected one of {list}{near}"),
                );
                None
            }
        }
    }

    pub(super) fn cells(&mut self, subject: Subject, test: &Test) -> Option<Cells> {
        let wanted = self.wanted(subject, test)?;
        Some(Cells { subject, mask: 0, any: wanted == Wanted::Any, place: test.place.clone(), wanted })
    }

    pub(super) fn parse_condition(&mut self, text: &Spanned) -> Option<Condition> {
        match expression::condition(text) {
            Ok(condition) => Some(condition),
            Err(unexpected) => {
                self.report(
                    DiagnosticCode::BadCondition,
                    &unexpected.place,
                    unexpected.message,
                    "see the chapter on conditions",
                );
                None
            }
        }
    }

    pub(super) fn logic_text(&mut self, text: &Spanned) -> Option<Logic> {
        let condition = self.parse_condition(text)?;
        self.logic(&condition)
    }

    pub(super) fn logic(&mut self, condition: &Condition) -> Option<Logic> {
        let all = |me: &mut Self, list: &[Condition]| -> Option<Vec<Logic>> {
            let done: Vec<Option<Logic>> = list.iter().map(|c| me.logic(c)).collect();
            done.into_iter().collect()
        };
        match condition {
            Condition::And(list) => Some(Logic::And(all(self, list)?)),
            Condition::Or(list) => Some(Logic::Or(all(self, list)?)),
            Condition::Not(inner) => Some(Logic::Not(Box::new(self.logic(inner)?))),
            Condition::Is(name, test) => {
                let subject = self.subject(name)?;
                Some(Logic::Is(self.cells(subject, test)?))
            }
            Condition::Missing(name) | Condition::Known(name) | Condition::NotDone(name) => {
                self.report(
                    DiagnosticCode::BadCondition,
                    &name.place,
                    "`missing`, `known` and `not-done` speak of what is known, not of the patient",
                    "use them in the `when` line of a convention",
                );
                None
            }
        }
    }

    pub(super) fn epistemic(&mut self, condition: &Condition) -> Option<Epistemic> {
        let all = |me: &mut Self, list: &[Condition]| -> Option<Vec<Epistemic>> {
            let done: Vec<Option<Epistemic>> = list.iter().map(|c| me.epistemic(c)).collect();
            done.into_iter().collect()
        };
        if !condition.speaks_of_the_record() {
            // A condition on the patient must hold for certain as a whole: `not (a = x)` is not "a = x is uncertain".
            return Some(Epistemic::Certain(self.logic(condition)?, FALSE));
        }
        Some(match condition {
            Condition::And(list) => Epistemic::And(all(self, list)?),
            Condition::Or(list) => Epistemic::Or(all(self, list)?),
            Condition::Not(inner) => Epistemic::Not(Box::new(self.epistemic(inner)?)),
            Condition::Missing(name) => Epistemic::Missing(self.subject(name)?),
            Condition::Known(name) => Epistemic::Known(self.subject(name)?),
            Condition::NotDone(name) => Epistemic::NotDone(self.fact(name)?),
            Condition::Is(..) => Epistemic::Certain(self.logic(condition)?, FALSE),
        })
    }
}

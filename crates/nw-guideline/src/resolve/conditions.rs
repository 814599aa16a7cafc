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
                        said!("`{text}` is not a day", "`{text}` is geen dag"),
                        said!(
                            "compare with a day, written as `2026-03-10`",
                            "vergelijk met een dag, geschreven als `2026-03-10`"
                        ),
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
                            said!(
                                "give it a value from an earlier day on",
                                "geef er vanaf een eerdere dag een waarde aan"
                            )
                        }
                        Some(near) => said!("did you mean `{near}`?", "bedoelde u `{near}`?"),
                        None => said!("add it to `parameters.toml`", "voeg hem toe aan `parameters.toml`"),
                    };
                    let message = said!(
                        "the parameter `{name}` has no value on {}",
                        "de parameter `{name}` heeft geen waarde op {}",
                        self.date
                    );
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
                            said!("`{text}` is not a number with unit", "`{text}` is geen getal met eenheid"),
                            said!("write `\"3 %\"`", "schrijf `\"3 %\"`"),
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
                    said!(
                        "a number for `{id}` needs a unit",
                        "een getal voor `{id}` heeft een eenheid nodig"
                    ),
                    said!("write it in `{base}`", "schrijf het in `{base}`"),
                );
                return None;
            }
            (_, false) => match Unit::factor_to(&unit, def) {
                Ok(factor) => factor,
                Err(why) => {
                    let expected =
                        def.unit.as_ref().map_or(said!("no unit", "geen eenheid"), |u| Text::new(u, u));
                    let id = def.id.clone();
                    let message = match why {
                        UnitFault::Unknown => {
                            said!("`{unit}` is not a unit we know", "`{unit}` is geen eenheid die we kennen")
                        }
                        UnitFault::WrongDimension => {
                            said!("`{unit}` does not measure `{id}`", "`{unit}` is geen eenheid van `{id}`")
                        }
                    };
                    self.report(
                        DiagnosticCode::UnitMismatch,
                        at,
                        message,
                        said!("`{id}` is measured in `{expected}`", "`{id}` wordt gemeten in `{expected}`"; expected),
                    );
                    return None;
                }
            },
        };
        let Some(value) = value.checked_mul(factor).map(|v| v.normalize()) else {
            let message = said!(
                "{value} {unit} is more than can be kept exactly",
                "{value} {unit} is meer dan exact bewaard kan worden"
            );
            self.report(
                DiagnosticCode::ImpossibleNumber,
                at,
                message,
                said!("write a number that can occur", "schrijf een getal dat kan voorkomen"),
            );
            return None;
        };
        if value < def.min || value > def.max {
            let message = said!(
                "{value} lies outside what `{}` can be",
                "{value} ligt buiten wat `{}` kan zijn",
                def.id
            );
            let help = said!("it lies between {} and {}", "de waarde ligt tussen {} en {}", def.min, def.max);
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
                            said!("`not-done` is not a value here", "`not-done` is hier geen waarde"),
                            said!("declare the fact with `not-done = \"state\"`, or use a convention", "geef het feit `not-done = \"state\"` in de woordenlijst, of gebruik een afspraak"),
                        );
                        return None;
                    }
                },
                Term::NotApplicable => match subject {
                    Subject::Conclusion(c) if self.policies.get(&c) == Some(&HitPolicy::Collect) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            said!(
                                "a collected conclusion is never `not-applicable`",
                                "een verzamelde conclusie is nooit `not-applicable`"
                            ),
                            said!("name a value it collects", "noem een waarde die zij verzamelt"),
                        );
                        return None;
                    }
                    Subject::Conclusion(c) => mask |= 1 << self.vocabulary.conclusion(c).values.len(),
                    Subject::Fact(_) => {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            said!(
                                "a fact is never `not-applicable` in a table",
                                "een feit is in een tabel nooit `not-applicable`"
                            ),
                            said!(
                                "test the conclusion or fact that makes it so",
                                "vraag naar de conclusie of het feit waardoor dat zo is"
                            ),
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
                            said!("a list of words is not a number", "een lijst woorden is geen getal"),
                            said!(
                                "write a comparison or an interval",
                                "schrijf een vergelijking of een interval"
                            ),
                        );
                        return None;
                    };
                    let (number, unit) = word.text.split_once(' ').unwrap_or((&word.text, ""));
                    let Ok(value) = parse_number(number) else {
                        self.report(
                            DiagnosticCode::BadCell,
                            &word.place,
                            said!("`{}` is not a number", "`{}` is geen getal", word.text),
                            said!(
                                "write a comparison or an interval, for example `< 3 %`",
                                "schrijf een vergelijking of een interval, bijvoorbeeld `< 3 %`"
                            ),
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
                                said!(
                                    "`not` on a collected conclusion is ambiguous",
                                    "`not` bij een verzamelde conclusie is dubbelzinnig"
                                ),
                                said!(
                                    "put `not ( … )` around the condition",
                                    "zet `not ( … )` om de voorwaarde"
                                ),
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
                                said!(
                                    "a parameter is a number, and this has named values",
                                    "een parameter is een getal, en dit heeft benoemde waarden"
                                ),
                                said!("name the values", "noem de waarden"),
                            );
                            return None;
                        };
                        if !["=", "!="].contains(operator) {
                            self.report(
                                DiagnosticCode::BadCell,
                                &test.place,
                                said!(
                                    "only numbers can be compared",
                                    "alleen getallen kunnen vergeleken worden"
                                ),
                                said!("name the values", "noem de waarden"),
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
                            said!("only numbers have intervals", "alleen getallen hebben intervallen"),
                            said!("name the values", "noem de waarden"),
                        );
                        return None;
                    };
                    if !numeric {
                        self.report(
                            DiagnosticCode::BadCell,
                            &test.place,
                            said!("only numbers have intervals", "alleen getallen hebben intervallen"),
                            said!("name the values", "noem de waarden"),
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
                            said!("the interval holds no number", "in het interval ligt geen getal"),
                            said!("write the smaller number first", "schrijf het kleinste getal eerst"),
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
                let near = maybe(nearest(word, ids.iter().copied()));
                let (id, list) = (def.id.clone(), ids.join(", "));
                self.report(
                    DiagnosticCode::UnknownValue,
                    at,
                    said!("`{word}` is not a value of `{id}`", "`{word}` is geen waarde van `{id}`"),
                    said!("expected one of {list}{near}", "verwacht: een van {list}{near}"; near),
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
                    said!("see the chapter on conditions", "zie het hoofdstuk over voorwaarden"),
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
                    said!(
                        "`missing`, `known` and `not-done` speak of what is known, not of the patient",
                        "`missing`, `known` en `not-done` gaan over wat bekend is, niet over de patiënt"
                    ),
                    said!(
                        "use them in the `when` line of a convention",
                        "gebruik ze in de regel `when` van een afspraak"
                    ),
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

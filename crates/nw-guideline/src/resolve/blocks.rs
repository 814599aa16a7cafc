//! Rules, agreements, conventions, derivations, properties and departures.

use super::*;

impl Resolver<'_> {
    pub(super) fn block(&mut self, block: &RawBlock, chapter: &str, out: &mut Resolved) {
        if block.kind.text == "Note" {
            return;
        }
        if block.name.text.is_empty() {
            self.report(
                DiagnosticCode::BadTable,
                &block.kind.place,
                format!("the {} has no id", block.kind.text),
                "write `> **Kind** id: title`",
            );
            return;
        }
        let needs_title = block.kind.text != "Case";
        let title = Text::new(block.title.prose(), block.line("nl:").map(|l| l.prose()).unwrap_or_default());
        if needs_title && (title.en.is_empty() || title.nl.is_empty()) {
            self.report(
                DiagnosticCode::UntranslatedText,
                &block.name.place,
                format!("`{}` has no title in both languages", block.name.text),
                "put English after the colon and add a line `nl: …`",
            );
        }
        for holes in self.all_holes(block.line("each:").as_ref()) {
            let mut filled = block.clone();
            filled.name = block.name.filled(&holes);
            filled.lines = block.lines.iter().map(|l| l.filled(&holes)).collect();
            if !holes.is_empty() && filled.name == block.name {
                filled.name.text = format!("{}-{}", block.name.text, holes[0].1);
            }
            let title = Text::new(
                Spanned { text: title.en.clone(), place: Place::default() }.filled(&holes).text,
                Spanned { text: title.nl.clone(), place: Place::default() }.filled(&holes).text,
            );
            let rules = out.rules.len();
            self.one_block(&filled, title, chapter, out);
            self.torn_rules |= filled.kind.text == "Never" && out.rules.len() == rules;
        }
    }

    pub(super) fn needs(&mut self, block: &RawBlock, keyword: &str) -> Option<Spanned> {
        let line = block.line(keyword);
        if line.is_none() {
            let code = match block.kind.text.as_str() {
                "Convention" => DiagnosticCode::BadConvention,
                "Departure" => DiagnosticCode::BadDeparture,
                "Case" => DiagnosticCode::BadCase,
                _ => DiagnosticCode::BadCondition,
            };
            self.report(
                code,
                &block.name.place,
                format!("`{}` has no line `{}`", block.name.text, keyword.trim()),
                format!("add `{keyword} …`"),
            );
        }
        line
    }

    pub(super) fn cited(&mut self, block: &RawBlock) -> Vec<Citation> {
        let sources = self.citations(block.line("source:").as_ref());
        if sources.is_empty() {
            self.report(
                DiagnosticCode::UncitedRow,
                &block.name.place,
                format!("`{}` has no source", block.name.text),
                "add a line `source: key#place`",
            );
        }
        sources
    }

    pub(super) fn one_block(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let id = block.name.text.clone();
        let place = block.name.place.clone();
        let taken = match block.kind.text.as_str() {
            "Never" => out.rules.iter().any(|r| r.id == id),
            "Agree" => out.agreements.iter().any(|r| r.id == id),
            "Convention" => out.conventions.iter().any(|r| r.id == id),
            "Property" => out.properties.iter().any(|r| r.id == id),
            "Departure" => out.departures.iter().any(|r| r.id == id),
            "Derive" => out.derivations.iter().any(|r| r.id == id),
            "Due" => out.dues.iter().any(|r| r.id == id),
            _ => false,
        };
        if taken {
            self.report(
                DiagnosticCode::DuplicateId,
                &place,
                format!("`{id}` is used twice"),
                "give one of them another id",
            );
            return;
        }
        match block.kind.text.as_str() {
            "Never" => {
                let Some(when) = self.needs(block, "when") else { return };
                let Some(when) = self.logic_text(&when) else { return };
                let guard = self.fact_list(block.line("guard:").as_ref());
                let sources = self.cited(block);
                out.rules.push(Rule { id, title, when, guard, sources, place, kept: TRUE });
            }
            "Agree" => {
                if let Some(agreement) = self.agreement(block, title) {
                    out.agreements.push(agreement);
                }
            }
            "Convention" => {
                if let Some(convention) = self.convention(block, title) {
                    out.conventions.push(convention);
                }
            }
            "Derive" => {
                let Some(line) = block
                    .lines
                    .iter()
                    .find(|l| {
                        l.text.contains(" = ") && !l.text.starts_with("nl:") && !l.text.starts_with("when ")
                    })
                    .cloned()
                else {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &place,
                        format!("`{id}` has no formula"),
                        "add a line `fact = formula`",
                    );
                    return;
                };
                match expression::derivation(&line) {
                    Ok((target, formula)) => {
                        let Some(target_fact) = self.fact(&target) else { return };
                        let Some(formula) = self.arithmetic(&formula) else { return };
                        let mut inputs = Vec::new();
                        formula.facts(&mut |f| inputs.push(f));
                        inputs.sort_unstable();
                        inputs.dedup();
                        let itself = inputs.contains(&target_fact);
                        if itself || !self.vocabulary.fact(target_fact).is_numeric() {
                            let why = if itself { "is computed from itself" } else { "is not a number" };
                            self.report(
                                DiagnosticCode::BadDerivation,
                                &target.place,
                                format!("`{}` {why}", target.text),
                                "compute a numeric fact from other numeric facts",
                            );
                            return;
                        }
                        let target = target_fact;
                        let when = match block.line("when") {
                            Some(line) => {
                                let Some(logic) = self.logic_text(&line) else { return };
                                let mut conclusion = false;
                                logic.tests(&mut |c| {
                                    conclusion |= matches!(c.subject, Subject::Conclusion(_))
                                });
                                if conclusion {
                                    self.report(
                                        DiagnosticCode::BadDerivation,
                                        &line.place,
                                        format!("`{id}` is computed for some conclusion only"),
                                        "let `when` speak of facts: what is concluded rests on what is computed",
                                    );
                                    return;
                                }
                                Some(logic)
                            }
                            None => None,
                        };
                        out.derivations.push(Derivation { id, title, target, formula, inputs, when, place });
                    }
                    Err(unexpected) => {
                        self.report(
                            DiagnosticCode::BadDerivation,
                            &unexpected.place,
                            unexpected.message,
                            "use + - * / ^2 pi as-of, functions, numbers, facts and parentheses",
                        );
                    }
                }
            }
            "Due" => {
                if let Some(due) = self.due(block, title) {
                    out.dues.push(due);
                }
            }
            "Property" => {
                let test = if let Some(line) = block.line("never") {
                    let Some(logic) = self.logic_text(&line) else { return };
                    PropertyTest::Never(logic)
                } else if let Some(line) = block.line("rising") {
                    let Some((conclusion, fact)) = line.split(" with ") else {
                        self.report(
                            DiagnosticCode::BadCondition,
                            &line.place,
                            "`rising` needs a conclusion and a fact",
                            "write `rising <conclusion> with <fact>`",
                        );
                        return;
                    };
                    let (Some(conclusion), Some(fact)) = (self.conclusion(&conclusion), self.fact(&fact))
                    else {
                        return;
                    };
                    PropertyTest::Rising(conclusion, fact)
                } else {
                    self.report(
                        DiagnosticCode::BadCondition,
                        &place,
                        format!("the property `{id}` promises nothing"),
                        "add a line `never …` or `rising … with …`",
                    );
                    return;
                };
                out.properties.push(Property { id, title, test, place });
            }
            "Departure" => self.departure(block, title, chapter, out),
            "Case" => self.case(block, title, chapter, out),
            _ => {}
        }
    }

    pub(super) fn fact_list(&mut self, text: Option<&Spanned>) -> Vec<FactIdx> {
        let Some(text) = text else { return Vec::new() };
        text.parts(',').iter().filter_map(|n| self.fact(n)).collect()
    }

    pub(super) fn arithmetic(&mut self, formula: &Formula) -> Option<Arithmetic> {
        Some(match formula {
            Formula::Constant(value) => Arithmetic::Constant(*value),
            Formula::Pi => Arithmetic::Pi,
            Formula::Fact(name) => {
                let fact = self.fact(name)?;
                if !self.vocabulary.fact(fact).is_numeric() {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &name.place,
                        format!("`{}` is not a number", name.text),
                        "compute with numeric facts only",
                    );
                    return None;
                }
                Arithmetic::Fact(fact)
            }
            Formula::Binary(operator, a, b) => {
                Arithmetic::Binary(*operator, Box::new(self.arithmetic(a)?), Box::new(self.arithmetic(b)?))
            }
            Formula::Square(a) => Arithmetic::Square(Box::new(self.arithmetic(a)?)),
            Formula::AsOf => Arithmetic::AsOf,
            Formula::Call(name, arguments) => {
                let mut all = arguments.iter().map(|a| self.arithmetic(a)).collect::<Option<Vec<_>>>()?;
                let last = Box::new(all.pop()?);
                match (name.text.as_str(), all.pop().map(Box::new)) {
                    ("months", Some(first)) => Arithmetic::Months(first, last),
                    ("power", Some(first)) => Arithmetic::Power(first, last),
                    ("least", Some(first)) => Arithmetic::Least(first, last),
                    ("greatest", Some(first)) => Arithmetic::Greatest(first, last),
                    ("ln", None) => Arithmetic::Ln(last),
                    ("floor", None) => Arithmetic::Floor(last),
                    _ => Arithmetic::Exp(last),
                }
            }
            Formula::Series(pick) => {
                let fact = self.fact(&pick.fact)?;
                let def = self.vocabulary.fact(fact);
                if !def.series || !def.is_numeric() {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &pick.fact.place,
                        format!("`{}` is not a series of numbers", pick.fact.text),
                        "declare it with `series = true`",
                    );
                    return None;
                }
                let mut bound = |limit: &Option<(Formula, bool)>| match limit {
                    Some((formula, strict)) => self.arithmetic(formula).map(|f| Some((f, *strict))),
                    None => Some(None),
                };
                let (since, until) = (bound(&pick.since)?, bound(&pick.until)?);
                let which = match pick.which.text.as_str() {
                    "latest" => Pick::Latest,
                    "previous" => Pick::Previous,
                    "first" => Pick::First,
                    "lowest" => Pick::Lowest,
                    _ => Pick::Highest,
                };
                Arithmetic::Series(Box::new(Series { pick: which, fact, since, until, day: pick.day }))
            }
        })
    }

    /// `every <conclusion>`, `after <formula>` (one line for each, the first known one counts), `grace <days>`.
    fn due(&mut self, block: &RawBlock, title: Text) -> Option<Due> {
        let every = self.needs(block, "every")?;
        let conclusion = self.conclusion(&every)?;
        if !self.vocabulary.conclusion(conclusion).values.iter().any(|v| v.months.is_some()) {
            self.report(
                DiagnosticCode::BadDerivation,
                &every.place,
                format!("no value of `{}` says how often", every.text),
                "give its values `months = \"6\"`",
            );
            return None;
        }
        let mut after = Vec::new();
        for line in block.all("after") {
            match expression::formula(&line) {
                Ok(formula) => after.push(self.arithmetic(&formula)?),
                Err(unexpected) => self.report(
                    DiagnosticCode::BadDerivation,
                    &unexpected.place,
                    unexpected.message,
                    "name the day from which is counted, for example `day(latest(imaging.ct))` or a date",
                ),
            }
        }
        if after.is_empty() {
            self.needs(block, "after");
            return None;
        }
        let grace = match block.line("grace") {
            Some(line) => match parse_number(line.text.trim_end_matches('d').trim()) {
                Ok(days) if days >= Decimal::ZERO => days,
                _ => {
                    self.report(
                        DiagnosticCode::BadDerivation,
                        &line.place,
                        format!("`{}` is not a number of days", line.text),
                        "write `grace 14 d`",
                    );
                    return None;
                }
            },
            None => Decimal::ZERO,
        };
        let sources = self.cited(block);
        let place = block.name.place.clone();
        Some(Due { id: block.name.text.clone(), title, every: conclusion, after, grace, sources, place })
    }

    pub(super) fn agreement(&mut self, block: &RawBlock, title: Text) -> Option<Agreement> {
        let line =
            block.lines.iter().find(|l| l.text.contains(" with ") && !l.text.starts_with("nl:")).cloned();
        let Some(line) = line else {
            self.report(
                DiagnosticCode::BadCondition,
                &block.name.place,
                format!("`{}` does not say what agrees", block.name.text),
                "write `<reported fact> with <conclusion> when <condition>`",
            );
            return None;
        };
        let (pair, when) = match line.split(" when ") {
            Some((pair, when)) => (pair, Some(when)),
            None => (line.clone(), block.line("when")),
        };
        let Some((reported_name, conclusion_name)) = pair.split(" with ") else {
            self.report(
                DiagnosticCode::BadCondition,
                &line.place,
                "`with` stands after `when`",
                "write `<reported fact> with <conclusion> when <condition>`",
            );
            return None;
        };
        let reported = self.fact(&reported_name)?;
        let conclusion = self.conclusion(&conclusion_name)?;
        if self.vocabulary.fact(reported).choices.is_empty() {
            self.report(
                DiagnosticCode::BadCondition,
                &reported_name.place,
                format!("`{}` is a number, not a reported value", reported_name.text),
                "let a fact with named values agree",
            );
            return None;
        }
        if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
            self.report(
                DiagnosticCode::BadCondition,
                &conclusion_name.place,
                format!("`{}` is collected and has no single value", conclusion_name.text),
                "let a decided conclusion agree",
            );
            return None;
        }
        let when = match when {
            Some(text) => self.logic_text(&text)?,
            None => Logic::And(Vec::new()),
        };
        let def = self.vocabulary.fact(reported).clone();
        let values = self.vocabulary.conclusion(conclusion).values.len();
        let mut agrees = Vec::new();
        for choice in &def.choices {
            let everything = (1u64 << (values + 1)) - 1;
            if choice.covers.iter().any(|c| c == "*") {
                agrees.push(everything);
                continue;
            }
            let covered: Vec<&String> =
                if choice.covers.is_empty() { vec![&choice.id] } else { choice.covers.iter().collect() };
            let conclusion_def = self.vocabulary.conclusion(conclusion);
            let mask = covered.iter().fold(0u64, |m, v| match v.as_str() {
                "not-applicable" => m | 1 << values,
                v => conclusion_def.value(v).map_or(m, |i| m | 1 << i),
            });
            if mask == 0 && choice.covers.is_empty() && conclusion_def.value(&choice.id).is_none() {
                let message = format!(
                    "the reported value `{}` agrees with no value of `{}`",
                    choice.id, conclusion_def.id
                );
                self.report(
                    DiagnosticCode::UnknownValue,
                    &block.name.place,
                    message,
                    "give it `covers = [\"…\"]`, or `[\"*\"]` when it says nothing",
                );
            }
            agrees.push(mask);
        }
        let guard = self.fact_list(block.line("guard:").as_ref());
        let place = block.name.place.clone();
        Some(Agreement {
            id: block.name.text.clone(),
            title,
            reported,
            conclusion,
            when,
            agrees,
            guard,
            place,
            kept: TRUE,
        })
    }

    pub(super) fn convention(&mut self, block: &RawBlock, title: Text) -> Option<Convention> {
        let when = self.needs(block, "when")?;
        let when = self.parse_condition(&when)?;
        let when = self.epistemic(&when)?;
        let sources = self.cited(block);
        let mut applies_to = Vec::new();
        if let Some(list) = block.line("for") {
            for name in list.parts(',') {
                if let Some(group) = name.text.strip_suffix('*') {
                    let all: Vec<ConclusionIdx> = (0..self.vocabulary.conclusions().len())
                        .map(|i| ConclusionIdx(i as u16))
                        .filter(|i| self.vocabulary.conclusion(*i).id.starts_with(group))
                        .collect();
                    if all.is_empty() {
                        self.report(
                            DiagnosticCode::UndeclaredFact,
                            &name.place,
                            format!("no conclusion starts with `{group}`"),
                            "name a conclusion, or the start of several and `*`",
                        );
                    }
                    applies_to.extend(all);
                } else {
                    applies_to.extend(self.conclusion(&name));
                }
            }
        }
        let effect = if let Some(line) = block.line("assume") {
            let condition = self.parse_condition(&line)?;
            let mut assumptions = Vec::new();
            self.assumptions(&condition, &line.place, &mut assumptions)?;
            Effect::Assume(assumptions)
        } else if let Some(line) = block.line("answer") {
            let Some((name, value)) = line.split("=") else {
                self.report(
                    DiagnosticCode::BadConvention,
                    &line.place,
                    "`answer` needs a conclusion and a value",
                    "write `answer <conclusion> = <value>`",
                );
                return None;
            };
            let conclusion = self.conclusion(&name)?;
            if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
                self.report(
                    DiagnosticCode::BadConvention,
                    &name.place,
                    format!("`{}` is collected, and an answer is one value", name.text),
                    "write `assume …` instead",
                );
                return None;
            }
            let value = self.value_of(conclusion, &value.text, &value.place)?;
            if !applies_to.contains(&conclusion) {
                applies_to.push(conclusion);
            }
            Effect::Answer(conclusion, value)
        } else {
            self.report(
                DiagnosticCode::BadConvention,
                &block.name.place,
                format!("the convention `{}` does nothing", block.name.text),
                "add a line `assume …` or `answer …`",
            );
            return None;
        };
        if applies_to.is_empty() {
            self.report(
                DiagnosticCode::BadConvention,
                &block.name.place,
                format!("the convention `{}` is for no conclusion", block.name.text),
                "add a line `for <conclusion>, …`",
            );
            return None;
        }
        let place = block.name.place.clone();
        Some(Convention { id: block.name.text.clone(), title, when, effect, applies_to, sources, place })
    }

    pub(super) fn assumptions(
        &mut self,
        condition: &Condition,
        at: &Place,
        out: &mut Vec<Assumption>,
    ) -> Option<()> {
        match condition {
            Condition::And(list) => list.iter().try_for_each(|c| self.assumptions(c, at, out)),
            Condition::Is(name, test) => {
                let fact = self.fact(name)?;
                let (ranges, choices) = match self.wanted(Subject::Fact(fact), test)? {
                    Wanted::Numbers { not_done: true, .. } => {
                        self.report(
                            DiagnosticCode::BadConvention,
                            &name.place,
                            format!("`{}` is assumed not to have been measured", name.text),
                            "assume what the number may be; ask in `when` whether it was not done",
                        );
                        return None;
                    }
                    Wanted::Numbers { ranges, .. } => (ranges, 0),
                    Wanted::Values { mask, .. } => (Vec::new(), mask),
                    Wanted::Any => return Some(()),
                };
                out.push(Assumption { fact, ranges, choices });
                Some(())
            }
            _ => {
                self.report(
                    DiagnosticCode::BadConvention,
                    at,
                    "an assumption is a list of tests on facts",
                    "join tests with `and`",
                );
                None
            }
        }
    }

    pub(super) fn departure(&mut self, block: &RawBlock, title: Text, chapter: &str, out: &mut Resolved) {
        let Some(kind) = self.needs(block, "kind:") else { return };
        if !["departs", "conflicts-with"].contains(&kind.text.as_str()) {
            self.report(
                DiagnosticCode::BadDeparture,
                &kind.place,
                format!("`{}` is not a kind of departure", kind.text),
                "expected departs or conflicts-with",
            );
            return;
        }
        let (Some(_), Some(decision), Some(date)) =
            (self.needs(block, "says:"), self.needs(block, "decision:"), self.needs(block, "date:"))
        else {
            return;
        };
        for line in block.all("says:").iter().chain(&block.all("other:")) {
            match line.split(":") {
                Some((key, _)) => {
                    self.citations(Some(&key));
                }
                None => self.report(
                    DiagnosticCode::BadDeparture,
                    &line.place,
                    "what a source says starts with the key of the source",
                    "write `says: <source>: <what it says>`",
                ),
            }
        }
        let texts = |lines: Vec<Spanned>| lines.iter().map(Spanned::prose).collect::<Vec<_>>();
        out.departures.push(Departure {
            id: block.name.text.clone(),
            title,
            kind: kind.text,
            says: texts(block.all("says:")),
            other: texts(block.all("other:")),
            decision: decision.prose(),
            adopted: block.line("adopted:").is_some_and(|a| a.text.starts_with("yes")),
            rows: block
                .line("rows:")
                .map(|r| r.text.split(',').map(|t| t.trim().to_string()).filter(|t| !t.is_empty()).collect())
                .unwrap_or_default(),
            date: date.text,
            chapter: chapter.to_string(),
            place: block.name.place.clone(),
        });
    }
}

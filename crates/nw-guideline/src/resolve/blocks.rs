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
                said!("the {} has no id", "het blok {} heeft geen naam", block.kind.text),
                said!("write `> **Kind** id: title`", "schrijf `> **Soort** naam: titel`"),
            );
            return;
        }
        let needs_title = block.kind.text != "Case";
        let title = Text::new(block.title.prose(), block.line("nl:").map(|l| l.prose()).unwrap_or_default());
        if needs_title && (title.en.is_empty() || title.nl.is_empty()) {
            self.report(
                DiagnosticCode::UntranslatedText,
                &block.name.place,
                said!(
                    "`{}` has no title in both languages",
                    "`{}` heeft geen titel in beide talen",
                    block.name.text
                ),
                said!(
                    "put English after the colon and add a line `nl: …`",
                    "zet Engels na de dubbele punt en voeg een regel `nl: …` toe"
                ),
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
                said!("`{}` has no line `{}`", "`{}` heeft geen regel `{}`", block.name.text, keyword.trim()),
                said!("add `{keyword} …`", "voeg `{keyword} …` toe"),
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
                said!("`{}` has no source", "`{}` heeft geen bron", block.name.text),
                said!("add a line `source: key#place`", "voeg een regel `source: sleutel#plaats` toe"),
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
                said!("`{id}` is used twice", "`{id}` is twee keer gebruikt"),
                said!("give one of them another id", "geef een van beide een andere naam"),
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
                        said!("`{id}` has no formula", "`{id}` heeft geen formule"),
                        said!("add a line `fact = formula`", "voeg een regel `feit = formule` toe"),
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
                            let why = if itself {
                                said!("is computed from itself", "wordt uit zichzelf berekend")
                            } else {
                                said!("is not a number", "is geen getal")
                            };
                            self.report(
                                DiagnosticCode::BadDerivation,
                                &target.place,
                                said!("`{}` {why}", "`{}` {why}", target.text; why),
                                said!(
                                    "compute a numeric fact from other numeric facts",
                                    "bereken een feit dat een getal is uit andere feiten die een getal zijn"
                                ),
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
                                        said!("`{id}` is computed for some conclusion only", "`{id}` wordt alleen bij een bepaalde conclusie berekend"),
                                        said!("let `when` speak of facts: what is concluded rests on what is computed", "laat `when` over feiten gaan: conclusies rusten op wat berekend is"),
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
                            said!(
                                "use + - * / ^2 pi as-of, functions, numbers, facts and parentheses",
                                "gebruik + - * / ^2 pi as-of, functies, getallen, feiten en haakjes"
                            ),
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
                            said!(
                                "`rising` needs a conclusion and a fact",
                                "`rising` heeft een conclusie en een feit nodig"
                            ),
                            said!(
                                "write `rising <conclusion> with <fact>`",
                                "schrijf `rising <conclusie> with <feit>`"
                            ),
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
                        said!("the property `{id}` promises nothing", "de belofte `{id}` belooft niets"),
                        said!(
                            "add a line `never …` or `rising … with …`",
                            "voeg een regel `never …` of `rising … with …` toe"
                        ),
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
                        said!("`{}` is not a number", "`{}` is geen getal", name.text),
                        said!(
                            "compute with numeric facts only",
                            "reken alleen met feiten die een getal zijn"
                        ),
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
                        said!(
                            "`{}` is not a series of numbers",
                            "`{}` is geen reeks getallen",
                            pick.fact.text
                        ),
                        said!(
                            "declare it with `series = true`",
                            "zet er `series = true` bij in de woordenlijst"
                        ),
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
                said!("no value of `{}` says how often", "geen waarde van `{}` zegt hoe vaak", every.text),
                said!("give its values `months = \"6\"`", "geef de waarden `months = \"6\"`"),
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
                    said!("name the day from which is counted, for example `day(latest(imaging.ct))` or a date", "noem de dag vanaf wanneer geteld wordt, bijvoorbeeld `day(latest(imaging.ct))` of een datum"),
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
                        said!("`{}` is not a number of days", "`{}` is geen aantal dagen", line.text),
                        said!("write `grace 14 d`", "schrijf `grace 14 d`"),
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
                said!("`{}` does not say what agrees", "`{}` zegt niet wat overeenkomt", block.name.text),
                said!(
                    "write `<reported fact> with <conclusion> when <condition>`",
                    "schrijf `<gemeld feit> with <conclusie> when <voorwaarde>`"
                ),
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
                said!("`with` stands after `when`", "`with` staat na `when`"),
                said!(
                    "write `<reported fact> with <conclusion> when <condition>`",
                    "schrijf `<gemeld feit> with <conclusie> when <voorwaarde>`"
                ),
            );
            return None;
        };
        let reported = self.fact(&reported_name)?;
        let conclusion = self.conclusion(&conclusion_name)?;
        if self.vocabulary.fact(reported).choices.is_empty() {
            self.report(
                DiagnosticCode::BadCondition,
                &reported_name.place,
                said!(
                    "`{}` is a number, not a reported value",
                    "`{}` is een getal, geen gemelde waarde",
                    reported_name.text
                ),
                said!("let a fact with named values agree", "neem een feit met benoemde waarden"),
            );
            return None;
        }
        if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
            self.report(
                DiagnosticCode::BadCondition,
                &conclusion_name.place,
                said!(
                    "`{}` is collected and has no single value",
                    "`{}` wordt verzameld en heeft niet één waarde",
                    conclusion_name.text
                ),
                said!("let a decided conclusion agree", "neem een conclusie met één uitkomst"),
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
                let message = said!(
                    "the reported value `{}` agrees with no value of `{}`",
                    "de gemelde waarde `{}` komt met geen waarde van `{}` overeen",
                    choice.id,
                    conclusion_def.id
                );
                self.report(
                    DiagnosticCode::UnknownValue,
                    &block.name.place,
                    message,
                    said!(
                        "give it `covers = [\"…\"]`, or `[\"*\"]` when it says nothing",
                        "geef de waarde `covers = [\"…\"]`, of `[\"*\"]` als zij niets zegt"
                    ),
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
                            said!(
                                "no conclusion starts with `{group}`",
                                "geen conclusie begint met `{group}`"
                            ),
                            said!(
                                "name a conclusion, or the start of several and `*`",
                                "noem een conclusie, of het begin van meer conclusies en `*`"
                            ),
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
                    said!(
                        "`answer` needs a conclusion and a value",
                        "`answer` heeft een conclusie en een waarde nodig"
                    ),
                    said!("write `answer <conclusion> = <value>`", "schrijf `answer <conclusie> = <waarde>`"),
                );
                return None;
            };
            let conclusion = self.conclusion(&name)?;
            if self.policies.get(&conclusion) == Some(&HitPolicy::Collect) {
                self.report(
                    DiagnosticCode::BadConvention,
                    &name.place,
                    said!(
                        "`{}` is collected, and an answer is one value",
                        "`{}` wordt verzameld, en een antwoord is één waarde",
                        name.text
                    ),
                    said!("write `assume …` instead", "schrijf in plaats daarvan `assume …`"),
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
                said!("the convention `{}` does nothing", "de afspraak `{}` doet niets", block.name.text),
                said!("add a line `assume …` or `answer …`", "voeg een regel `assume …` of `answer …` toe"),
            );
            return None;
        };
        if applies_to.is_empty() {
            self.report(
                DiagnosticCode::BadConvention,
                &block.name.place,
                said!(
                    "the convention `{}` is for no conclusion",
                    "de afspraak `{}` geldt voor geen conclusie",
                    block.name.text
                ),
                said!("add a line `for <conclusion>, …`", "voeg een regel `for <conclusie>, …` toe"),
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
                            said!(
                                "`{}` is assumed not to have been measured",
                                "van `{}` wordt aangenomen dat het niet gemeten is",
                                name.text
                            ),
                            said!(
                                "assume what the number may be; ask in `when` whether it was not done",
                                "neem aan wat het getal kan zijn; vraag in `when` of het niet gedaan is"
                            ),
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
                    said!(
                        "an assumption is a list of tests on facts",
                        "een aanname is een reeks voorwaarden op feiten"
                    ),
                    said!("join tests with `and`", "verbind voorwaarden met `and`"),
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
                said!("`{}` is not a kind of departure", "`{}` is geen soort afwijking", kind.text),
                said!("expected departs or conflicts-with", "verwacht: departs of conflicts-with"),
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
                    said!(
                        "what a source says starts with the key of the source",
                        "wat een bron zegt, begint met de sleutel van de bron"
                    ),
                    said!("write `says: <source>: <what it says>`", "schrijf `says: <bron>: <wat zij zegt>`"),
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

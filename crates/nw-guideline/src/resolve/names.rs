//! Names to facts, conclusions, values and sources, with the nearest spelling when there is none.

use super::*;

impl Resolver<'_> {
    pub(super) fn subject(&mut self, name: &Spanned) -> Option<Subject> {
        if let Some(fact) = self.vocabulary.find_fact(&name.text) {
            return Some(Subject::Fact(fact));
        }
        if let Some(conclusion) = self.vocabulary.find_conclusion(&name.text) {
            return Some(Subject::Conclusion(conclusion));
        }
        let ids =
            self.vocabulary.fact_ids().chain(self.vocabulary.conclusions().iter().map(|c| c.id.as_str()));
        let near = nearest(&name.text, ids)
            .map_or(said!("declare it in the vocabulary", "zet het in de woordenlijst"), |n| {
                said!("did you mean `{n}`?", "bedoelde u `{n}`?")
            });
        self.report(
            DiagnosticCode::UndeclaredFact,
            &name.place,
            said!(
                "`{}` is neither a fact nor a conclusion",
                "`{}` is geen feit en geen conclusie",
                name.text
            ),
            near,
        );
        None
    }

    pub(super) fn fact(&mut self, name: &Spanned) -> Option<FactIdx> {
        match self.subject(name)? {
            Subject::Fact(fact) => Some(fact),
            Subject::Conclusion(_) => {
                self.report(
                    DiagnosticCode::UndeclaredFact,
                    &name.place,
                    said!("`{}` is a conclusion, not a fact", "`{}` is een conclusie, geen feit", name.text),
                    said!("name a fact here", "noem hier een feit"),
                );
                None
            }
        }
    }

    pub(super) fn conclusion(&mut self, name: &Spanned) -> Option<ConclusionIdx> {
        match self.subject(name)? {
            Subject::Conclusion(conclusion) => Some(conclusion),
            Subject::Fact(_) => {
                self.report(
                    DiagnosticCode::UndeclaredFact,
                    &name.place,
                    said!("`{}` is a fact, not a conclusion", "`{}` is een feit, geen conclusie", name.text),
                    said!("name a conclusion here", "noem hier een conclusie"),
                );
                None
            }
        }
    }

    pub(super) fn value_of(&mut self, conclusion: ConclusionIdx, word: &str, at: &Place) -> Option<usize> {
        let def = self.vocabulary.conclusion(conclusion);
        if let Some(value) = def.value(word) {
            return Some(value);
        }
        let ids: Vec<&str> = def.values.iter().map(|v| v.id.as_str()).collect();
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

    pub(super) fn citations(&mut self, text: Option<&Spanned>) -> Vec<Citation> {
        let Some(text) = text else { return Vec::new() };
        let mut found = Vec::new();
        for part in text.parts(';') {
            let item = part.text.trim_start_matches('@');
            let (key, locator) = item.split_once('#').unwrap_or((item, ""));
            let key = key.trim();
            if !self.sources.iter().any(|(s, _)| s.key == key) {
                let near = nearest(key, self.sources.iter().map(|(s, _)| s.key.as_str()));
                let help = near.map_or(
                    said!("add it to the list of sources", "zet haar in de lijst van bronnen"),
                    |n| said!("did you mean `{n}`?", "bedoelde u `{n}`?"),
                );
                self.report(
                    DiagnosticCode::UnknownSource,
                    &part.place,
                    said!(
                        "the source `{key}` is not in the list of sources",
                        "de bron `{key}` staat niet in de lijst van bronnen"
                    ),
                    help,
                );
            }
            found.push(Citation { key: key.to_string(), locator: locator.trim().to_string() });
        }
        found
    }
}

//! Which code, profile and element means which fact: read from the knowledge and checked against the vocabulary.

use std::collections::{BTreeMap, BTreeSet};

use nw_facts::{ConclusionIdx, FactIdx, Kind, Unit, Vocabulary, nearest, read};
use serde::Deserialize;

use crate::json::{Json, map};

/// The mapping that ships with the program, as (name, text).
pub const SHIPPED: &[(&str, &str)] = &[
    ("fhir/05-elements.toml", include_str!("../../../knowledge/fhir/05-elements.toml")),
    ("fhir/10-base.toml", include_str!("../../../knowledge/fhir/10-base.toml")),
    ("fhir/20-tumour.toml", include_str!("../../../knowledge/fhir/20-tumour.toml")),
    ("fhir/30-tnm.toml", include_str!("../../../knowledge/fhir/30-tnm.toml")),
    ("fhir/40-laboratory.toml", include_str!("../../../knowledge/fhir/40-laboratory.toml")),
    ("fhir/50-treatment.toml", include_str!("../../../knowledge/fhir/50-treatment.toml")),
    ("fhir/60-export.toml", include_str!("../../../knowledge/fhir/60-export.toml")),
];

/// The code system of the facts themselves: what no other system names is still said exactly.
pub const FACT_SYSTEM: &str = "urn:netwijzer:fact";

/// What is wrong with the mapping; the text names rule, offending text and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingFault {
    /// The file it stands in.
    pub file: String,
    /// What, where, the offending text, and what to do next.
    pub text: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    systems: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, String>,
    absent: BTreeMap<String, String>,
    neoplasm: Option<NeoplasmFile>,
    identity: Vec<String>,
    resource: Vec<ResourceFile>,
    rule: Vec<RuleFile>,
    shapes: BTreeMap<String, BTreeMap<String, String>>,
    condition: Option<ConditionFile>,
    morphology: Vec<MorphologyFile>,
    form: Vec<FormFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConditionFile {
    always: Vec<String>,
    site: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MorphologyFile {
    code: String,
    when: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FormFile {
    fact: String,
    rule: String,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    performer: bool,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    relates: Option<String>,
    #[serde(default)]
    shape: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct NeoplasmFile {
    neuroendocrine: Vec<String>,
    cancer: Vec<String>,
    extension: Vec<String>,
    morphology: Vec<String>,
    links: Vec<String>,
    #[serde(default)]
    profiles: Vec<String>,
    #[serde(default)]
    secondary: Vec<String>,
    #[serde(default)]
    secondary_profiles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ResourceFile {
    id: String,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    subject: Vec<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    take: Vec<String>,
    #[serde(default)]
    refute: Vec<String>,
    #[serde(default)]
    concept: bool,
    #[serde(default)]
    only: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    date: Vec<String>,
    #[serde(default)]
    known: Vec<String>,
    #[serde(default)]
    carried: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleFile {
    id: String,
    #[serde(default)]
    resource: Vec<String>,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    within: Vec<String>,
    #[serde(default)]
    element: Option<String>,
    #[serde(default)]
    extension: Option<String>,
    reads: String,
    fact: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    aliases: bool,
    #[serde(default)]
    gives: Option<String>,
    #[serde(default)]
    refuted: Option<String>,
    #[serde(default)]
    limit: Option<String>,
    #[serde(default)]
    tumour: bool,
    #[serde(default)]
    secondary: bool,
    #[serde(default)]
    current: bool,
    #[serde(default)]
    latest: bool,
    #[serde(default)]
    site: Vec<String>,
    #[serde(default)]
    yields_to: Option<String>,
    #[serde(default)]
    export: Option<bool>,
    #[serde(default)]
    date: Option<String>,
}

/// What a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// A quantity, a range, an integer.
    Number,
    /// A code, looked up in the rule's own table or among the spellings of the fact's values.
    Coded,
    /// `true` or `false`.
    Flag,
    /// A day.
    Day,
    /// That the resource is there, and not refuted.
    Presence,
    /// How far it is: the status itself.
    Status,
}

/// A kind of resource: where it says what it is, of whom, when, and how certain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    pub code: Vec<String>,
    pub subject: Vec<String>,
    pub status: Option<String>,
    pub take: Vec<String>,
    pub refute: Vec<String>,
    pub concept: bool,
    pub only: BTreeMap<String, Vec<String>>,
    pub date: Vec<String>,
    pub known: Vec<String>,
    pub carried: BTreeSet<String>,
}

/// One code or family of codes, `system:code`, with a star at the end for all that begin so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(pub String);

impl Pattern {
    pub(crate) fn matches(&self, code: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(head) => code.starts_with(head),
            None => self.0 == code,
        }
    }
}

/// One rule: which element of which resource says something about which fact.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub id: String,
    pub resources: Vec<String>,
    pub codes: Vec<Pattern>,
    pub within: Vec<Pattern>,
    pub element: Option<String>,
    pub extension: Option<String>,
    pub reads: Reads,
    pub fact: FactIdx,
    pub values: Vec<(Pattern, String)>,
    pub aliases: bool,
    pub gives: Option<String>,
    pub refuted: Option<String>,
    pub limit: Option<FactIdx>,
    pub tumour: bool,
    pub secondary: bool,
    pub current: bool,
    pub latest: bool,
    pub site: Vec<Pattern>,
    pub yields_to: Option<String>,
    pub export: bool,
    pub date: Option<String>,
}

/// What makes a primary cancer neuroendocrine, and how an observation names its tumour.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neoplasm {
    pub neuroendocrine: Vec<Pattern>,
    pub cancer: Vec<Pattern>,
    pub extension: Vec<String>,
    pub morphology: Vec<Pattern>,
    pub links: Vec<String>,
    pub profiles: Vec<String>,
    pub secondary: Vec<Pattern>,
    pub secondary_profiles: Vec<String>,
}

/// How a fact is sent, when the record is as `when` asks.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    fact: FactIdx,
    pub rule: String,
    when: BTreeMap<String, Vec<String>>,
    pub category: Option<String>,
    pub performer: bool,
    pub method: Option<String>,
    pub relates: Option<String>,
    pub shape: BTreeMap<String, String>,
}

/// The codes of others and the facts they mean.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    shapes: BTreeMap<String, BTreeMap<String, String>>,
    always: Vec<String>,
    sites: BTreeMap<String, String>,
    morphologies: Vec<(String, BTreeMap<String, String>)>,
    forms: Vec<Form>,
    systems: Vec<(String, Vec<String>)>,
    units: BTreeMap<String, String>,
    absent: BTreeMap<String, String>,
    identity: BTreeSet<String>,
    pub(crate) neoplasm: Neoplasm,
    resources: BTreeMap<String, Resource>,
    pub(crate) rules: Vec<Rule>,
}

impl Mapping {
    /// Reads the files of a mapping together.
    ///
    /// # Errors
    /// Every fault found: a fact, value, unit or system that does not exist, a rule that contradicts itself.
    pub fn read(files: &[(&str, &str)], vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        let mut builder =
            Builder { vocabulary, mapping: Mapping::default(), faults: Vec::new(), file: String::new() };
        let mut parsed: Vec<(&str, File)> = Vec::new();
        for (name, text) in files {
            match toml::from_str::<File>(text) {
                Ok(file) => parsed.push((*name, file)),
                Err(error) => builder.faults.push(MappingFault {
                    file: (*name).to_string(),
                    text: error.to_string().trim_end().replace('\n', " "),
                }),
            }
        }
        // Systems, units and resources first, so that the order of the files does not matter to the rules.
        for (name, file) in &mut parsed {
            builder.file = (*name).to_string();
            builder.ground(file);
        }
        for (name, file) in &mut parsed {
            builder.file = (*name).to_string();
            for rule in std::mem::take(&mut file.rule) {
                builder.rule(rule);
            }
        }
        builder.bindings();
        for (name, file) in parsed {
            builder.file = name.to_string();
            builder.sending(file);
        }
        if builder.faults.is_empty() { Ok(builder.mapping) } else { Err(builder.faults) }
    }

    /// Reads a mapping of one file.
    ///
    /// # Errors
    /// As [`Mapping::read`].
    pub fn load(toml: &str, vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        Mapping::read(&[("mapping.toml", toml)], vocabulary)
    }

    /// The mapping that ships with the program.
    ///
    /// # Errors
    /// As [`Mapping::read`]: the vocabulary is not the one it was written for.
    pub fn shipped(vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        Mapping::read(SHIPPED, vocabulary)
    }

    /// `system:code` as the rules write it, or nothing when the system is not known.
    pub(crate) fn key(&self, system: &str, code: &str) -> Option<String> {
        let (id, _) = self.systems.iter().find(|(_, urls)| urls.iter().any(|u| u == system))?;
        Some(format!("{id}:{}", dotted(code)))
    }

    /// The coding of `system:code`, under the address that is sent.
    pub(crate) fn coding(&self, key: &str) -> Option<Json> {
        let (id, code) = key.split_once(':')?;
        let (_, urls) = self.systems.iter().find(|(name, _)| name == id)?;
        Some(map([("system", urls.first().map(|u| u.as_str().into())), ("code", Some(code.into()))]))
    }

    /// The profile that a kind of resource names.
    pub(crate) fn shape(&self, profile: &str, resource: &str) -> Option<&str> {
        self.shapes.get(profile)?.get(resource).map(String::as_str)
    }

    /// What a cancer of an organ is called; the code of the organ last.
    pub(crate) fn condition(&self, site: &str) -> Vec<String> {
        self.always.iter().chain(self.sites.get(site)).cloned().collect()
    }

    /// The code of an organ as a place in the body.
    pub(crate) fn place(&self, site: &str) -> Vec<String> {
        let rule = self.rules.iter().find(|r| r.element.as_deref() == Some("bodySite"));
        rule.into_iter()
            .flat_map(|r| &r.values)
            .filter(|(p, text)| text == site && !p.0.ends_with('*'))
            .map(|(p, _)| p.0.clone())
            .collect()
    }

    /// The morphology that sure conclusions name.
    pub(crate) fn morphology(&self, concluded: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let fits =
            |when: &BTreeMap<String, String>| when.iter().all(|(id, v)| concluded(id).as_ref() == Some(v));
        self.morphologies.iter().find(|(_, when)| fits(when)).map(|(code, _)| code.clone())
    }

    /// The conclusions that a Condition is written by; all others are only written themselves.
    pub fn read_by_condition<'m>(
        &'m self,
        vocabulary: &'m Vocabulary,
    ) -> impl Iterator<Item = ConclusionIdx> + 'm {
        let named = self.morphologies.iter().flat_map(|(_, when)| when.keys());
        named.filter_map(|id| vocabulary.find_conclusion(id))
    }

    /// How a fact is sent in this record.
    pub(crate) fn form(&self, fact: FactIdx, single: &dyn Fn(&str) -> Option<String>) -> Option<&Form> {
        self.forms
            .iter()
            .filter(|f| f.fact == fact)
            .find(|f| f.when.iter().all(|(id, values)| single(id).is_some_and(|v| values.contains(&v))))
    }

    pub(crate) fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.id == id)
    }

    /// The rule whose code names a fact without more conditions.
    pub(crate) fn written_by(&self, fact: FactIdx) -> Option<&Rule> {
        if self.forms.iter().any(|f| f.fact == fact) {
            return None;
        }
        self.rules.iter().find(|r| {
            r.fact == fact
                && r.export
                && r.reads == Reads::Number
                && r.element.is_none()
                && r.extension.is_none()
                && r.resources.iter().any(|r| r == "Observation")
        })
    }

    /// Our unit for a UCUM code.
    pub(crate) fn unit(&self, ucum: &str) -> Option<&str> {
        self.units.get(ucum).map(String::as_str)
    }

    /// The UCUM code of one of our units.
    pub(crate) fn ucum<'m>(&'m self, unit: &'m str) -> Option<&'m str> {
        self.units.iter().find(|(_, ours)| *ours == unit).map(|(ucum, _)| ucum.as_str())
    }

    /// The state that a data absent reason means.
    pub(crate) fn absent(&self, code: &str) -> Option<&str> {
        self.absent.get(code).map(String::as_str)
    }

    pub(crate) fn is_identity(&self, element: &str) -> bool {
        self.identity.contains(element)
    }

    pub(crate) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }
}

/// `C172` and `C17.2` are one code of the families of the ICD.
fn dotted(code: &str) -> String {
    let bytes = code.as_bytes();
    let whole = bytes.len() > 3
        && bytes[0].is_ascii_uppercase()
        && bytes[1].is_ascii_digit()
        && bytes[2].is_ascii_digit()
        && bytes[3..].iter().all(u8::is_ascii_digit)
        && bytes.len() <= 6;
    if whole { format!("{}.{}", &code[..3], &code[3..]) } else { code.to_string() }
}

struct Builder<'v> {
    vocabulary: &'v Vocabulary,
    mapping: Mapping,
    faults: Vec<MappingFault>,
    file: String,
}

impl Builder<'_> {
    fn fault(&mut self, text: String) {
        self.faults.push(MappingFault { file: self.file.clone(), text });
    }

    fn ground(&mut self, file: &mut File) {
        for (id, urls) in std::mem::take(&mut file.systems) {
            self.mapping.systems.push((id, urls));
        }
        for (ucum, unit) in std::mem::take(&mut file.units) {
            if Unit::find(&unit).is_none()
                && !self.vocabulary.facts().iter().any(|f| f.unit.as_deref() == Some(&unit))
            {
                self.fault(format!(
                    "`{unit}` is not a unit we know; write a unit of the vocabulary for `{ucum}`"
                ));
            }
            self.mapping.units.insert(ucum, unit);
        }
        self.mapping.absent.append(&mut file.absent);
        self.mapping.identity.extend(std::mem::take(&mut file.identity));
        if let Some(neoplasm) = file.neoplasm.take() {
            self.mapping.neoplasm = Neoplasm {
                neuroendocrine: self.patterns("neoplasm", &neoplasm.neuroendocrine),
                cancer: self.patterns("neoplasm", &neoplasm.cancer),
                extension: neoplasm.extension,
                morphology: self.patterns("neoplasm", &neoplasm.morphology),
                links: neoplasm.links,
                profiles: neoplasm.profiles,
                secondary: self.patterns("neoplasm", &neoplasm.secondary),
                secondary_profiles: neoplasm.secondary_profiles,
            };
        }
        for resource in std::mem::take(&mut file.resource) {
            let kept = Resource {
                code: resource.code,
                subject: resource.subject,
                status: resource.status,
                take: resource.take,
                refute: resource.refute,
                concept: resource.concept,
                only: resource.only,
                date: resource.date,
                known: resource.known,
                carried: resource.carried.into_iter().collect(),
            };
            if self.mapping.resources.insert(resource.id.clone(), kept).is_some() {
                self.fault(format!("the resource `{}` is described twice; join the two", resource.id));
            }
        }
    }

    fn patterns(&mut self, rule: &str, codes: &[String]) -> Vec<Pattern> {
        for code in codes {
            let known = match code.split_once(':') {
                Some((system, _)) => self.mapping.systems.iter().any(|(id, _)| id == system),
                None => false,
            };
            if !known {
                self.fault(format!(
                    "rule `{rule}`: `{code}` names no system of `[systems]`; write `system:code`"
                ));
            }
        }
        codes.iter().map(|c| Pattern(c.clone())).collect()
    }

    fn fact(&mut self, rule: &str, id: &str) -> Option<FactIdx> {
        let found = self.vocabulary.find_fact(id);
        if found.is_none() {
            let near = nearest(id, self.vocabulary.fact_ids())
                .map_or(String::new(), |n| format!("; did you mean `{n}`"));
            self.fault(format!("rule `{rule}`: `{id}` is not a fact of the vocabulary{near}"));
        }
        found
    }

    fn value(&mut self, rule: &str, fact: FactIdx, text: &str) {
        if let Err(fault) = read(self.vocabulary, fact, text) {
            self.fault(format!("rule `{rule}`: {}; {}", fault.message, fault.help));
        }
    }

    fn rule(&mut self, file: RuleFile) {
        let Some(fact) = self.fact(&file.id, &file.fact) else { return };
        let reads = match file.reads.as_str() {
            "number" => Reads::Number,
            "coded" => Reads::Coded,
            "flag" => Reads::Flag,
            "day" => Reads::Day,
            "presence" => Reads::Presence,
            "status" => Reads::Status,
            other => {
                self.fault(format!(
                    "rule `{}`: `{other}` is nothing a rule reads; write `number`, `coded`, `flag`, `day`, `presence` or `status`",
                    file.id
                ));
                return;
            }
        };
        if self.mapping.rules.iter().any(|r| r.id == file.id) {
            self.fault(format!("rule `{}` stands twice; give one of them another name", file.id));
        }
        if reads == Reads::Presence && file.gives.is_none() {
            self.fault(format!("rule `{}` says nothing; write what it `gives`", file.id));
        }
        if matches!(reads, Reads::Status) && file.values.is_empty() {
            self.fault(format!("rule `{}` reads the status; write `values` for each status", file.id));
        }
        for text in file.values.values().chain(&file.gives).chain(&file.refuted) {
            self.value(&file.id, fact, text);
        }
        for resource in &file.resource {
            if !self.mapping.resources.contains_key(resource) {
                self.fault(format!("rule `{}`: no `[[resource]]` describes `{resource}`", file.id));
            }
        }
        let limit = file.limit.as_deref().and_then(|id| self.fact(&file.id, id));
        let codes = self.patterns(&file.id, &file.code);
        let within = self.patterns(&file.id, &file.within);
        let site = self.patterns(&file.id, &file.site);
        let values: Vec<(Pattern, String)> =
            file.values.into_iter().map(|(code, text)| (Pattern(code), text)).collect();
        if reads == Reads::Coded {
            let coded: Vec<String> =
                values.iter().map(|(p, _)| p.0.clone()).filter(|c| !c.starts_with('=')).collect();
            self.patterns(&file.id, &coded);
        }
        self.mapping.rules.push(Rule {
            id: file.id,
            resources: file.resource,
            codes,
            within,
            element: file.element,
            extension: file.extension,
            reads,
            fact,
            values,
            aliases: file.aliases,
            gives: file.gives,
            refuted: file.refuted,
            limit,
            tumour: file.tumour,
            secondary: file.secondary,
            current: file.current,
            latest: file.latest,
            site,
            yields_to: file.yields_to,
            export: file.export.unwrap_or(true),
            date: file.date,
        });
    }

    /// How facts are sent.
    fn sending(&mut self, file: File) {
        self.mapping.shapes.extend(file.shapes);
        if let Some(condition) = file.condition {
            let codes: Vec<String> =
                condition.always.iter().chain(condition.site.values()).cloned().collect();
            self.patterns("condition", &codes);
            self.mapping.always.extend(condition.always);
            self.mapping.sites.extend(condition.site);
        }
        for line in file.morphology {
            self.patterns("morphology", std::slice::from_ref(&line.code));
            for (id, value) in &line.when {
                let known = self
                    .vocabulary
                    .find_conclusion(id)
                    .is_some_and(|c| self.vocabulary.conclusion(c).value(value).is_some());
                if !known {
                    self.fault(format!("morphology `{}`: `{id}` has no value `{value}`", line.code));
                }
            }
            self.mapping.morphologies.push((line.code, line.when));
        }
        for form in file.form {
            let Some(fact) = self.fact("form", &form.fact) else { continue };
            for rule in std::iter::once(&form.rule).chain(&form.method) {
                if self.mapping.rule(rule).is_none() {
                    self.fault(format!("the form of `{}`: there is no rule `{rule}`", form.fact));
                }
            }
            for id in form.when.keys() {
                self.fact("form", id);
            }
            self.mapping.forms.push(Form {
                fact,
                rule: form.rule,
                when: form.when,
                category: form.category,
                performer: form.performer,
                method: form.method,
                relates: form.relates,
                shape: form.shape,
            });
        }
    }

    /// The bindings of the vocabulary itself: a code of a number is an observation of it.
    fn bindings(&mut self) {
        for (at, def) in self.vocabulary.facts().iter().enumerate() {
            if def.codes.is_empty() || !matches!(def.kind, Kind::Quantity | Kind::Count) {
                continue;
            }
            let fact = FactIdx(at as u16);
            let codes: Vec<Pattern> = def
                .codes
                .iter()
                .filter(|c| {
                    let known = |r: &Rule| r.fact == fact && r.codes.iter().any(|p| p.matches(c));
                    !self.mapping.rules.iter().any(known)
                })
                .map(|c| Pattern(c.clone()))
                .collect();
            if codes.is_empty() {
                continue;
            }
            let limit = self.vocabulary.find_fact(&format!("{}.uln", def.id));
            self.mapping.rules.push(Rule {
                id: format!("vocabulary {}", def.id),
                resources: vec!["Observation".to_string()],
                codes,
                within: Vec::new(),
                element: None,
                extension: None,
                reads: Reads::Number,
                fact,
                values: Vec::new(),
                aliases: false,
                gives: None,
                refuted: None,
                limit,
                tumour: false,
                secondary: false,
                current: false,
                latest: !def.series,
                site: Vec::new(),
                yields_to: None,
                export: true,
                date: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_icd_meet() {
        for (code, expect) in [
            ("C172", "C17.2"),
            ("C17.2", "C17.2"),
            ("C20", "C20"),
            ("8240/3", "8240/3"),
            ("A02BC01", "A02BC01"),
            ("C7A010", "C7A010"),
        ] {
            assert_eq!(dotted(code), expect);
        }
    }

    #[test]
    fn a_pattern_is_a_code_or_a_family() {
        assert!(Pattern("atc:A02BC*".into()).matches("atc:A02BC02"));
        assert!(!Pattern("atc:A02BC*".into()).matches("atc:A02B"));
        assert!(Pattern("loinc:1-8".into()).matches("loinc:1-8"));
    }
}

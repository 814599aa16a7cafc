//! Errors of the record in both languages, for whoever reads them.

use nw_facts::Text;

use crate::StoreError;

/// Problems, help and names as the code writes them, with their Dutch twins; a test sees that none is missing.
const DUTCH: &[(&str, &str)] = &[
    // Problems of a field.
    ("is empty", "is leeg"),
    ("is empty or too long", "is leeg of te lang"),
    ("is empty, too long or holds control characters", "is leeg, te lang of bevat stuurtekens"),
    ("is too long or holds control characters", "is te lang of bevat stuurtekens"),
    ("is too short or too long", "is te kort of te lang"),
    ("is too short", "is te kort"),
    (
        "is not a number, a colon and 64 hexadecimal digits",
        "is geen getal, dubbele punt en 64 hexadecimale cijfers",
    ),
    ("is not JSON", "is geen JSON"),
    ("is larger than 20 MB", "is groter dan 20 MB"),
    ("is not an id", "is geen id"),
    ("are missing", "ontbreken"),
    ("are too many", "zijn er te veel"),
    ("has a space in it", "bevat een spatie"),
    ("is the same twice", "is twee keer dezelfde"),
    ("is missing", "ontbreekt"),
    // What to do.
    (
        "copy the line that backup or verify-audit printed",
        "neem de regel over die backup of verify-audit toonde",
    ),
    ("name the source in up to 4,000 characters", "noem de bron in hoogstens 4.000 tekens"),
    ("say in 3 to 1,000 characters why this is needed", "zeg in 3 tot 1.000 tekens waarom dit nodig is"),
    (
        "send up to 200 characters, for example a new UUID for each request",
        "stuur hoogstens 200 tekens, bijvoorbeeld een nieuwe UUID voor elk verzoek",
    ),
    (
        "use 12 to 200 characters, for example four words",
        "gebruik 12 tot 200 tekens, bijvoorbeeld vier woorden",
    ),
    (
        "write one value of up to 4,000 characters; `unknown` when nobody knows",
        "schrijf één waarde van hoogstens 4.000 tekens; `onbekend` als niemand het weet",
    ),
    ("send it as the program gave it", "stuur het zoals het programma het gaf"),
    ("use 32 random characters or more", "gebruik 32 willekeurige tekens of meer"),
    ("send a smaller file", "stuur een kleiner bestand"),
    ("use an id of the vocabulary", "gebruik een id van de woordenlijst"),
    ("send at least one fact", "stuur ten minste één gegeven"),
    ("send up to 2,000 at once", "stuur er hoogstens 2.000 tegelijk"),
    ("leave the space out", "laat de spatie weg"),
    ("name two different patients", "noem twee verschillende patiënten"),
    ("say why it was not done", "zeg waarom het niet is gedaan"),
    ("say why the fact is taken back", "zeg waarom het gegeven wordt ingetrokken"),
    ("give at least one role", "geef ten minste één rol"),
    ("fill it in", "vul het in"),
    ("shorten it", "maak het korter"),
    // Backups.
    ("its first line names no end of the audit log", "de eerste regel noemt geen einde van het logboek"),
    ("it ends before its last line; take another one", "hij eindigt voor de laatste regel; neem een andere"),
    ("it is not a backup of netwijzer", "het is geen reservekopie van netwijzer"),
    ("its last line cannot be read", "de laatste regel is niet te lezen"),
    (
        "its fingerprint does not fit; it was altered or damaged, take another one",
        "het controlegetal klopt niet; hij is veranderd of beschadigd, neem een andere",
    ),
    (
        "it was written by a later version of the program; use that version",
        "hij is geschreven door een latere versie van het programma; gebruik die versie",
    ),
    (
        "the database to restore to is not empty; name a new one",
        "de database om in terug te zetten is niet leeg; noem een nieuwe",
    ),
    (
        "its tables are not those of this program; take another one",
        "de tabellen zijn niet die van dit programma; neem een andere",
    ),
    ("a line of it cannot be read; take another one", "een regel is niet te lezen; neem een andere"),
    (
        "the audit log in it was altered before it was made; take another one",
        "het logboek erin was al veranderd toen hij werd gemaakt; neem een andere",
    ),
    // Things.
    ("patient", "patiënt"),
    ("fact", "gegeven"),
    ("entry", "onderdeel"),
    ("account", "account"),
    ("merge", "samenvoeging"),
    ("revision", "revisie"),
    ("session", "sessie"),
    ("link", "link"),
    ("setting", "instelling"),
    ("task", "taak"),
    ("contact", "contactmoment"),
    ("meeting", "bespreking"),
    ("agenda", "agendapunt"),
    ("calendar", "kalender"),
    ("decision", "besluit"),
    ("document", "document"),
    ("execution", "uitvoering"),
    ("sign-off", "ondertekening"),
    ("objection", "bezwaar"),
    ("identity", "identiteit"),
    ("number", "nummer"),
    ("login", "inlognaam"),
    ("subject", "identiteit bij de inlogdienst"),
];

fn nl(text: &str) -> &str {
    DUTCH.iter().find(|(en, _)| *en == text).map_or(text, |(_, nl)| nl)
}

impl StoreError {
    /// What went wrong and what to do, in both languages; never a value of a patient.
    pub fn text(&self) -> Text {
        let dutch = match self {
            StoreError::Stale { given, newer } => format!(
                "het dossier is veranderd sinds het is gelezen: revisie {given} is verouderd, {newer} is nieuwer; lees het opnieuw en herhaal de wijziging"
            ),
            StoreError::StaleVersion { what, given, newer } => format!(
                "{} is veranderd sinds het lezen: versie {given} is verouderd, {newer} is nieuwer; lees opnieuw en herhaal de wijziging",
                nl(what)
            ),
            StoreError::NotFound { what } => {
                format!("geen {} heeft dit id; het is verkeerd getypt, of hoort bij een andere database", nl(what))
            }
            StoreError::NotCurrent => {
                "het te verbeteren gegeven geldt niet meer; lees de patiënt opnieuw en verbeter wat nu geldt".to_string()
            }
            StoreError::Merged { .. } => {
                "deze patiënt is samengevoegd met een andere; gebruik degene die is behouden".to_string()
            }
            StoreError::Blocked => {
                "dit dossier is geblokkeerd; hef de blokkade eerst op, met een reden".to_string()
            }
            StoreError::Objects => {
                "deze patiënt heeft bezwaar tegen gebruik voor onderzoek en registraties; daarvoor wordt niets van het dossier gelezen"
                    .to_string()
            }
            StoreError::Erased => {
                "dit dossier is na zijn bewaartermijn gewist; alleen het logboek is er nog".to_string()
            }
            StoreError::MustBeKept { until } => {
                format!("dit dossier moet worden bewaard tot {until}; blokkeer het in plaats daarvan")
            }
            StoreError::Duplicate { what, field } => format!(
                "een ander(e) {} heeft hetzelfde gegeven ({}); zoek die op voor u een tweede maakt",
                nl(what),
                nl(field)
            ),
            StoreError::KeyReused => {
                "deze sleutel is voor een ander verzoek gebruikt; neem een nieuwe sleutel voor een nieuw verzoek"
                    .to_string()
            }
            StoreError::Invalid { field, problem, help } => format!("`{field}` {}; {}", nl(problem), nl(help)),
            StoreError::Refused => "inloggen geweigerd; controleer naam, wachtwoord en code".to_string(),
            StoreError::Locked { until } => {
                format!("dit account is vergrendeld tot {until}; wacht, of vraag een beheerder")
            }
            StoreError::CodeNeeded => "de code van de tweede factor is nodig".to_string(),
            StoreError::Expired { what } => {
                format!("de {} is verlopen; log opnieuw in of vraag een nieuwe link", nl(what))
            }
            StoreError::BadAddress => "`--database` is geen bruikbaar adres; schrijf `sqlite:dossier.db` of \
                                       `postgres://gebruiker@host/naam`"
                .to_string(),
            StoreError::TooNew { found, known } => format!(
                "de database is geschreven door een latere versie van het programma (migratie {found}, bekend tot {known}); gebruik die versie"
            ),
            StoreError::Backup(why) => format!("de reservekopie kan niet worden teruggezet: {}", nl(why)),
            StoreError::Corrupt(what) => format!(
                "in de database staat iets onverwachts in `{what}`; draai `netwijzer verify-audit` en zet een reservekopie terug als dat faalt"
            ),
            StoreError::File(cause) => format!("een bestand kan niet worden gebruikt ({cause})"),
            StoreError::Database(cause) => {
                format!("de database faalde ({cause}); van dit verzoek is niets bewaard")
            }
            StoreError::Closed => "het dossier is gesloten; start het programma opnieuw".to_string(),
            StoreError::Fault => {
                "het programma faalde binnen het dossier; van dit verzoek is niets bewaard".to_string()
            }
        };
        Text::new(self.to_string(), dutch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literals in calls of `invalid(…)`, `Backup(…)` and `what: …` all over the crate.
    fn written() -> Vec<String> {
        const SOURCES: &[&str] = &[
            include_str!("account.rs"),
            include_str!("audit/chain.rs"),
            include_str!("backup.rs"),
            include_str!("body.rs"),
            include_str!("context.rs"),
            include_str!("fact.rs"),
            include_str!("ids.rs"),
            include_str!("meeting.rs"),
            include_str!("merge.rs"),
            include_str!("objection.rs"),
            include_str!("patient.rs"),
            include_str!("session.rs"),
            include_str!("setting.rs"),
            include_str!("store.rs"),
        ];
        let mut found = Vec::new();
        for source in SOURCES {
            let joined = source.replace('\n', " ");
            for call in joined.split("StoreError::invalid(").skip(1) {
                // The field stays as it is: it is the name that a program or a form uses.
                let literals: Vec<&str> = call.split('"').collect();
                let named = call.trim_start().starts_with('"');
                let places = if named { [3, 5] } else { [1, 3] };
                found.extend(places.iter().map(|at| literals[*at].to_string()));
            }
            let markers = [
                "Backup(\"",
                "NotFound { what: \"",
                "Expired { what: \"",
                "StaleVersion { what: \"",
                "Duplicate { what: \"",
                "\", field: \"",
                "const KIND: &'static str = \"",
            ];
            for marker in markers {
                found.extend(
                    joined.split(marker).skip(1).filter_map(|c| c.split('"').next()).map(str::to_string),
                );
            }
        }
        found
    }

    #[test]
    fn every_text_has_a_dutch_twin() {
        let written = written();
        assert!(written.len() > 60, "{}", written.len());
        for text in written {
            assert!(DUTCH.iter().any(|(en, _)| *en == text), "no Dutch twin for `{text}`");
        }
    }
}

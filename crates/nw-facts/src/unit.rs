//! The closed table of units that occur in the care of neuroendocrine tumours.
//!
//! An unknown unit is an error, never a guess. Units of one dimension convert exactly; mass to substance amount only
//! through a factor that the vocabulary states for one fact (a molar mass).

use crate::Decimal;
use crate::vocabulary::FactDef;

/// Why a unit was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitFault {
    /// Nobody here knows this unit.
    Unknown,
    /// A real unit, but of something else (`mm` for a percentage).
    WrongDimension,
}

/// A unit of the table: canonical spelling, dimension and factor to the base unit of the dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Canonical spelling, also for display.
    pub symbol: &'static str,
    /// Units of the same dimension convert into each other.
    pub dimension: &'static str,
    /// One of this unit is `mantissa × 10^-scale` base units.
    mantissa: i64,
    scale: u32,
}

const fn unit(symbol: &'static str, dimension: &'static str, mantissa: i64, scale: u32) -> Unit {
    Unit { symbol, dimension, mantissa, scale }
}

const UNITS: &[Unit] = &[
    unit("%", "share", 1, 0),
    unit("mm", "length", 1, 0),
    unit("cm", "length", 10, 0),
    unit("m", "length", 1000, 0),
    unit("um", "length", 1, 3),
    unit("mm2", "area", 1, 0),
    unit("cm2", "area", 100, 0),
    unit("um2", "area", 1, 6),
    unit("/2mm2", "count per area", 1, 0),
    unit("/mm2", "count per area", 2, 0),
    unit("/10mm2", "count per area", 2, 1),
    unit("xULN", "times upper limit", 1, 0),
    unit("ng/L", "mass concentration", 1, 0),
    unit("pg/mL", "mass concentration", 1, 0),
    unit("ng/dL", "mass concentration", 10, 0),
    unit("ug/L", "mass concentration", 1_000, 0),
    unit("ng/mL", "mass concentration", 1_000, 0),
    unit("ug/dL", "mass concentration", 10_000, 0),
    unit("mg/L", "mass concentration", 1_000_000, 0),
    unit("ug/mL", "mass concentration", 1_000_000, 0),
    unit("mg/dL", "mass concentration", 10_000_000, 0),
    unit("g/L", "mass concentration", 1_000_000_000, 0),
    unit("g/dL", "mass concentration", 10_000_000_000, 0),
    unit("pmol/L", "substance concentration", 1, 0),
    unit("nmol/L", "substance concentration", 1_000, 0),
    unit("umol/L", "substance concentration", 1_000_000, 0),
    unit("mmol/L", "substance concentration", 1_000_000_000, 0),
    unit("mU/L", "unit concentration", 1, 0),
    unit("uU/mL", "unit concentration", 1, 0),
    unit("mIU/L", "unit concentration", 1, 0),
    unit("U/L", "unit concentration", 1_000, 0),
    unit("IU/L", "unit concentration", 1_000, 0),
    unit("umol/24h", "substance per day", 1, 0),
    unit("nmol/24h", "substance per day", 1, 3),
    unit("mmol/24h", "substance per day", 1_000, 0),
    unit("mg/24h", "mass per day", 1, 0),
    unit("ug/24h", "mass per day", 1, 3),
    unit("g/24h", "mass per day", 1_000, 0),
    unit("mL/24h", "volume per day", 1, 0),
    unit("L/24h", "volume per day", 1_000, 0),
    unit("umol/mmol", "creatinine ratio", 1, 0),
    unit("mmol/mol", "creatinine ratio", 1, 0),
    unit("mg/g", "mass ratio", 1, 0),
    unit("ug/g", "mass ratio", 1, 3),
    unit("mOsm/kg", "osmolality", 1, 0),
    unit("mmol/h", "acid output", 1, 0),
    unit("mEq/h", "acid output", 1, 0),
    unit("mL/min", "volume per minute", 1, 0),
    unit("mL/min/1.73m2", "filtration rate", 1, 0),
    unit("10*9/L", "cell count", 1, 0),
    unit("10*12/L", "cell count", 1_000, 0),
    unit("G/L", "cell count", 1, 0),
    unit("T/L", "cell count", 1_000, 0),
    unit("/nL", "cell count", 1, 0),
    unit("/uL", "cell count", 1, 3),
    unit("d", "days", 1, 0),
    unit("wk", "days", 7, 0),
    unit("mo", "months", 1, 0),
    unit("a", "months", 12, 0),
    unit("min", "minutes", 1, 0),
    unit("h", "minutes", 60, 0),
    unit("mg", "mass", 1, 0),
    unit("ug", "mass", 1, 3),
    unit("g", "mass", 1_000, 0),
    unit("kg", "mass", 1_000_000, 0),
    unit("mL", "volume", 1, 0),
    unit("L", "volume", 1_000, 0),
    unit("mg/m2", "mass per surface", 1, 0),
    unit("kg/m2", "body mass index", 1, 0),
    unit("MBq", "activity", 1, 0),
    unit("GBq", "activity", 1_000, 0),
    unit("mmHg", "pressure", 1, 0),
    unit("Cel", "temperature", 1, 0),
    unit("ms", "duration", 1, 0),
];

/// Other spellings of the same unit, already folded by [`fold`].
const SPELLINGS: &[(&str, &str)] = &[
    ("percent", "%"),
    ("procent", "%"),
    ("millimeter", "mm"),
    ("centimeter", "cm"),
    ("per2mm2", "/2mm2"),
    ("permm2", "/mm2"),
    ("per10mm2", "/10mm2"),
    ("uln", "xULN"),
    ("*uln", "xULN"),
    ("timesuln", "xULN"),
    ("xbovengrens", "xULN"),
    ("umol/d", "umol/24h"),
    ("umol/24u", "umol/24h"),
    ("umol/day", "umol/24h"),
    ("umol/dag", "umol/24h"),
    ("mg/d", "mg/24h"),
    ("mg/24u", "mg/24h"),
    ("mg/day", "mg/24h"),
    ("mg/dag", "mg/24h"),
    ("ml/d", "mL/24h"),
    ("ml/day", "mL/24h"),
    ("ml/dag", "mL/24h"),
    ("l/d", "L/24h"),
    ("l/day", "L/24h"),
    ("l/dag", "L/24h"),
    ("mu/l", "mU/L"),
    ("mie/l", "mIU/L"),
    ("mosmol/kg", "mOsm/kg"),
    ("dagen", "d"),
    ("dag", "d"),
    ("day", "d"),
    ("days", "d"),
    ("weken", "wk"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("maanden", "mo"),
    ("maand", "mo"),
    ("month", "mo"),
    ("months", "mo"),
    ("jaar", "a"),
    ("jr", "a"),
    ("jr.", "a"),
    ("y", "a"),
    ("yr", "a"),
    ("yrs", "a"),
    ("x10^9/l", "10*9/L"),
    ("x10e9/l", "10*9/L"),
    ("x10*9/l", "10*9/L"),
    ("*10^9/l", "10*9/L"),
    ("*10*9/l", "10*9/L"),
    ("10^9/l", "10*9/L"),
    ("10e9/l", "10*9/L"),
    ("x10^12/l", "10*12/L"),
    ("*10^12/l", "10*12/L"),
    ("10^12/l", "10*12/L"),
    ("x10^3/ul", "/nL"),
    ("*10^3/ul", "/nL"),
    ("10^3/ul", "/nL"),
    ("k/ul", "/nL"),
    ("/mm3", "/uL"),
    ("cells/ul", "/uL"),
    ("cellen/ul", "/uL"),
    ("year", "a"),
    ("years", "a"),
    ("uur", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("°c", "Cel"),
];

/// Folds what differs without meaning: spaces, micro signs, superscripts, `per`.
fn fold(text: &str) -> String {
    // A raised number is a power of ten, except the raised 2 of an area and the 3 of a volume.
    let text = text.replace('⁹', "^9").replace("¹²", "^12").replace("10³", "10^3").replace('³', "3");
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'µ' | 'μ' => 'u',
            '²' => '2',
            '×' | '·' => '*',
            '％' => '%',
            c => c,
        })
        .collect()
}

impl Unit {
    /// Finds a unit by any of its spellings. Case counts only where it must (`mL` and `ML` are the same to us).
    pub fn find(text: &str) -> Option<Unit> {
        let folded = fold(text);
        let by_symbol = |symbol: &str| UNITS.iter().find(|u| u.symbol == symbol);
        if let Some(found) = by_symbol(&folded) {
            return Some(*found);
        }
        let lower = folded.to_lowercase();
        let lower = lower.strip_prefix("*uln").map_or(lower.clone(), |rest| format!("xuln{rest}"));
        SPELLINGS
            .iter()
            .find(|(spelling, _)| *spelling == lower)
            .and_then(|(_, symbol)| by_symbol(symbol))
            .or_else(|| UNITS.iter().find(|u| u.symbol.to_lowercase() == lower))
            .copied()
    }

    /// All canonical symbols, for messages about a unit nobody knows.
    pub fn symbols() -> impl Iterator<Item = &'static str> {
        UNITS.iter().map(|u| u.symbol)
    }

    fn factor(&self) -> Decimal {
        Decimal::new(self.mantissa, self.scale)
    }

    /// The factor from `text` to the base unit of a fact, exact.
    ///
    /// # Units
    /// A unit that the vocabulary adds to this fact (`mg/24h` of 5-HIAA) comes first, then the closed table.
    ///
    /// # Errors
    /// [`UnitFault::Unknown`] or [`UnitFault::WrongDimension`].
    pub fn factor_to(text: &str, fact: &FactDef) -> Result<Decimal, UnitFault> {
        let base = fact.unit.as_deref().unwrap_or("");
        let folded = fold(text);
        if folded == fold(base) {
            return Ok(Decimal::ONE);
        }
        for (symbol, factor) in &fact.units {
            if folded.eq_ignore_ascii_case(&fold(symbol)) {
                return Ok(*factor);
            }
            // A multiple of an added unit (`ug/24h` where `mg/24h` was added) goes through the table first.
            if let (Some(given), Some(added)) = (Unit::find(text), Unit::find(symbol))
                && given.dimension == added.dimension
            {
                return Ok((given.factor() / added.factor() * factor).normalize());
            }
        }
        let given = Unit::find(text).ok_or(UnitFault::Unknown)?;
        let base = Unit::find(base).ok_or(UnitFault::WrongDimension)?;
        if given.dimension != base.dimension {
            return Err(UnitFault::WrongDimension);
        }
        Ok((given.factor() / base.factor()).normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        for (text, symbol) in [
            ("cm", "cm"),
            ("MM", "mm"),
            ("µmol/24 h", "umol/24h"),
            ("/2 mm²", "/2mm2"),
            ("per mm2", "/mm2"),
            ("× ULN", "xULN"),
            ("x ULN", "xULN"),
            ("mg/dag", "mg/24h"),
            ("pg/ml", "pg/mL"),
            ("x10^9/L", "10*9/L"),
            ("× 10⁹/L", "10*9/L"),
            ("10E9/l", "10*9/L"),
            ("G/L", "G/L"),
            ("g/L", "g/L"),
            ("/µL", "/uL"),
            ("x 10³/µL", "/nL"),
            ("jr", "a"),
        ] {
            assert_eq!(Unit::find(text).map(|u| u.symbol), Some(symbol), "{text}");
        }
        assert_eq!(Unit::find("furlong"), None);
    }

    #[test]
    fn every_symbol_is_found_as_itself() {
        for symbol in Unit::symbols() {
            assert_eq!(Unit::find(symbol).map(|u| u.symbol), Some(symbol));
        }
    }
}

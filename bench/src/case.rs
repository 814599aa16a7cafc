//! One case of workload W1 and its five outcomes.
//!
//! Numbers are integers of one tenth: the generator draws values with at most one decimal,
//! and a cut point at 20.0 must not depend on the nearest binary fraction of 20.1.

use std::fmt;

/// The eight typed inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Ki-67 index in tenths of a percent.
    pub ki67_tenths: u16,
    /// Mitoses per 2 mm², in tenths.
    pub mitoses_tenths: u16,
    /// How well the tumour is differentiated.
    pub differentiation: Differentiation,
    /// Largest diameter in tenths of a millimetre.
    pub size_tenths_mm: u16,
    /// The farthest structure the tumour grows into.
    pub invasion: Invasion,
    /// Regional lymph nodes with tumour.
    pub nodes_positive: u16,
    /// Metastasis in the liver.
    pub liver: bool,
    /// Metastasis outside the liver.
    pub extrahepatic: bool,
}

/// Differentiation, coded as in the case file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differentiation {
    /// Code 0.
    Well,
    /// Code 1.
    Poor,
}

/// Invasion, coded as in the case file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invasion {
    /// Code 0.
    Limited,
    /// Code 1.
    Duodenum,
    /// Code 2.
    BileDuct,
    /// Code 3.
    AdjacentOrgan,
    /// Code 4.
    LargeVessel,
}

impl Differentiation {
    /// Every value, in code order.
    pub const ALL: [Self; 2] = [Self::Well, Self::Poor];

    /// The value id that all models of the workload use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Poor => "poor",
        }
    }
}

impl Invasion {
    /// Every value, in code order.
    pub const ALL: [Self; 5] =
        [Self::Limited, Self::Duodenum, Self::BileDuct, Self::AdjacentOrgan, Self::LargeVessel];

    /// The value id that all models of the workload use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Duodenum => "duodenum",
            Self::BileDuct => "bile-duct",
            Self::AdjacentOrgan => "adjacent-organ",
            Self::LargeVessel => "large-vessel",
        }
    }
}

impl Case {
    /// Ki-67 in percent, for engines that compute with binary fractions.
    pub fn ki67(&self) -> f64 {
        f64::from(self.ki67_tenths) / 10.0
    }

    /// Mitoses per 2 mm², for engines that compute with binary fractions.
    pub fn mitoses(&self) -> f64 {
        f64::from(self.mitoses_tenths) / 10.0
    }

    /// Size in mm, for engines that compute with binary fractions.
    pub fn size_mm(&self) -> f64 {
        f64::from(self.size_tenths_mm) / 10.0
    }
}

/// One of the five outputs, in the order of the published hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Grade.
    Grade,
    /// T category.
    T,
    /// N category.
    N,
    /// M category.
    M,
    /// Stage group.
    Stage,
}

impl Output {
    /// Every output, in the order of the published hash.
    pub const ALL: [Self; 5] = [Self::Grade, Self::T, Self::N, Self::M, Self::Stage];

    /// The name that the models of the peers use.
    pub fn key(self) -> &'static str {
        match self {
            Self::Grade => "grade",
            Self::T => "t",
            Self::N => "n",
            Self::M => "m",
            Self::Stage => "stage",
        }
    }

    /// The values in code order.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            Self::Grade => &["G1", "G2", "G3", "NEC"],
            Self::T => &["T1", "T2", "T3", "T4"],
            Self::N => &["N0", "N1"],
            Self::M => &["M0", "M1a", "M1b", "M1c"],
            Self::Stage => &["I", "II", "III", "IV"],
        }
    }

    /// The code of a value that an engine answered.
    pub fn code(self, value: &str) -> Option<u8> {
        (0_u8..).zip(self.values()).find(|(_, known)| **known == value).map(|(code, _)| code)
    }
}

/// The five outcomes of one case, as codes in the order of [`Output::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(pub [u8; 5]);

impl Outcome {
    /// The code of one output.
    pub fn code(&self, output: Output) -> u8 {
        self.0[output as usize]
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, output) in Output::ALL.into_iter().enumerate() {
            let separator = if position == 0 { "" } else { " " };
            let value = output.values().get(usize::from(self.code(output))).copied().unwrap_or("?");
            write!(f, "{separator}{value}")?;
        }
        Ok(())
    }
}

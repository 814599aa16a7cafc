//! Chance that is the same on every machine: one stream of numbers, and functions computed in software.

use rand_chacha::ChaCha12Rng;
use rand_core::{RngCore as _, SeedableRng as _};

/// A stream of numbers between zero and one, fixed by a start number and the number of a block.
pub(crate) struct Chance(ChaCha12Rng);

impl Chance {
    /// Blocks have streams of their own, so that they can be drawn side by side and in any order.
    pub(crate) fn new(seed: u64, block: u64) -> Chance {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        rng.set_stream(block);
        Chance(rng)
    }

    /// Above zero and below one, in steps of 2⁻⁵³.
    pub(crate) fn share(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// The share of a normal distribution below a number of standard deviations.
pub(crate) fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The number of standard deviations below which a share lies: Wichura's algorithm AS 241, good to 16 digits.
pub(crate) fn normal_at(share: f64) -> f64 {
    let q = share - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(r, &CENTRE_OVER, &CENTRE_UNDER);
    }
    let tail = if q < 0.0 { share } else { 1.0 - share };
    let r = libm::sqrt(-libm::log(tail));
    let z = if r <= 5.0 {
        ratio(r - 1.6, &MIDDLE_OVER, &MIDDLE_UNDER)
    } else {
        ratio(r - 5.0, &FAR_OVER, &FAR_UNDER)
    };
    if q < 0.0 { -z } else { z }
}

fn ratio(r: f64, over: &[f64; 8], under: &[f64; 8]) -> f64 {
    let value = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * r + term);
    value(over) / value(under)
}

const CENTRE_OVER: [f64; 8] = [
    3.387_132_872_796_366_6,
    133.141_667_891_784_38,
    1_971.590_950_306_551_4,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_UNDER: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const MIDDLE_OVER: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const MIDDLE_UNDER: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_OVER: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_UNDER: [f64; 8] = [
    1.0,
    0.599_832_206_555_887_9,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_quantile_undoes_the_share_below() {
        for at in [1e-12, 1e-6, 0.01, 0.075, 0.2, 0.5, 0.75, 0.925, 0.999, 1.0 - 1e-9] {
            let back = normal_below(normal_at(at));
            assert!((back - at).abs() <= 1e-13 + at * 1e-10, "{at}: {back}");
        }
        // Table value of the 97.5th percentile.
        assert!((normal_at(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
    }

    #[test]
    fn a_stream_is_fixed_by_its_numbers() {
        let first = |seed, block| {
            let mut chance = Chance::new(seed, block);
            [chance.share(), chance.share()].map(f64::to_bits)
        };
        assert_eq!(first(7, 0), first(7, 0));
        assert_ne!(first(7, 0), first(7, 1));
        assert_ne!(first(7, 0), first(8, 0));
        // These bits are the same on every machine, or cohorts with the same start number would differ.
        assert_eq!(first(7, 3), KNOWN);
    }

    const KNOWN: [u64; 2] = [4_592_142_125_024_223_764, 4_606_519_543_672_841_848];
}

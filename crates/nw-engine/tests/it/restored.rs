//! A guideline that was written down and read again gives the same answers, and damaged bytes are refused.

use nw_engine::{Detail, Engine, Options, Sets, case_facts};
use nw_facts::FactSet;
use nw_guideline::{CompiledGuideline, SourceSet, compile_with, restore};

use crate::agreement::{Dice, generated, knowledge, masks};

fn compiled(sources: &SourceSet) -> CompiledGuideline {
    compile_with(sources, "", "", false).guideline().clone()
}

#[test]
fn restored_guidelines_give_the_same_sets() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let guideline = compiled(&generated(&mut dice));
        let bytes = guideline.export();
        let restored = restore(&bytes).expect("what was exported can be restored");
        assert_eq!(restored.export(), bytes);
        assert_eq!(restored.digest, guideline.digest);
        let (mut one, mut other) = (Engine::new(&guideline), Engine::new(&restored));
        for _ in 0..20 {
            let masks = masks(&guideline, &mut dice);
            let (mut a, mut b) = (Sets::default(), Sets::default());
            one.sets(&masks, &mut a);
            other.sets(&masks, &mut b);
            assert_eq!(a, b);
        }
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = compiled(&generated(&mut Dice(3))).export();
    for length in 0..bytes.len() {
        assert!(restore(&bytes[..length]).is_none(), "cut at {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(restore(&longer).is_none());
    // Whatever stands in the bytes, reading them ends.
    let mut dice = Dice(4);
    for _ in 0..2_000 {
        let mut damaged = bytes.clone();
        let at = dice.next(damaged.len());
        damaged[at] ^= 1 << dice.next(8);
        restore(&damaged);
    }
}

/// Conventions, reasons, questions and due items read more of a guideline than sets do.
#[test]
fn the_shipped_guideline_says_the_same_once_restored() {
    let guideline = knowledge();
    let restored = restore(&guideline.export()).expect("what was exported can be restored");
    let (mut one, mut other) = (Engine::new(guideline), Engine::new(&restored));
    let mut compare = |facts: &FactSet, detail: Detail| {
        let options = Options { detail, ..Options::default() };
        let (a, b) = (one.conclude(facts, &options), other.conclude(facts, &options));
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
    };
    for case in guideline.cases.iter().step_by(211) {
        compare(&case_facts(guideline, case), Detail::Reasons);
    }
    for case in guideline.cases.iter().step_by(1_999) {
        compare(&case_facts(guideline, case), Detail::Full);
    }
}

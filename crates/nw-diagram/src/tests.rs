//! The theorem of the first page, against enumeration of every world of random diagrams.

use crate::{
    Diagrams, FALSE, NONE, NodeId, Op, Overlay, Scratch, Store, TRUE, essential, path_to, reach, settles,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

const CELLS: [u8; 5] = [2, 3, 4, 2, 3];

fn random_truth(store: &mut Store, dice: &mut Dice, depth: u32) -> NodeId {
    if depth == 0 {
        let var = dice.next(5) as u16;
        let mask = dice.next(1 << CELLS[var as usize]);
        return store.literal(var, mask);
    }
    let a = random_truth(store, dice, depth - 1);
    let b = random_truth(store, dice, depth - 1);
    match dice.next(3) {
        0 => store.apply(Op::And, a, b),
        1 => store.apply(Op::Or, a, b),
        _ => store.not(a),
    }
}

/// A diagram with outcomes 0 to 3, and sometimes impossible worlds.
fn random(store: &mut Store, dice: &mut Dice) -> NodeId {
    let mut root = NodeId::terminal(dice.next(4) as u16);
    for _ in 0..4 {
        let condition = random_truth(store, dice, 2);
        let says = if dice.next(6) == 0 { NONE } else { NodeId::terminal(dice.next(4) as u16) };
        root = store.choose(condition, says, root);
    }
    root
}

fn outcome(store: &impl Diagrams, mut node: NodeId, world: &[u8]) -> NodeId {
    while !node.is_terminal() {
        node = store.children(node)[world[store.var(node) as usize] as usize];
    }
    node
}

fn worlds(masks: &[u64]) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for (var, mask) in masks.iter().enumerate() {
        let cells: Vec<u8> = (0..CELLS[var]).filter(|c| mask >> c & 1 == 1).collect();
        all = all
            .into_iter()
            .flat_map(|w: Vec<u8>| {
                cells.iter().map(move |c| {
                    let mut next = w.clone();
                    next.push(*c);
                    next
                })
            })
            .collect();
    }
    all
}

fn random_masks(dice: &mut Dice) -> Vec<u64> {
    CELLS.iter().map(|c| 1 + dice.next((1 << c) - 1)).collect()
}

#[test]
fn reachable_means_possible() {
    let mut dice = Dice(1);
    let mut scratch = Scratch::default();
    for _ in 0..400 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random(&mut store, &mut dice);
        let masks = random_masks(&mut dice);
        let mut expected: Vec<u16> = worlds(&masks)
            .iter()
            .map(|w| outcome(&store, root, w))
            .filter(|t| *t != NONE)
            .filter_map(NodeId::outcome)
            .collect();
        expected.sort_unstable();
        expected.dedup();
        let mut found = Vec::new();
        reach(&store, root, &masks, &mut scratch, |t| found.push(t));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, expected);
        for t in 0..4 {
            let path = path_to(&store, root, &masks, &|n| n == NodeId::terminal(t));
            assert_eq!(path.is_some(), expected.contains(&t));
        }
    }
}

#[test]
fn settling_and_essential_sets() {
    let mut dice = Dice(2);
    for _ in 0..150 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random(&mut store, &mut dice);
        let masks = random_masks(&mut dice);
        let possible: Vec<(Vec<u8>, NodeId)> = worlds(&masks)
            .into_iter()
            .map(|w| (outcome(&store, root, &w), w))
            .map(|(t, w)| (w, t))
            .filter(|(_, t)| *t != NONE)
            .collect();
        for asked in 0u16..32 {
            let agree = |a: &[u8], b: &[u8]| (0..5).all(|v| asked >> v & 1 == 0 || a[v] == b[v]);
            let expected = possible.iter().all(|(a, x)| possible.iter().all(|(b, y)| x == y || !agree(a, b)));
            assert_eq!(settles(&store, root, &masks, &|v| asked >> v & 1 == 1), expected);
        }
        let differ_only = |a: &[u8], b: &[u8], v: usize| (0..5).all(|u| (a[u] == b[u]) == (u != v));
        let expected: Vec<u16> = (0..5)
            .filter(|v| {
                possible.iter().any(|(a, x)| possible.iter().any(|(b, y)| x != y && differ_only(a, b, *v)))
            })
            .map(|v| v as u16)
            .collect();
        assert_eq!(essential(&store, root, &masks), expected);
    }
}

#[test]
fn an_overlay_is_the_conjunction() {
    let mut dice = Dice(3);
    for _ in 0..200 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random(&mut store, &mut dice);
        let condition = random_truth(&mut store, &mut dice, 3);
        let masks = random_masks(&mut dice);
        let mut overlay = Overlay::new(&store);
        let under = overlay.under(root, condition, &masks);
        for world in worlds(&masks) {
            let expected =
                if outcome(&store, condition, &world) == TRUE { outcome(&store, root, &world) } else { NONE };
            assert_eq!(outcome(&overlay, under, &world), expected);
        }
        let kept = overlay.kept_only(condition);
        for world in worlds(&masks) {
            let expected = if outcome(&store, condition, &world) == FALSE { NONE } else { TRUE };
            assert_eq!(outcome(&overlay, kept, &world), expected);
        }
    }
}

#[test]
fn the_limit_is_noticed() {
    let mut dice = Dice(4);
    let mut store = Store::new(CELLS.to_vec(), 3);
    random_truth(&mut store, &mut dice, 5);
    assert!(store.overflowed());
}

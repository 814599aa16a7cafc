//! The theorem of the first page, against enumeration of every world of random diagrams.

use crate::{
    Asked, Bundles, Diagrams, FALSE, Forced, Found, Kept, Memory, NONE, NodeId, Op, Overlay, Part,
    Projection, Registers, Scratch, Sliced, Store, TRUE, View, path_to, path_where, reach, turned,
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
    random_with(store, dice, 6)
}

/// A diagram with outcomes 0 to 3 in every world.
fn random_total(store: &mut Store, dice: &mut Dice) -> NodeId {
    random_with(store, dice, 0)
}

fn random_with(store: &mut Store, dice: &mut Dice, one_in: u64) -> NodeId {
    let mut root = NodeId::terminal(dice.next(4) as u16);
    for _ in 0..4 {
        let condition = random_truth(store, dice, 2);
        let impossible = one_in > 0 && dice.next(one_in) == 0;
        let says = if impossible { NONE } else { NodeId::terminal(dice.next(4) as u16) };
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

/// The worlds in which a condition holds, each with the outcome of a diagram.
fn possible(store: &Store, root: NodeId, condition: NodeId, masks: &[u64]) -> Vec<(Vec<u8>, NodeId)> {
    worlds(masks)
        .into_iter()
        .filter(|w| outcome(store, condition, w) == TRUE)
        .map(|w| (outcome(store, root, &w), w))
        .map(|(t, w)| (w, t))
        .filter(|(_, t)| *t != NONE)
        .collect()
}

/// Many roots and conditions under one knowledge, so that what one walk noted serves the next.
#[test]
fn a_remembering_walk_finds_what_enumeration_finds() {
    let mut dice = Dice(5);
    let mut memory = Memory::default();
    for _ in 0..60 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let roots: Vec<NodeId> = (0..4).map(|_| random_total(&mut store, &mut dice)).collect();
        let mut conditions: Vec<NodeId> = (0..3).map(|_| random_truth(&mut store, &mut dice, 3)).collect();
        conditions.extend([TRUE, FALSE]);
        for _ in 0..4 {
            let masks = random_masks(&mut dice);
            memory.forget();
            for root in &roots {
                for condition in &conditions {
                    let set =
                        |worlds: &[(Vec<u8>, NodeId)]| worlds.iter().fold(0, |s, (_, t)| s | 1u64 << t.0);
                    let expected = set(&possible(&store, *root, *condition, &masks));
                    assert_eq!(memory.outcomes_where(&store, *root, *condition, &masks, 0b1111), expected);
                    let mut rows = 0;
                    memory.each_where(&store, *root, *condition, &masks, |t| rows |= 1u64 << t);
                    assert_eq!(rows, expected);
                    assert_eq!(
                        memory.outcomes(&store, *root, &masks, 0b1111),
                        set(&possible(&store, *root, TRUE, &masks))
                    );
                    for t in 0..4u16 {
                        let path = path_where(&store, *root, *condition, &masks, t);
                        assert_eq!(path.is_some(), expected >> t & 1 == 1);
                        let Some(path) = path else { continue };
                        let mut narrow = masks.clone();
                        path.iter().for_each(|(var, cell)| narrow[*var as usize] = 1 << cell);
                        let below = possible(&store, *root, *condition, &narrow);
                        assert!(below.len() == worlds(&narrow).len() && set(&below) == 1 << t);
                    }
                }
            }
        }
    }
}

/// Knowledge is taken away variable by variable; what is still forced must be what enumeration says.
#[test]
fn what_is_forced_stays_forced_until_a_needed_variable_is_freed() {
    let mut dice = Dice(6);
    let mut freed = 0;
    for _ in 0..400 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random(&mut store, &mut dice);
        let condition = random_truth(&mut store, &mut dice, 3);
        let mut masks: Vec<u64> = CELLS.iter().map(|c| 1 << dice.next(u64::from(*c))).collect();
        let start = possible(&store, root, condition, &masks);
        let [(_, wanted)] = start.as_slice() else { continue };
        let mut forced = Forced::new(CELLS.len(), wanted.0 as u16);
        assert!(forced.holds(&store, root, condition, &masks));
        let mut order: Vec<u16> = (0..5).collect();
        order.sort_by_key(|_| dice.next(100));
        for var in order {
            let before = std::mem::replace(&mut masks[var as usize], (1 << CELLS[var as usize]) - 1);
            let expected = possible(&store, root, condition, &masks).iter().all(|(_, t)| t == wanted);
            let found = forced.holds_without(&[var], &store, root, condition, &masks);
            assert_eq!(found, expected);
            if !found {
                masks[var as usize] = before;
            }
            freed += usize::from(found);
        }
    }
    assert!(freed > 300, "only {freed} variables were freed");
}

#[test]
fn settling_and_essential_sets() {
    let mut dice = Dice(2);
    for round in 0..150 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random(&mut store, &mut dice);
        let condition = if round % 3 == 0 { TRUE } else { random_truth(&mut store, &mut dice, 2) };
        let masks = random_masks(&mut dice);
        let possible = possible(&store, root, condition, &masks);
        let part = Part::new(&store, root, condition, &masks, 1_000).expect("small");
        for asked in 0u16..32 {
            let agree = |a: &[u8], b: &[u8]| (0..5).all(|v| asked >> v & 1 == 0 || a[v] == b[v]);
            let expected = possible.iter().all(|(a, x)| possible.iter().all(|(b, y)| x == y || !agree(a, b)));
            let apart = part.unsettled(&|v| asked >> v & 1 == 1);
            assert_eq!(apart.is_none(), expected);
            // The difference found is one that two possible worlds have.
            if let Some(apart) = apart {
                assert!(apart.iter().all(|v| asked >> v & 1 == 0));
                let differ_there =
                    |a: &[u8], b: &[u8]| (0..5).all(|v| (a[v] != b[v]) == apart.contains(&(v as u16)));
                assert!(
                    possible.iter().any(|(a, x)| possible.iter().any(|(b, y)| x != y && differ_there(a, b)))
                );
            }
        }
        let differ_only = |a: &[u8], b: &[u8], v: usize| (0..5).all(|u| (a[u] == b[u]) == (u != v));
        let expected: Vec<u16> = (0..5)
            .filter(|v| {
                possible.iter().any(|(a, x)| possible.iter().any(|(b, y)| x != y && differ_only(a, b, *v)))
            })
            .map(|v| v as u16)
            .collect();
        assert_eq!(part.essential(), expected);
        for t in 0..4u16 {
            let path = part.path_to(t);
            assert_eq!(path.is_some(), possible.iter().any(|(_, x)| *x == NodeId::terminal(t)));
            let Some(path) = path else { continue };
            let fits = |w: &[u8]| path.iter().all(|(var, cell)| w[*var as usize] == *cell);
            let below: Vec<_> = worlds(&masks).into_iter().filter(|w| fits(w)).collect();
            assert!(
                !below.is_empty()
                    && below.iter().all(|w| possible.contains(&(w.clone(), NodeId::terminal(t))))
            );
        }
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

/// Turns the masks of rows into bitmaps, as the columns of a table would.
fn planes(cells: &[u8], rows: &[Vec<u64>]) -> Vec<[u64; 2]> {
    let mut all = Vec::new();
    for (var, count) in cells.iter().enumerate() {
        for cell in 0..*count {
            let mut plane = [0; 2];
            for (row, masks) in rows.iter().enumerate() {
                plane[row / 64] |= (masks[var] >> cell & 1) << (row % 64);
            }
            all.push(plane);
        }
    }
    all
}

#[test]
fn masks_become_bitmaps() {
    let mut dice = Dice(9);
    for rows in [0, 1, 7, 8, 63, 64, 65, 100, 128] {
        for cells in [1usize, 2, 8, 9, 17, 64] {
            let alike = dice.next(4) == 0;
            let full = if cells == 64 { u64::MAX } else { (1 << cells) - 1 };
            let mask =
                |dice: &mut Dice| (dice.next(1 << 31) << 33 | dice.next(1 << 31) << 2 | dice.next(4)) & full;
            let first = mask(&mut dice);
            let masks: Vec<u64> = (0..rows).map(|_| if alike { first } else { mask(&mut dice) }).collect();
            let mut found = vec![[u64::MAX; 2]; cells];
            turned(&masks, &mut found);
            for (cell, plane) in found.iter().enumerate() {
                for row in 0..128 {
                    let expected = masks.get(row).is_some_and(|m| m >> cell & 1 == 1);
                    assert_eq!(
                        plane[row / 64] >> (row % 64) & 1 == 1,
                        expected,
                        "{rows} rows, {cells} cells"
                    );
                }
            }
        }
    }
}

#[test]
fn many_rows_at_once_find_what_a_walk_finds() {
    let mut dice = Dice(7);
    let (mut scratch, mut memory) = (Scratch::default(), Registers::default());
    for _ in 0..300 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let mut roots: Vec<NodeId> = (0..6).map(|_| random_truth(&mut store, &mut dice, 3)).collect();
        roots.extend([TRUE, FALSE, roots[0]]);
        let rows: Vec<Vec<u64>> = (0..128).map(|_| random_masks(&mut dice)).collect();
        let sliced = Sliced::new(&store, &CELLS, &roots);
        assert_eq!(sliced.roots(), roots.len());
        sliced.run::<2>(&planes(&CELLS, &rows), &mut memory);
        for (at, root) in roots.iter().enumerate() {
            let found = sliced.root(at, &memory);
            for (row, masks) in rows.iter().enumerate() {
                let mut may = false;
                reach(&store, *root, masks, &mut scratch, |t| may |= t == 1);
                assert_eq!(found[row / 64] >> (row % 64) & 1 == 1, may);
            }
        }
    }
}

/// Some variables are hidden, one may stay unsaid and frees a condition: compared with enumeration of every world.
#[test]
fn what_is_hidden_may_be_anything_that_keeps_the_conditions() {
    let mut dice = Dice(8);
    let mut memory = Registers::default();
    let (mut freed, mut stopped) = (0, 0);
    for round in 0..200 {
        let mut store = Store::new(CELLS.to_vec(), 100_000);
        let root = random_total(&mut store, &mut dice);
        let always = random_truth(&mut store, &mut dice, 2);
        let report = random_truth(&mut store, &mut dice, 3);
        let reported = dice.next(5) as usize;
        let hidden: Vec<Option<u64>> = (0..5)
            .map(|var| (var != reported && dice.next(2) == 0).then(|| 1 + dice.next((1 << CELLS[var]) - 1)))
            .collect();
        let views = hidden.iter().enumerate().map(|(var, hidden)| match hidden {
            Some(mask) => View::Hidden(*mask),
            None => View::Shown { cells: CELLS[var], absent: var == reported },
        });
        let mut projection = Projection::new(views.collect());
        let conditions =
            [Kept { node: always, said: None }, Kept { node: report, said: Some(reported as u16) }];
        if round % 10 == 0 {
            stopped +=
                usize::from(projection.some(&store, root, NodeId::terminal(0), &conditions, 1).is_none());
        }
        let made: Vec<NodeId> = (0..4)
            .map(|t| projection.some(&store, root, NodeId::terminal(t), &conditions, 100_000).expect("small"))
            .collect();
        let cells = projection.cells();
        // What rows know: the reported variable may be unsaid, which is one more cell and no other.
        let full = |var: usize| (1u64 << CELLS[var]) - 1;
        let rows: Vec<Vec<u64>> = (0..64).map(|_| random_masks(&mut dice)).collect();
        let seen: Vec<Vec<u64>> = rows
            .iter()
            .map(|masks| {
                let of = |(var, mask): (usize, &u64)| match hidden[var] {
                    Some(_) => 0,
                    None if var == reported && *mask == full(var) => 1 << CELLS[var],
                    None => *mask,
                };
                masks.iter().enumerate().map(of).collect()
            })
            .collect();
        let sliced = Sliced::new(projection.store(), &cells, &made);
        sliced.run::<2>(&planes(&cells, &seen), &mut memory);
        for (row, masks) in rows.iter().enumerate() {
            let unsaid = masks[reported] == full(reported);
            freed += usize::from(unsaid);
            let knows: Vec<u64> = masks.iter().zip(&hidden).map(|(m, h)| h.unwrap_or(*m)).collect();
            for t in 0..4u16 {
                let expected = worlds(&knows).iter().any(|w| {
                    outcome(&store, always, w) == TRUE
                        && (unsaid || outcome(&store, report, w) == TRUE)
                        && outcome(&store, root, w) == NodeId::terminal(t)
                });
                let found = sliced.root(usize::from(t), &memory)[row / 64] >> (row % 64) & 1 == 1;
                assert_eq!(found, expected, "round {round}, row {row}, outcome {t}");
            }
        }
    }
    assert!(freed > 1000 && stopped > 5, "{freed} rows said nothing, {stopped} were too large");
}

/// Every bundle tells of every diagram in it what enumeration tells, under one condition for all.
#[test]
fn bundles_tell_what_each_diagram_tells() {
    let mut dice = Dice(20_261_123);
    let mut together = 0;
    for round in 0..150 {
        let mut store = Store::new(CELLS.to_vec(), 1 << 20);
        let kept = if round % 3 == 0 { TRUE } else { random_truth(&mut store, &mut dice, 2) };
        let asked: Vec<Asked> = (0..24)
            .filter_map(|at| {
                let all_outcomes = at % 3 == 0;
                let root = if all_outcomes {
                    random_total(&mut store, &mut dice)
                } else {
                    random_truth(&mut store, &mut dice, 3)
                };
                let root = store.choose(kept, root, NONE);
                let bits = if all_outcomes { 4 } else { 1 };
                (!root.is_terminal()).then_some(Asked { root, bits, all_outcomes })
            })
            .collect();
        let bundles = Bundles::new(&store, &asked);
        together += asked.len() - bundles.all.len();
        let mut places: Vec<u32> = bundles.all.iter().flat_map(|b| &b.places).map(|p| p.root).collect();
        places.sort_unstable();
        assert!(places.iter().copied().eq(0..asked.len() as u32), "each diagram is in one bundle");
        let mut found = Found::default();
        for _ in 0..20 {
            let masks: Vec<u64> = CELLS.iter().map(|cells| 1 + dice.next((1 << cells) - 1)).collect();
            let worlds: Vec<Vec<u8>> =
                worlds(&masks).into_iter().filter(|w| outcome(&store, kept, w) == TRUE).collect();
            if worlds.is_empty() {
                continue;
            }
            found.forget();
            for bundle in &bundles.all {
                let (some, every) = found.read(&bundles, bundle, &masks);
                for place in &bundle.places {
                    let asked = asked[place.root as usize];
                    let bits = |world: &Vec<u8>| match outcome(&store, asked.root, world).outcome() {
                        Some(outcome) if asked.all_outcomes => 1u32 << outcome,
                        found => u32::from(found == Some(1)),
                    };
                    let (any, all) =
                        worlds.iter().map(bits).fold((0, u32::MAX), |(any, all), b| (any | b, all & b));
                    let its = |set: u32| set >> place.shift & ((1 << asked.bits) - 1);
                    assert_eq!((its(some), its(every)), (any, all), "round {round}");
                }
            }
        }
    }
    assert!(together > 500, "diagrams over five variables share enough to be bundled: {together}");
}

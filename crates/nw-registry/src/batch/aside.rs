//! Rows that contradict themselves: what cannot be true together is set aside, and the rest is answered like other rows.
//!
//! The engine finds the facts that contradict each other, row by row. What is then left of a row is a row that allows a
//! world, so that the diagrams of its primary site answer it together with others. A conclusion that stays open and reads
//! something that was set aside is a conflict.

use nw_engine::BLOCK;
use nw_facts::FactSet;

use super::evaluate::{Rows, Worker, rows_of};
use super::gauge::first;
use super::road::{Lane, NOBODY, Road, Stretch};
use super::said::Said;

/// What is left of a row.
struct Left {
    /// Its place among the rows that contradict themselves.
    at: usize,
    masks: Vec<u64>,
    aside: Vec<u16>,
}

impl<'g> Worker<'_, 'g> {
    /// Answers these rows, which contradict themselves.
    pub(super) fn set_aside(
        &mut self,
        road: &Road<'g>,
        rows: &Rows<'_>,
        against: &[usize],
        said: &mut [Said],
    ) {
        if against.is_empty() {
            return;
        }
        let chosen = rows.only(against);
        let rows = chosen.rows(against.len());
        let Some(mut list) = self.grounded(road, &rows) else {
            let every = |from: usize| first((rows.count - from).min(BLOCK));
            let all: Vec<Lane> = (0..rows.count).step_by(BLOCK).map(every).collect();
            return self.leave(&rows, &vec![all; said.len()], &|row| against[row], said);
        };
        let known = road.sorted_by().map(usize::from);
        let mask = |left: &Left| known.map_or(0, |var| left.masks[var]);
        list.sort_by_key(|left| (mask(left), left.at));
        let hidden: Vec<(usize, u64)> = self
            .engine
            .blank()
            .know(&FactSet::new(), &[], &[])
            .masks
            .into_iter()
            .enumerate()
            .filter(|(var, _)| !road.sees(*var as u16))
            .collect();
        let mut from = 0;
        while from < list.len() {
            let mask_now = mask(&list[from]);
            let same = list[from..].iter().take(BLOCK).take_while(|left| mask(left) == mask_now).count();
            let block = &list[from..from + same];
            let stretch = Stretch { from: 0, to: same, mask: mask_now };
            self.block_aside((road, stretch), &rows, (block, &hidden), (against, said));
            from += same;
        }
    }

    /// What of each row can be true together; nothing when it cannot be told which rows allow a world.
    fn grounded(&mut self, road: &Road<'g>, rows: &Rows<'_>) -> Option<Vec<Left>> {
        let engine = &mut self.engine;
        let mut possible = self.possible.get_or_insert_with(|| road.possible(engine)).take()?;
        let columns = self.plan.columns.len();
        let mut list = Vec::with_capacity(rows.count);
        for at in 0..rows.count {
            let facts = self.facts((0..columns).map(|column| (column, rows.exact(column)[at])));
            let (masks, aside) = self.engine.ground_row(&facts, &mut possible);
            list.push(Left { at, masks, aside });
        }
        self.possible = Some(Some(possible));
        Some(list)
    }

    /// Answers at most a block of them, all of which know the same of the variable by which rows are sorted.
    fn block_aside(
        &mut self,
        (road, stretch): (&Road<'g>, Stretch),
        rows: &Rows<'_>,
        (block, hidden): (&[Left], &[(usize, u64)]),
        (against, said): (&[usize], &mut [Said]),
    ) {
        let mut sure = NOBODY;
        let mut aside: Vec<(u16, Lane)> = Vec::new();
        for (row, left) in block.iter().enumerate() {
            let bit = 1 << (row % 64);
            // What is presumed of everybody may have been set aside, which these diagrams cannot know.
            if hidden.iter().all(|(var, mask)| left.masks[*var] == *mask) {
                sure[row / 64] |= bit;
            }
            for var in &left.aside {
                match aside.iter_mut().find(|(v, _)| v == var) {
                    Some((_, lane)) => lane[row / 64] |= bit,
                    None => {
                        let mut lane = NOBODY;
                        lane[row / 64] |= bit;
                        aside.push((*var, lane));
                    }
                }
            }
        }
        let masks: Vec<&[u64]> = block.iter().map(|left| left.masks.as_slice()).collect();
        let of_unit = |row: usize| against[block[row].at];
        let lefts: Vec<Vec<Lane>> = match self.drive_aside(road, stretch, &masks, (&sure, &aside)) {
            Some(drawn) => {
                for (said, verdicts) in said.iter_mut().zip(&drawn.verdicts) {
                    for (number, lane) in verdicts {
                        rows_of(lane).for_each(|row| said.note(*number, of_unit(row)));
                    }
                }
                let all = |left: Lane| std::array::from_fn(|word| left[word] | drawn.against[word]);
                drawn.left.into_iter().map(|left| vec![all(left)]).collect()
            }
            None => vec![vec![first(block.len())]; said.len()],
        };
        let places: Vec<usize> = block.iter().map(|left| left.at).collect();
        let chosen = rows.only(&places);
        self.leave(&chosen.rows(block.len()), &lefts, &of_unit, said);
    }
}

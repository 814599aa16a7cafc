//! Which cells of a table of counts are hidden, so that a small count can neither be read nor worked out.
//!
//! A count from one up to the limit is hidden. That alone protects nothing while a total gives it away, so further
//! cells are hidden until no hidden count follows from what is shown. In a table with totals every line (row or column)
//! says that its cells add up to its total. Take lines as points and hidden cells as strokes between the two lines that
//! they stand in: a hidden cell follows from the others exactly when its stroke is a bridge. Lines without a total say
//! nothing and are one point together. The hidden cells of a line also add up to at least the limit, since few that
//! share little could be told one by one.

/// Counts with what is to be known of their totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Rows of counts, all as long.
    pub rows: Vec<Vec<u64>>,
    /// The sum of each row is shown, too.
    pub row_totals: bool,
    /// The sum of each column is shown, too.
    pub column_totals: bool,
}

/// What is shown: a count, or nothing where it is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The counts.
    pub rows: Vec<Vec<Option<u64>>>,
    /// Sums of rows; empty when they are not shown at all.
    pub row_totals: Vec<Option<u64>>,
    /// Sums of columns; empty when they are not shown at all.
    pub column_totals: Vec<Option<u64>>,
    /// The sum of everything, when both kinds of totals are shown.
    pub total: Option<u64>,
    /// How many cells are hidden, totals included.
    pub hidden: usize,
}

/// Hides what is smaller than the limit and whatever would give it away. Nothing at all is said by a zero.
pub fn hide(counts: &Counts, limit: u64) -> Shown {
    let width = counts.rows.first().map_or(0, Vec::len);
    assert!(counts.rows.iter().all(|r| r.len() == width), "every row has as many cells");
    let mut table = Extended::of(counts, width);
    table.small(limit);
    while let Some(cell) = table.given_away(limit) {
        table.hidden[cell] = true;
    }
    table.shown(counts, width)
}

/// The table with its totals as further cells.
struct Extended {
    cells: Vec<u64>,
    hidden: Vec<bool>,
    /// The two lines of each cell; zero is the point of all lines without a total.
    lines: Vec<(usize, usize)>,
    /// How many points there are.
    points: usize,
    width: usize,
}

impl Extended {
    fn of(counts: &Counts, width: usize) -> Extended {
        let height = counts.rows.len();
        let (tall, wide) =
            (height + usize::from(counts.column_totals), width + usize::from(counts.row_totals));
        let sum = |row: usize, column: usize| -> u64 {
            let rows = if row < height { row..row + 1 } else { 0..height };
            let columns = if column < width { column..column + 1 } else { 0..width };
            rows.map(|r| columns.clone().map(|c| counts.rows[r][c]).sum::<u64>()).sum()
        };
        let mut table = Extended {
            cells: Vec::new(),
            hidden: Vec::new(),
            lines: Vec::new(),
            points: 1 + tall + wide,
            width: wide,
        };
        for row in 0..tall {
            for column in 0..wide {
                table.cells.push(sum(row, column));
                table.hidden.push(false);
                let of_row = if counts.row_totals { 1 + row } else { 0 };
                let of_column = if counts.column_totals { 1 + tall + column } else { 0 };
                table.lines.push((of_row, of_column));
            }
        }
        table
    }

    fn small(&mut self, limit: u64) {
        for (cell, hidden) in self.cells.iter().zip(&mut self.hidden) {
            *hidden = *cell > 0 && *cell < limit;
        }
    }

    /// A cell that must be hidden, too; none when nothing is given away any more.
    fn given_away(&self, limit: u64) -> Option<usize> {
        let hidden = (0..self.cells.len()).filter(|c| self.hidden[*c]);
        for cell in hidden {
            let (from, to) = self.lines[cell];
            if from == to {
                continue;
            }
            let side = self.reached(from, cell);
            if !side[to] {
                // Everything that crosses between the two sides tells of this cell.
                let crosses = |c: &usize| side[self.lines[*c].0] != side[self.lines[*c].1];
                if let Some(next) = self.least(&crosses) {
                    return Some(next);
                }
            }
        }
        for line in 1..self.points {
            let own = |c: &usize| self.lines[*c].0 == line || self.lines[*c].1 == line;
            let hidden: Vec<usize> = (0..self.cells.len()).filter(|c| own(c) && self.hidden[*c]).collect();
            let sum: u64 = hidden.iter().map(|c| self.cells[*c]).sum();
            if !hidden.is_empty()
                && sum < limit
                && let Some(next) = self.least(&own)
            {
                return Some(next);
            }
        }
        None
    }

    /// The points that strokes lead to, one stroke left out.
    fn reached(&self, from: usize, without: usize) -> Vec<bool> {
        let mut reached = vec![false; self.points];
        reached[from] = true;
        let mut stack = vec![from];
        while let Some(point) = stack.pop() {
            for (cell, (a, b)) in self.lines.iter().enumerate() {
                if !self.hidden[cell] || cell == without || (*a != point && *b != point) {
                    continue;
                }
                let next = if *a == point { *b } else { *a };
                if !reached[next] {
                    reached[next] = true;
                    stack.push(next);
                }
            }
        }
        reached
    }

    /// The smallest shown count among some cells; zeros and totals last, since a zero protects little and a total costs
    /// much.
    fn least(&self, among: &dyn Fn(&usize) -> bool) -> Option<usize> {
        let shown = (0..self.cells.len()).filter(|c| !self.hidden[*c] && among(c));
        shown.min_by_key(|c| (self.cells[*c] == 0, self.cells[*c], *c))
    }

    fn shown(&self, counts: &Counts, width: usize) -> Shown {
        let height = counts.rows.len();
        let at = |row: usize, column: usize| {
            let cell = row * self.width + column;
            (!self.hidden[cell]).then(|| self.cells[cell])
        };
        let rows = (0..height).map(|r| (0..width).map(|c| at(r, c)).collect()).collect();
        let row_totals =
            if counts.row_totals { (0..height).map(|r| at(r, width)).collect() } else { Vec::new() };
        let column_totals =
            if counts.column_totals { (0..width).map(|c| at(height, c)).collect() } else { Vec::new() };
        let total = if counts.row_totals && counts.column_totals { at(height, width) } else { None };
        Shown { rows, row_totals, column_totals, total, hidden: self.hidden.iter().filter(|h| **h).count() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[u64]], row_totals: bool, column_totals: bool) -> Counts {
        Counts { rows: rows.iter().map(|r| r.to_vec()).collect(), row_totals, column_totals }
    }

    #[test]
    fn one_small_count_takes_a_second_with_it() {
        let shown = hide(&table(&[&[3, 20, 40]], true, false), 5);
        assert_eq!(shown.rows, [[None, None, Some(40)]]);
        assert_eq!(shown.row_totals, [Some(63)]);
        // Without a total nothing gives it away.
        let alone = hide(&table(&[&[3, 20, 40]], false, false), 5);
        assert_eq!(alone.rows, [[None, Some(20), Some(40)]]);
        // Zero and large counts are shown.
        assert_eq!(hide(&table(&[&[0, 20, 40]], true, true), 5).hidden, 0);
        // A total that is small is hidden itself, with what adds up to it.
        let few = hide(&table(&[&[2, 0]], true, false), 5);
        assert_eq!((few.rows, few.row_totals), (vec![vec![None, None]], vec![None]));
    }

    /// Every table of counts that agrees with what is shown.
    fn agreeing(shown: &Shown, most: u64) -> Vec<Vec<u64>> {
        fn go(shown: &Shown, most: u64, flat: &mut Vec<u64>, found: &mut Vec<Vec<u64>>) {
            let width = shown.rows[0].len();
            if flat.len() == width * shown.rows.len() {
                let row = |r: usize| flat[r * width..(r + 1) * width].iter().sum::<u64>();
                let column = |c: usize| flat.iter().skip(c).step_by(width).sum::<u64>();
                let same = |told: &[Option<u64>], sum: &dyn Fn(usize) -> u64| {
                    told.iter().enumerate().all(|(i, t)| t.is_none_or(|t| t == sum(i)))
                };
                if same(&shown.row_totals, &row)
                    && same(&shown.column_totals, &column)
                    && shown.total.is_none_or(|t| t == flat.iter().sum::<u64>())
                {
                    found.push(flat.clone());
                }
                return;
            }
            let cell = shown.rows[flat.len() / width][flat.len() % width];
            for value in cell.map_or(0..=most, |c| c..=c) {
                flat.push(value);
                go(shown, most, flat, found);
                flat.pop();
            }
        }
        let mut found = Vec::new();
        go(shown, most, &mut Vec::new(), &mut found);
        found
    }

    #[test]
    fn no_hidden_count_follows_from_what_is_shown() {
        let mut seed = 20_261_122u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut looked = 0;
        for _ in 0..160 {
            let (height, width) = (1 + next(2) as usize, 2 + next(2) as usize);
            let rows: Vec<Vec<u64>> = (0..height).map(|_| (0..width).map(|_| next(7)).collect()).collect();
            let counts = Counts { rows, row_totals: next(2) == 0, column_totals: next(2) == 0 };
            let shown = hide(&counts, 3);
            let agreeing = agreeing(&shown, 8);
            for (r, row) in counts.rows.iter().enumerate() {
                for (c, count) in row.iter().enumerate() {
                    assert!(shown.rows[r][c].is_none_or(|s| s == *count), "what is shown is true");
                    assert!(shown.rows[r][c].is_none() || !(1..3).contains(count), "{counts:?}");
                    if shown.rows[r][c].is_none() && (1..3).contains(count) {
                        looked += 1;
                        let first = agreeing[0][r * width + c];
                        let differs = agreeing.iter().any(|t| t[r * width + c] != first);
                        assert!(differs, "{counts:?} gives {count} away: {shown:?}");
                    }
                }
            }
        }
        assert!(looked > 80, "small counts occur: {looked}");
    }
}

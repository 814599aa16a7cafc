//! What the rows of a table say, as facts of one guideline, one patient at a time.
//!
//! The road of [`batch`](crate::batch) answers many rows at once and keeps no row; this one is for questions about each
//! row that are asked under several guidelines, or with some facts left out.

use nw_facts::{Date, Evidence, FactIdx, FactSet, Observation, Seen, Text, Vocabulary};

use crate::batch::Reject;
use crate::batch::{Mapped, MappedColumn, Unreadable};
use crate::table::{Codes, NULL, Unit, texts};

/// The facts of one column: for each row which text, and what each text says.
struct Column {
    name: String,
    own: FactIdx,
    codes: Codes,
    said: Vec<Result<Vec<(FactIdx, Evidence)>, Unreadable>>,
}

/// The rows of a unit under one vocabulary.
pub(crate) struct Rows<'v> {
    vocabulary: &'v Vocabulary,
    columns: Vec<Column>,
    as_of: Option<Date>,
}

impl<'v> Rows<'v> {
    /// Reads a unit; `places` are the positions of the mapped columns in it.
    ///
    /// # Errors
    /// A column of a kind that holds no values.
    pub(crate) fn of(
        vocabulary: &'v Vocabulary,
        mapped: &Mapped,
        places: &[usize],
        unit: &Unit,
    ) -> Result<Rows<'v>, String> {
        let column = |(column, at): (&MappedColumn, &usize)| {
            let codes = texts(&unit.columns[*at]).map_err(|why| format!("`{}`: {why}", column.name))?;
            let said = codes.texts.iter().map(|text| column.read(vocabulary, text)).collect();
            Ok(Column { name: column.name.clone(), own: column.fact, codes, said })
        };
        let columns = mapped.columns.iter().zip(places).map(column).collect::<Result<_, String>>()?;
        Ok(Rows { vocabulary, columns, as_of: mapped.as_of })
    }

    /// The facts of a row, by position in the unit.
    ///
    /// # Errors
    /// The first text that means nothing; its row is not counted yet.
    pub(crate) fn facts(&self, row: usize) -> Result<FactSet, Reject> {
        let mut facts = FactSet::new();
        for column in &self.columns {
            let code = column.codes.codes[row];
            if code == NULL {
                continue;
            }
            match &column.said[code as usize] {
                Ok(said) => {
                    for (fact, evidence) in said {
                        let observation = Observation {
                            fact: *fact,
                            evidence: evidence.clone(),
                            text: String::new(),
                            date: None,
                            known: None,
                            origin: None,
                            via: (*fact != column.own).then_some(column.own),
                        };
                        facts.add(observation.dated_by_itself(self.vocabulary.fact(*fact)));
                    }
                }
                Err(why) => {
                    return Err(Reject {
                        row: row as u64,
                        column: column.name.clone(),
                        text: column.codes.texts[code as usize].clone(),
                        message: why.message.clone(),
                        expected: why.expected.clone(),
                    });
                }
            }
        }
        Ok(facts.on(self.as_of).seen(Seen { as_of: self.as_of, known_by: None }))
    }
}

/// A line of the file that is no row.
pub(crate) fn broken(unit: &Unit, row: usize) -> Option<Reject> {
    let found = unit.broken.iter().find(|b| b.row == row)?;
    Some(Reject {
        row: row as u64,
        column: String::new(),
        text: found.text.clone(),
        message: Text::new("the line is no row of the table", "de regel is geen rij van de tabel"),
        expected: found.expected.clone(),
    })
}

/// The texts of columns that are carried over.
pub(crate) struct Carried(Vec<Codes>);

impl Carried {
    pub(crate) fn of(unit: &Unit, places: &[usize]) -> Result<Carried, String> {
        Ok(Carried(places.iter().map(|at| texts(&unit.columns[*at])).collect::<Result<_, _>>()?))
    }

    /// The texts of a row, in the order of the columns; empty where nothing stands.
    pub(crate) fn row(&self, row: usize) -> Vec<String> {
        let text = |codes: &Codes| match codes.codes[row] {
            NULL => String::new(),
            code => codes.texts[code as usize].clone(),
        };
        self.0.iter().map(text).collect()
    }
}

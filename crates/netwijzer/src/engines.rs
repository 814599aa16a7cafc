//! One engine for each guideline of a run over many cases: making one costs more than many an answer.

use std::cell::OnceCell;
use std::rc::Rc;

use nw_engine::{Engine, Preparations};
use nw_guideline::CompiledGuideline;

use crate::knowledge::Shelf;

/// Holds the guidelines of a run for as long as their engines need them.
pub(crate) struct Rulings {
    /// Filled from the first place on; no day needs another place than those of the shelf.
    places: Vec<OnceCell<Rc<CompiledGuideline>>>,
}

impl Rulings {
    /// A place for every guideline that the shelf can give.
    pub(crate) fn new(shelf: &Shelf) -> Rulings {
        Rulings { places: (0..shelf.periods()).map(|_| OnceCell::new()).collect() }
    }
}

/// The engines of a run, each made when a case first needs it.
pub(crate) struct Engines<'r> {
    rulings: &'r Rulings,
    /// In the order of the places.
    ready: Vec<Engine<'r>>,
}

impl<'r> Engines<'r> {
    /// No engine yet.
    pub(crate) fn new(rulings: &'r Rulings) -> Engines<'r> {
        Engines { rulings, ready: Vec::new() }
    }

    /// The engine of a guideline from the shelf.
    ///
    /// # Panics
    /// When more guidelines are asked for than the shelf has periods.
    pub(crate) fn of(&mut self, guideline: &Rc<CompiledGuideline>) -> &mut Engine<'r> {
        let mut places = self.rulings.places.iter().map(|place| place.get_or_init(|| Rc::clone(guideline)));
        let at =
            places.position(|held| Rc::ptr_eq(held, guideline)).expect("the shelf gives each period once");
        let rulings = self.rulings;
        self.ready.extend(
            rulings.places[..=at]
                .iter()
                .skip(self.ready.len())
                .filter_map(|p| p.get())
                .map(|g| Engine::with(g, &Preparations::new(g))),
        );
        &mut self.ready[at]
    }
}

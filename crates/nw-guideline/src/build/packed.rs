//! A compiled guideline as bytes: what a program carries to answer at once, without reading chapters again.
//!
//! Left out is what only authors need: prose, cases, and the places of things in the texts. Every field is written by
//! name through [`Pack`], so a new field of any construct must be added here before the crate compiles.

use nw_facts::{
    AnnotationDef, Bound, Choice, ConclusionDef, ConclusionIdx, Decimal, FactDef, FactIdx, Group, Holder,
    Interval, Kind, Reading, Text, Vocabulary,
};

use super::*;
use crate::confirmations::{Confirmation, Edit};
use crate::ir::{
    Agreement, Arithmetic, Assumption, Citation, Convention, Departure, Derivation, Due, Mark, Pick, Row,
    Rule, Series,
};
use crate::leaflets::{
    DocumentKind, DocumentPart, Entry, Layout, LeafletDocument, Module, Piece, Publication, Said, Sentence,
    Shape, TextBlock, TextCondition,
};
use crate::space::Domain;
use crate::syntax::files::Source;

/// Bytes that begin every packed guideline; the number counts changes of the form.
const SIGN: &[u8; 8] = b"nwguide\x04";

impl CompiledGuideline {
    /// The guideline as bytes for [`restore`], without cases and places.
    pub fn export(&self) -> Vec<u8> {
        let mut texts = Vec::new();
        self.tables.pack(&mut texts);
        self.leaflets.pack(&mut texts);
        let mut out = SIGN.to_vec();
        texts.len().pack(&mut out);
        out.extend_from_slice(&texts);
        self.pack(&mut out);
        out
    }
}

/// Restores an exported guideline; `None` when the bytes are not one.
///
/// Rows and leaflets are most of what there is to read; they are read beside the rest.
pub fn restore(exported: &[u8]) -> Option<CompiledGuideline> {
    let mut from = Bytes::new(exported.strip_prefix(SIGN)?);
    let length = usize::unpack(&mut from)?;
    let mut texts = Bytes::new(from.take(length)?);
    let mut texts = move || {
        let read = (Pack::unpack(&mut texts)?, Pack::unpack(&mut texts)?);
        texts.left.is_empty().then_some(read)
    };
    let (rest, texts) = std::thread::scope(|scope| {
        let beside = std::thread::Builder::new().spawn_scoped(scope, texts.clone());
        let rest = CompiledGuideline::unpack(&mut from);
        let texts = match beside {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => texts(),
        };
        (rest, texts)
    });
    let mut guideline = rest?;
    (guideline.tables, guideline.leaflets) = texts?;
    let (conclusions, nodes) = (guideline.conclusions.len(), guideline.store.end());
    let sound = from.left.is_empty()
        && roots(&mut guideline).into_iter().all(|root| *root < nodes)
        && guideline.by_idx.iter().flatten().chain(&guideline.order).all(|at| *at < conclusions);
    sound.then_some(guideline)
}

/// Bytes still to be read.
#[derive(Clone)]
struct Bytes<'a> {
    left: &'a [u8],
    /// Where everything stands that has no text to stand in; kept, since there are a hundred thousand of them.
    nowhere: Place,
}

impl<'a> Bytes<'a> {
    fn new(left: &'a [u8]) -> Self {
        Bytes { left, nowhere: Place { file: "".into(), span: 0..0 } }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// A whole number, seven bits to a byte, least first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn put(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Something with a form in bytes.
trait Pack: Sized {
    fn pack(&self, out: &mut Vec<u8>);
    fn unpack(from: &mut Bytes<'_>) -> Option<Self>;
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => { $(impl Pack for $kind {
        fn pack(&self, out: &mut Vec<u8>) {
            put(*self as u64, out);
        }

        fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
            <$kind>::try_from(from.number()?).ok()
        }
    })* };
}

whole_numbers!(u8, u16, u32, u64, usize);

/// A struct field by field. Fields after the bar are left out and empty afterwards.
macro_rules! fields {
    ($($kind:ident { $($field:ident),* $(| $($absent:ident),*)? })*) => { $(impl Pack for $kind {
        fn pack(&self, out: &mut Vec<u8>) {
            $(self.$field.pack(out);)*
        }

        fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
            Some($kind { $($field: Pack::unpack(from)?,)* $($($absent: Default::default(),)*)? })
        }
    })* };
}

/// An enum by a number for each variant.
macro_rules! variants {
    ($($kind:ident { $($number:literal $variant:ident $(($($part:ident),*))?),* })*) => { $(impl Pack for $kind {
        fn pack(&self, out: &mut Vec<u8>) {
            match self {
                $($kind::$variant $(($($part),*))? => {
                    out.push($number);
                    $($($part.pack(out);)*)?
                })*
            }
        }

        fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
            Some(match u8::unpack(from)? {
                $($number => {
                    $($(let $part = Pack::unpack(from)?;)*)?
                    $kind::$variant $(($($part),*))?
                })*
                _ => return None,
            })
        }
    })* };
}

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Some(u8::unpack(from)? != 0)
    }
}

impl Pack for char {
    fn pack(&self, out: &mut Vec<u8>) {
        u32::from(*self).pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        char::from_u32(u32::unpack(from)?)
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        let length = usize::unpack(from)?;
        String::from_utf8(from.take(length)?.to_vec()).ok()
    }
}

impl Pack for Decimal {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.serialize());
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Some(Decimal::deserialize(from.take(16)?.try_into().ok()?))
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        self.iter().for_each(|item| item.pack(out));
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        let count = usize::unpack(from)?;
        // Every item takes a byte at least: a wrong count must not ask for more memory than there are bytes.
        let mut list = Vec::with_capacity(count.min(from.left.len()));
        for _ in 0..count {
            list.push(T::unpack(from)?);
        }
        Some(list)
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        self.iter().for_each(|inner| inner.pack(out));
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Some(if bool::unpack(from)? { Some(T::unpack(from)?) } else { None })
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.as_ref().pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        T::unpack(from).map(Box::new)
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Some((A::unpack(from)?, B::unpack(from)?))
    }
}

impl Pack for FactIdx {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        u16::unpack(from).map(FactIdx)
    }
}

impl Pack for ConclusionIdx {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        u16::unpack(from).map(ConclusionIdx)
    }
}

impl Pack for NodeId {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        u32::unpack(from).map(NodeId)
    }
}

/// Places are left out: there is no text that they could point into.
impl Pack for Place {
    fn pack(&self, _: &mut Vec<u8>) {}

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Some(from.nowhere.clone())
    }
}

impl Pack for Holder {
    fn pack(&self, out: &mut Vec<u8>) {
        let at = Holder::ALL.iter().position(|(holder, _)| holder == self);
        at.unwrap_or_default().pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        Holder::ALL.get(usize::unpack(from)?).map(|(holder, _)| *holder)
    }
}

impl Pack for Vocabulary {
    fn pack(&self, out: &mut Vec<u8>) {
        let lists = (self.facts().len(), self.conclusions().len());
        lists.pack(out);
        self.facts().iter().for_each(|f| f.pack(out));
        self.conclusions().iter().for_each(|c| c.pack(out));
        (self.annotations().len(), self.groups().len()).pack(out);
        self.annotations().iter().for_each(|a| a.pack(out));
        self.groups().iter().for_each(|g| g.pack(out));
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        fn list<T: Pack>(count: usize, from: &mut Bytes<'_>) -> Option<Vec<T>> {
            (0..count).map(|_| T::unpack(from)).collect()
        }
        let (facts, conclusions) = Pack::unpack(from)?;
        let vocabulary = Vocabulary::new(list(facts, from)?, list(conclusions, from)?);
        let (annotations, groups) = Pack::unpack(from)?;
        Some(vocabulary.with_annotations(list(annotations, from)?).with_groups(list(groups, from)?))
    }
}

impl Pack for Space {
    fn pack(&self, out: &mut Vec<u8>) {
        self.var_of().pack(out);
        self.domains().len().pack(out);
        self.domains().iter().for_each(|d| d.pack(out));
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        let var_of = Pack::unpack(from)?;
        Some(Space::from_parts(Pack::unpack(from)?, var_of))
    }
}

/// What a test wanted is left out: its mask says it in cells.
impl Pack for Cells {
    fn pack(&self, out: &mut Vec<u8>) {
        self.subject.pack(out);
        self.mask.pack(out);
        self.any.pack(out);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        let subject = Pack::unpack(from)?;
        let mask = Pack::unpack(from)?;
        let any = Pack::unpack(from)?;
        Some(Cells { subject, mask, any, place: Place::unpack(from)?, wanted: Wanted::Any })
    }
}

impl Pack for Store {
    fn pack(&self, out: &mut Vec<u8>) {
        let bytes = self.export();
        bytes.len().pack(out);
        out.extend_from_slice(&bytes);
    }

    fn unpack(from: &mut Bytes<'_>) -> Option<Self> {
        let length = usize::unpack(from)?;
        Store::import(from.take(length)?)
    }
}

variants! {
    Kind { 0 Quantity, 1 Count, 2 Date, 3 Choice, 4 YesNo }
    Cell { 0 Numbers(range), 1 Choice(at), 2 NotDone }
    Subject { 0 Fact(fact), 1 Conclusion(conclusion) }
    Logic { 0 And(all), 1 Or(all), 2 Not(inner), 3 Is(cells) }
    HitPolicy { 0 Unique, 1 First, 2 Collect }
    Output { 0 Value(value), 1 NotApplicable }
    Edit { 0 Row, 1 Source(key) }
    Mark { 0 Verified, 1 GeneralKnowledge, 2 DesignRule }
    Epistemic { 0 And(all), 1 Or(all), 2 Not(inner), 3 Missing(of), 4 Known(of), 5 NotDone(fact), 6 Certain(logic, node) }
    Effect { 0 Assume(list), 1 Answer(conclusion, value) }
    Layout { 0 Text, 1 List, 2 Terms, 3 Form, 4 Options, 5 Points }
    DocumentKind { 0 Personal, 1 Decision, 2 Short }
    Shape { 0 Paragraph(all), 1 Points(all), 2 Table(all) }
    Piece { 0 Plain(text), 1 Strong(text), 2 Value(subject) }
    Pick { 0 Latest, 1 Previous, 2 First, 3 Lowest, 4 Highest }
    PropertyTest { 0 Never(logic), 1 Rising(conclusion, fact) }
    Arithmetic {
        0 Constant(value), 1 Pi, 2 Fact(fact), 3 Binary(operator, a, b), 4 Square(a), 5 AsOf, 6 Months(a, b),
        7 Power(a, b), 8 Ln(a), 9 Exp(a), 10 Least(a, b), 11 Greatest(a, b), 12 Series(series), 13 Floor(a)
    }
}

fields! {
    Text { en, nl }
    Bound { at, closed }
    Interval { low, high }
    Choice { id, label, aliases, covers, months, brief }
    Reading { unit, gives, part }
    FactDef {
        id, kind, unit, units, min, max, approximate, largest, choices, label, question, holder, aliases, codes,
        not_done_is_state, presumed, unless, readings, series
    }
    ConclusionDef { id, label, hidden, outside, values, set }
    AnnotationDef { id, label, values }
    Group { id, label, holds, detail }
    Domain { fact, cells }
    Citation { key, locator }
    Confirmation { by, role, date, remark, edited }
    Row { id, cells, output, text, sources, mark, annotations, digest, confirmation, place }
    Table { id, conclusion, policy, domain, title, columns, rows, chapter, place }
    Rule { id, title, when, guard, sources, place, kept }
    Agreement { id, title, reported, conclusion, when, agrees, guard, place, kept }
    Assumption { fact, ranges, choices }
    Convention { id, title, when, effect, applies_to, sources, place }
    Series { pick, fact, since, until, day }
    Derivation { id, title, target, formula, inputs, when, place }
    Due { id, title, every, after, grace, sources, place }
    Property { id, title, test, place }
    Departure { id, title, kind, says, other, decision, adopted, rows, date, chapter, place }
    Roots { value, row, items, row_holds }
    Conclusion { idx, policy, tables, roots, rows, support }
    Manifest { id, edition, valid_from, status, title, chapters }
    Source { key, title, publisher, year, kind, link, read, licence }
    Leaflets { digest, modules, documents, publication, conditions | gates }
    Module { id, title, layout, entries, place }
    Entry { id, conclusion, value, title, sources, mark, forms, blocks, place }
    TextBlock { id, title, short, when, spoken, empty_rows, said, names, place }
    Said { en, nl }
    Sentence { pieces, place }
    TextCondition { logic, node, place }
    LeafletDocument { id, kind, title, opening, short, closing, parts }
    DocumentPart { module, entry, unless }
    Publication { updated, review, funding, policy }
    CompiledGuideline {
        manifest, digest, vocabulary, space, conclusions, rules, agreements, conventions, derivations, dues,
        properties, departures, sources, order, valid, store, by_idx | tables, leaflets, cases, source_map, marks
    }
}

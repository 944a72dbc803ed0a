//! Whoever takes in records, and may note something of each before it is shown.
//!
//! What is done with a record asks tables that are larger than a processor's caches, and to ask one of them waits for memory as
//! long as the record took to be read. So a record is shown twice: once as soon as it is read, to note what will be asked and to
//! have that fetched, and once when some more are read, with what was noted.

use crate::{Position, Record};

/// Takes in records.
pub trait Observe {
    /// What is noted of a record.
    type Noted: Copy + Default;

    /// Notes something of a record that will be shown: it may still wait for others, and comes to it in the end.
    fn note(&mut self, record: &Record<'_>) -> Self::Noted;

    /// Takes in a record, of which that was noted.
    fn observe(&mut self, at: Position, record: &Record<'_>, noted: Self::Noted);

    /// Takes in a record of which nothing was noted before.
    fn observe_at_once(&mut self, at: Position, record: &Record<'_>) {
        let noted = self.note(record);
        self.observe(at, record, noted);
    }
}

/// Whoever notes nothing.
impl<F: FnMut(Position, &Record<'_>)> Observe for F {
    type Noted = ();

    fn note(&mut self, _record: &Record<'_>) {}

    fn observe(&mut self, at: Position, record: &Record<'_>, (): ()) {
        self(at, record);
    }
}

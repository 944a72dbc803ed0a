//! The records with which logs open, looked at before any log is read.
//!
//! Some things have to be known of a service before its first record is taken in, and can be known by no rule: where in
//! its paths names stand that were drawn, as any text may be one. So the opening of each log is shown first, from the same
//! bytes that the pass reads later. It is a function of the content alone: which logs are shown, where they are many, is
//! settled by their digests, and whoever merges exactly learns the same of them in any order.
//!
//! An opening is a few thousand records, whatever the log's size, so that large logs pay nothing for it and small ones a
//! part of what they cost. A log that is followed has none: it may begin with nothing.

use std::io::Read;

use accesslog::Record;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::budget::{Budget, Packed};
use crate::contents::{Piece, pieces};
use crate::fold::surveyed;
use crate::peel::Whose;
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::{Config, Error, Inputs, Layers, Progress, fold, source};

/// How many bytes of all openings together are shown, about, and of one at most, packed or unpacked.
const OPENINGS_BYTES: usize = 8 << 20;
const OPENING_BYTES: usize = 4 << 20;

/// How much is cut into records at once, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// How many members of an archive are looked into, at most.
const MEMBERS_MAX: u32 = 64;

/// Shows the records with which the logs open to states, one for each source, and merges these.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn openings<S: Send>(
    (inputs, config, progress): (&Inputs, &Config, &Progress),
    begin: impl Fn() -> S + Sync,
    observe: impl Fn(&mut S, &Record<'_>) + Sync,
    merge: impl Fn(&mut S, S) + Sync,
) -> Result<S, Error> {
    let survey = surveyed(inputs, config)?;
    let bytes = (OPENINGS_BYTES / survey.sample.len().max(1)).min(OPENING_BYTES);
    let config = Config { chunk_bytes: CHUNK_BYTES, ..config.clone() };
    let one = |place: &usize| {
        let mut state = begin();
        let mut each = |record: &Record<'_>| observe(&mut state, record);
        let mut show =
            |reader: Box<dyn Read + '_>| show((inputs, *place), reader, bytes, (&config, progress), &mut each);
        match survey.pipes.contains_key(place) {
            true => survey.peep(*place, show),
            // What cannot be opened is told by the pass.
            false => {
                let uncounted = Progress::default();
                let opened = source::bytes(&inputs.sources[*place], None, &uncounted);
                opened.into_iter().for_each(|(reader, _)| show(reader));
            }
        }
        state
    };
    let joined = |mut one: S, other: S| {
        merge(&mut one, other);
        one
    };
    fold::on_threads(&config, || survey.sample.par_iter().map(one).reduce(&begin, joined))
}

/// Shows the records of so many bytes of one source.
fn show(
    (inputs, source): (&Inputs, usize),
    reader: Box<dyn Read + '_>,
    bytes: usize,
    (config, progress): (&Config, &Progress),
    each: &mut dyn FnMut(&Record<'_>),
) {
    let source = &inputs.sources[source];
    let mut left = bytes as u64;
    let mut visit = |unpacked: Unpacked<'_>| {
        if let Unpacked::Log(place, text) = unpacked
            && 0 < left
        {
            let mut text = text.take(left);
            if let Ok(opened) = source::open(Box::new(&mut text), place.origin, 0, config) {
                // What is damaged, or cut by the bound, is no matter here.
                let _ = pieces(opened, progress, &mut |piece| match piece {
                    Piece::Record(record) => each(record),
                    Piece::Begin | Piece::Bytes(_) | Piece::Faults(_) | Piece::End => {}
                });
            }
            left = text.limit();
        }
    };
    let mut unpacker = Unpacker {
        file: &source.path,
        is_on_disk: source.built_in.is_none(),
        selection: &inputs.selection,
        budget: Budget::new(config.limits, Packed::Bytes(0)),
        room: MEMBERS_MAX,
        visit: &mut visit,
    };
    let place = Place { path: source.path.clone(), origin: source.origin, layers: Layers::default() };
    unpacker.content(Box::new(reader.take(bytes as u64)), place, Whose::File);
}

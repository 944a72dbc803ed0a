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

#[cfg(test)]
mod tests {
    use std::fs;

    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::Layer;
    use crate::codec::tests::packed;
    use crate::trial::{log, scan_inputs, tar, zip};

    type Seen = Vec<Vec<u8>>;

    /// The targets that the openings of these files show, in order of text.
    fn shown(inputs: &Inputs, config: &Config) -> Seen {
        let observe = |seen: &mut Seen, record: &Record<'_>| seen.push(record.target.unwrap_or_default().to_vec());
        let pass = (inputs, config, &Progress::default());
        let mut seen = openings(pass, Seen::new, observe, Seen::extend).unwrap();
        seen.sort_unstable();
        seen
    }

    fn shown_of(contents: &[Vec<u8>]) -> Seen {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in ('a'..).zip(contents) {
            fs::write(folder.path().join(name.to_string()), content).unwrap();
        }
        shown(&Inputs::find([folder.path()]), &Config::default())
    }

    #[test]
    fn an_opening_is_the_same_however_it_is_packed() {
        let text = log(900, "192.0.2.1");
        let plain = shown_of(std::slice::from_ref(&text));
        assert_eq!(plain.len(), 900);
        let members: [(&str, &[u8]); 1] = [("a.log", &text)];
        for content in [
            packed(Layer::Gzip, &text),
            tar(&members),
            packed(Layer::Zstd, &tar(&members)),
            zip(&members, SimpleFileOptions::default()),
        ] {
            assert_eq!(shown_of(&[content]), plain);
        }
    }

    #[test]
    fn copies_are_shown_once_and_what_is_damaged_as_far_as_it_goes() {
        let text = log(900, "192.0.2.1");
        let whole = packed(Layer::Gzip, &text);
        assert_eq!(shown_of(&[text.clone(), whole.clone(), text]).len(), 900);
        let other = packed(Layer::Gzip, &log(9_000, "192.0.2.2"));
        let cut = shown_of(&[other[..other.len() - 9].to_vec()]);
        assert!((1..=9_000).contains(&cut.len()), "{}", cut.len());
    }

    #[test]
    fn of_a_large_log_the_beginning_is_shown_and_of_many_logs_some() {
        let large = log(90_000, "192.0.2.1");
        let count = shown_of(std::slice::from_ref(&large)).len();
        let line = large.len() / 90_000;
        assert!((OPENING_BYTES / line * 9 / 10..OPENING_BYTES / line * 11 / 10).contains(&count), "{count}");
        let many: Vec<Vec<u8>> =
            (0..300).map(|number| log(1, &format!("192.0.2.{}", number % 250 + number / 250))).collect();
        let one_in_each = shown_of(&many).len();
        assert!((200..=256).contains(&one_in_each), "{one_in_each}");
    }

    #[test]
    fn what_is_gone_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, log(9, "192.0.2.1")).unwrap();
        let inputs = Inputs::find([&path]);
        fs::remove_file(&path).unwrap();
        assert!(shown(&inputs, &Config::default()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_shown_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, text) = (folder.path().join("pipe"), log(90_000, "192.0.2.1"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        let content = packed(Layer::Gzip, &text);
        let (opening, read) = std::thread::scope(|scope| {
            scope.spawn(|| fs::write(&pipe, &content).unwrap());
            let inputs = Inputs::find([&pipe]);
            (shown(&inputs, &Config::default()), scan_inputs(&inputs, &Config::default()).0.len())
        });
        assert_eq!((opening, read), (shown_of(&[text]), 90_000));
    }
}

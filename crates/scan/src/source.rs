//! One source, opened and recognised.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use accesslog::{Framing, Recognition, recognise};
use memchr::{memchr, memchr_iter};

use crate::budget::Packed;
use crate::framer::Framer;
use crate::survey::Pipe;
use crate::{Condition, Config, Origin, Progress, Source, survey};

/// How much of a source is looked at to recognise its format, in bytes.
pub(crate) const OPENING_BYTES: usize = 64 << 10;

/// The bytes of a source as they stand on disk, and how many they are.
///
/// # Errors
///
/// What the system says.
pub(crate) fn bytes<'a>(
    source: &Source,
    pipe: Option<Pipe>,
    progress: &'a Progress,
) -> io::Result<(Box<dyn Read + 'a>, Packed)> {
    let count = Rc::new(Cell::new(0));
    let so_far = || Packed::SoFar(Rc::clone(&count));
    let (reader, packed): (Box<dyn Read>, Packed) = match source.built_in {
        Some(bytes) => (Box::new(bytes), Packed::Bytes(source.size)),
        None if pipe.is_some() => (pipe.map(Pipe::into_reader).expect("there is one"), so_far()),
        None if source.path == Path::new("-") => (Box::new(io::stdin()), so_far()),
        None => {
            let file = File::open(&source.path)?;
            let metadata = file.metadata()?;
            let packed = if metadata.is_file() { Packed::Bytes(metadata.len()) } else { so_far() };
            (Box::new(file), packed)
        }
    };
    Ok((Box::new(Counted { reader, progress, count }), packed))
}

/// The bytes of a file from an offset on; none where it is no file on disk, or cannot be read from there.
pub(crate) fn bytes_from<'a>(source: &Source, offset: u64, progress: &'a Progress) -> Option<Box<dyn Read + 'a>> {
    if source.built_in.is_some() {
        return None;
    }
    let mut file = File::open(&source.path).ok()?;
    file.seek(SeekFrom::Start(offset)).ok()?;
    progress.read.fetch_add(offset, Ordering::Relaxed);
    Some(Box::new(Counted { reader: Box::new(file), progress, count: Rc::default() }))
}

/// The bytes at a path; `-` for standard input.
pub(crate) fn raw(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    if path == Path::new("-") { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// A reader that counts what is read of it, for the progress bar and the bounds of a pipe.
struct Counted<'a> {
    reader: Box<dyn Read>,
    progress: &'a Progress,
    count: Rc<Cell<u64>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.read.fetch_add(count as u64, Ordering::Relaxed);
        self.count.set(self.count.get() + count as u64);
        Ok(count)
    }
}

/// A source whose format is known, ready to be cut.
pub(crate) struct Opened<'r> {
    pub(crate) framer: Framer<Box<dyn Read + 'r>>,
    pub(crate) recognition: Recognition,
    /// The digest of its first bytes; none of an empty source, as all of these are the same.
    pub(crate) opening: Option<[u8; 32]>,
}

/// Recognises the format of a text.
///
/// # Errors
///
/// The condition of a source of which nothing can be read.
pub(crate) fn open<'r>(
    text: Box<dyn Read + 'r>,
    origin: Origin,
    number: u32,
    config: &Config,
) -> Result<Opened<'r>, Condition> {
    let mut framer = Framer::new(text, number, config.chunk_bytes);
    let opening = framer.opening(survey::OPENING_BYTES);
    let opening = (!opening.is_empty()).then(|| blake3::hash(opening).into());
    if let Some(because) = unreadable(framer.opening(OPENING_BYTES)) {
        return Err(Condition::Unread(because.to_owned()));
    }
    framer.skip_mark();
    let recognition = match &config.reading {
        Some(reading) => Recognition::given(reading.clone(), framer.opening(OPENING_BYTES)),
        None => recognise(framer.opening(OPENING_BYTES)),
    };
    if recognition.reading.as_ref().is_some_and(|reading| reading.framing == Framing::Elements) {
        framer.by_elements();
    }
    match recognition.reading {
        None if 0 < recognition.tried => Err(unrecognised(framer, origin)),
        _ => Ok(Opened { framer, recognition, opening }),
    }
}

/// Why a text cannot be cut into lines, though it may be a log: something is missing for it wherever it was met.
fn unreadable(opening: &[u8]) -> Option<&'static str> {
    // Of western text in UTF-16 every other byte is zero.
    let zeros = |first: usize| opening.iter().skip(first).step_by(2).take(64).filter(|byte| **byte == 0).count();
    let is_wide = 128 <= opening.len() && (zeros(0).abs_diff(zeros(1)) > 56);
    if opening.starts_with(b"\xFF\xFE") || opening.starts_with(b"\xFE\xFF") || is_wide {
        return Some("text in UTF-16, which is not read: turn it into UTF-8 first");
    }
    let has_returns = || memchr_iter(b'\r', opening).nth(2).is_some();
    if memchr(b'\n', opening).is_none() && has_returns() {
        return Some("its lines end with a carriage return alone, which is not read: turn these into line feeds first");
    }
    None
}

/// What is to be said of text in no known format.
///
/// A folder of logs holds other things too: notes, pictures, an earlier report. These are passed over. Text
/// that holds times is a log in a format that is not known, and *is* missing.
fn unrecognised(mut framer: Framer<Box<dyn Read + '_>>, origin: Origin) -> Condition {
    let opening = framer.opening(OPENING_BYTES).to_vec();
    if let Some(error) = framer.into_error() {
        return Condition::Unread(error.to_string());
    }
    let because = match () {
        () if opening.starts_with(b"{\"type\":\"scan\"") || opening.starts_with(b"keytrace ") => {
            "a report of keytrace, no log"
        }
        () if memchr(0, &opening).is_some() => "binary data, no log",
        () if !holds_time(&opening) => "text without times, no log",
        () => return Condition::Unread("no known format reads its opening lines".to_owned()),
    };
    match origin {
        Origin::Met => Condition::NoLog(because.to_owned()),
        Origin::Named => Condition::Unread(because.to_owned()),
    }
}

/// Whether a clock time stands in the text: `12:34:56`.
fn holds_time(text: &[u8]) -> bool {
    text.windows(8).any(|window| {
        window.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_digit() })
    })
}

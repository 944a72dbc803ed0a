//! One source, opened and recognised.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::Ordering;

use accesslog::{Framing, Recognition, recognise};
use memchr::memchr;

use crate::codec::Gunzip;
use crate::framer::Framer;
use crate::{Codec, Condition, Config, Origin, Progress, Source};

/// How much of a source is looked at to recognise its format, in bytes.
const OPENING_BYTES: usize = 64 << 10;

/// How much is read of a compressed file at once, in bytes.
const COMPRESSED_READ_BYTES: usize = 64 << 10;

/// A source whose format is known, ready to be cut.
pub(crate) struct Opened<'a> {
    pub(crate) framer: Framer<Box<dyn Read + Send + 'a>>,
    pub(crate) codec: Codec,
    pub(crate) recognition: Recognition,
}

/// Opens a source and recognises its compression and format.
///
/// # Errors
///
/// The condition of a source of which nothing can be read.
pub(crate) fn open<'a>(
    source: &Source,
    number: u32,
    config: &Config,
    progress: &'a Progress,
) -> Result<Opened<'a>, Condition> {
    let unread = |error: &dyn ToString| Condition::Unread(error.to_string());
    let reader: Box<dyn Read + Send> = match source.built_in {
        Some(bytes) => Box::new(bytes),
        None if source.path == Path::new("-") => Box::new(io::stdin()),
        None => Box::new(File::open(&source.path).map_err(|error| unread(&error))?),
    };
    let mut reader = Counted { reader, progress };
    let opening = read_up_to(&mut reader, 8).map_err(|error| unread(&error))?;
    let codec = Codec::of(&opening).map_err(|because| unread(&because))?;
    let whole = io::Cursor::new(opening).chain(reader);
    let text: Box<dyn Read + Send + 'a> = match codec {
        Codec::Plain => Box::new(whole),
        Codec::Gzip => Box::new(Gunzip::new(BufReader::with_capacity(COMPRESSED_READ_BYTES, whole))),
    };
    let mut framer = Framer::new(text, number, config.chunk_bytes);
    framer.skip_mark();
    let recognition = match &config.reading {
        Some(reading) => Recognition::given(reading.clone(), framer.opening(OPENING_BYTES)),
        None => recognise(framer.opening(OPENING_BYTES)),
    };
    if recognition.reading.as_ref().is_some_and(|reading| reading.framing == Framing::Elements) {
        framer.by_elements();
    }
    match recognition.reading {
        None if 0 < recognition.tried => Err(unrecognised(framer, source.origin)),
        _ => Ok(Opened { framer, codec, recognition }),
    }
}

/// What is to be said of text in no known format.
///
/// A folder of logs holds other things too: notes, pictures, an earlier report. These are passed over. Text
/// that holds times is a log in a format that is not known, and *is* missing.
fn unrecognised(mut framer: Framer<Box<dyn Read + Send + '_>>, origin: Origin) -> Condition {
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

fn read_up_to(reader: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut opening = Vec::new();
    reader.take(bytes).read_to_end(&mut opening)?;
    Ok(opening)
}

/// A reader that counts what is read of it, for the progress bar.
struct Counted<'a> {
    reader: Box<dyn Read + Send>,
    progress: &'a Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.progress.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

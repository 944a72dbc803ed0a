//! The content of objects that lie below a folder.
//!
//! Names of objects come from logs, and so from strangers: a name leads to a file only below the folder. A name with a
//! segment of two points or a NUL leads nowhere, a leading slash means nothing, and where a link leads out of the folder
//! the file is as good as missing. Only regular files are opened. What is packed is unpacked as a log is, within the same
//! limits; each object is read by one worker, and what they saw is merged, so that threads change nothing.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use accesslog::{Chunk, Framing, LINE_BYTES_MAX, Position, Reading, Record, parse_chunk, parse_elements};
use rayon::ThreadPoolBuilder;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::budget::{Budget, Packed};
use crate::framer::Frame;
use crate::peel::Whose;
use crate::source::{self, Opened};
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::{Condition, Config, Error, Layers, Origin, Progress, Selection, Source, codec, fold};

/// How much of an object is shown at once, in bytes.
const BLOCK_BYTES: usize = 64 << 10;

/// What is said of an object where the scan was stopped.
const STOPPED: &str = "the scan was stopped before its end";

/// An object to be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it may lie below the folder, the likeliest first, with `/` between segments.
    pub names: Vec<Vec<u8>>,
    /// Whether it is a log, shown record by record; otherwise its bytes are shown.
    pub is_log: bool,
}

/// What is met in an object.
#[derive(Debug)]
pub enum Piece<'a> {
    /// A text begins: the object itself, or a member of an archive.
    Begin,
    /// The next bytes of it.
    Bytes(&'a [u8]),
    /// A record of it, where it is a log.
    Record(&'a Record<'a>),
    /// So many lines of it that are no record.
    Faults(u64),
    /// It ends.
    End,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was read to its end; how many bytes it has on disk.
    Whole(u64),
    /// It could not be read, or not to its end, or may be wrong, and why.
    Unread(String),
    /// There is no such file below the folder.
    Missing,
}

/// Reads what is wanted below a folder. `begin` makes the state of one, `observe` takes in a piece of it, and `end` takes what it
/// came to into the state of a worker; `merge` must be exact.
///
/// # Errors
///
/// [`Error::Threads`].
pub fn contents<O, S: Clone + Send + Sync>(
    (root, wanted): (&Path, &[Wanted]),
    (config, progress): (&Config, &Progress),
    empty: S,
    begin: impl Fn(usize) -> O + Sync,
    observe: impl Fn(&mut O, Piece<'_>) + Sync,
    end: impl Fn(&mut S, O, usize, Found) + Sync,
    merge: impl Fn(&mut S, S) + Sync,
) -> Result<S, Error> {
    let threads = fold::threads(config);
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|because| Error::Threads { threads, because: because.to_string() })?;
    let root = fs::canonicalize(root);
    let one = |mut all: S, place: usize| {
        let mut state = begin(place);
        let found = match root.as_ref().ok().and_then(|root| below(root, &wanted[place].names)) {
            None => Found::Missing,
            Some(path) => read(&path, &wanted[place], (config, progress), &mut |piece| observe(&mut state, piece)),
        };
        end(&mut all, state, place, found);
        all
    };
    let joined = |mut one: S, other: S| {
        merge(&mut one, other);
        one
    };
    Ok(pool.install(|| (0..wanted.len()).into_par_iter().fold(|| empty.clone(), one).reduce(|| empty.clone(), joined)))
}

/// The first of the names that leads to a regular file below a folder.
fn below(root: &Path, names: &[Vec<u8>]) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        let mut path = root.to_path_buf();
        let segments = name.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty() && *segment != b".");
        for segment in segments {
            let segment = Path::new(std::str::from_utf8(segment).ok()?);
            let mut parts = segment.components();
            let is_plain =
                matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == segment);
            if !is_plain || segment.as_os_str().as_encoded_bytes().contains(&0) {
                return None;
            }
            path.push(segment);
        }
        let path = fs::canonicalize(path).ok()?;
        (path.starts_with(root) && fs::metadata(&path).ok()?.is_file()).then_some(path)
    })
}

/// Reads an object.
fn read(
    path: &Path,
    wanted: &Wanted,
    (config, progress): (&Config, &Progress),
    observe: &mut dyn FnMut(Piece<'_>),
) -> Found {
    let source = Source { path: path.to_path_buf(), size: 0, origin: Origin::Met, built_in: None };
    let (reader, bytes) = match source::bytes(&source, None, progress) {
        Ok((reader, Packed::Bytes(bytes))) => (reader, bytes),
        Ok(_) => return Found::Missing,
        Err(error) => return Found::Unread(error.to_string()),
    };
    let mut fault = None;
    let mut visit = |unpacked: Unpacked<'_>| {
        let because = match unpacked {
            Unpacked::Log(_, text) if wanted.is_log => log(text, (config, progress), observe).err(),
            Unpacked::Log(_, text) => plain(text, progress, observe).err(),
            Unpacked::Unread(_, because) => Some(because),
            Unpacked::Skipped(skipped) => skipped.is_loss.then_some(skipped.because),
        };
        fault = fault.take().or(because);
    };
    let selection = &Selection::default();
    let budget = Budget::new(config.limits, Packed::Bytes(bytes));
    let place = Place { path: source.path, origin: Origin::Met, layers: Layers::default() };
    let mut unpacker = Unpacker { file: path, is_on_disk: true, selection, budget, room: u32::MAX, visit: &mut visit };
    unpacker.content(reader, place, Whose::File);
    fault.map_or(Found::Whole(bytes), Found::Unread)
}

/// Shows the bytes of a text.
fn plain(mut text: Box<dyn Read + '_>, progress: &Progress, observe: &mut dyn FnMut(Piece<'_>)) -> Result<(), String> {
    observe(Piece::Begin);
    let mut buffer = vec![0; BLOCK_BYTES];
    let result = loop {
        if progress.is_stopped() {
            break Err(STOPPED.to_owned());
        }
        match text.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(count) => observe(Piece::Bytes(&buffer[..count])),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted && !codec::is_damage(&error) => {}
            Err(error) => break Err(error.to_string()),
        }
    };
    observe(Piece::End);
    result
}

/// Shows the records of a log.
fn log(
    text: Box<dyn Read + '_>,
    (config, progress): (&Config, &Progress),
    observe: &mut dyn FnMut(Piece<'_>),
) -> Result<(), String> {
    // How the logs themselves are read, and in which window, is said of them and not of what leaked.
    let config = Config { reading: None, chunk_bytes: config.chunk_bytes.min(LINE_BYTES_MAX), ..Config::default() };
    match source::open(text, Origin::Met, 0, &config) {
        Ok(opened) => pieces(opened, progress, observe),
        Err(Condition::Complete) => Ok(()),
        Err(Condition::Incomplete(because) | Condition::Unread(because) | Condition::NoLog(because)) => Err(because),
    }
}

/// Shows what is in a log that is opened.
pub(crate) fn pieces(
    mut opened: Opened<'_>,
    progress: &Progress,
    observe: &mut dyn FnMut(Piece<'_>),
) -> Result<(), String> {
    observe(Piece::Begin);
    let mut reading = opened.recognition.reading.take().unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
    let mut spare = Vec::new();
    while let Some(frame) = opened.framer.next(|| std::mem::take(&mut spare)) {
        if progress.is_stopped() {
            return Err(STOPPED.to_owned());
        }
        match frame {
            Frame::Fault(..) => observe(Piece::Faults(1)),
            Frame::Lines(lines) => {
                let after = reading.after(lines.bytes());
                let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
                let mut census = accesslog::Census::default();
                let mut each = |_: Position, record: &Record<'_>| observe(Piece::Record(record));
                match reading.framing {
                    Framing::Lines => parse_chunk(chunk, &reading, &mut census, each),
                    Framing::Elements => parse_elements(chunk, &lines.places, &reading, &mut census, &mut each),
                }
                observe(Piece::Faults(census.fault_count()));
                reading = after.unwrap_or(reading);
                spare = lines.into_buffer();
            }
        }
    }
    observe(Piece::End);
    opened.framer.into_error().map_or(Ok(()), |error| Err(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path, name: &str) -> Option<PathBuf> {
        below(&fs::canonicalize(root).unwrap(), &[name.as_bytes().to_vec()])
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        fs::create_dir_all(root.join("a")).unwrap();
        fs::write(root.join("a/b.csv"), "x").unwrap();
        fs::write(outer.path().join("secret.csv"), "x").unwrap();
        for name in ["a/b.csv", "/a/b.csv", "a//./b.csv"] {
            assert!(found(&root, name).is_some(), "{name}");
        }
        let secret = outer.path().join("secret.csv");
        for name in
            ["../secret.csv", "a/../../secret.csv", "a/../a/b.csv", secret.to_str().unwrap(), "a", "", "a/b.csv\0"]
        {
            assert_eq!(found(&root, name), None, "{name}");
        }
        let own = fs::canonicalize(&root).unwrap();
        assert_eq!(below(&own, &[b"\xFF".to_vec()]), None, "a name that is no text");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(&secret, root.join("out.csv")).unwrap();
            std::os::unix::fs::symlink(outer.path(), root.join("up")).unwrap();
            std::os::unix::fs::symlink("a/b.csv", root.join("in.csv")).unwrap();
            assert_eq!((found(&root, "out.csv"), found(&root, "up/secret.csv")), (None, None));
            assert!(found(&root, "in.csv").is_some(), "within the folder");
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, text).unwrap();
        encoder.finish().unwrap()
    }

    /// What is seen of an object: its text, its targets, its faults, and how many texts begin and end in it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    struct Seen {
        text: Vec<u8>,
        targets: Vec<String>,
        faults: u64,
        begun: usize,
        ended: usize,
    }

    /// What is seen of files below a folder, each by its names, and what became of them.
    fn seen(root: &Path, wanted: &[Wanted], (threads, progress): (usize, &Progress)) -> Vec<(usize, Seen, Found)> {
        let observe = |seen: &mut Seen, piece: Piece<'_>| match piece {
            Piece::Begin => seen.begun += 1,
            Piece::Bytes(bytes) => seen.text.extend_from_slice(bytes),
            Piece::Record(record) => {
                seen.targets.push(String::from_utf8_lossy(record.target.unwrap_or_default()).into());
            }
            Piece::Faults(count) => seen.faults += count,
            Piece::End => seen.ended += 1,
        };
        let end = |all: &mut Vec<_>, seen, place, found| all.push((place, seen, found));
        let config = Config { threads, ..Config::default() };
        let merge = |one: &mut Vec<_>, other: Vec<_>| one.extend(other);
        let begin = |_| Seen::default();
        let mut all = contents((root, wanted), (&config, progress), Vec::new(), begin, observe, end, merge).unwrap();
        all.sort_by_key(|(place, ..)| *place);
        all
    }

    fn wanted(name: &str, is_log: bool) -> Wanted {
        Wanted { names: vec![b"elsewhere".to_vec(), name.as_bytes().to_vec()], is_log }
    }

    #[test]
    fn an_object_is_shown_as_what_it_is_said_to_be_whoever_reads_it() {
        let root = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| fs::write(root.path().join(name), bytes).unwrap();
        let line = |path: &str| {
            format!("192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET {path} HTTP/1.1\" 200 5 \"-\" \"-\"\n")
        };
        let log = [&line("/a"), "no record\n", &line("/b")].concat();
        let table = [&b"mail\na@x\n"[..], &vec![b'y'; 100_000]].concat();
        file("table.csv", &table);
        file("table.csv.gz", &gzip(&table));
        file("access.log", log.as_bytes());
        file("access.log.gz", &gzip(log.as_bytes()));
        file("long.log", &[log.as_bytes(), &vec![b'z'; LINE_BYTES_MAX + 9], b"\n"].concat());
        file("empty.log", b"");
        file("records.json", br#"{"records":[{"request":"GET /c HTTP/1.1","status":200}]}"#);
        file("cut.gz", &gzip(&table)[..90]);
        file("no.log", b"12:00:00 something else\n12:00:01 again\n");
        let names = [
            "table.csv",
            "table.csv.gz",
            "access.log",
            "access.log.gz",
            "empty.log",
            "records.json",
            "cut.gz",
            "no.log",
            "none",
            "long.log",
        ];
        let all: Vec<Wanted> = names.iter().map(|name| wanted(name, !name.starts_with(['t', 'c']))).collect();
        let whole = seen(root.path(), &all, (1, &Progress::default()));
        assert_eq!(seen(root.path(), &all, (3, &Progress::default())), whole, "threads change nothing");
        let size = |name: &str| fs::metadata(root.path().join(name)).unwrap().len();
        for (place, name) in names.iter().enumerate().take(6) {
            assert_eq!(whole[place].2, Found::Whole(size(name)), "{name}");
        }
        for place in [0, 1] {
            let seen = Seen { text: table.clone(), begun: 1, ended: 1, ..Seen::default() };
            assert!(whole[place].1 == seen, "{}", names[place]);
        }
        for place in [2, 3] {
            let targets = vec!["/a".to_owned(), "/b".to_owned()];
            assert_eq!(whole[place].1, Seen { targets, faults: 1, begun: 1, ended: 1, ..Seen::default() });
        }
        assert_eq!(whole[4].1, Seen { begun: 1, ended: 1, ..Seen::default() }, "an empty log is one");
        assert_eq!(whole[5].1.targets, ["/c"]);
        let Found::Unread(because) = &whole[6].2 else { panic!("{:?}", whole[6].2) };
        assert!(!because.is_empty() && table.starts_with(&whole[6].1.text), "what is cut off is said to be");
        assert!(matches!(whole[7].2, Found::Unread(_)), "{:?}", whole[7].2);
        assert_eq!((&whole[8].1, &whole[8].2), (&Seen::default(), &Found::Missing));
        assert_eq!((whole[9].1.faults, whole[9].1.targets.len()), (2, 2), "a line that is too long is a fault");
    }

    /// A text whose reading is interrupted before it is read, and again before its end is.
    struct Interrupted(Vec<&'static [u8]>);

    impl Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.pop() {
                Some(b"") => Err(std::io::ErrorKind::Interrupted.into()),
                Some(text) => {
                    buffer[..text.len()].copy_from_slice(text);
                    Ok(text.len())
                }
                None => Ok(0),
            }
        }
    }

    #[test]
    fn an_interrupted_text_is_read_on() {
        let text = Interrupted(vec![b"", b"world", b"", b"hello "]);
        let mut seen = Vec::new();
        let mut observe = |piece: Piece<'_>| {
            if let Piece::Bytes(bytes) = piece {
                seen.extend_from_slice(bytes);
            }
        };
        assert_eq!(plain(Box::new(text), &Progress::default(), &mut observe), Ok(()));
        assert_eq!(seen, b"hello world");
    }

    #[test]
    fn a_log_that_is_cut_off_is_shown_as_far_as_it_goes() {
        let root = tempfile::tempdir().unwrap();
        let line = |number: usize| {
            let hex = format!("{:016x}", (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            format!("192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET /{number}/{hex} HTTP/1.1\" 200 5 \"-\" \"-\"\n")
        };
        let packed = gzip((0..4_000).map(line).collect::<String>().as_bytes());
        fs::write(root.path().join("late.log.gz"), &packed[..packed.len() - 9]).unwrap();
        fs::write(root.path().join("early.log.gz"), &packed[..12]).unwrap();
        let all = [wanted("late.log.gz", true), wanted("early.log.gz", true)];
        let all = seen(root.path(), &all, (1, &Progress::default()));
        let Found::Unread(because) = &all[0].2 else { panic!("{:?}", all[0].2) };
        assert!(!because.is_empty() && 3_000 < all[0].1.targets.len(), "{because}: {}", all[0].1.targets.len());
        assert!(matches!(all[1].2, Found::Unread(_)) && all[1].1.targets.is_empty(), "{:?}", all[1].2);
    }

    #[test]
    fn what_a_stopped_scan_did_not_read_is_not_whole() {
        let root = tempfile::tempdir().unwrap();
        let line = "192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n";
        fs::write(root.path().join("a.log"), line).unwrap();
        let progress = Progress::default();
        progress.stop();
        for is_log in [true, false] {
            let all = seen(root.path(), &[wanted("a.log", is_log)], (1, &progress));
            assert_eq!(all[0].2, Found::Unread(STOPPED.to_owned()));
            assert!(all[0].1.text.is_empty() && all[0].1.targets.is_empty());
        }
        let gone = seen(&root.path().join("gone"), &[wanted("a.log", false)], (1, &Progress::default()));
        assert_eq!(gone[0].2, Found::Missing, "no folder, no file");
    }
}

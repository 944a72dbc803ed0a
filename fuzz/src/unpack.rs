//! Any bytes as a compressed log: what is read of it is what the codec's own library reads, and what is said to be whole is.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

use accesslog::Reading;
use scan::{Condition, Config, Inputs, Layer, Met, walk};

/// How much is unpacked for comparison: more is the business of the bounds.
const UNPACKED_MAX: u64 = 1 << 20;

/// How many zeros before the padding may be the stream's own: an empty member of gzip ends with eight.
const OWN_ZEROS_MAX: usize = 16;

/// Checks a file.
pub fn check(bytes: &[u8]) {
    let Some((layer, _)) = reference(bytes) else { return };
    let (is_sound, text) = by_library(bytes);
    if text.len() as u64 == UNPACKED_MAX {
        return;
    }
    let mut wanted: Vec<&[u8]> = lines(&text);
    if !is_sound {
        // What the library had in hand when it failed, it keeps: its last line may go on.
        wanted.pop();
    }
    let path = file();
    fs::write(&path, bytes).expect("the file is written");
    let reading = accesslog::named("common").map(|format| Reading::listed(format).strictly());
    let config = Config { reading, ..Config::default() };
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let account = walk(&Inputs::find([&path]), &config, &mut |met| {
        match met {
            Met::Line(_, line) => seen.push(line.line.bytes.to_vec()),
            Met::Torn(..) | Met::Source(_) => {}
        }
        true
    });
    let Some(source) = account.sources.first() else { return };
    // What is packed twice, or holds an archive, is taken further apart than the library does.
    if source.layers.0 != [layer] {
        return;
    }
    let common = seen.len().min(wanted.len());
    for (number, (one, other)) in seen[..common].iter().zip(&wanted).enumerate() {
        assert!(one == other, "line {number}, {}, is in the library {}", one.escape_ascii(), other.escape_ascii());
    }
    match &source.condition {
        Condition::Complete => {
            assert!(is_sound, "what the library refuses is not said to be whole");
            assert_eq!(seen.len(), wanted.len(), "no line is lost or made up");
        }
        _ => assert!(!is_sound || seen.len() <= wanted.len(), "no line is made up"),
    }
}

/// Whether the library reads it to its end, and what it reads. Zeros behind it are padding, at which only tools do not stop.
fn by_library(bytes: &[u8]) -> (bool, Vec<u8>) {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let mut first = None;
    for cut in [0].into_iter().chain((zeros.saturating_sub(OWN_ZEROS_MAX).max(1)..=zeros).rev()) {
        let mut text = Vec::new();
        let Some((_, mut reader)) = reference(&bytes[..bytes.len() - cut]) else { break };
        let is_sound = reader.by_ref().take(UNPACKED_MAX).read_to_end(&mut text).is_ok();
        if is_sound {
            return (true, text);
        }
        first.get_or_insert(text);
    }
    (false, first.unwrap_or_default())
}

/// The codec by its first bytes, and its own library.
fn reference(bytes: &[u8]) -> Option<(Layer, Box<dyn Read + '_>)> {
    Some(match bytes {
        [0x1F, 0x8B, ..] => (Layer::Gzip, Box::new(flate2::read::MultiGzDecoder::new(bytes))),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => (Layer::Zstd, Box::new(zstd::Decoder::new(bytes).ok()?)),
        [b'B', b'Z', b'h', ..] => (Layer::Bzip2, Box::new(bzip2::read::MultiBzDecoder::new(bytes))),
        _ => return None,
    })
}

/// Lines without their ends.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
}

/// A file of this process alone, in memory where the system has a place for that.
pub(super) fn file() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let thread = format!("{:?}", std::thread::current().id());
    let number: String = thread.chars().filter(char::is_ascii_digit).collect();
    FOLDER.get_or_init(made).path().join(format!("file-{number}.log"))
}

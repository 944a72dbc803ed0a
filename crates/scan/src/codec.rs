//! Decompression of streams.
//!
//! A compressed file is a row of members (RFC 1952, section 2.2; "streams" of bzip2 and xz, "frames" of lz4 and zstd),
//! and log collectors write many to a file. The members are read one after the other here, because what stands between
//! them is evidence: zero bytes are the padding of tapes and are ignored, as gzip does; anything else is lost text, and
//! is said. Members of zstd are left to its library, which tells frames from what is to be skipped.
//!
//! A decoder is trusted with memory only to a bound: whoever makes a file says how large a window its reader needs.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;
// Named for its features (see the workspace's manifest); flate2 calls it.
use zlib_rs as _;

use crate::Layer;

/// The largest window (zstd) or dictionary (xz) that a decoder may need, as a power of two of bytes: 128 MiB, which
/// covers every level of both tools that is not asked for by `--ultra --long`.
const WINDOW_BYTES_LOG_MAX: u32 = 27;

/// What an xz decoder needs beside its dictionary, in KiB, generously.
const XZ_OVERHEAD_KIB: u32 = 1024;

/// How much is read of a compressed file at once, in bytes.
const COMPRESSED_READ_BYTES: usize = 128 << 10;

/// A fault in words that need no other words around them.
#[derive(Debug)]
pub(crate) struct Said {
    text: String,
    /// Whether what was unpacked before it may be wrong.
    is_damage: bool,
}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Error for Said {}

/// An error that says this and no more.
pub(crate) fn said(kind: io::ErrorKind, text: impl Into<String>) -> io::Error {
    io::Error::new(kind, Said { text: text.into(), is_damage: false })
}

/// An error that says this and no more: what was unpacked before it may be wrong.
pub(crate) fn damaged(kind: io::ErrorKind, text: &str) -> io::Error {
    io::Error::new(kind, Said { text: format!("{text}: what was unpacked before that may be wrong"), is_damage: true })
}

/// Whether an error says that what was unpacked before it may be wrong: a checksum is told at the end of what it covers.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Said>()).is_some_and(|said| said.is_damage)
}

/// Whether an error needs no other words: a fault that is told already, or an interruption, which is none.
pub(crate) fn is_told(error: &io::Error) -> bool {
    let is_said = error.get_ref().and_then(|inner| inner.downcast_ref::<Said>()).is_some();
    is_said || error.kind() == io::ErrorKind::Interrupted
}

/// The text of a compressed stream.
///
/// # Errors
///
/// That the decoder could not be made.
pub(crate) fn decoder<'r>(layer: Layer, reader: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let reader = BufReader::with_capacity(COMPRESSED_READ_BYTES, reader);
    Ok(match layer {
        Layer::Zstd => {
            let mut decoder = zstd::Decoder::with_buffer(reader)?;
            decoder.window_log_max(WINDOW_BYTES_LOG_MAX)?;
            Box::new(Explained { layer, reader: decoder })
        }
        _ => Box::new(Explained { layer, reader: Members { layer, state: State::Between(reader) } }),
    })
}

/// A reader whose faults are told in terms of its codec.
struct Explained<R> {
    layer: Layer,
    reader: R,
}

impl<R: Read> Read for Explained<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer).map_err(|error| explain(self.layer, error))
    }
}

fn explain(layer: Layer, error: io::Error) -> io::Error {
    // A fault of a layer further out is told already.
    if is_told(&error) {
        return error;
    }
    let name = layer.name();
    let text = error.to_string();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => said(error.kind(), format!("the {name} stream is cut off")),
        io::ErrorKind::OutOfMemory => said(error.kind(), too_large(name)),
        _ if text.contains("too much memory") => said(error.kind(), too_large(name)),
        kind => damaged(kind, &format!("the {name} stream is damaged ({text})")),
    }
}

fn too_large(name: &str) -> String {
    format!("the {name} stream needs a window of more than {} MiB", (1_u64 << WINDOW_BYTES_LOG_MAX) >> 20)
}

/// The members of a stream, one after the other.
struct Members<R: BufRead> {
    layer: Layer,
    state: State<R>,
}

enum State<R: BufRead> {
    Between(R),
    Member(Member<R>),
    Over,
}

enum Member<R: BufRead> {
    Gzip(Box<GzDecoder<R>>),
    Bzip2(Box<bzip2::bufread::BzDecoder<R>>),
    Xz(Box<XzReader<R>>),
    Lz4(Box<FrameDecoder<Watched<R>>>),
}

impl<R: BufRead> Members<R> {
    /// Begins the next member, or ends the stream.
    fn next_member(&self, mut reader: R) -> io::Result<State<R>> {
        loop {
            let ahead = reader.fill_buf()?;
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            let first = ahead.get(zeros).copied();
            if ahead.is_empty() {
                return Ok(State::Over);
            }
            reader.consume(zeros);
            if let Some(first) = first {
                return self.member(first, reader).map(State::Member);
            }
        }
    }

    fn member(&self, first: u8, reader: R) -> io::Result<Member<R>> {
        match (self.layer, first) {
            (Layer::Gzip, 0x1F) => Ok(Member::Gzip(Box::new(GzDecoder::new(reader)))),
            (Layer::Bzip2, b'B') => Ok(Member::Bzip2(Box::new(bzip2::bufread::BzDecoder::new(reader)))),
            (Layer::Xz, 0xFD) => {
                let memory_kib = (1 << (WINDOW_BYTES_LOG_MAX - 10)) + XZ_OVERHEAD_KIB;
                Ok(Member::Xz(Box::new(XzReader::new_mem_limit(reader, false, memory_kib))))
            }
            (Layer::Lz4, 0x04) => Ok(Member::Lz4(Box::new(FrameDecoder::new(Watched { reader, has_met_end: false })))),
            (layer, _) => Err(said(
                io::ErrorKind::InvalidData,
                format!("bytes behind the last {} member are no member, and were not read", layer.name()),
            )),
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(0),
                State::Between(reader) => self.next_member(reader)?,
                State::Member(mut member) => match member.read(buffer)? {
                    0 => State::Between(member.into_reader()?),
                    count => {
                        self.state = State::Member(member);
                        return Ok(count);
                    }
                },
            };
        }
    }
}

impl<R: BufRead> Member<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Member::Gzip(decoder) => decoder.read(buffer),
            Member::Bzip2(decoder) => decoder.read(buffer),
            Member::Xz(decoder) => decoder.read(buffer),
            Member::Lz4(decoder) => decoder.read(buffer),
        }
    }

    /// What follows a member that is over.
    fn into_reader(self) -> io::Result<R> {
        match self {
            Member::Gzip(decoder) => Ok(decoder.into_inner()),
            Member::Bzip2(decoder) => Ok(decoder.into_inner()),
            Member::Xz(decoder) => Ok(decoder.into_inner()),
            // This decoder takes the end of the stream for the end of a frame, wherever it comes.
            Member::Lz4(decoder) => match decoder.into_inner() {
                Watched { has_met_end: true, .. } => Err(io::ErrorKind::UnexpectedEof.into()),
                Watched { reader, .. } => Ok(reader),
            },
        }
    }
}

/// A reader that remembers whether it was asked for more than there is.
struct Watched<R> {
    reader: R,
    has_met_end: bool,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.has_met_end |= count == 0 && !buffer.is_empty();
        Ok(count)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use super::*;

    /// All codecs.
    pub(crate) const CODECS: [Layer; 5] = [Layer::Gzip, Layer::Zstd, Layer::Bzip2, Layer::Xz, Layer::Lz4];

    /// The text, compressed.
    pub(crate) fn packed(layer: Layer, text: &[u8]) -> Vec<u8> {
        match layer {
            Layer::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Layer::Zstd => {
                let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
                encoder.include_checksum(true).unwrap();
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Layer::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Layer::Xz => {
                let options = lzma_rust2::XzOptions::with_preset(1);
                let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Layer::Lz4 => {
                let options = lz4_flex::frame::FrameInfo::new().content_checksum(true);
                let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(options, Vec::new());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Layer::Tar | Layer::Zip => unreachable!("archives are no codecs"),
        }
    }

    fn unpacked(layer: Layer, bytes: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let error = decoder(layer, bytes).unwrap().read_to_end(&mut out).err();
        (out, error.map(|error| error.to_string()))
    }

    #[test]
    fn members_are_one_text() {
        for layer in CODECS {
            let bytes = [packed(layer, b"one\nt"), packed(layer, b""), packed(layer, b"wo\n")].concat();
            assert_eq!(Layer::of(&bytes), Ok(Some(layer)));
            assert_eq!(unpacked(layer, &bytes), (b"one\ntwo\n".to_vec(), None), "{layer:?}");
        }
    }

    #[test]
    fn padding_is_ignored_and_garbage_is_said() {
        for layer in CODECS {
            let padded = [packed(layer, b"one\n"), vec![0; 512], packed(layer, b"two\n"), vec![0; 7]].concat();
            let expected = if layer == Layer::Zstd { (&b"one\n"[..], true) } else { (&b"one\ntwo\n"[..], false) };
            let (text, error) = unpacked(layer, &padded);
            assert_eq!((&text[..], error.is_some()), expected, "{layer:?}");
            let (text, error) = unpacked(layer, &[packed(layer, b"one\n"), b"garbage".to_vec()].concat());
            assert_eq!((&text[..], error.is_some()), (&b"one\n"[..], true), "{layer:?}");
        }
    }

    #[test]
    fn frames_that_are_to_be_skipped_are_skipped() {
        let skipped = [&[0x53, 0x2A, 0x4D, 0x18, 5, 0, 0, 0][..], b"notes"].concat();
        let bytes = [skipped.clone(), packed(Layer::Zstd, b"one\n"), skipped, packed(Layer::Zstd, b"two\n")].concat();
        assert_eq!(Layer::of(&bytes), Ok(Some(Layer::Zstd)));
        assert_eq!(unpacked(Layer::Zstd, &bytes), (b"one\ntwo\n".to_vec(), None));
    }

    #[test]
    fn a_cut_anywhere_is_noticed_and_what_stands_before_it_is_kept() {
        let text: Vec<u8> =
            (0..400).flat_map(|number| format!("{number} {}\n", number * number).into_bytes()).collect();
        for layer in CODECS {
            let whole = packed(layer, &text);
            assert_eq!(unpacked(layer, &whole), (text.clone(), None));
            for cut in 1..whole.len() {
                let (out, error) = unpacked(layer, &whole[..cut]);
                assert!(error.is_some(), "{layer:?} cut at {cut} of {}", whole.len());
                assert!(text.starts_with(&out));
            }
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed_or_changes_nothing() {
        let text = b"192.0.2.1 - - some text that is compressed, and some more text that is\n".repeat(4);
        for layer in CODECS {
            let whole = packed(layer, &text);
            for bit in 0..whole.len() * 8 {
                let mut flipped = whole.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                if Layer::of(&flipped) == Ok(Some(layer)) {
                    let (out, error) = unpacked(layer, &flipped);
                    assert!(error.is_some() || out == text, "{layer:?} bit {bit}");
                }
            }
        }
    }

    #[test]
    fn each_fault_is_told_by_what_it_is() {
        let told = |layer: Layer, error: io::Error| {
            let error = explain(layer, error);
            (error.to_string(), is_damage(&error))
        };
        let cut = told(Layer::Gzip, io::ErrorKind::UnexpectedEof.into());
        assert_eq!(cut, ("the gzip stream is cut off".to_owned(), false));
        let too_large = ("the xz stream needs a window of more than 128 MiB".to_owned(), false);
        assert_eq!(told(Layer::Xz, io::ErrorKind::OutOfMemory.into()), too_large);
        assert_eq!(told(Layer::Xz, io::Error::other("it needs too much memory")), too_large);
        let (text, is_damage) = told(Layer::Gzip, io::Error::new(io::ErrorKind::InvalidData, "no such code"));
        assert!(text.starts_with("the gzip stream is damaged (no such code)") && is_damage, "{text}");
        // What a layer further out told is not told again, and an interruption is none.
        let (text, is_damage) = told(Layer::Gzip, said(io::ErrorKind::InvalidData, "in these words"));
        assert_eq!((text.as_str(), is_damage), ("in these words", false));
        let interrupted = explain(Layer::Gzip, io::ErrorKind::Interrupted.into());
        assert!(interrupted.kind() == io::ErrorKind::Interrupted && is_told(&interrupted));
        assert!(interrupted.get_ref().is_none() && !is_told(&io::Error::other("another")));
    }

    #[test]
    fn only_a_checksum_that_does_not_hold_says_that_text_may_be_wrong() {
        let fault = |bytes: &[u8]| decoder(Layer::Gzip, bytes).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        let mut bytes = packed(Layer::Gzip, b"one\ntwo\n");
        assert!(!is_damage(&fault(&bytes[..bytes.len() - 1])));
        let sum = bytes.len() - 8;
        bytes[sum] ^= 1;
        assert!(is_damage(&fault(&bytes)));
        bytes[sum] ^= 1;
        bytes.extend_from_slice(b"garbage");
        assert!(!is_damage(&fault(&bytes)));
    }

    /// A stream of xz whose header asks for another dictionary, by its byte for that (the .xz file format, 5.3.1).
    fn with_dictionary(size: u8) -> Vec<u8> {
        let mut bytes = packed(Layer::Xz, b"one\n");
        // The header of the block stands behind the stream's, says its own length first and ends in its checksum.
        let (begin, end) = (12, 12 + (usize::from(bytes[12]) + 1) * 4);
        let filter = bytes[begin..end].windows(2).position(|pair| pair == [0x21, 1]).unwrap();
        bytes[begin + filter + 2] = size;
        let mut sum = flate2::Crc::new();
        sum.update(&bytes[begin..end - 4]);
        bytes[end - 4..end].copy_from_slice(&sum.sum().to_le_bytes());
        bytes
    }

    #[test]
    fn the_largest_dictionary_of_the_usual_levels_is_read_and_the_next_refused() {
        assert_eq!(unpacked(Layer::Xz, &with_dictionary(30)), (b"one\n".to_vec(), None), "128 MiB");
        for larger in [31, 32, 40] {
            let (_, error) = unpacked(Layer::Xz, &with_dictionary(larger));
            assert_eq!(error.as_deref(), Some("the xz stream needs a window of more than 128 MiB"), "{larger}");
        }
    }

    #[test]
    fn a_window_that_is_too_large_is_refused() {
        // A frame header that asks for a window of 2 GiB: descriptor 0, window exponent 21.
        let frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 21 << 3, 0x01, 0x00, 0x00];
        let (_, error) = unpacked(Layer::Zstd, &frame);
        assert_eq!(error.as_deref(), Some("the zstd stream needs a window of more than 128 MiB"));
    }
}

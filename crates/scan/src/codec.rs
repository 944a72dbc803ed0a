//! Compression, told by the first bytes of a file and never by its name.
//!
//! A gzip file is a row of members (RFC 1952, section 2.2), and log collectors write many to a file. The
//! members are read one after the other here, because what stands between them is evidence: zero bytes are the
//! padding of tapes and are ignored, as gzip does; anything else is lost text, and is said.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;
// Named for its features (see the workspace's manifest); flate2 calls it.
use zlib_rs as _;

/// How a source is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Plain,
    /// gzip, RFC 1952.
    Gzip,
}

impl Codec {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Plain => "plain",
            Codec::Gzip => "gzip",
        }
    }

    /// The codec of a file that begins so.
    ///
    /// # Errors
    ///
    /// What the file is, where it is nothing that can be read as text.
    pub(crate) fn of(opening: &[u8]) -> Result<Codec, &'static str> {
        match opening {
            [0x1F, 0x8B, ..] => Ok(Codec::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Err("compressed with zstd, which is not read yet"),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Err("compressed with bzip2, which is not read yet"),
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Err("compressed with xz, which is not read yet"),
            [0x04, 0x22, 0x4D, 0x18, ..] => Err("compressed with lz4, which is not read yet"),
            [b'P', b'K', 3, 4, ..] => Err("a zip archive, which is not read yet"),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                Err("text in UTF-16, which no access log is written in: convert it first")
            }
            _ => Ok(Codec::Plain),
        }
    }
}

/// The text of all members of a gzip stream.
pub(crate) struct Gunzip<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Member(Box<GzDecoder<R>>),
    Between(R),
    Over,
}

impl<R: BufRead> Gunzip<R> {
    pub(crate) fn new(reader: R) -> Gunzip<R> {
        Gunzip { state: State::Between(reader) }
    }

    /// Begins the next member, or ends the stream.
    fn next_member(mut reader: R) -> io::Result<State<R>> {
        loop {
            let ahead = reader.fill_buf()?;
            let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
            match ahead.get(zeros) {
                _ if ahead.is_empty() => return Ok(State::Over),
                None => reader.consume(zeros),
                Some(0x1F) => {
                    reader.consume(zeros);
                    return Ok(State::Member(Box::new(GzDecoder::new(reader))));
                }
                Some(_) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "bytes behind the last gzip member are no member, and were not read",
                    ));
                }
            }
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(0),
                State::Between(reader) => Gunzip::next_member(reader)?,
                State::Member(mut member) => match member.read(buffer).map_err(explain)? {
                    0 => State::Between(member.into_inner()),
                    count => {
                        self.state = State::Member(member);
                        return Ok(count);
                    }
                },
            };
        }
    }
}

fn explain(error: io::Error) -> io::Error {
    let text = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip stream is cut off".to_owned(),
        _ => format!("the gzip stream is damaged ({error})"),
    };
    io::Error::new(error.kind(), text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let error = Gunzip::new(bytes).read_to_end(&mut out).err();
        (out, error.map(|error| error.to_string()))
    }

    #[test]
    fn members_and_padding_are_one_text() {
        let bytes = [gzip(b"one\nt"), gzip(b""), gzip(b"wo\n"), vec![0; 512]].concat();
        assert_eq!(gunzip(&bytes), (b"one\ntwo\n".to_vec(), None));
    }

    #[test]
    fn what_was_read_before_a_fault_is_kept_and_the_fault_is_said() {
        let whole = gzip(&b"0123456789\n".repeat(1000));
        for cut in 1..whole.len() {
            let (text, error) = gunzip(&whole[..cut]);
            assert!(error.is_some(), "a cut at {cut} is noticed");
            assert!(b"0123456789\n".repeat(1000).starts_with(&text));
        }
        let (text, error) = gunzip(&[gzip(b"one\n"), b"garbage".to_vec()].concat());
        assert_eq!((text, error.is_some()), (b"one\n".to_vec(), true));
    }

    #[test]
    fn a_flipped_bit_is_noticed_or_changes_nothing() {
        let whole = gzip(b"192.0.2.1 - - some text that is compressed, and some more text that is\n");
        let (text, _) = gunzip(&whole);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (out, error) = gunzip(&flipped);
            assert!(error.is_some() || out == text, "bit {bit}");
        }
    }
}

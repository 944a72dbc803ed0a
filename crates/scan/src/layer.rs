//! What a file is wrapped in, told by its first bytes and never by its name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many bytes of a file tell what it is: a tar header, which is the longest of all that tell.
pub(crate) const OPENING_BYTES: usize = 512;

/// How many layers are taken off at most, compression and archives alike: `logs.tar.gz` that holds `access.log.gz` has
/// three.
pub(crate) const LAYERS_MAX: usize = 4;

/// One way of wrapping bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Layer {
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// The frames of LZ4.
    Lz4,
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
}

/// The layers around a log, the outermost first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers(pub Vec<Layer>);

/// What files of a kind begin with.
const MAGICS: [(&[u8], Layer); 7] = [
    (&[0x1F, 0x8B], Layer::Gzip),
    (&[0x28, 0xB5, 0x2F, 0xFD], Layer::Zstd),
    (b"BZh", Layer::Bzip2),
    (&[0xFD, b'7', b'z', b'X', b'Z', 0], Layer::Xz),
    (&[0x04, 0x22, 0x4D, 0x18], Layer::Lz4),
    (b"PK\x03\x04", Layer::Zip),
    // An archive without members.
    (b"PK\x05\x06", Layer::Zip),
];

/// What cannot be read as text, and why.
const UNREADABLE: [(&[u8], &str); 8] = [
    (&[0x1F, 0x9D], "compressed with compress (.Z), which is not read: unpack it first"),
    (&[b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive, which is not read: unpack it first"),
    (b"Rar!\x1A\x07", "a rar archive, which is not read: unpack it first"),
    (b"LZIP", "compressed with lzip, which is not read: unpack it first"),
    (&[0x02, 0x21, 0x4C, 0x18], "compressed with the old form of lz4, which is not read: unpack it first"),
    (&[0xFF, 0x06, 0x00, 0x00, b's', b'N', b'a', b'P'], "compressed with snappy, which is not read: unpack it first"),
    (&[0xFF, 0xFE], "text in UTF-16, which no access log is written in: convert it first"),
    (&[0xFE, 0xFF], "text in UTF-16, which no access log is written in: convert it first"),
];

impl Layer {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Gzip => "gzip",
            Layer::Zstd => "zstd",
            Layer::Bzip2 => "bzip2",
            Layer::Xz => "xz",
            Layer::Lz4 => "lz4",
            Layer::Tar => "tar",
            Layer::Zip => "zip",
        }
    }

    /// What a file that begins so is wrapped in; `None` if it is plain. `opening` is shorter than [`OPENING_BYTES`] only
    /// where the file is.
    ///
    /// # Errors
    ///
    /// What the file is, where it is nothing that can be read as text.
    pub(crate) fn of(opening: &[u8]) -> Result<Option<Layer>, String> {
        if let Some((_, because)) = UNREADABLE.iter().find(|(magic, _)| opening.starts_with(magic)) {
            return Err((*because).to_owned());
        }
        if let Some((_, layer)) = MAGICS.iter().find(|(magic, _)| opening.starts_with(magic)) {
            return Ok(Some(*layer));
        }
        // Frames that are to be skipped come first in files of pzstd.
        if let [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] = opening {
            return Ok(Some(Layer::Zstd));
        }
        let begins = |(magic, _): &&(&[u8], Layer)| magic.starts_with(opening);
        if let (false, Some((_, layer))) = (opening.is_empty(), MAGICS.iter().find(begins)) {
            return Err(format!("cut off in the first bytes of a {} file", layer.name()));
        }
        Ok(is_tar_header(opening).then_some(Layer::Tar))
    }
}

/// Whether a block is the header of a tar member. Old archives have no magic, but all headers have a checksum.
pub(crate) fn is_tar_header(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<OPENING_BYTES>() else { return false };
    let (before, field, after) = (&block[..148], &block[148..156], &block[156..]);
    let text = field.trim_ascii().split(|byte| *byte == 0 || *byte == b' ').next().unwrap_or_default();
    let said = std::str::from_utf8(text).ok().and_then(|text| u32::from_str_radix(text, 8).ok());
    let sum: u32 = before.iter().chain(after).map(|byte| u32::from(*byte)).sum();
    // The field itself counts as eight blanks.
    said == Some(sum + 8 * u32::from(b' '))
}

impl fmt::Display for Layers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_last() {
            None => out.write_str("plain"),
            Some((inner, outer)) => {
                out.write_str(inner.name())?;
                outer.iter().rev().try_for_each(|layer| write!(out, " in {}", layer.name()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_as_text_is_refused_by_its_name() {
        for (magic, because) in UNREADABLE {
            let file = [magic, &[b'x'; OPENING_BYTES]].concat();
            assert_eq!(Layer::of(&file), Err(because.to_owned()));
        }
        for (magic, layer) in MAGICS {
            let file = [magic, &[b'x'; OPENING_BYTES]].concat();
            assert_eq!(Layer::of(&file), Ok(Some(layer)));
        }
    }

    #[test]
    fn a_checksum_is_written_in_many_ways() {
        let mut header = tar::Header::new_old();
        header.set_path("access.log").unwrap();
        header.set_size(700);
        header.set_cksum();
        let sum = header.cksum().unwrap();
        let ways = [
            format!("{sum:06o}\0 "),
            format!("{sum:06o} \0"),
            format!("{sum:07o}\0"),
            format!("{sum:6o}\0 "),
            format!("{sum:7o} "),
        ];
        for way in ways {
            let mut block = *header.as_bytes();
            block[148..156].copy_from_slice(way.as_bytes());
            assert_eq!(Layer::of(&block), Ok(Some(Layer::Tar)), "{way:?}");
            block[0] += 1;
            assert_eq!(Layer::of(&block), Ok(None), "{way:?}");
        }
    }

    #[test]
    fn a_file_that_is_cut_within_its_magic_is_no_text() {
        for (magic, layer) in MAGICS {
            assert_eq!(Layer::of(magic), Ok(Some(layer)));
            for cut in 1..magic.len() {
                assert!(Layer::of(&magic[..cut]).is_err(), "{layer:?} cut at {cut}");
            }
        }
        assert_eq!(Layer::of(b""), Ok(None));
        assert_eq!(Layer::of(b"BZ 12:00:00"), Ok(None));
    }

    #[test]
    fn a_block_of_zeros_or_text_is_no_tar_header() {
        let header = tar::Header::new_ustar();
        let mut named = header.clone();
        named.set_cksum();
        assert!(is_tar_header(named.as_bytes()), "a name is not needed");
        assert!(!is_tar_header(header.as_bytes()), "without its checksum");
        assert!(!is_tar_header(&[0; OPENING_BYTES]) && !is_tar_header(&[b'0'; OPENING_BYTES]));
        assert!(!is_tar_header(&named.as_bytes()[..OPENING_BYTES - 1]));
    }

    #[test]
    fn layers_are_named_from_within() {
        assert_eq!(Layers::default().to_string(), "plain");
        assert_eq!(Layers(vec![Layer::Zstd, Layer::Tar, Layer::Gzip]).to_string(), "gzip in tar in zstd");
    }
}

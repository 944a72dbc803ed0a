//! Taking off the compression, layer by layer, until text or an archive is met.

use std::io::{self, Cursor, Read};

use crate::budget::{Budget, Packed};
use crate::codec::decoder;
use crate::layer::{LAYERS_MAX, OPENING_BYTES};
use crate::{Layer, Layers};

/// What is left when all compression is taken off.
pub(crate) struct Peeled<'r> {
    /// All of it, from its beginning.
    pub(crate) reader: Box<dyn Read + 'r>,
    /// The layers taken off so far; the last is the archive, if this is one.
    pub(crate) layers: Layers,
    /// Whether it is an archive, and which.
    pub(crate) archive: Option<Layer>,
}

/// Whose bytes are unpacked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whose {
    /// Those of a file.
    File,
    /// Those of a member of an archive, that many.
    Member(u64),
}

/// Takes off compression until there is none.
///
/// # Errors
///
/// Why it is nothing that can be read, with the layers that were taken off.
pub(crate) fn peel<'r>(
    mut reader: Box<dyn Read + 'r>,
    mut layers: Layers,
    budget: &Budget,
    whose: Whose,
) -> Result<Peeled<'r>, (Layers, String)> {
    loop {
        let (opening, fault) = peek(&mut reader, OPENING_BYTES);
        let layer = match Layer::of(&opening) {
            // What looks like no text may be text that is cut off.
            Err(because) => return Err((layers, fault.map_or(because, |fault| fault.to_string()))),
            Ok(layer) => layer,
        };
        reader = Box::new(Cursor::new(opening).chain(Fault(fault)).chain(reader));
        let Some(layer) = layer else { return Ok(Peeled { reader, layers, archive: None }) };
        if layers.0.len() == LAYERS_MAX {
            return Err((layers, format!("more than {LAYERS_MAX} layers of compression and archives")));
        }
        layers.0.push(layer);
        if matches!(layer, Layer::Tar | Layer::Zip) {
            return Ok(Peeled { reader, layers, archive: Some(layer) });
        }
        let decoder = match decoder(layer, reader) {
            Err(error) => return Err((layers, error.to_string())),
            Ok(decoder) => decoder,
        };
        reader = match whose {
            Whose::File => Box::new(budget.of_file(decoder)),
            Whose::Member(bytes) => Box::new(budget.of_member(decoder, bytes)),
        };
    }
}

/// The first bytes of a reader, and the fault that came instead of more.
pub(crate) fn peek(reader: &mut impl Read, bytes: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut opening = Vec::new();
    let fault = reader.take(bytes as u64).read_to_end(&mut opening).err();
    (opening, fault)
}

/// A reader of nothing but a fault, once.
pub(crate) struct Fault(pub(crate) Option<io::Error>);

impl Read for Fault {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The budget for a look at the opening of a file, which cannot become much.
pub(crate) fn glance_budget() -> Budget {
    Budget::new(Default::default(), Packed::Bytes(0))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// What is left of some bytes, how it was wrapped, which archive it is, and whether it could be read to its end.
    type Left = (Vec<u8>, Vec<Layer>, Option<Layer>, bool);

    fn peeled(bytes: &[u8], whose: Whose) -> Result<Left, (Layers, String)> {
        let budget = glance_budget();
        let mut left = peel(Box::new(bytes), Layers::default(), &budget, whose)?;
        let mut text = Vec::new();
        let is_whole = left.reader.read_to_end(&mut text).is_ok();
        Ok((text, left.layers.0, left.archive, is_whole))
    }

    #[test]
    fn all_compression_comes_off_and_nothing_of_the_text_is_lost() {
        let text = b"192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n".repeat(900);
        assert_eq!(peeled(&text, Whose::File).unwrap(), (text.clone(), vec![], None, true));
        let once = gzip(&text);
        let twice = gzip(&once);
        for whose in [Whose::File, Whose::Member(twice.len() as u64)] {
            let wrapped = vec![Layer::Gzip, Layer::Gzip];
            assert_eq!(peeled(&twice, whose).unwrap(), (text.clone(), wrapped, None, true), "{whose:?}");
        }
        let (cut, layers, _, is_whole) = peeled(&once[..once.len() / 2], Whose::File).unwrap();
        assert!(text.starts_with(&cut) && !is_whole && layers == [Layer::Gzip], "what is cut off is said to be");
        // Of a short text the fault is met by the first look at it.
        let short = gzip(b"one line\n");
        let left = peeled(&short[..short.len() - 4], Whose::File).unwrap();
        assert_eq!(left, (b"one line\n".to_vec(), vec![Layer::Gzip], None, false));
    }

    #[test]
    fn an_archive_is_left_as_it_is() {
        let mut header = tar::Header::new_gnu();
        header.set_size(2);
        header.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append_data(&mut header, "a.log", &b"x\n"[..]).unwrap();
        let archive = builder.into_inner().unwrap();
        let left = peeled(&gzip(&archive), Whose::File).unwrap();
        assert_eq!(left, (archive, vec![Layer::Gzip, Layer::Tar], Some(Layer::Tar), true));
    }

    #[test]
    fn what_is_wrapped_too_often_or_is_no_text_is_refused_with_what_came_off() {
        let mut bytes = b"text\n".to_vec();
        for _ in 0..LAYERS_MAX {
            bytes = gzip(&bytes);
        }
        assert!(peeled(&bytes, Whose::File).is_ok());
        let (layers, because) = peeled(&gzip(&bytes), Whose::File).unwrap_err();
        assert_eq!((layers.0.len(), because.as_str()), (LAYERS_MAX, "more than 4 layers of compression and archives"));
        let (layers, because) = peeled(&gzip(b"PK\x03"), Whose::File).unwrap_err();
        assert_eq!((&layers.0[..], because.as_str()), (&[Layer::Gzip][..], "cut off in the first bytes of a zip file"));
    }
}

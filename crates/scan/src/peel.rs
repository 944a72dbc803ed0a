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

//! The members of a tar archive, as they come.
//!
//! What a tar archive says of a member stands before it, and long names stand in members of their own, which must be read
//! whole: they are allowed a few kilobytes, whatever they claim. Two blocks of zeros end an archive. Without them it may
//! have been cut off between members, and that is said; behind them another archive may follow.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use tar::{Archive, Entry, EntryType};

use crate::codec::said;
use crate::layer::{OPENING_BYTES, is_tar_header};
use crate::peel::{Whose, peek};
use crate::unpack::{Exact, Loss, Place, Unpacker, member_path};

/// How many bytes may stand between the contents of two members: headers, long names, extended headers.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// How much is read at once of an archive that is not compressed, in bytes.
const READ_BYTES: usize = 64 << 10;

/// Shows the members of an archive.
pub(crate) fn members(unpacker: &mut Unpacker<'_>, reader: Box<dyn Read + '_>, place: &Place) {
    let mut reader: Box<dyn Read + '_> = Box::new(BufReader::with_capacity(READ_BYTES, reader));
    loop {
        let watch = Rc::new(Watch::default());
        let mut archive = Archive::new(Watched { reader, watch: Rc::clone(&watch) });
        if let Err(fault) = each(unpacker, &mut archive, &watch, place) {
            return unpacker.skipped(place.path.clone(), fault, Loss::Yes);
        }
        watch.left.set(u64::MAX);
        reader = archive.into_inner().reader;
        match behind(&mut reader) {
            Ok(None) => return,
            Ok(Some(block)) => reader = Box::new(Cursor::new(block).chain(reader)),
            Err(fault) => return unpacker.skipped(place.path.clone(), fault.to_string(), Loss::Yes),
        }
    }
}

/// Shows the members up to the end mark.
///
/// # Errors
///
/// Why what follows cannot be read.
fn each<R: Read>(
    unpacker: &mut Unpacker<'_>,
    archive: &mut Archive<Watched<R>>,
    watch: &Watch,
    place: &Place,
) -> Result<(), String> {
    let told = |error: io::Error| watch.fault.take().unwrap_or_else(|| damaged(&error));
    let mut entries = archive.entries().map_err(told)?;
    loop {
        watch.begin_header();
        let entry = entries.next();
        let has_end_mark = 0 < watch.read.get();
        watch.left.set(u64::MAX);
        match entry {
            None if has_end_mark => return Ok(()),
            None => return Err("the archive has no end mark: it may be cut off".to_owned()),
            Some(Err(error)) => return Err(told(error)),
            Some(Ok(_)) if !unpacker.has_room() => {
                return Err("more members than can be numbered: what follows was not read".to_owned());
            }
            Some(Ok(mut entry)) => {
                member(unpacker, &mut entry, place);
                let size = entry.size();
                let rest = io::copy(&mut entry, &mut io::sink());
                if let Some(fault) = watch.fault.take() {
                    return Err(format!("{fault}: what follows in the archive was not read"));
                }
                rest.map_err(|error| damaged(&error))?;
                // An entry that is cut off just ends; the next header would be read from nothing.
                if watch.is_over.get() && 0 < size {
                    return Err("the archive is cut off".to_owned());
                }
            }
        }
    }
}

fn damaged(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the archive is cut off".to_owned(),
        _ => format!("the archive is damaged ({error})"),
    }
}

fn member<R: Read>(unpacker: &mut Unpacker<'_>, entry: &mut Entry<'_, Watched<R>>, archive: &Place) {
    let path = member_path(&archive.path, &entry.path_bytes());
    match entry.header().entry_type() {
        EntryType::Directory => return,
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
        EntryType::Link | EntryType::Symlink => {
            return unpacker.skipped(path, "a link to another member or file", Loss::No);
        }
        _ => return unpacker.skipped(path, "no regular file", Loss::No),
    }
    if unpacker.wants(&path) {
        let place = Place { path, origin: crate::Origin::Met, layers: archive.layers.clone() };
        let size = entry.size();
        unpacker.content(Box::new(Exact::new(entry, size)), place, Whose::Member(size));
    }
}

/// The next block behind an end mark that is no padding, if it begins another archive.
///
/// # Errors
///
/// What the reader says, or that something else stands there.
fn behind(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    loop {
        let (block, fault) = peek(reader, OPENING_BYTES);
        if let Some(fault) = fault {
            return Err(fault);
        }
        if block.is_empty() {
            return Ok(None);
        }
        if is_tar_header(&block) {
            return Ok(Some(block));
        }
        if block.iter().any(|byte| *byte != 0) {
            let text = "bytes behind the end of the archive are no archive, and were not read";
            return Err(said(io::ErrorKind::InvalidData, text));
        }
    }
}

/// What is known of the reading of an archive.
#[derive(Default)]
struct Watch {
    /// How many bytes may be read before the next content.
    left: Cell<u64>,
    /// How many bytes were read since the last content.
    read: Cell<u64>,
    /// Whether the end was met.
    is_over: Cell<bool>,
    /// The fault of the layers below, if one came.
    fault: RefCell<Option<String>>,
}

impl Watch {
    fn begin_header(&self) {
        self.left.set(HEADER_BYTES_MAX);
        self.read.set(0);
    }
}

struct Watched<R> {
    reader: R,
    watch: Rc<Watch>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.watch.left.get();
        if left == 0 {
            let text = format!("the header of a member is longer than {HEADER_BYTES_MAX} bytes");
            *self.watch.fault.borrow_mut() = Some(text.clone());
            return Err(said(io::ErrorKind::InvalidData, text));
        }
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.reader.read(&mut buffer[..want]).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                *self.watch.fault.borrow_mut() = Some(error.to_string());
            }
        })?;
        self.watch.is_over.set(count == 0 && want != 0);
        self.watch.read.set(self.watch.read.get() + count as u64);
        if left != u64::MAX {
            self.watch.left.set(left - count as u64);
        }
        Ok(count)
    }
}

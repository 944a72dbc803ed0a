//! The members of a zip archive.
//!
//! The directory at the end of the archive tells where its members are; it is read entry by entry and never held whole,
//! and two members of one name are two members. Where the directory is missing, since the archive was cut off, the
//! members are read as they come, as far as their own headers tell their sizes, and the loss is said.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::ZipReadOptions;
use zip::read::{Config, ZipFile, read_zipfile_from_stream};
use zip::result::ZipError;
use zip::unstable::read::{ZipIterable, ZipIterableFiles};

use crate::codec::{Said, said};
use crate::peel::Whose;
use crate::unpack::{Exact, Loss, Place, Unpacker, member_path};

/// How much is read of an archive at once, in bytes.
const READ_BYTES: usize = 64 << 10;

/// Shows the members of the archive at a path.
pub(crate) fn members(unpacker: &mut Unpacker<'_>, place: &Place) {
    let open = || File::open(&place.path).map(|file| BufReader::with_capacity(READ_BYTES, file));
    let (directory, contents) = match (open(), open()) {
        (Ok(directory), Ok(contents)) => (directory, contents),
        (Err(error), _) | (_, Err(error)) => return unpacker.unread(place.clone(), error.to_string()),
    };
    let result = match ZipIterable::try_new(directory, Config::default()) {
        Ok(mut archive) => {
            archive.files().map_err(|error| told(&error)).and_then(|files| each(unpacker, files, contents, place))
        }
        Err(error) => without_directory(unpacker, contents, place)
            .and(Err(format!("the archive has no directory ({}): members may be missing", told(&error)))),
    };
    if let Err(fault) = result {
        unpacker.skipped(place.path.clone(), fault, Loss::Yes);
    }
}

/// Shows the members that a directory lists.
fn each(
    unpacker: &mut Unpacker<'_>,
    files: &mut ZipIterableFiles<BufReader<File>>,
    mut contents: BufReader<File>,
    place: &Place,
) -> Result<(), String> {
    for entry in files {
        let entry = entry.map_err(|error| format!("the directory of the archive is damaged ({})", told(&error)))?;
        if entry.is_dir() {
            continue;
        }
        has_room(unpacker)?;
        let path = member_path(&place.path, entry.name_raw());
        let is_encrypted = entry.encrypted();
        if is_encrypted {
            if unpacker.wants(&path) {
                unpacker.unread(Place { path, ..place.clone() }, "encrypted".to_owned());
            }
            continue;
        }
        match entry.with_reader(&mut contents, ZipReadOptions::default()) {
            Ok(file) => member(unpacker, file, place),
            Err(error) => unpacker.unread(Place { path, ..place.clone() }, told(&error)),
        }
    }
    Ok(())
}

/// Shows the members that come before the archive ends.
fn without_directory(unpacker: &mut Unpacker<'_>, mut contents: BufReader<File>, place: &Place) -> Result<(), String> {
    loop {
        has_room(unpacker)?;
        match read_zipfile_from_stream(&mut contents) {
            Ok(None) => return Ok(()),
            Ok(Some(file)) if file.is_dir() => {}
            Ok(Some(file)) => member(unpacker, file, place),
            Err(error) => return Err(told(&error)),
        }
    }
}

fn has_room(unpacker: &Unpacker<'_>) -> Result<(), String> {
    match unpacker.has_room() {
        true => Ok(()),
        false => Err("more members than can be numbered: what follows was not read".to_owned()),
    }
}

fn member<R: Read>(unpacker: &mut Unpacker<'_>, file: ZipFile<'_, R>, archive: &Place) {
    let path = member_path(&archive.path, file.name_raw());
    if file.is_symlink() {
        return unpacker.skipped(path, "a link to another member or file", Loss::No);
    }
    if unpacker.wants(&path) {
        let place = Place { path, origin: crate::Origin::Met, layers: archive.layers.clone() };
        let (size, packed) = (file.size(), file.compressed_size());
        // A member that is only stored cannot give more than there is.
        let text = unpacker.budget.of_member(Told(Exact::new(file, size)), packed);
        unpacker.content(Box::new(text), place, Whose::Member(size));
    }
}

fn told(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "cut off".to_owned(),
        error => error.to_string(),
    }
}

/// A reader whose faults are told in terms of the archive.
struct Told<R>(R);

impl<R: Read> Read for Told<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let is_told = error.kind() == io::ErrorKind::Interrupted;
            if is_told || error.get_ref().is_some_and(|inner| inner.is::<Said>()) {
                return error;
            }
            let text = match error.kind() {
                io::ErrorKind::UnexpectedEof => "the archive is cut off within this member".to_owned(),
                _ => format!("the member is damaged ({error})"),
            };
            said(error.kind(), text)
        })
    }
}

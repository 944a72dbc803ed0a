//! The logs in a file: the file itself, or the members of an archive, at any depth.
//!
//! An archive is read once, from its beginning to its end, and nothing of it is kept or written anywhere. What is damaged
//! costs the member it is in, if the archive allows to go on behind it. A member's path is that of its archive, `!` and
//! its name: `logs.tar.gz!www/access.log`.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::budget::Budget;
use crate::codec::said;
use crate::peel::{Peeled, Whose, peel};
use crate::{Layer, Layers, Origin, Selection, Skipped, tarball, zipped};

/// Something met while a file is unpacked.
pub(crate) enum Unpacked<'r> {
    /// What may be a log.
    Log(Place, Box<dyn Read + 'r>),
    /// What may be a log, but cannot be read, and why.
    Unread(Place, String),
    /// What is no log of its own.
    Skipped(Skipped),
}

/// Where something stands, and what is around it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) origin: Origin,
    pub(crate) layers: Layers,
}

/// Unpacks one file.
pub(crate) struct Unpacker<'u> {
    /// The path of the file.
    pub(crate) file: &'u Path,
    /// Whether the file itself is on disk, so that an archive's directory can be looked up at its end.
    pub(crate) is_on_disk: bool,
    pub(crate) selection: &'u Selection,
    pub(crate) budget: Budget,
    /// How many more sources can be numbered.
    pub(crate) room: u32,
    pub(crate) visit: &'u mut dyn FnMut(Unpacked<'_>),
}

impl Unpacker<'_> {
    /// Takes what stands at a place apart, and shows what is in it.
    pub(crate) fn content(&mut self, reader: Box<dyn Read + '_>, place: Place, whose: Whose) {
        let Place { path, origin, layers } = place;
        match peel(reader, layers, &self.budget, whose) {
            Err((layers, because)) => self.unread(Place { path, origin, layers }, because),
            Ok(Peeled { reader, layers, archive }) => {
                let place = Place { path, origin, layers };
                match archive {
                    None => self.log(place, reader),
                    Some(Layer::Tar) => tarball::members(self, reader, &place),
                    Some(_) if self.is_on_disk && place.layers.0.len() == 1 => zipped::members(self, &place),
                    Some(_) => {
                        let because = "a zip archive that comes through a pipe or lies in another archive is not read, \
                                       as its directory stands at its end: unpack it first";
                        self.unread(place, because.to_owned());
                    }
                }
            }
        }
    }

    fn log(&mut self, place: Place, reader: Box<dyn Read + '_>) {
        if !self.selection.includes(&place.path) && !self.selection.includes(self.file) {
            self.skipped(place.path, "left out by --include", Loss::No);
        } else if self.takes_number() {
            (self.visit)(Unpacked::Log(place, reader));
        }
    }

    /// Says that a member cannot be read.
    pub(crate) fn unread(&mut self, place: Place, because: String) {
        if self.takes_number() {
            (self.visit)(Unpacked::Unread(place, because));
        }
    }

    /// Says something of what is no source.
    pub(crate) fn skipped(&mut self, path: PathBuf, because: impl Into<String>, loss: Loss) {
        (self.visit)(Unpacked::Skipped(Skipped { path, because: because.into(), is_loss: loss == Loss::Yes }));
    }

    /// Whether a member of that name is to be looked at. Asked once for each, as the answer may be told to the reader.
    pub(crate) fn wants(&mut self, path: &Path) -> bool {
        let is_excluded = self.selection.excludes(path);
        if is_excluded {
            self.skipped(path.to_path_buf(), "left out by --exclude", Loss::No);
        }
        !is_excluded
    }

    /// Whether another source can be numbered.
    pub(crate) fn has_room(&self) -> bool {
        0 < self.room
    }

    fn takes_number(&mut self) -> bool {
        let has_room = self.has_room();
        self.room = self.room.saturating_sub(1);
        has_room
    }
}

/// Whether something is missing for what is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Yes,
    No,
}

/// The path of a member.
pub(crate) fn member_path(archive: &Path, name: &[u8]) -> PathBuf {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let mut path = OsString::from(archive);
    path.push("!");
    path.push(os_string(name));
    PathBuf::from(path)
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A reader of exactly so many bytes: that there are fewer is a fault.
pub(crate) struct Exact<R> {
    reader: R,
    left: u64,
}

impl<R> Exact<R> {
    pub(crate) fn new(reader: R, bytes: u64) -> Exact<R> {
        Exact { reader, left: bytes }
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count == 0 && 0 < self.left && !buffer.is_empty() {
            return Err(said(io::ErrorKind::UnexpectedEof, "the archive is cut off within this member"));
        }
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{self, log};

    #[test]
    fn a_member_is_named_behind_its_archive() {
        for (name, path) in [("./www/a.log", "x.tar!www/a.log"), ("a.log", "x.tar!a.log"), ("../a", "x.tar!../a")] {
            assert_eq!(member_path(Path::new("x.tar"), name.as_bytes()), PathBuf::from(path));
        }
    }

    #[test]
    fn so_many_bytes_are_a_member_and_fewer_are_none() {
        let mut exact = Exact::new(&b"abc"[..], 4);
        assert_eq!(exact.read(&mut [0; 9]).unwrap(), 3);
        assert_eq!(exact.read(&mut []).unwrap(), 0, "nothing was asked for");
        assert_eq!(exact.read(&mut [0; 9]).unwrap_err().to_string(), "the archive is cut off within this member");
        let mut text = Vec::new();
        assert_eq!(Exact::new(&b"abc"[..], 3).read_to_end(&mut text).unwrap(), 3);
    }

    #[test]
    fn a_zip_archive_that_comes_through_a_pipe_is_told() {
        let options = zip::write::SimpleFileOptions::default();
        let archive = trial::zip(&[("a.log", &log(5, "192.0.2.1"))], options);
        for (room, unread) in [(1, 1), (0, 0)] {
            let place = (Path::new("-"), false, room);
            let met = trial::unpack(Box::new(&archive[..]), place, &Selection::default());
            assert_eq!((met.unread.len(), met.logs.len(), met.skipped.len()), (unread, 0, 0), "{met:?}");
            assert!(met.unread.iter().all(|because| because.contains("comes through a pipe")), "{met:?}");
        }
    }
}

//! A file that is held, and how far it was read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::{Come, TAIL_BYTES};
use crate::FileDigest;
use crate::input::identity;

/// How much is read at once, in bytes.
const READ_BYTES: usize = 256 << 10;

/// How many first bytes tell one file from another that has its number on disk.
const OPENING_BYTES: usize = 1 << 10;

/// A file that was just opened.
pub(super) struct Opening {
    file: File,
    pub(super) id: (u64, u64),
    /// Its first bytes.
    pub(super) bytes: Vec<u8>,
}

impl Opening {
    /// Opens a file.
    pub(super) fn of(path: &Path) -> io::Result<Opening> {
        if !path.metadata()?.is_file() {
            return Err(io::Error::other("no regular file"));
        }
        let mut file = File::open(path)?;
        let id = identity(path, &file.metadata()?);
        let bytes = up_to(&mut file, 0, OPENING_BYTES)?;
        Ok(Opening { file, id, bytes })
    }

    /// Whether it begins so. Its number on disk is not asked, as that may have been given away again, and copies have another.
    pub(super) fn begins_with(&self, bytes: &[u8]) -> bool {
        begin_alike(bytes, &self.bytes)
    }

    /// Whether another file begins as this one does by now.
    pub(super) fn begins_as(&self, other: &Opening) -> bool {
        begins_now_as(&self.file, other)
    }
}

/// What came of a reading.
pub(super) enum Step {
    /// What it says.
    Come(Come),
    /// The file is not what it was.
    Cut,
}

/// What was last seen of a file, by which a change is noticed.
type Stamp = (u64, Option<SystemTime>);

/// A file that is, or was, held.
pub(crate) struct Held {
    /// The log whose name it had.
    pub(crate) log: usize,
    file: Option<File>,
    pub(super) id: (u64, u64),
    /// The number on disk of what was cut, where this goes on in a copy or is gone.
    was: Option<(u64, u64)>,
    /// Its name, as far as it is known.
    pub(crate) name: Option<PathBuf>,
    opening: Vec<u8>,
    /// The last bytes before the place.
    tail: Vec<u8>,
    /// The place up to which it was read.
    offset: u64,
    stamp: Stamp,
    digest: Option<Sha256>,
    /// What is missing of it.
    pub(crate) gap: Option<String>,
}

impl Held {
    pub(super) fn new(log: usize, path: PathBuf, opening: Opening, has_digest: bool) -> Held {
        let Opening { file, id, bytes } = opening;
        Held {
            log,
            file: Some(file),
            id,
            was: None,
            name: Some(path),
            opening: bytes,
            tail: Vec::new(),
            offset: 0,
            stamp: (0, None),
            digest: has_digest.then(Sha256::new),
            gap: None,
        }
    }

    /// Whether it is still open.
    pub(crate) fn is_held(&self) -> bool {
        self.file.is_some()
    }

    /// Whether it is held and is that file.
    pub(super) fn is_file(&self, id: (u64, u64)) -> bool {
        self.is_held() && self.id == id
    }

    /// Whether it was that file before that was cut.
    pub(super) fn was(&self, id: (u64, u64)) -> bool {
        self.was == Some(id)
    }

    /// Whether another file begins as it did; as it does by now, where nothing of it was read.
    pub(super) fn begins_as(&self, other: &Opening) -> bool {
        match &self.file {
            Some(file) if self.offset == 0 => begins_now_as(file, other),
            _ => begin_alike(&self.opening, &other.bytes),
        }
    }

    /// Whether another file holds what was read of it, as far as its beginning and its last bytes tell.
    pub(super) fn goes_on_in(&self, other: &Opening) -> bool {
        0 < self.offset && self.begins_as(other) && self.has_tail(&mut &other.file)
    }

    fn has_tail(&self, file: &mut &File) -> bool {
        let start = self.offset - self.tail.len() as u64;
        up_to(file, start, self.tail.len()).is_ok_and(|bytes| bytes == self.tail)
    }

    /// Goes on in a copy of it.
    pub(super) fn go_on_in(&mut self, path: PathBuf, copy: Opening) {
        self.gap = Some(format!(
            "it was cut where it stood, after {} bytes of it were read; these and what followed are in a copy, but what was \
             written between the copy and the cut is not",
            self.offset
        ));
        self.was = Some(self.id);
        (self.file, self.id, self.name, self.stamp) = (Some(copy.file), copy.id, Some(path), (0, None));
    }

    /// Says that what was not read of it is gone.
    pub(super) fn lose(&mut self) {
        self.gap = Some(format!(
            "it was cut where it stood, after {} bytes of it were read: what was written between the last look and the cut is \
             missing",
            self.offset
        ));
        (self.file, self.was, self.name) = (None, Some(self.id), None);
    }

    /// Says that it is the copy of a file that was cut before anything of it was read.
    pub(super) fn is_a_copy(&mut self) {
        let because =
            "it is a copy of what was cut where it stood: what was written between the copy and the cut is missing";
        self.gap = Some(because.to_owned());
    }

    /// Lets it go, and gives how it begins.
    pub(super) fn let_go(&mut self) -> Vec<u8> {
        self.file = None;
        mem::take(&mut self.opening)
    }

    /// Reads what is new, not much more than `most`, or what is there by now where there is no such bound.
    pub(super) fn read_on(&mut self, most: Option<u64>, each: &mut dyn FnMut(&[u8])) -> Step {
        let Some(file) = self.file.take() else { return Step::Come(Come::Nothing) };
        let step = self.read_on_in(&file, most, each);
        self.file = Some(file);
        step
    }

    fn read_on_in(&mut self, mut file: &File, most: Option<u64>, each: &mut dyn FnMut(&[u8])) -> Step {
        let Some(stamp) = stamp(file) else { return Step::Come(Come::Nothing) };
        if stamp == self.stamp && most.is_some() {
            return Step::Come(Come::Nothing);
        }
        let start = self.offset;
        let end = most.map_or(stamp.0, |most| start.saturating_add(most));
        let mut buffer = vec![0; READ_BYTES];
        while self.offset < end {
            // What ends the reading here is looked at again the next time.
            let Ok(count) = read_at(&mut file, self.offset, &mut buffer) else { return Step::Come(Come::Nothing) };
            if !self.has_tail(&mut file) {
                return Step::Cut;
            }
            if count == 0 {
                break;
            }
            self.take_in(&buffer[..count]);
            each(&buffer[..count]);
        }
        if stamp.0 < self.offset && !self.has_tail(&mut file) {
            return Step::Cut;
        }
        if self.offset == start {
            // Nothing is new, but somebody wrote: perhaps over what was read.
            if !self.has_tail(&mut file) {
                return Step::Cut;
            }
            self.stamp = stamp;
            return Step::Come(Come::Nothing);
        }
        Step::Come(if self.offset < end { Come::Some } else { Come::More })
    }

    fn take_in(&mut self, bytes: &[u8]) {
        if self.offset == 0 {
            self.opening.clear();
        }
        if self.opening.len() < OPENING_BYTES && self.offset <= self.opening.len() as u64 {
            let known = self.opening.len() - self.offset as usize;
            let more = bytes.get(known..).unwrap_or_default();
            self.opening.extend_from_slice(&more[..more.len().min(OPENING_BYTES - self.opening.len())]);
        }
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        self.offset += bytes.len() as u64;
        match bytes.len().checked_sub(TAIL_BYTES) {
            Some(start) => self.tail = bytes[start..].to_vec(),
            None => {
                let surplus = (self.tail.len() + bytes.len()).saturating_sub(TAIL_BYTES);
                self.tail.drain(..surplus);
                self.tail.extend_from_slice(bytes);
            }
        }
    }

    /// The digest of what was read of it, if it was to be taken.
    pub(crate) fn digest(&self) -> Option<FileDigest> {
        self.digest.clone().map(|digest| digest.finalize().into())
    }

    /// What reads so many of its first bytes once more; `None` where they are gone.
    pub(crate) fn again(&self, bytes: u64) -> Option<Again> {
        let file = self.file.as_ref()?.try_clone().ok()?;
        Some(Again { file, offset: 0, end: bytes })
    }
}

/// The first bytes of a file that is held.
pub(crate) struct Again {
    file: File,
    offset: u64,
    end: u64,
}

impl Read for Again {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.end - self.offset).unwrap_or(usize::MAX));
        let count = read_at(&mut &self.file, self.offset, &mut buffer[..most])?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Whether one of two beginnings is the beginning of the other. What is empty begins as nothing does.
fn begin_alike(one: &[u8], other: &[u8]) -> bool {
    let length = one.len().min(other.len());
    0 < length && one[..length] == other[..length]
}

fn begins_now_as(mut file: &File, other: &Opening) -> bool {
    up_to(&mut file, 0, OPENING_BYTES).is_ok_and(|now| begin_alike(&now, &other.bytes))
}

fn stamp(file: &File) -> Option<Stamp> {
    let metadata = file.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

fn read_at(file: &mut (impl Read + Seek), offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(offset))?;
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// So many bytes from an offset on, or what there is of them.
fn up_to(file: &mut (impl Read + Seek), offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut found = Vec::with_capacity(bytes);
    file.take(bytes as u64).read_to_end(&mut found)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_was_empty_when_it_was_opened_begins_as_it_does_by_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("log"), "").unwrap();
        let held = Held::new(0, path("log"), Opening::of(&path("log")).unwrap(), false);
        fs::write(path("log"), "one\n").unwrap();
        fs::write(path("copy"), "one\ntwo\n").unwrap();
        fs::write(path("other"), "two\n").unwrap();
        assert!(held.begins_as(&Opening::of(&path("copy")).unwrap()));
        assert!(!held.begins_as(&Opening::of(&path("other")).unwrap()));
    }
}

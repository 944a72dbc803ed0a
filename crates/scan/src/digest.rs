//! What a file was when it was read.
//!
//! Evidence is worth what can be shown of it later: the SHA-256 of every file, as it lies on disk, and whether it stayed
//! as it was while it was read. A log that is still being written does not; what was read of it is told all the same.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// A SHA-256 (FIPS 180-4).
pub type FileDigest = [u8; 32];

/// How much of a file is read at once to take its digest, in bytes.
const READ_BYTES: usize = 256 << 10;

/// The SHA-256 of a file as it lies on disk.
///
/// # Errors
///
/// What the system says; `Interrupted` if `goes_on` says no.
pub fn sha256_of_file(path: &Path, goes_on: impl Fn() -> bool) -> io::Result<FileDigest> {
    let (mut file, mut hasher, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; READ_BYTES]);
    loop {
        if !goes_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// What the system says of a file, by which a change is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of a regular file; `None` of anything else, and of what is not there.
    pub(crate) fn of(path: &Path) -> Option<Stamp> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        Some(Stamp { bytes: metadata.len(), modified: metadata.modified().ok() })
    }

    /// What happened to the file since, for people; `None` if nothing did.
    pub(crate) fn change_of(self, path: &Path) -> Option<String> {
        match Stamp::of(path) {
            Some(now) if now == self => None,
            Some(now) if self.bytes < now.bytes => {
                Some(format!("it grew by {} bytes while it was read: its end may be missing", now.bytes - self.bytes))
            }
            Some(now) if now.bytes < self.bytes => Some(format!(
                "it shrank by {} bytes while it was read: what was read of it may be of two states",
                self.bytes - now.bytes
            )),
            Some(_) => Some("it was written to while it was read: what was read of it may be of two states".to_owned()),
            None => Some("it was taken away while it was read".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        fs::write(&path, "abc").unwrap();
        let digest = sha256_of_file(&path, || true).unwrap();
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(digest[28..], [0xf2, 0x00, 0x15, 0xad]);
        assert!(sha256_of_file(&path, || false).is_err());
    }

    #[test]
    fn a_change_is_told_for_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\n").unwrap();
        let stamp = Stamp::of(&path).unwrap();
        assert_eq!(stamp.change_of(&path), None);
        fs::write(&path, "one\ntwo\n").unwrap();
        assert!(stamp.change_of(&path).unwrap().contains("grew by 4 bytes"));
        fs::write(&path, "o").unwrap();
        assert!(stamp.change_of(&path).unwrap().contains("shrank by 3 bytes"));
        fs::remove_file(&path).unwrap();
        assert!(stamp.change_of(&path).unwrap().contains("taken away"));
    }
}

//! A text that comes as a stream, held against the files that begin as it does.
//!
//! A member of an archive, or what comes through a pipe, can be read once, and what it is in all is known when it is over.
//! So it is read in step with the file that begins alike. As long as both are the same nothing of it need be kept, as it
//! stands in the file; from where they part on, it is what the file has up to there, and then what comes.
//!
//! The file is read and the stream left out, never the other way round, whichever comes first: what is read then depends on
//! no order. Two members that are the same are both read, and the account says so.

use std::fs::File;
use std::io::{self, Cursor, Read};

use crate::budget::{Budget, Limits, Packed};
use crate::peel::{Fault, Whose, peek, peel};
use crate::survey::{OPENING_BYTES, Survey};
use crate::{Inputs, Layers, Source};

/// How much of both is compared at once, in bytes.
const BLOCK_BYTES: usize = 256 << 10;

/// What a stream is beside the files.
pub(crate) enum Compared<'r> {
    /// The same as the source at that place.
    Same(usize),
    /// Another text: all of it.
    Other(Box<dyn Read + 'r>),
}

/// Holds a stream against the files that begin as it does.
pub(crate) fn compare<'r>(
    mut text: Box<dyn Read + 'r>,
    (inputs, survey, limits): (&Inputs, &Survey, Limits),
    goes_on: impl Fn() -> bool,
) -> Compared<'r> {
    let (opening, fault) = peek(&mut text, OPENING_BYTES);
    let candidates = if fault.is_none() { survey.beginning_with(&opening) } else { &[] };
    let mut text: Box<dyn Read + 'r> = Box::new(Cursor::new(opening).chain(Fault(fault)).chain(text));
    for &file in candidates {
        match in_step(text, &inputs.sources[file], limits, &goes_on) {
            None => return Compared::Same(file),
            Some(whole) => text = whole,
        }
    }
    Compared::Other(text)
}

/// Reads a stream in step with a file; all of it, unless it is the same.
fn in_step<'r>(
    mut text: Box<dyn Read + 'r>,
    file: &Source,
    limits: Limits,
    goes_on: &impl Fn() -> bool,
) -> Option<Box<dyn Read + 'r>> {
    let Some(mut other) = unpacked(file, limits) else { return Some(text) };
    let mut same = 0_u64;
    loop {
        let (block, fault) = peek(&mut text, BLOCK_BYTES);
        let (beside, other_fault) = peek(&mut other, BLOCK_BYTES);
        if fault.is_some() || other_fault.is_some() || block != beside || !goes_on() {
            let rest = Cursor::new(block).chain(Fault(fault)).chain(text);
            let gone = || Fault(Some(io::Error::other(format!("{} cannot be read any more", file.path.display()))));
            let before =
                if same == 0 { Box::new(io::empty()) } else { unpacked(file, limits).unwrap_or(Box::new(gone())) };
            return Some(Box::new(before.take(same).chain(rest)));
        }
        if block.len() < BLOCK_BYTES {
            return None;
        }
        same += BLOCK_BYTES as u64;
    }
}

/// The unpacked content of a file; `None` if it cannot be opened.
pub(crate) fn unpacked(source: &Source, limits: Limits) -> Option<Box<dyn Read>> {
    let file = File::open(&source.path).ok()?;
    let budget = Budget::new(limits, Packed::Bytes(source.size));
    Some(peel(Box::new(file), Layers::default(), &budget, Whose::File).ok()?.reader)
}

#[cfg(test)]
mod tests {
    use crate::codec::tests::packed;
    use crate::trial::{log, scan, tar, zip};
    use crate::{Account, Layer};

    /// The account of a folder with these files, and how many records of each client were read.
    fn read(files: &[(&str, &[u8])]) -> (Account, u64) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let (_, account) = scan(folder.path(), &crate::Config::default());
        let records = account.total().records;
        (account, records)
    }

    fn same(account: &Account) -> Vec<String> {
        let said = account.skipped.iter().filter(|skipped| skipped.because.starts_with("the same content"));
        let name = |skipped: &crate::Skipped| skipped.path.file_name().unwrap().to_string_lossy().into_owned();
        said.inspect(|skipped| assert!(!skipped.is_loss)).map(name).collect()
    }

    #[test]
    fn a_member_that_lies_beside_its_archive_is_read_once() {
        let (one, other) = (log(9000, "192.0.2.1"), log(40, "192.0.2.2"));
        let gzip = packed(Layer::Gzip, &one);
        let members: &[(&str, &[u8])] = &[("a.log", &one), ("b.log", &other), ("c.log.gz", &gzip)];
        for (name, archive) in [
            ("x.tar", tar(members)),
            ("x.tar.gz", packed(Layer::Gzip, &tar(members))),
            ("x.zip", zip(members, Default::default())),
        ] {
            let (account, records) = read(&[("access.log", &one), (name, &archive)]);
            assert_eq!(records, 9040, "{name}");
            assert_eq!(same(&account), [format!("{name}!a.log"), format!("{name}!c.log.gz")], "{name}");
            let (account, records) = read(&[("0.log.gz", &gzip), (name, &archive)]);
            assert_eq!((records, same(&account).len()), (9040, 2), "{name}, beside a packed copy");
        }
    }

    #[test]
    fn a_member_that_parts_from_the_file_is_read_whole() {
        let one = log(9000, "192.0.2.1");
        let mut changed = one.clone();
        let at = changed.len() - 10;
        changed[at] ^= 1;
        let longer = [&one[..], &log(10, "192.0.2.3")].concat();
        let members: &[(&str, &[u8])] = &[("a", &changed), ("b", &longer), ("c", &one[..600_000])];
        let (account, records) = read(&[("access.log", &one), ("x.tar", &tar(members))]);
        assert!(same(&account).is_empty());
        let lines: Vec<u64> = account.sources.iter().map(|source| source.census.lines).collect();
        let cut = one[..600_000].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        assert_eq!(lines, [9000, 9000, 9010, cut]);
        assert!(27_000 <= records);
        let bytes: Vec<u64> = account.sources.iter().map(|source| source.census.bytes).collect();
        assert_eq!(bytes, [one.len(), one.len(), longer.len(), 600_000].map(|bytes| bytes as u64));
        assert!(account.sources[1..].iter().all(|source| source.alike.is_some()), "which is said");
    }
}

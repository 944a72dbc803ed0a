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

use crate::codec::{damaged, is_told, said};
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
        Err(error) => {
            let end = without_directory(unpacker, contents, place).err();
            let end = end.map_or(String::new(), |end| format!("; reading member after member ended with: {end}"));
            Err(format!("the archive has no directory ({}): members may be missing{end}", told(&error)))
        }
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
    // A link is a member whose text is a path: that it is no log is seen by looking at it, as what says so may be damaged.
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
        self.0.read(buffer).map_err(|error| match error.kind() {
            _ if is_told(&error) => error,
            io::ErrorKind::UnexpectedEof => said(error.kind(), "the archive is cut off within this member"),
            kind => damaged(kind, &format!("the member is damaged ({error})")),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use zip::CompressionMethod;
    use zip::write::SimpleFileOptions;

    use crate::codec::tests::packed;
    use crate::trial::{self, Seen, log, records, scan, tar, zip};
    use crate::{Account, Condition, Config, Layer, Layers, Limits, Selection};

    fn account(archive: &[u8]) -> (Seen, Account, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs.zip"), archive).unwrap();
        let (seen, account) = scan(folder.path(), &Config { threads: 2, chunk_bytes: 1000, ..Config::default() });
        (seen, account, folder)
    }

    fn deflated() -> SimpleFileOptions {
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
    }

    #[test]
    fn members_are_sources_stored_or_deflated_large_or_small() {
        let (one, two) = (log(70, "192.0.2.1"), log(50, "192.0.2.2"));
        let archive = tar(&[("two.log", &two)]);
        let members: [(&str, &[u8]); 3] =
            [("www/one.log", &one), ("two.log.gz", &packed(Layer::Gzip, &two)), ("in.tar", &archive)];
        let stored = deflated().compression_method(CompressionMethod::Stored);
        for options in [deflated(), stored, deflated().large_file(true)] {
            let (_, account, folder) = account(&zip(&members, options));
            let expected = [("logs.zip!www/one.log", 70), ("logs.zip!two.log.gz", 50), ("logs.zip!in.tar!two.log", 50)];
            assert_eq!(records(&account, folder.path()), expected.map(|(name, count)| (name.to_owned(), count)).into());
            assert!(!account.has_loss(), "{account:?}");
            let layers = |inner: &[Layer]| Layers([&[Layer::Zip], inner].concat());
            let found: Vec<Layers> = account.sources.iter().map(|source| source.layers.clone()).collect();
            assert_eq!(found, [layers(&[]), layers(&[Layer::Gzip]), layers(&[Layer::Tar])]);
        }
    }

    /// What is met in a file that holds an archive, with room for so many members.
    fn met(archive: &[u8], room: u32, exclude: &[&str]) -> trial::Met {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        fs::write(&path, archive).unwrap();
        let exclude: Vec<String> = exclude.iter().map(|glob| (*glob).to_owned()).collect();
        trial::unpack(Box::new(archive), (&path, true, room), &Selection::new(&[], &exclude).unwrap())
    }

    #[test]
    fn members_beyond_the_numbers_set_aside_are_said_with_a_directory_or_without() {
        let text = log(5, "192.0.2.1");
        let archive = zip(&[("a.log", &text), ("b.log", &text), ("c.log", &text)], deflated());
        let beyond = "more members than can be numbered: what follows was not read";
        let two = met(&archive, 2, &[]);
        assert_eq!((two.logs.len(), &two.skipped[..]), (2, &[(beyond.to_owned(), true)][..]));
        assert_eq!(met(&archive, 3, &[]).skipped, []);
        let without = met(&archive[..archive.len() - 30], 2, &[]);
        assert!(
            without.logs.len() == 2 && without.skipped[0].0.ends_with(&format!("ended with: {beyond}")),
            "{without:?}"
        );
    }

    #[test]
    fn directories_are_no_sources_and_what_is_left_out_is_not_looked_at() {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.add_directory("www/", deflated()).unwrap();
        for name in ["www/a.log", "www/b.log"] {
            writer.start_file(name, deflated()).unwrap();
            writer.write_all(&log(5, "192.0.2.1")).unwrap();
        }
        let archive = writer.finish().unwrap().into_inner();
        for archive in [&archive[..], &archive[..archive.len() - 30]] {
            let met = met(archive, 9, &["b.log"]);
            let logs: Vec<_> =
                met.logs.iter().map(|(path, _, fault)| (path.ends_with("x.zip!www/a.log"), fault)).collect();
            assert_eq!((logs, &met.unread[..]), (vec![(true, &None)], &[][..]), "{met:?}");
            assert!(met.skipped.contains(&("left out by --exclude".to_owned(), false)), "{met:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_member_is_told() {
        let text: Vec<u8> = log(900, "192.0.2.1");
        let archive = zip(&[("a.log", &text), ("b.log", &log(3, "192.0.2.2"))], deflated());
        let fault = |met: &trial::Met| met.logs[0].2.clone().unwrap_or_default();
        let mut flipped = archive.clone();
        flipped[900] ^= 0x10;
        let flipped = met(&flipped, 9, &[]);
        assert!(fault(&flipped).starts_with("the member is damaged ("), "{flipped:?}");
        assert_eq!((flipped.logs.len(), flipped.logs[1].2.is_none()), (2, true), "the next is whole");
        // What was unpacked may be wrong, and whoever counts on it is told.
        let (_, account_of_stored, _folder) = account(&{
            let stored = deflated().compression_method(CompressionMethod::Stored);
            let mut archive = zip(&[("a.log", &text), ("b.log", &log(3, "192.0.2.2"))], stored);
            archive[900] ^= 1;
            archive
        });
        let damaged: Vec<bool> = account_of_stored.sources.iter().map(|source| source.is_damaged).collect();
        assert_eq!(damaged, [true, false], "{account_of_stored:?}");
        let cut = met(&archive[..2_000], 9, &[]);
        assert_eq!(fault(&cut), "the archive is cut off within this member");
        // A member that is said to be longer than what is there, in its own header and in the directory.
        let mut longer = archive.clone();
        let directory = archive.windows(4).position(|at| at == b"PK\x01\x02").unwrap();
        for at in [22, directory + 24] {
            longer[at] += 1;
        }
        assert_eq!(fault(&met(&longer, 9, &[])), "the archive is cut off within this member");
        // What stands where a member should begin is no header of one.
        let mut moved = archive;
        moved[0] ^= 1;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.zip");
        fs::write(&path, &moved).unwrap();
        let opening = zip(&[("a.log", b"x")], deflated());
        let met = trial::unpack(Box::new(&opening[..]), (&path, true, 9), &Selection::default());
        assert!(met.unread.len() == 1 && !met.unread[0].is_empty() && met.logs.len() == 1, "{met:?}");
    }

    #[test]
    fn an_interruption_is_no_damage() {
        struct Interrupted;
        impl std::io::Read for Interrupted {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::Interrupted.into())
            }
        }
        let error = std::io::Read::read(&mut super::Told(Interrupted), &mut [0; 9]).unwrap_err();
        assert!(error.kind() == std::io::ErrorKind::Interrupted && !crate::codec::is_damage(&error));
    }

    #[test]
    fn an_archive_that_is_cut_within_a_header_says_where_it_ended() {
        let archive = zip(&[("a.log", &log(12, "192.0.2.1")), ("b.log", &log(9, "192.0.2.2"))], deflated());
        let second = archive.windows(4).enumerate().skip(1).find(|(_, at)| at == b"PK\x03\x04").unwrap().0;
        let met = met(&archive[..second + 9], 9, &[]);
        assert_eq!(met.logs.len(), 1);
        assert!(met.skipped[0].0.ends_with("; reading member after member ended with: cut off"), "{met:?}");
    }

    #[test]
    fn a_bomb_in_an_archive_costs_itself() {
        let line = log(1, "192.0.2.9");
        let archive = zip(&[("bomb.log", &line.repeat(1 << 15)), ("a.log", &log(5, "192.0.2.1"))], deflated());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs.zip"), archive).unwrap();
        let of = |ratio_max: u64| {
            let limits = Limits { ratio_max, free_bytes: 1_000, ..Limits::default() };
            scan(folder.path(), &Config { threads: 2, limits, ..Config::default() })
        };
        let (seen, account) = of(20);
        let Condition::Incomplete(because) = &account.sources[0].condition else { panic!("{account:?}") };
        assert!(because.contains("more than 20 times its size (--max-ratio)"), "{because}");
        assert!(100 < seen.len() && seen.len() < 1 << 15 && account.sources[1].census.records == 5, "{}", seen.len());
        assert!(!of(10_000).1.has_loss(), "nothing is a bomb by itself");
    }

    #[test]
    fn members_with_a_data_descriptor_are_read() {
        let mut writer = zip::ZipWriter::new_stream(Vec::new());
        writer.start_file("a.log", deflated()).unwrap();
        writer.write_all(&log(70, "192.0.2.1")).unwrap();
        let archive = writer.finish().unwrap().into_inner();
        let (seen, account, _folder) = account(&archive);
        assert!(seen.len() == 70 && !account.has_loss(), "{account:?}");
    }

    #[test]
    fn a_cut_anywhere_is_noticed_and_what_stands_before_it_is_kept() {
        let archive = zip(&[("a.log", &log(12, "192.0.2.1")), ("b.log", &log(9, "192.0.2.2"))], deflated());
        let (whole, account_of_whole, _folder) = account(&archive);
        assert!(whole.len() == 21 && !account_of_whole.has_loss());
        for cut in 1..archive.len() {
            let (seen, account, _folder) = account(&archive[..cut]);
            assert!(whole.starts_with(&seen), "cut at {cut}");
            assert!(account.has_loss(), "cut at {cut}: {account:?}");
        }
        // Even without its directory the archive gives its members.
        let (seen, ..) = account(&archive[..archive.len() - 30]);
        assert_eq!(seen, whole);
    }

    #[test]
    fn a_flipped_bit_is_noticed_or_changes_nothing() {
        let archive = zip(&[("a.log", &log(3, "192.0.2.1"))], deflated());
        let targets = |seen: &Seen| seen.iter().map(|(_, target)| target.clone()).collect::<Vec<_>>();
        let (whole, ..) = account(&archive);
        // In another magic it is another file.
        for bit in 4 * 8..archive.len() * 8 {
            let mut flipped = archive.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (seen, account, _folder) = account(&flipped);
            assert!(account.has_loss() || targets(&seen) == targets(&whole), "bit {bit}: {account:?}");
        }
    }

    #[test]
    fn what_is_encrypted_is_missing() {
        use zip::unstable::write::FileOptionsExt;
        let hidden = deflated().with_deprecated_encryption(b"secret").unwrap();
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, options) in [("a.log", hidden), ("b.log", deflated())] {
            writer.start_file(name, options).unwrap();
            writer.write_all(&log(5, "192.0.2.1")).unwrap();
        }
        let archive = writer.finish().unwrap().into_inner();
        let (seen, account, _folder) = account(&archive);
        assert_eq!(seen.len(), 5);
        assert_eq!(account.sources[0].condition, Condition::Unread("encrypted".to_owned()));
        assert!(account.has_loss());
        assert_eq!(met(&archive, 9, &["a.log"]).unread, Vec::<String>::new(), "what is left out is not missing");
    }

    #[test]
    fn members_of_one_name_are_two() {
        let mut archive = zip(&[("a.log", &log(5, "192.0.2.1")), ("b.log", &log(6, "192.0.2.2"))], deflated());
        for at in 0..archive.len() - 5 {
            if &archive[at..at + 5] == b"b.log" {
                archive[at] = b'a';
            }
        }
        let (seen, account, _folder) = account(&archive);
        assert!(seen.len() == 11 && !account.has_loss());
    }

    #[test]
    fn a_zip_in_another_archive_is_missing() {
        let inner = zip(&[("a.log", &log(5, "192.0.2.1"))], deflated());
        let (seen, account, _folder) = account(&tar(&[("inner.zip", &inner), ("b.log", &log(6, "192.0.2.2"))]));
        assert_eq!(seen.len(), 6);
        assert!(matches!(&account.sources[0].condition, Condition::Unread(because) if because.contains("unpack it")));
    }
}

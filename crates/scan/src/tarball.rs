//! The members of a tar archive, as they come.
//!
//! What a tar archive says of a member stands before it, and long names stand in members of their own, which must be read
//! whole: they are allowed a few kilobytes, whatever they claim. Two blocks of zeros end an archive. Without them it may
//! have been cut off between members, and that is said; behind them another archive may follow.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

use tar::{Archive, Entry, EntryType};

use crate::codec::{is_damage, said};
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
    let told = |error: io::Error| watch.fault.take().unwrap_or_else(|| damaged(&error, watch));
    let mut entries = archive.entries().map_err(told)?;
    loop {
        watch.left.set(HEADER_BYTES_MAX);
        let entry = entries.next();
        // Without a mark, the end is met by asking for another header.
        let has_end_mark = !watch.is_over.get();
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
                let rest = io::copy(&mut entry, &mut io::sink());
                if let Some(fault) = watch.fault.take() {
                    return Err(format!("{fault}: what follows in the archive was not read"));
                }
                rest.map_err(|error| damaged(&error, watch))?;
            }
        }
    }
}

fn damaged(error: &io::Error, watch: &Watch) -> String {
    match watch.is_over.get() {
        true => "the archive is cut off".to_owned(),
        false => format!("the archive is damaged ({error})"),
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
    /// Whether the end was met.
    is_over: Cell<bool>,
    /// The fault of the layers below, if one came.
    fault: RefCell<Option<String>>,
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
        let count = loop {
            match self.reader.read(&mut buffer[..want]) {
                // Whoever reads headers takes an interruption for damage.
                Err(error) if error.kind() == io::ErrorKind::Interrupted && !is_damage(&error) => {}
                Err(error) => {
                    *self.watch.fault.borrow_mut() = Some(error.to_string());
                    return Err(error);
                }
                Ok(count) => break count,
            }
        };
        self.watch.is_over.set(count == 0 && want != 0);
        if left != u64::MAX {
            self.watch.left.set(left - count as u64);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use accesslog::Position;

    use super::*;
    use crate::codec::tests::{CODECS, packed};
    use crate::trial::{log, records, scan, tar};
    use crate::{Account, Condition, Config, Inputs, Layer, Layers, Selection, trial};

    fn config(threads: usize) -> Config {
        Config { threads, chunk_bytes: 1000, ..Config::default() }
    }

    /// The account of an archive that is the only file of a folder.
    fn account(archive: &[u8]) -> (trial::Seen, Account, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs.tar"), archive).unwrap();
        let (seen, account) = scan(folder.path(), &config(2));
        (seen, account, folder)
    }

    #[test]
    fn members_are_sources_whatever_is_around_them() {
        let long_name = format!("{}/access.log", "deep/".repeat(40));
        let (one, two, three) = (log(70, "192.0.2.1"), log(50, "192.0.2.2"), log(30, "192.0.2.3"));
        for codec in CODECS {
            let inner = tar(&[("three.log", &three)]);
            let archive = tar(&[
                ("./access.log", &one),
                ("access.log.1.gz", &packed(codec, &two)),
                (&long_name, &three),
                ("readme", b"no log\n"),
                ("inner.tar", &inner),
            ]);
            let (seen, account, folder) = account(&packed(codec, &archive));
            let expected = [
                ("logs.tar!access.log", 70),
                ("logs.tar!access.log.1.gz", 50),
                (&format!("logs.tar!{long_name}"), 30),
                ("logs.tar!readme", 0),
                ("logs.tar!inner.tar!three.log", 30),
            ];
            let expected = expected.map(|(name, count)| (name.to_owned(), count)).into();
            assert_eq!(records(&account, folder.path()), expected, "{codec:?}");
            assert_eq!(account.sources[1].layers, Layers(vec![codec, Layer::Tar, codec]));
            assert!(matches!(account.sources[3].condition, Condition::NoLog(_)));
            assert!(!account.has_loss(), "{:?}", account.skipped);
            // Every member counts its lines from 1, and its number is its place.
            assert_eq!(seen[70].0, Position { source: 1, offset: 0, line: 1, ..seen[70].0 });
        }
    }

    #[test]
    fn the_answer_does_not_depend_on_threads() {
        let folder = tempfile::tempdir().unwrap();
        let archive = |client: &str| {
            let members = [log(300, client), log(7, client), log(120, client)];
            tar(&[("a", &members[0]), ("b", &packed(CODECS[1], &members[1])), ("c", &members[2])])
        };
        fs::write(folder.path().join("one.tar.gz"), packed(CODECS[0], &archive("192.0.2.1"))).unwrap();
        fs::write(folder.path().join("two.tar"), archive("192.0.2.2")).unwrap();
        fs::write(folder.path().join("plain.log"), log(50, "192.0.2.3")).unwrap();
        let (seen, account) = scan(folder.path(), &config(1));
        assert_eq!(seen.len(), 2 * 427 + 50);
        for threads in [2, 3, 8] {
            for chunk_bytes in [1, 300, 1 << 20] {
                let again = scan(folder.path(), &Config { threads, chunk_bytes, ..Config::default() });
                assert_eq!(again.0, seen, "{threads} threads, chunks of {chunk_bytes}");
                assert_eq!(format!("{:?}", again.1), format!("{account:?}"));
            }
        }
    }

    #[test]
    fn a_cut_anywhere_is_noticed_and_costs_what_is_behind_it() {
        let archive = tar(&[("a.log", &log(12, "192.0.2.1")), ("b.log", &log(9, "192.0.2.2"))]);
        let (whole, account_of_whole, _folder) = account(&archive);
        assert!(whole.len() == 21 && !account_of_whole.has_loss());
        let content_end = archive.len() - 1024;
        for cut in (1..content_end).filter(|cut| cut % 7 == 0 || cut % 512 < 3) {
            let (seen, account, _folder) = account(&archive[..cut]);
            assert!(whole.starts_with(&seen), "cut at {cut}");
            // Less than a header is no archive yet: a file of some binary bytes.
            assert!(account.has_loss() || cut < 512, "cut at {cut}: {account:?}");
        }
    }

    #[test]
    fn a_damaged_member_costs_that_member() {
        let two = packed(Layer::Gzip, &log(900, "192.0.2.2"));
        let archive = tar(&[("a", &log(5, "192.0.2.1")), ("b", &two[..two.len() / 2]), ("c", &log(6, "192.0.2.3"))]);
        let (_, account, folder) = account(&archive);
        let found = records(&account, folder.path());
        assert_eq!((found["logs.tar!a"], found["logs.tar!c"]), (5, 6));
        assert!(0 < found["logs.tar!b"] && found["logs.tar!b"] < 900);
        let Condition::Incomplete(because) = &account.sources[1].condition else { panic!("incomplete") };
        assert_eq!(because, "the gzip stream is cut off");
        assert!(account.skipped.is_empty(), "{:?}", account.skipped);
    }

    #[test]
    fn archives_may_follow_each_other_and_garbage_is_said() {
        let (one, two) = (tar(&[("a", &log(5, "192.0.2.1"))]), tar(&[("b", &log(6, "192.0.2.2"))]));
        let (seen, account_of_two, _folder) = account(&[one.clone(), two].concat());
        assert!(seen.len() == 11 && !account_of_two.has_loss());
        let (seen, account, _folder) = account(&[one, vec![0; 10_240], b"garbage".to_vec()].concat());
        assert!(seen.len() == 5 && account.has_loss());
    }

    #[test]
    fn garbage_behind_an_archive_may_hold_zeros() {
        let archive = [tar(&[("a", &log(5, "192.0.2.1"))]), vec![0; 700], b"garbage".to_vec(), vec![0; 900]].concat();
        let met = met(&archive[..], 9, &Selection::default());
        let said = "bytes behind the end of the archive are no archive, and were not read";
        assert_eq!((met.logs.len(), met.skipped), (1, vec![(said.to_owned(), true)]));
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused() {
        let mut archive = Vec::new();
        let mut header = tar::Header::new_gnu();
        header.set_path("././@LongLink").unwrap();
        header.set_entry_type(EntryType::GNULongName);
        header.set_size(8 << 20);
        header.set_cksum();
        archive.extend(header.as_bytes());
        archive.extend(vec![b'x'; 8 << 20]);
        archive.extend(tar(&[("a", &log(5, "192.0.2.1"))]));
        let (seen, account, _folder) = account(&archive);
        assert!(seen.is_empty() && account.has_loss());
        assert_eq!(account.skipped[0].because, "the header of a member is longer than 1048576 bytes");
    }

    #[test]
    fn a_member_that_is_there_twice_is_said() {
        let text = log(100, "192.0.2.1");
        let members: [(&str, &[u8]); 3] = [("a", &text), ("b", &packed(Layer::Gzip, &text)), ("c", &text[..6000])];
        let (_, account, _folder) = account(&tar(&members));
        let path = account.sources[0].path.clone();
        let alike = |is_as_long: bool| Some(crate::Alike { path: path.clone(), is_as_long });
        let found: Vec<_> = account.sources.iter().map(|source| source.alike.clone()).collect();
        assert_eq!(found, [None, alike(true), alike(false)]);
    }

    /// What is met in an archive that a reader gives, with room for so many members.
    fn met<'r>(reader: impl Read + 'r, room: u32, selection: &Selection) -> trial::Met {
        trial::unpack(Box::new(reader), ("x.tar".as_ref(), true, room), selection)
    }

    #[test]
    fn members_beyond_the_numbers_set_aside_are_said() {
        let text = log(5, "192.0.2.1");
        let archive = tar(&[("a", &text), ("b", &text), ("c", &text)]);
        let said = ("more members than can be numbered: what follows was not read".to_owned(), true);
        for (room, logs, skipped) in [(2, 2, vec![said]), (3, 3, vec![])] {
            let met = met(&archive[..], room, &Selection::default());
            assert_eq!((met.logs.len(), met.skipped), (logs, skipped), "room for {room}");
        }
    }

    /// A header of a member of that kind and size.
    fn header(name: &str, kind: EntryType, size: u64) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    #[test]
    fn what_is_no_file_is_passed_over_and_no_loss() {
        let others = [
            ("www/", EntryType::Directory),
            ("latest.log", EntryType::Symlink),
            ("same.log", EntryType::Link),
            ("pipe", EntryType::Fifo),
        ];
        let mut archive = others.map(|(name, kind)| header(name, kind, 0)).concat();
        archive.extend(tar(&[("a.log", &log(5, "192.0.2.1"))]));
        let met = met(&archive[..], 9, &Selection::default());
        let link = ("a link to another member or file".to_owned(), false);
        assert_eq!(met.skipped, [link.clone(), link, ("no regular file".to_owned(), false)]);
        assert_eq!(met.logs.len(), 1, "{met:?}");
    }

    #[test]
    fn what_ends_an_archive_too_soon_is_told_by_what_it_is() {
        let big = log(20_000, "192.0.2.1");
        assert!(HEADER_BYTES_MAX < big.len() as u64);
        let archive = tar(&[("error.log", &log(30, "192.0.2.9")), ("a.log", &big), ("b.log", &log(9, "192.0.2.2"))]);
        let but_errors = Selection::new(&[], &["error*".to_owned()]).unwrap();
        let of = |archive: &[u8]| met(archive, 9, &but_errors);
        let whole = of(&archive);
        assert_eq!(
            whole.logs.iter().map(|(_, bytes, fault)| (*bytes, fault.is_none())).collect::<Vec<_>>()[0],
            (big.len(), true)
        );
        assert_eq!(whole.skipped, [("left out by --exclude".to_owned(), false)]);
        let losses = |met: &trial::Met| {
            met.skipped.iter().filter(|(_, is_loss)| *is_loss).map(|(text, _)| text.clone()).collect::<Vec<_>>()
        };
        // Within what is left out, within a header, within a member, and between members.
        let second = archive.len() - 1024 - 512 - log(9, "192.0.2.2").len().next_multiple_of(512);
        for (cut, said) in [
            (700, "the archive is cut off"),
            (second + 100, "the archive is cut off"),
            (second, "the archive has no end mark: it may be cut off"),
            (archive.len() - 1024, "the archive has no end mark: it may be cut off"),
        ] {
            assert_eq!(losses(&of(&archive[..cut])), [said], "cut at {cut}");
        }
        let cut = of(&archive[..second - 4000]);
        assert_eq!(cut.logs[0].2.as_deref(), Some("the archive is cut off within this member"));
        let mut flipped = archive.clone();
        flipped[second + 150] ^= 1;
        let losses = losses(&of(&flipped));
        assert!(losses.len() == 1 && losses[0].starts_with("the archive is damaged ("), "{losses:?}");
    }

    #[test]
    fn a_fault_of_the_layers_below_is_told_as_theirs() {
        let archive = tar(&[("error.log", &log(3_000, "192.0.2.9")), ("a.log", &log(9, "192.0.2.2"))]);
        let (first, second) = (700, archive.len() - 1024 - 1024 - 512);
        let but_errors = Selection::new(&[], &["error*".to_owned()]).unwrap();
        for (cut, said) in [(first, "broken: what follows in the archive was not read"), (second + 100, "broken")] {
            let broken = || io::Error::other("broken");
            let reader = archive[..cut].chain(Failing(vec![broken()]));
            let met = met(reader, 9, &but_errors);
            assert_eq!(met.skipped.last(), Some(&(said.to_owned(), true)), "at {cut}");
        }
        // To be interrupted is no fault.
        let interrupted = || io::Error::from(io::ErrorKind::Interrupted);
        for cut in [first, second + 100] {
            let reader = archive[..cut].chain(Failing(vec![interrupted(), interrupted()])).chain(&archive[cut..]);
            let met = met(reader, 9, &but_errors);
            assert_eq!((met.skipped.len(), met.logs.len()), (1, 1), "at {cut}: {met:?}");
        }
    }

    /// A reader that gives nothing but these faults.
    struct Failing(Vec<io::Error>);

    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            self.0.pop().map_or(Ok(0), Err)
        }
    }

    #[test]
    fn names_in_extended_headers_are_names() {
        let mut builder = tar::Builder::new(Vec::new());
        let name = format!("{}/アクセス.log", "long/".repeat(60));
        builder.append_pax_extensions([("path", name.as_bytes())]).unwrap();
        let text = log(5, "192.0.2.1");
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, "short", &text[..]).unwrap();
        let (_, account, folder) = account(&builder.into_inner().unwrap());
        assert_eq!(records(&account, folder.path()), [(format!("logs.tar!{name}"), 5)].into());
    }

    #[test]
    fn layers_have_a_bound() {
        let mut bytes = log(5, "192.0.2.1");
        for _ in 0..crate::layer::LAYERS_MAX {
            bytes = packed(Layer::Gzip, &bytes);
        }
        let (seen, at_the_bound, _folder) = account(&bytes);
        assert!(seen.len() == 5 && !at_the_bound.has_loss());
        let (seen, beyond, _folder) = account(&packed(Layer::Gzip, &bytes));
        assert!(seen.is_empty() && beyond.has_loss());
    }

    #[test]
    fn a_bomb_costs_itself_and_is_said() {
        let bomb = packed(Layer::Bzip2, &log(1, "192.0.2.9").repeat(1 << 16));
        let archive = tar(&[("bomb", &bomb), ("a", &log(5, "192.0.2.1"))]);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs.tar"), archive).unwrap();
        let limits = crate::Limits { bytes_max: 1 << 20, ..Default::default() };
        let (seen, account) = scan(folder.path(), &Config { limits, ..config(2) });
        let Condition::Incomplete(because) = &account.sources[0].condition else { panic!("{account:?}") };
        assert!(because.contains("more than 1048576 bytes (--max-bytes)"), "{because}");
        assert_eq!(account.sources[1].census.records, 5);
        assert!(1000 < seen.len() && seen.len() < 1 << 16);
    }

    #[test]
    fn members_are_chosen_by_name_and_the_archive_by_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let archive = tar(&[("www/access.log", &log(5, "192.0.2.1")), ("www/error.log", &log(6, "192.0.2.2"))]);
        fs::write(folder.path().join("logs.tar"), archive).unwrap();
        fs::write(folder.path().join("other.log"), log(7, "192.0.2.3")).unwrap();
        let count = |include: &[&str], exclude: &[&str]| {
            let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
            let selection = Selection::new(&owned(include), &owned(exclude)).unwrap();
            let (seen, account) = trial::scan_inputs(&Inputs::select([folder.path()], selection), &config(2));
            assert!(!account.has_loss(), "what is left out is not lost: {:?}", account.skipped);
            seen.len()
        };
        assert_eq!(count(&[], &[]), 18);
        assert_eq!(count(&["access*"], &[]), 5);
        assert_eq!(count(&["*.tar"], &[]), 11);
        assert_eq!(count(&[], &["error*"]), 12);
        assert_eq!(count(&[], &["*.tar"]), 7);
        assert_eq!(count(&["*.log"], &["**/www/e*"]), 12);
    }
}

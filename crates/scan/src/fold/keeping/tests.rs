//! A pass that is kept, tried: stopped anywhere, it goes on to the same end.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::thread;

use accesslog::{LINE_BYTES_MAX, Record};

use super::*;
use crate::codec::tests::packed;
use crate::fold::{Config, Error, fold_kept};
use crate::trial::{Seen, log, scan_inputs, tar, zip};
use crate::{Account, Checkpoint, Condition, Inputs, Layer, Limits, Selection};

fn checkpoint(path: &Path) -> Checkpoint {
    Checkpoint {
        path: path.to_path_buf(),
        program: "this".to_owned(),
        options: vec![("since".to_owned(), "2024-05-01".to_owned())],
        every: Duration::ZERO,
    }
}

/// When a pass is stopped.
#[derive(Clone, Copy)]
enum Stop {
    /// After so many records.
    Records(usize),
    /// After a while, whatever it is at.
    Time(Duration),
    Never,
}

/// A pass that is stopped, and whether it was before its end.
fn kept(inputs: &Inputs, config: &Config, checkpoint: &Checkpoint, stop: Stop) -> Result<(Seen, Account, bool), Error> {
    let (progress, seen) = (Progress::default(), AtomicUsize::new(0));
    let observe = |all: &mut Seen, at: Position, record: &Record<'_>| {
        all.push((at, record.target.unwrap_or_default().to_vec()));
        if matches!(stop, Stop::Records(records) if seen.fetch_add(1, Ordering::Relaxed) + 1 == records) {
            progress.stop();
        }
    };
    let kept = thread::scope(|scope| {
        if let Stop::Time(life) = stop {
            let progress = &progress;
            scope.spawn(move || {
                thread::sleep(life);
                progress.stop();
            });
        }
        let kept = fold_kept((inputs, config, &progress), (checkpoint, None), Seen::new(), observe, Seen::extend);
        (kept, progress.is_stopped())
    });
    let (kept, is_stopped) = (kept.0?, kept.1);
    assert!(kept.unwritten.is_none(), "{:?}", kept.unwritten);
    let mut seen = kept.state;
    seen.sort_unstable();
    Ok((seen, kept.account, is_stopped))
}

/// An archive of packed members that together become more than it may.
fn bombed() -> Vec<u8> {
    let member = |number: usize| packed(Layer::Gzip, &log(MANY, &format!("192.0.2.{number}")));
    let members: Vec<(String, Vec<u8>)> = (1..6).map(|number| (format!("{number}.log.gz"), member(number))).collect();
    tar(&members.iter().map(|(name, bytes)| (&name[..], &bytes[..])).collect::<Vec<_>>())
}

#[test]
fn what_an_archive_has_become_counts_when_a_pass_goes_on() {
    let (folder, kept_in) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("logs.tar"), bombed()).unwrap();
    let inputs = || Inputs::find([folder.path()]);
    let bytes = log(MANY, "192.0.2.1").len() as u64;
    // Three members and a half fit.
    let limits =
        Limits { ratio_max: 0, free_bytes: bytes * 2, free_bytes_of_archive: bytes * 7 / 2, ..Limits::default() };
    let config = Config { limits, chunk_bytes: 9_000, ..Config::default() };
    let (whole, whole_account) = scan_inputs(&inputs(), &config);
    assert!(MANY * 3 < whole.len() && whole.len() < MANY * 4, "{}", whole.len());
    let Condition::Incomplete(because) = &whole_account.sources[3].condition else { panic!("it is stopped there") };
    assert!(because.contains("its archive unpacks to more"), "{because}");
    for stop in [1, MANY - 1, MANY + 1, MANY * 2 + 7, MANY * 3 + 1_000] {
        let checkpoint = checkpoint(&kept_in.path().join(stop.to_string()));
        let config = Config { threads: 1, ..config.clone() };
        let (_, _, is_stopped) = kept(&inputs(), &config, &checkpoint, Stop::Records(stop)).unwrap();
        assert!(is_stopped);
        let (seen, account, _) = kept(&inputs(), &config, &checkpoint, Stop::Never).unwrap();
        assert!(seen == whole, "stopped after {stop}: {} records of {}", seen.len(), whole.len());
        assert_eq!(format!("{account:?}"), format!("{whole_account:?}"), "stopped after {stop}");
    }
}

/// A document of records, each in a line of its own; one of them is too long to be looked at.
fn document(records: usize, has_long: bool) -> Vec<u8> {
    let record = |n| match n {
        2_000 if has_long => format!(r#"{{"request":"{}"}}"#, "x".repeat(3 * LINE_BYTES_MAX)),
        n => format!(r#"{{"request":"GET /{n} HTTP/1.1","status":200,"body_bytes_sent":{n}}}"#),
    };
    format!("{{\"records\":[{}]}}\n", (0..records).map(record).collect::<Vec<_>>().join(",\n")).into_bytes()
}

/// How many records a log has whose beginning is not all that is looked at before it is cut: several times 64 KiB.
const MANY: usize = 3_000;

/// A log that says in its middle how the lines behind are to be read.
fn columns() -> Vec<u8> {
    let line = |n: usize| format!("2024-05-01 12:00:{:02} 192.0.2.9 GET /{n} 200\n", n % 60);
    let turned = |n: usize| format!("/{n} 2024-05-01 12:00:{:02} 192.0.2.9 404 GET\n", n % 60);
    let head = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n";
    let other = "#Fields: cs-uri-stem date time c-ip sc-status cs-method\n";
    let long = "x".repeat(3 * LINE_BYTES_MAX) + "\n";
    let lines: String =
        (0..MANY).map(line).chain([long, other.to_owned()]).chain((MANY..MANY * 2).map(turned)).collect();
    format!("{head}{lines}").into_bytes()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("a.log", &log(MANY, "192.0.2.1"));
    write("b.log.gz", &packed(Layer::Gzip, &log(MANY, "192.0.2.2")));
    write("c.log.zst", &packed(Layer::Zstd, &log(MANY, "192.0.2.3")));
    let inner = packed(Layer::Gzip, &log(MANY, "192.0.2.6"));
    let members: [(&str, &[u8]); 6] = [
        ("old.bak", b"left out\n"),
        ("one.log", &log(MANY, "192.0.2.4")),
        ("notes.txt", b"no log\n"),
        ("in.tar", &tar(&[("x.log", &log(90, "192.0.2.5"))])),
        ("two.log.gz", &inner),
        ("three.log", &log(80, "192.0.2.7")),
    ];
    write("d.tar.gz", &packed(Layer::Gzip, &tar(&members)));
    let options = zip::write::SimpleFileOptions::default();
    write("e.zip", &zip(&[("m.log", &log(120, "192.0.2.8")), ("n.log", &log(60, "192.0.2.10"))], options));
    write("f.json", &document(MANY, true));
    write("g.json.gz", &packed(Layer::Gzip, &document(MANY, false)));
    write("h.log", &columns());
    write("i.log", &[b"\xEF\xBB\xBF", &log(70, "192.0.2.11")[..]].concat());
    let long = vec![b'x'; LINE_BYTES_MAX + 9];
    write("j.log", &[&log(30, "192.0.2.12")[..], &long, b"\n\nno record\n", &log(30, "192.0.2.13")].concat());
    write("k.md", b"# Notes\n");
    write("m.log", log(40, "192.0.2.15").trim_ascii_end());
    let torn = packed(Layer::Gzip, &log(3_000, "192.0.2.14"));
    write("l.log.gz", &torn[..torn.len() / 2]);
    folder
}

#[test]
fn a_pass_that_is_stopped_anywhere_goes_on_to_the_same_end() {
    let folder = folder();
    let inputs = || Inputs::select([folder.path()], Selection::new(&[], &["*.bak".to_owned()]).unwrap());
    let kept_in = tempfile::tempdir().unwrap();
    let (whole, whole_account) = scan_inputs(&inputs(), &Config::default());
    assert!(20_000 < whole.len() && whole_account.skipped.len() == 1, "{} {:?}", whole.len(), whole_account.skipped);
    let mut stops = 0;
    for round in 0..16_usize {
        let checkpoint = checkpoint(&kept_in.path().join(format!("{round}")));
        for run in 0.. {
            // Neither threads nor chunks need be the same when it goes on.
            let dice = round * 7_919 + run * 104_729;
            let chunk_bytes = [3_000, 10_000, 77_777, 1_640, 25_000][dice % 5];
            let config = Config { threads: 1 + dice % 3, chunk_bytes, ..Config::default() };
            let stop = match run {
                40.. => Stop::Never,
                run if run % 3 == 2 => Stop::Time(Duration::from_micros(200 + dice as u64 * 31 % 20_000)),
                _ => Stop::Records(1 + dice * 13 % 4_000),
            };
            let (seen, account, is_stopped) = kept(&inputs(), &config, &checkpoint, stop).unwrap();
            if is_stopped {
                stops += 1;
                continue;
            }
            assert!(seen == whole, "round {round}: {} records of {}", seen.len(), whole.len());
            assert_eq!(format!("{account:?}"), format!("{whole_account:?}"), "round {round}");
            let (again, account, _) = kept(&inputs(), &config, &checkpoint, Stop::Records(1)).unwrap();
            assert!(again == whole && format!("{account:?}") == format!("{whole_account:?}"), "it is complete");
            break;
        }
    }
    assert!(100 < stops, "{stops}");
}

#[test]
fn each_way_of_cutting_goes_on_behind_its_last_place() {
    let folder = tempfile::tempdir().unwrap();
    let on_one_line = String::from_utf8(document(MANY, false)).unwrap().replace(",\n", ", ").into_bytes();
    let files = [
        ("columns.log", columns()),
        ("columns.log.gz", packed(Layer::Gzip, &columns())),
        ("lines.json", document(MANY, true)),
        ("line.json", on_one_line.clone()),
        ("line.json.gz", packed(Layer::Gzip, &on_one_line)),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let inputs = || Inputs::find([&path]);
        let (whole, whole_account) = scan_inputs(&inputs(), &Config::default());
        assert!(MANY - 2 < whole.len(), "{name}: {}", whole.len());
        for records in (1..whole.len()).step_by(whole.len() / 24) {
            let checkpoint = checkpoint(&folder.path().join(format!("kept-{name}-{records}")));
            let with = |chunk_bytes: usize, stop: Stop| {
                let config = Config { threads: 1, chunk_bytes, ..Config::default() };
                kept(&inputs(), &config, &checkpoint, stop).unwrap()
            };
            with(3_000, Stop::Records(records));
            // Some of these are stopped while what is known is passed over.
            for micros in [100, 300, 900] {
                with(900, Stop::Time(Duration::from_micros(micros + records as u64)));
            }
            with(1_700, Stop::Records(200));
            let (seen, account, _) = with(10_000, Stop::Never);
            assert!(seen == whole, "{name}, {records}: {} records of {}", seen.len(), whole.len());
            assert_eq!(format!("{account:?}"), format!("{whole_account:?}"), "{name}, {records}");
        }
    }
}

#[test]
fn a_last_line_without_its_end_is_told_where_nothing_was_left_to_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.log");
    fs::write(&path, log(12, "192.0.2.1").trim_ascii_end()).unwrap();
    let (inputs, config) = (Inputs::find([&path]), Config { threads: 1, ..Config::default() });
    let checkpoint = checkpoint(&folder.path().join("kept"));
    let (_, account, is_stopped) = kept(&inputs, &config, &checkpoint, Stop::Records(12)).unwrap();
    assert!(is_stopped && matches!(account.sources[0].condition, Condition::Incomplete(_)));
    let (seen, account, _) = kept(&inputs, &config, &checkpoint, Stop::Never).unwrap();
    assert_eq!((seen.len(), &account.sources[0].condition), (12, &Condition::Complete));
    assert!(account.sources[0].is_last_line_open);
}

#[test]
fn what_is_kept_is_told_and_what_differs_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.log"), folder.path().join("two.log"));
    fs::write(&one, log(40, "192.0.2.1")).unwrap();
    fs::write(&two, log(50, "192.0.2.2")).unwrap();
    let both = || Inputs::find([&one, &two]);
    let checkpoint = checkpoint(&folder.path().join("kept"));
    let config = Config { threads: 1, chunk_bytes: 500, ..Config::default() };
    kept(&both(), &config, &checkpoint, Stop::Records(55)).unwrap();
    let refused = |inputs: &Inputs, checkpoint: &Checkpoint| match kept(inputs, &config, checkpoint, Stop::Never) {
        Err(error) => error.to_string(),
        Ok(_) => "nothing".to_owned(),
    };
    let program = Checkpoint { program: "other".to_owned(), ..checkpoint.clone() };
    assert!(refused(&both(), &program).contains("made by another keytrace (this), and this is other"));
    let options = Checkpoint { options: Vec::new(), ..checkpoint.clone() };
    assert!(refused(&both(), &options).contains("other options (--since 2024-05-01; now none)"));
    assert!(refused(&Inputs::find([&one]), &checkpoint).contains("two.log is not what it was"));
    let mut pipe = both();
    pipe.sources[0].path = "-".into();
    assert!(refused(&pipe, &checkpoint).contains("cannot be read again"));
    let file = fs::File::options().append(true).open(&two).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written + Duration::from_secs(1)).unwrap();
    assert!(
        refused(&both(), &checkpoint).contains("two.log is not what it was"),
        "written to, though of the same size"
    );
    file.set_modified(written).unwrap();
    assert_eq!(refused(&both(), &checkpoint), "nothing");
    let before_it_grew = fs::read(&checkpoint.path).unwrap();
    fs::write(&two, log(51, "192.0.2.2")).unwrap();
    let because = refused(&both(), &checkpoint);
    assert!(because.contains("two.log is not what it was; remove the file to begin anew"), "{because}");
    assert_eq!(fs::read(&checkpoint.path).unwrap(), before_it_grew, "what is refused stays");
}

#[test]
fn no_byte_of_what_is_kept_can_be_changed_or_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.log");
    fs::write(&path, log(12, "192.0.2.1")).unwrap();
    let (inputs, config) = (Inputs::find([&path]), Config { threads: 1, chunk_bytes: 300, ..Config::default() });
    let checkpoint = checkpoint(&folder.path().join("kept"));
    kept(&inputs, &config, &checkpoint, Stop::Records(5)).unwrap();
    let good = fs::read(&checkpoint.path).unwrap();
    let terms = checkpoint.terms(&inputs, &config).unwrap();
    let read = |bytes: &[u8]| crate::checkpoint::unsealed::<(Far, Seen)>(bytes, &terms);
    assert!(read(&good).is_ok());
    for place in 0..good.len() {
        assert!(read(&good[..place]).is_err(), "cut at {place}");
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[place] ^= 1 << bit;
            assert!(read(&bad).is_err(), "bit {bit} of byte {place}");
        }
    }
    assert!(read(&[&good[..], b"x"].concat()).is_err());
    // Who can write the file can seal it: then it must be read without harm, whatever it says.
    let (body, _) = good.split_last_chunk::<32>().unwrap();
    let more = [body, b"x"].concat();
    assert!(read(&[&more[..], blake3::hash(&more).as_bytes()].concat()).is_err(), "more than belongs there");
    let mut accepted = 0;
    for place in 0..body.len() {
        for value in [0, 1, 0x7F, 0x80, 0xFF, body[place].wrapping_add(1)] {
            let mut forged = body.to_vec();
            forged[place] = value;
            forged.extend_from_slice(blake3::hash(&forged.clone()).as_bytes());
            accepted += usize::from(read(&forged).is_ok());
        }
    }
    assert!(0 < accepted, "the seal is no secret");
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_for_its_owner_alone_and_a_disk_that_is_full_costs_no_result() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.log");
    fs::write(&path, log(12, "192.0.2.1")).unwrap();
    let (inputs, config) = (Inputs::find([&path]), Config::default());
    let checkpoint = checkpoint(&folder.path().join("kept"));
    // What a run left that was killed while it wrote, longer than what comes in its place.
    fs::write(folder.path().join("kept.part"), vec![7; 1 << 16]).unwrap();
    let once = Checkpoint { every: Duration::from_secs(3_600), ..checkpoint.clone() };
    kept(&inputs, &config, &once, Stop::Never).unwrap();
    kept(&inputs, &config, &once, Stop::Never).unwrap();
    assert_eq!(fs::metadata(&checkpoint.path).unwrap().permissions().mode() & 0o777, 0o600);
    let nowhere = Checkpoint { path: folder.path().join("no/folder"), ..checkpoint };
    let observe = |count: &mut u64, _: Position, _: &Record<'_>| *count += 1;
    let progress = Progress::default();
    let merge = |one: &mut u64, other: u64| *one += other;
    let kept = fold_kept((&inputs, &config, &progress), (&nowhere, None), 0, observe, merge).unwrap();
    assert_eq!(kept.state, 12);
    assert!(kept.unwritten.is_some());
}

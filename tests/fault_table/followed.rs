//! Logs that are written to while they are read.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use accesslog::{Position, Record};
use detect::{Detector, Key, Tracer};
use scan::{Account, Clock, Config, Following, Inputs, Monotonic, Progress};

use super::resumed::{gzipped, service};
use super::{Outcome, Place, Row, ensure, requests, row};
use crate::laws::ndjson;
use crate::logs::{self, Dice, Hit, Writing};
use crate::program::{keytrace, parsed, started};
use crate::trials::{cases, seeds, told};

pub(super) const ROWS: &[Row] = &[
    row("F43", "a log that is renamed and made anew while it is followed", renamed),
    row("F44", "a log that is copied and cut where it stands, and regrown past where it was read", copied),
    row("F45", "a log whose number on disk is given away again, that is deleted, or compressed", given_away),
    row("F46", "lines that come piece by piece or late, and NULs", in_pieces),
    row("F47", "a clock that is set back and forth", set_back),
];

/// How many lines stand between two rotations.
const LINES: u64 = 500;

/// How long writing a line takes: fifty thousand in a second.
const LINE_TIME: Duration = Duration::from_micros(20);

/// A line that bears its number.
fn line(number: u64) -> String {
    let client = format!("198.51.100.{}", number % 250);
    logs::line(&Hit::new(number, &client, &format!("/n/{number}"), 200, 1_532), Writing::Combined) + "\n"
}

fn lines(numbers: std::ops::Range<u64>) -> String {
    numbers.map(line).collect()
}

fn number_of(record: &Record<'_>) -> u64 {
    let target = record.target.and_then(|target| std::str::from_utf8(target).ok()).unwrap_or_default();
    target.trim_start_matches("/n/").parse().unwrap_or(u64::MAX)
}

/// The numbers of the records of logs that were followed while `write` wrote to them, in order, and the account. `write` is
/// given how many bytes were read so far.
fn followed(
    paths: &[PathBuf],
    following: Following,
    write: impl FnOnce(&dyn Fn() -> u64) + Send,
) -> (Vec<u64>, Account) {
    let inputs = Inputs::followed(paths).expect("they are logs");
    let (config, progress) = (Config { threads: 2, ..Config::default() }, Progress::default());
    let clock = Monotonic::default();
    let observe = |seen: &mut Vec<u64>, _: Position, record: &Record<'_>| seen.push(number_of(record));
    let merge = |one: &mut Vec<u64>, other: Vec<u64>| one.extend(other);
    let done = thread::scope(|scope| {
        let follower = scope.spawn(|| {
            scan::follow((&inputs, &config, &progress), (following, &clock, None), None, Vec::new(), observe, merge)
        });
        write(&|| progress.bytes());
        progress.stop();
        follower.join().expect("it does not panic").expect("there are threads")
    });
    let mut numbers = done.state;
    numbers.sort_unstable();
    (numbers, done.account)
}

fn appending(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).expect("the log can be written")
}

/// Writes lines in pieces that end anywhere, at most as fast as they are to come.
fn write(file: &mut File, text: &str, dice: &mut Dice) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at((1 + dice.below(8_000)).min(rest.len()));
        file.write_all(piece).expect("the log can be written");
        thread::sleep(LINE_TIME * (piece.len() / 100) as u32);
        rest = after;
    }
}

/// What is wrong with numbers that should be all below `end`, each once.
fn all_once(numbers: &[u64], end: u64) -> Outcome {
    let twice = numbers.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let lost = (0..end).filter(|number| numbers.binary_search(number).is_err()).count();
    ensure(numbers.len() as u64 == end && twice == 0 && lost == 0, || {
        format!("{lost} lines are lost and {twice} come twice of {end}")
    })
}

fn all_complete(account: &Account) -> Outcome {
    let losses: Vec<String> =
        account.losses().map(|(path, because)| format!("{}: {because}", path.display())).collect();
    ensure(losses.is_empty(), || losses.join("; "))
}

fn renamed() -> Outcome {
    let (place, rounds) = (Place::new(), u64::from(cases(50)));
    let path = place.path("access.log");
    let mut dice = Dice::new(43);
    let (numbers, account) = followed(std::slice::from_ref(&path), Following::default(), |_| {
        let mut file = appending(&path);
        for round in 0..rounds {
            let (begin, end) = (round * LINES, (round + 1) * LINES);
            write(&mut file, &lines(begin..end - 10), &mut dice);
            fs::rename(&path, place.path(&format!("access.log-{}", 20_240_501_000_000 + round)))
                .expect("it is renamed");
            // The writer hears of it later.
            write(&mut file, &lines(end - 10..end), &mut dice);
            file = appending(&path);
        }
    });
    all_once(&numbers, rounds * LINES)?;
    all_complete(&account)?;
    ensure(account.sources.len() as u64 == rounds + 1, || format!("{} files are told", account.sources.len()))?;
    told(&format!("followed: {rounds} rotations by renaming, {} lines, none lost and none twice", rounds * LINES));
    as_a_whole()
}

/// What is followed through the command gives the inputs, settings and findings that a scan of the files gives that lie there at the
/// end, under the key that it tells.
fn as_a_whole() -> Outcome {
    let place = Place::new();
    let (path, report, whole) = (place.path("access.log"), place.path("r.ndjson"), place.path("w.ndjson"));
    let words = ["scan", "--threads", "2", "--follow", shown(&path), "-o", shown(&report)];
    let mut child = started(&words.map(AsRef::as_ref));
    let files = grown(&path, &service(), 3, &mut Dice::new(22));
    stop(&mut child)?;
    let rows_of = |path: &Path| parsed(&fs::read_to_string(path).unwrap_or_default());
    let followed = rows_of(&report);
    let settings = followed.first().and_then(|scan| scan["settings"].as_array());
    let key = settings.and_then(|all| all.iter().find(|setting| setting["name"] == "key")?["value"].as_str());
    let Some(key) = key else { return Err("the key is not told".to_owned()) };
    let words = ["scan", "-q", "--key", key, "-o", shown(&whole)].into_iter();
    let words = words.chain(files.iter().map(|path| shown(path)));
    ensure(keytrace(words).code < 2, || "a plain scan fails".to_owned())?;
    let rows = [rows_of(&report), rows_of(&whole)];
    let [one, other] = rows.each_ref().map(|rows| (&rows[0], requests(rows)));
    ensure(900 <= one.1.len() && one == other, || format!("{} findings, and {}", one.1.len(), other.1.len()))
}

/// Writes a log that is renamed so many times meanwhile; gives the files that are there then, the oldest first.
fn grown(path: &Path, text: &str, rotations: usize, dice: &mut Dice) -> Vec<PathBuf> {
    let name = |age: usize| if age == 0 { path.to_path_buf() } else { PathBuf::from(format!("{}.{age}", shown(path))) };
    let (mut file, mut rest) = (appending(path), text.as_bytes());
    for turn in 0..=rotations {
        let part = if turn == rotations { rest.len() } else { line_end(rest, dice.below(rest.len())) };
        let (now, later) = rest.split_at(part);
        write(&mut file, std::str::from_utf8(now).expect("text"), dice);
        if turn < rotations {
            (0..=turn).rev().for_each(|age| fs::rename(name(age), name(age + 1)).expect("it is renamed"));
            file = appending(path);
        }
        rest = later;
    }
    (0..=rotations).rev().map(name).collect()
}

/// Under one key, what was followed is judged as a scan of the whole is, what is looked at twice among it.
#[test]
fn what_grows_is_judged_as_what_has_grown() {
    for seed in seeds(4) {
        let (place, mut dice) = (Place::new(), Dice::new(seed));
        let path = place.path("access.log");
        let rotations = dice.below(5);
        let (config, progress) = (Config { threads: 2, has_digests: true, ..Config::default() }, Progress::default());
        let inputs = Inputs::followed([&path]).expect("it is a log");
        let clock = Monotonic::default();
        let first = || Detector::keyed(Key::of(&[seed as u8; 32]));
        let (done, files) = thread::scope(|scope| {
            let follower = scope.spawn(|| {
                let clock: (_, &dyn Clock, _) = (Following::default(), &clock, None);
                scan::follow((&inputs, &config, &progress), clock, None, first(), Detector::observe, Detector::merge)
            });
            let files = grown(&path, &service(), rotations, &mut dice);
            progress.stop();
            (follower.join().expect("it does not panic").expect("there are threads"), files)
        });
        let again = done.again.expect("all files are held");
        let whole = Inputs::find(&files);
        let (state, account) =
            scan::fold(&whole, &config, &Progress::default(), first(), Detector::observe, Detector::merge)
                .expect("threads");
        let sources = |account: &Account| format!("{:#?}", account.sources);
        assert_eq!(sources(&done.account), sources(&account), "seed {seed}");
        let (one, other) = (judged(done.state, &again, &config), judged(state, &whole, &config));
        let differing = one.lines().zip(other.lines()).enumerate().find(|(_, (one, other))| one != other);
        assert!(one == other, "seed {seed}: another verdict after {rotations} rotations: {differing:?}");
    }
}

fn judged(detector: Detector, again: &Inputs, config: &Config) -> String {
    let verdict = detector.finish();
    let tracer = Tracer::of(&verdict);
    assert!(!tracer.is_idle(), "something is looked at twice");
    let config = Config { has_digests: false, ..config.clone() };
    let trace = |tracer: Tracer| {
        scan::fold(again, &config, &Progress::default(), tracer, Tracer::observe, Tracer::merge).expect("threads").0
    };
    let Ok(tracer) = trace(tracer).completed(|turned| Ok::<_, std::convert::Infallible>(trace(turned)));
    ndjson(Vec::new(), verdict.traced(tracer))
}

#[test]
fn what_makes_no_sense_of_logs_that_grow_is_refused() {
    let place = Place::new();
    let (path, report) = (place.file("access.log", lines(0..9)), place.path("r.ndjson"));
    let (log, folder, report) = (shown(&path), shown(place.folder()), shown(&report));
    for words in [
        &["--follow", folder][..],
        &["--follow", "-"],
        &["--follow", "*.log"],
        &["--follow", log, "--checkpoint", "kept"],
        &["--follow", log, "--include", "*.log"],
        &["--follow", log, "--exclude", "*.gz"],
        &["--follow", log, "--follow-every", "1s"],
        &["--follow", log, "--follow-every", "1s", "-o", report, "-o", "-"],
        &["--follow", log, "--follow-for", "soon"],
        &["--follow-for", "1s", log],
        &["--partial-timeout", "1s", log],
    ] {
        let run = keytrace(["scan"].iter().chain(words));
        assert!(run.code == 2 && run.error.contains("--"), "{words:?}: {} {}", run.code, run.error);
    }
    let missing = place.path("missing.log");
    let run = keytrace(["scan", "--follow", shown(&missing), "--follow-for", "10ms"]);
    assert!(run.code == 2 && run.error.contains("there was no such file"), "{}", run.error);
}

/// The report is there, whole and of what was read until then, long before the end; and at the end it is of all.
#[test]
fn a_report_is_written_anew_while_logs_grow() {
    let place = Place::new();
    let (path, report) = (place.file("access.log", "not yet what a log is known by\n"), place.path("r.ndjson"));
    let words = ["scan", "--follow", shown(&path), "--follow-every", "50ms", "-o", shown(&report)];
    let mut child = started(&words.map(AsRef::as_ref));
    let whole = |records: u64| {
        let rows = parsed(&fs::read_to_string(&report).unwrap_or_default());
        rows.first().is_some_and(|row| row["totals"]["records"] == records)
            && rows.last().is_some_and(|row| row["type"] == "end")
    };
    thread::sleep(Duration::from_millis(400));
    for (begin, records) in [(0, 9), (9, 30)] {
        appending(&path).write_all(lines(begin..records).as_bytes()).expect("the log can be written");
        while !whole(records) {
            assert!(child.try_wait().expect("it runs").is_none(), "it ended");
            thread::sleep(Duration::from_millis(5));
        }
        assert!(fs::read_to_string(&report).is_ok_and(|text| text.contains("it is still followed")));
    }
    appending(&path).write_all(lines(30..31).as_bytes()).expect("the log can be written");
    stop(&mut child).expect("it ends well");
    assert!(whole(31) && fs::read_to_string(&report).is_ok_and(|text| !text.contains("it is still followed")));
    assert_eq!(fs::read_dir(place.folder()).expect("a folder").count(), 2, "nothing else is left");
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

/// Where the line ends that is at a place.
fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1)
}

/// Ends a run that follows, as a person does; it must end well.
fn stop(child: &mut std::process::Child) -> Outcome {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("there is kill");
    let mut error = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().expect("a pipe"), &mut error).expect("messages are UTF-8");
    let code = child.wait().expect("it ends").code();
    ensure(code.is_some_and(|code| code < 2), || format!("{code:?}: {error}"))
}

/// Copies a log and cuts it, as `copytruncate` does; every third time lines are written in between, which are nowhere then,
/// and every other time it is longer at once than it was.
fn copied() -> Outcome {
    let (place, rounds) = (Place::new(), u64::from(cases(50)));
    let path = place.path("access.log");
    let mut dice = Dice::new(44);
    let mut nowhere = Vec::new();
    let (numbers, account) = followed(std::slice::from_ref(&path), Following::default(), |_| {
        let (mut file, mut next) = (appending(&path), 0);
        for round in 0..rounds {
            let many = if round % 2 == 0 { LINES } else { LINES * 2 };
            write(&mut file, &lines(next..next + many), &mut dice);
            next += many;
            fs::copy(&path, place.path(&format!("access.log.{}", rounds - round))).expect("it is copied");
            if round % 3 == 0 {
                file.write_all(lines(next..next + 5).as_bytes()).expect("the log can be written");
                nowhere.extend(next..next + 5);
                next += 5;
            }
            file.set_len(0).expect("it is cut");
            if round % 2 == 0 {
                file.write_all(lines(next..next + many * 2).as_bytes()).expect("the log can be written");
                next += many * 2;
            }
        }
    });
    let twice = numbers.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let end = numbers.last().copied().unwrap_or_default() + 1;
    let lost: Vec<u64> = (0..end).filter(|number| numbers.binary_search(number).is_err()).collect();
    let is_ours = lost.iter().filter(|number| !nowhere.contains(number)).count();
    ensure(twice == 0 && is_ours == 0, || format!("{is_ours} lines are lost and {twice} come twice of {end}"))?;
    let gaps = account.losses().filter(|(_, because)| because.contains("cut where it stood")).count() as u64;
    ensure(gaps == rounds, || format!("{gaps} gaps are told of {rounds}"))?;
    told(&format!("followed: {rounds} cuts, {end} lines, {} of them nowhere, and no others lost", lost.len()));
    Ok(())
}

/// Each file is deleted once it is held, or packed in place of being kept; what is made next may be given its number.
fn given_away() -> Outcome {
    let (place, rounds) = (Place::new(), u64::from(cases(50)));
    let path = place.path("access.log");
    let mut dice = Dice::new(45);
    let (numbers, account) = followed(std::slice::from_ref(&path), Following::default(), |read| {
        let mut bytes = 0;
        for round in 0..rounds {
            let (begin, end) = (round * LINES, (round + 1) * LINES);
            let mut file = appending(&path);
            let (first, rest) = (lines(begin..begin + 10), lines(begin + 10..end));
            write(&mut file, &first, &mut dice);
            while read() <= bytes {
                thread::sleep(Duration::from_millis(1));
            }
            write(&mut file, &rest, &mut dice);
            bytes += (first.len() + rest.len()) as u64;
            let (put_away, packed) = (place.path("access.log.1"), place.path("access.log.1.gz"));
            match round % 3 {
                0 => fs::remove_file(&path).expect("it is deleted"),
                1 => {
                    fs::rename(&path, &put_away).expect("it is renamed");
                    let text = fs::read_to_string(&put_away).expect("it can be read");
                    fs::write(&packed, gzipped(&text)).expect("it can be written");
                    fs::remove_file(&put_away).expect("it is deleted");
                }
                _ => fs::rename(&path, &put_away).expect("it is renamed"),
            }
        }
    });
    all_once(&numbers, rounds * LINES)?;
    all_complete(&account)?;
    told(&format!("followed: {rounds} files deleted, packed or renamed over, none lost and none twice"));
    Ok(())
}

fn in_pieces() -> Outcome {
    let place = Place::new();
    let path = place.path("access.log");
    let late = Duration::from_millis(30);
    let pieces = |path: &Path| {
        let mut file = appending(path);
        file.write_all(lines(0..40).as_bytes()).expect("the log can be written");
        for piece in lines(40..44).as_bytes().chunks(29) {
            file.write_all(piece).expect("the log can be written");
            thread::sleep(late);
        }
        file.write_all(&[vec![0; 100_000], b"\n".to_vec(), lines(44..60).into_bytes()].concat())
            .expect("it is written");
        file.write_all(line(60).trim_end().as_bytes()).expect("the log can be written");
    };
    let (numbers, account) = followed(std::slice::from_ref(&path), Following::default(), |_| pieces(&path));
    all_once(&numbers, 60)?;
    let source = &account.sources[0];
    // The NULs, and the line whose end has not come.
    ensure(source.census.fault_count() == 2 && source.is_last_line_open, || {
        format!("{} faults, whole: {}", source.census.fault_count(), !source.is_last_line_open)
    })?;
    let patient = Following { partial: Some(late * 20), ..Following::default() };
    let path = place.path("other.log");
    let (numbers, account) = followed(std::slice::from_ref(&path), patient, |_| {
        pieces(&path);
        thread::sleep(late * 40);
    });
    all_once(&numbers, 61)?;
    ensure(account.sources[0].census.fault_count() == 1, || format!("{:?}", account.sources[0].census.fault_count()))?;
    // What is put away ends where it ends.
    let path = place.path("third.log");
    let (numbers, account) = followed(std::slice::from_ref(&path), Following::default(), |read| {
        fs::write(&path, lines(0..9).trim_end()).expect("it is written");
        while read() == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        fs::rename(&path, place.path("third.log.1")).expect("it is renamed");
        fs::write(&path, lines(9..20)).expect("it is written");
    });
    all_once(&numbers, 20)?;
    all_complete(&account)
}

/// A clock that goes forward when somebody waits by it, and writes to a log whenever somebody does, which it stamps with
/// times of a day's clock that is set back and forth.
struct Dial {
    now: Mutex<Duration>,
    waits: AtomicU64,
    path: PathBuf,
}

impl Clock for Dial {
    fn now(&self) -> Duration {
        *self.now.lock().expect("nobody panicked")
    }

    fn wait(&self, time: Duration) {
        *self.now.lock().expect("nobody panicked") += time;
        let number = self.waits.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(10) {
            let mut file = appending(&self.path);
            file.write_all(line(number / 10).as_bytes()).expect("the log can be written");
            let days = [0, 40_000, 1, 19_000, 19_000][number as usize / 10 % 5];
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * days)).expect("it can be stamped");
        }
    }
}

fn set_back() -> Outcome {
    let place = Place::new();
    let path = place.path("access.log");
    let dial = Dial { now: Mutex::default(), waits: AtomicU64::new(0), path: path.clone() };
    let inputs = Inputs::followed([&path])?;
    let length = Duration::from_secs(60);
    let following = Following { length: Some(length), ..Following::default() };
    let done = scan::follow(
        (&inputs, &Config { threads: 1, ..Config::default() }, &Progress::default()),
        (following, &dial, None),
        None,
        Vec::new(),
        |seen: &mut Vec<u64>, _: Position, record: &Record<'_>| seen.push(number_of(record)),
        Extend::extend,
    );
    let mut numbers = done.map_err(|error| error.to_string())?.state;
    numbers.sort_unstable();
    let waits = dial.waits.load(Ordering::Relaxed);
    all_once(&numbers, waits.div_ceil(10))?;
    ensure(dial.now() == length, || format!("it goes on for {:?}", dial.now()))?;
    // Neither does it stand still nor turn without rest: a look takes a wait of five to two hundred milliseconds.
    ensure((300..=3_000).contains(&waits), || format!("{waits} looks in a minute"))
}

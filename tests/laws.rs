//! The laws: what holds for every log, however it is cut, shared and packed.
//!
//! The answer is a function of the records. Each law is tried on logs made from random seeds, and compares whole
//! reports, byte for byte: whatever the reader of a report could see would show a law broken.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesslog::{Census, Chunk, FORMATS, Position, Reading, Record, parse_chunk, recognise};
use detect::{Budget, DataMap, DataPlace, DataRule, Detector, Key, Memory, Openings, Pattern, Tracer, Verdict};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use report::document::of_report;
use report::{Input, Look, RENDERERS, Report};
use scan::{Config, Inputs, Progress};

use crate::logs::{self, Dice, Hit, Mix, WRITINGS, Writing};
use crate::program::keytrace;
use crate::trials::{self, placeless};

/// How often a law is tried on a whole scan.
const SCANS: u32 = 24;

/// How often a law is tried without files.
const MERGES: u32 = 120;

fn tried(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: trials::cases(cases),
        failure_persistence: None,
        max_shrink_iters: 24,
        ..ProptestConfig::default()
    }
}

fn mixes() -> impl Strategy<Value = Mix> {
    (any::<u64>(), 30..700_usize, 0..WRITINGS.len(), any::<bool>()).prop_map(|(seed, lines, writing, is_mixed)| Mix {
        seed,
        lines,
        writing: WRITINGS[writing],
        is_mixed,
    })
}

/// The report of a verdict, in the form that says everything.
pub(crate) fn ndjson(inputs: Vec<Input>, verdict: Verdict) -> String {
    let report = Report {
        version: "0",
        inputs,
        passed: Vec::new(),
        verdict,
        not_run: Vec::new(),
        window: (None, None),
        settings: Vec::new(),
        stopped_by: None,
    };
    let form = RENDERERS.iter().find(|form| form.name() == "ndjson").expect("there is NDJSON");
    let mut out = Vec::new();
    form.render(&of_report(report), Look::default(), &mut out).expect("memory can be written");
    String::from_utf8(out).expect("reports are UTF-8")
}

/// Where two reports differ first, in few words; nothing if they are the same.
pub(crate) fn difference(one: &str, other: &str) -> Option<String> {
    if one == other {
        return None;
    }
    let pairs = one.lines().zip(other.lines()).enumerate();
    let Some((number, (one, other))) = pairs.into_iter().find(|(_, (one, other))| one != other) else {
        return Some(format!("{} rows against {}", one.lines().count(), other.lines().count()));
    };
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let around = |row: &str| {
        String::from_utf8_lossy(&row.as_bytes()[same.saturating_sub(120)..]).chars().take(300).collect::<String>()
    };
    Some(format!("row {number}:\n- {}\n+ {}", around(one), around(other)))
}

/// The report of a scan of these files by that configuration.
pub(crate) fn scanned(paths: &[PathBuf], config: &Config) -> String {
    let observe = |detector: &mut Detector, at: Position, record: &Record<'_>| detector.observe(at, record);
    let inputs = Inputs::find(paths);
    let progress = Progress::default();
    let key = Key::of(&scan::content_key(&inputs, config).expect("threads"));
    let openings = scan::openings((&inputs, config, &progress), Openings::default, Openings::observe, Openings::merge);
    let key = openings.expect("threads").key(key);
    let (detector, account) =
        scan::fold(&inputs, config, &progress, Detector::keyed(key), observe, Detector::merge).expect("threads");
    let inputs = account.sources.into_iter().map(|source| Input {
        number: source.number,
        outside: source.outside,
        undated: source.undated,
        alike: None,
        path: source.path,
        codec: String::new(),
        format: source.format,
        recognised: source.recognised,
        census: source.census,
        is_read: true,
        cut_short: None,
        is_damaged: false,
        kept: report::Kept::InFile,
        digest: None,
    });
    ndjson(inputs.collect(), looked_at_again(paths, config, detector.finish()))
}

/// A map by which whatever stands last in a path is a person, so that persons obey the laws too.
fn whose() -> DataMap {
    let rule = |pattern: &str, items| DataRule {
        class: None,
        place: DataPlace::Route,
        pattern: Pattern::parse(pattern).expect("a pattern"),
        parameter: None,
        kind: Some("person".to_owned()),
        items,
    };
    let items = ["name", "address"].map(str::to_owned).to_vec();
    DataMap { items, rules: vec![rule("/**/{subject}5", 0b11), rule("/**/{subject}", 0b01)], ..DataMap::default() }
}

/// A verdict with what the second pass shows.
fn looked_at_again(paths: &[PathBuf], config: &Config, verdict: Verdict) -> Verdict {
    let observe = |tracer: &mut Tracer, at: Position, record: &Record<'_>| tracer.observe(at, record);
    let (inputs, progress) = (Inputs::find(paths), Progress::default());
    let tracer = Tracer::of(&verdict).with_map(Arc::new(whose()));
    let trace =
        |tracer: Tracer| scan::fold(&inputs, config, &progress, tracer, observe, Tracer::merge).expect("threads").0;
    let Ok(tracer) = trace(tracer).completed(|turned| Ok::<_, std::convert::Infallible>(trace(turned)));
    // A budget that is spent, so that what is beyond it obeys the laws too.
    verdict.traced(tracer).within(Budget(1))
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the log is written");
    path
}

/// gzip of a text, in as many members as `cuts` makes of it.
fn gzip(text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).chain([0, text.len()]).collect();
    places.sort_unstable();
    let member = |ends: &[usize]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&text[ends[0]..ends[1]]).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    };
    places.windows(2).flat_map(member).collect()
}

proptest! {
    #![proptest_config(tried(SCANS))]

    #[test]
    fn threads_and_chunks_do_not_change_the_answer(
        mix in mixes(), other in mixes(), chunk_bytes in prop_oneof![1..400_usize, 400..60_000_usize],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let paths =
            [written(folder.path(), "a.log", &logs::log(mix)), written(folder.path(), "b.log", &logs::log(other))];
        let whole = scanned(&paths, &Config { threads: 1, chunk_bytes: 1 << 24, ..Config::default() });
        for threads in [1, 2, 3, 8] {
            let other = scanned(&paths, &Config { threads, chunk_bytes, ..Config::default() });
            prop_assert_eq!(difference(&whole, &other), None, "{} threads", threads);
        }
    }

    #[test]
    fn the_order_of_the_files_does_not_change_the_answer(mixes in prop::collection::vec(mixes(), 2..5), turn in 1..5_usize) {
        let folder = tempfile::tempdir().unwrap();
        let mut paths: Vec<PathBuf> = Vec::new();
        for (number, mix) in mixes.iter().enumerate() {
            paths.push(written(folder.path(), &format!("{number}.log"), &logs::log(*mix)));
        }
        let report = |paths: &[PathBuf]| {
            let options = ["scan", "--output-format", "ndjson"].map(PathBuf::from);
            keytrace(options.iter().chain(paths)).text().to_owned()
        };
        let forward = report(&paths);
        let count = paths.len();
        paths.rotate_left(turn % count);
        prop_assert_eq!(difference(&forward, &report(&paths)), None);
        paths.reverse();
        prop_assert_eq!(difference(&forward, &report(&paths)), None);
        prop_assert_eq!(difference(&forward, &report(&[folder.path().to_path_buf()])), None, "the folder itself");
    }

    #[test]
    fn compression_does_not_change_the_answer(mix in mixes(), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
        let text = logs::log(mix);
        let (plain, packed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let report = |folder: &Path, name: &str, bytes: &[u8]| {
            let path = written(folder, name, bytes);
            let report = scanned(std::slice::from_ref(&path), &Config { threads: 2, chunk_bytes: 5_000, ..Config::default() });
            // The seal is of the rows with the path in them.
            let rows = report.lines().filter(|row| !row.starts_with("{\"type\":\"end\""));
            rows.collect::<Vec<_>>().join("\n").replace(path.to_str().unwrap(), "LOG")
        };
        let of_plain = report(plain.path(), "access.log", &text);
        let of_packed = report(packed.path(), "access.log.gz", &gzip(&text, &cuts));
        prop_assert_eq!(difference(&of_plain, &of_packed), None);
    }
}

/// Lines shared among detectors, and the order in which those are merged.
#[derive(Clone, Debug)]
struct Sharing {
    seed: u64,
    workers: usize,
}

fn sharings() -> impl Strategy<Value = Sharing> {
    (any::<u64>(), 1..12_usize).prop_map(|(seed, workers)| Sharing { seed, workers })
}

/// Every line of a text as a chunk of its own.
fn lines(text: &[u8], source: u32) -> Vec<Chunk<'_>> {
    let start = Position { source, line: 1, ..Position::default() };
    let whole = Chunk { bytes: text, start };
    whole
        .lines()
        .map(|line| {
            let from = line.at.offset as usize;
            let end = text[from..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |at| from + at + 1);
            Chunk { bytes: &text[from..end], start: line.at }
        })
        .collect()
}

type State = (Detector, Census);

fn take_in(state: &mut State, chunk: Chunk<'_>, reading: &Reading) {
    let (detector, census) = state;
    parse_chunk(chunk, reading, census, |at, record| detector.observe(at, record));
}

fn merge(one: &mut State, other: State) {
    one.0.merge(other.0);
    one.1.merge(other.1);
}

/// What a state comes to.
fn judged((detector, census): State) -> String {
    let input = Input {
        number: 0,
        outside: 0,
        undated: 0,
        alike: None,
        path: "a.log".into(),
        codec: String::new(),
        format: None,
        recognised: (0, 0),
        census,
        is_read: true,
        cut_short: None,
        is_damaged: false,
        kept: report::Kept::InFile,
        digest: None,
    };
    ndjson(vec![input], detector.finish())
}

/// Shares lines among workers at random, each taking its own in a random order, and merges any two until one is left.
fn shared(chunks: &[Chunk<'_>], reading: &Reading, sharing: &Sharing) -> State {
    shared_from(&State::default(), chunks, reading, sharing)
}

/// The same, each worker beginning with a copy of a state.
fn shared_from(empty: &State, chunks: &[Chunk<'_>], reading: &Reading, sharing: &Sharing) -> State {
    let mut dice = Dice::new(sharing.seed);
    let mut order: Vec<usize> = (0..chunks.len()).collect();
    for place in (1..order.len()).rev() {
        order.swap(place, dice.below(place + 1));
    }
    let mut states: Vec<State> = vec![empty.clone(); sharing.workers];
    for place in order {
        take_in(&mut states[dice.below(sharing.workers)], chunks[place], reading);
    }
    while 1 < states.len() {
        let other = states.swap_remove(dice.below(states.len()));
        let into = dice.below(states.len());
        merge(&mut states[into], other);
    }
    states.pop().expect("there is at least one worker")
}

proptest! {
    #![proptest_config(tried(MERGES))]

    #[test]
    fn merging_is_associative_and_commutative(mix in mixes(), sharing in sharings()) {
        let text = logs::log(mix);
        let reading = recognise(&text).reading.expect("a log has a format");
        let chunks = lines(&text, 0);
        let mut whole = State::default();
        for chunk in &chunks {
            take_in(&mut whole, *chunk, &reading);
        }
        prop_assert_eq!(difference(&judged(whole), &judged(shared(&chunks, &reading, &sharing))), None);
    }

    #[test]
    fn an_empty_state_is_the_identity_of_merging(mix in mixes()) {
        let text = logs::log(mix);
        let reading = recognise(&text).reading.expect("a log has a format");
        let mut state = State::default();
        lines(&text, 0).into_iter().for_each(|chunk| take_in(&mut state, chunk, &reading));
        let plain = judged(state.clone());
        let mut right = state.clone();
        merge(&mut right, State::default());
        let mut left = State::default();
        merge(&mut left, state);
        prop_assert_eq!(difference(&plain, &judged(right)), None);
        prop_assert_eq!(difference(&plain, &judged(left)), None);
    }

    #[test]
    fn what_is_kept_and_read_back_goes_on_to_the_same_answer(mix in mixes(), sharing in sharings(), cut in any::<usize>()) {
        let text = logs::log(mix);
        let reading = recognise(&text).reading.expect("a log has a format");
        let chunks = lines(&text, 0);
        let mut whole = State::default();
        chunks.iter().for_each(|chunk| take_in(&mut whole, *chunk, &reading));
        let (before, behind) = chunks.split_at(cut % (chunks.len() + 1));
        // A state that was merged into has nothing waiting.
        let mut kept = State::default();
        merge(&mut kept, shared(before, &reading, &sharing));
        let mut state = State::default();
        for _ in 0..2 {
            let bytes = postcard::to_stdvec(&kept).expect("a state can be written");
            kept = State::default();
            merge(&mut kept, postcard::from_bytes(&bytes).expect("what was written is read"));
        }
        merge(&mut state, shared(behind, &reading, &sharing));
        merge(&mut state, kept);
        prop_assert_eq!(difference(&judged(whole), &judged(state)), None);
    }

    #[test]
    fn every_line_of_any_bytes_is_accounted_for(bytes in any_bytes(), cut in any::<usize>()) {
        for format in FORMATS {
            let reading = Reading::listed(*format);
            let mut seen = 0;
            let mut census = Census::default();
            let chunk = Chunk { bytes: &bytes, start: Position { line: 1, ..Position::default() } };
            let mut detector = Detector::default();
            parse_chunk(chunk, &reading, &mut census, |at, record| {
                seen += 1;
                detector.observe(at, record);
            });
            prop_assert_eq!(detector.finish().records, seen);
            let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
            let last = usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'));
            // A document of many records on one line counts as as many lines.
            let opens = |line: &[u8]| matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
            let may_hold_many = bytes.split(|byte| *byte == b'\n').any(opens);
            prop_assert!((feeds + last) as u64 <= census.lines);
            prop_assert!(may_hold_many || census.lines == (feeds + last) as u64);
            let Census { lines, records, blank, directives, .. } = census;
            prop_assert_eq!(records + blank + directives + census.fault_count(), lines);
            prop_assert_eq!((census.bytes, records), (bytes.len() as u64, seen));
            prop_assert_eq!(cut_census(&bytes, cut, &reading), census, "cut in two");
        }
    }
}

/// The census of bytes that two workers take, cut behind a line.
fn cut_census(bytes: &[u8], cut: usize, reading: &Reading) -> Census {
    let ends: Vec<usize> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let (before, end) = match ends.len() {
        0 => (0, 0),
        count => (cut % count + 1, ends[cut % count]),
    };
    let census = |bytes, start, reading: &Reading| {
        let mut census = Census::default();
        parse_chunk(Chunk { bytes, start }, reading, &mut census, |_, _| {});
        census
    };
    let start = Position { line: 1, ..Position::default() };
    let behind = Position { offset: end as u64, line: 1 + before as u64, ..start };
    let after = reading.after(&bytes[..end]).unwrap_or_else(|| reading.clone());
    let mut sum = census(&bytes[end..], behind, &after);
    sum.merge(census(&bytes[..end], start, reading));
    sum
}

/// Bytes of all kinds: some are logs, some are torn out of logs, some are nothing.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let example = (0..FORMATS.len()).prop_map(|format| FORMATS[format].example().as_bytes().to_vec());
    let torn = (0..FORMATS.len(), any::<usize>(), any::<u8>()).prop_map(|(format, at, byte)| {
        let mut line = FORMATS[format].example().as_bytes().to_vec();
        let at = at % line.len();
        line[at] = byte;
        line.truncate(line.len() - at / 3);
        line
    });
    let piece = prop_oneof![
        example,
        torn,
        prop::collection::vec(any::<u8>(), 0..60),
        Just(b"\n".to_vec()),
        Just(b"\r\n\n \n#Fields: a b\n".to_vec())
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// One client behind which many stand fetches what everybody does, thousands of times: whether that was already known to
/// be ordinary when it did must not matter.
#[test]
fn what_is_ordinary_does_not_depend_on_when_a_worker_learnt_it() {
    let mut text = String::new();
    let mut put = |hit: Hit| {
        text.push_str(&logs::line(&hit, Writing::Combined));
        text.push('\n');
    };
    for number in 0..400 {
        put(Hit::new(number, &format!("203.0.113.{number}"), "/config.json", 200, 412));
    }
    for number in 0..9_000 {
        put(Hit::new(400 + number, "192.0.2.1", "/config.json", 200, 412));
    }
    put(Hit::new(9_500, "192.0.2.1", "/config/database.yml", 200, 977));
    let chunks = lines(text.as_bytes(), 0);
    let reading = recognise(text.as_bytes()).reading.unwrap();
    let mut whole = State::default();
    chunks.iter().for_each(|chunk| take_in(&mut whole, *chunk, &reading));
    let whole = judged(whole);
    assert!(whole.contains("database.yml"), "the odd one out is found");
    for seed in 0..3 {
        assert!(judged(shared(&chunks, &reading, &Sharing { seed, workers: 3 })) == whole, "seed {seed}");
    }
    let (front, back) = chunks.split_at(400);
    let (mut one, mut other) = (State::default(), State::default());
    front.iter().for_each(|chunk| take_in(&mut one, *chunk, &reading));
    back.iter().for_each(|chunk| take_in(&mut other, *chunk, &reading));
    merge(&mut other, one);
    assert!(judged(other) == whole, "the second worker never met the crowd");
}

/// More findings than are kept: what is dropped, and that it is said, must not depend on the workers.
#[test]
fn the_bound_on_findings_is_the_same_for_every_sharing() {
    let mut text = String::new();
    for number in 0..20_000_u64 {
        let client = format!("10.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255);
        text.push_str(&logs::line(&Hit::new(number / 10, &client, "/.env", 404, 153), Writing::Common));
        text.push('\n');
    }
    let chunks = lines(text.as_bytes(), 0);
    let reading = recognise(text.as_bytes()).reading.unwrap();
    let memory = Memory::of(64 << 20).expect("it is enough");
    let empty = (Detector::default().within(memory, 1), Census::default());
    let mut whole = empty.clone();
    chunks.iter().for_each(|chunk| take_in(&mut whole, *chunk, &reading));
    let whole = judged(whole);
    let scan_row = whole.lines().next().unwrap();
    assert!(scan_row.contains(r#""name":"findings""#), "the bound is said: {scan_row}");
    for (seed, workers) in [(1, 1), (2, 2), (3, 5)] {
        assert!(
            judged(shared_from(&empty, &chunks, &reading, &Sharing { seed, workers })) == whole,
            "{workers} workers"
        );
    }
}

/// A service whose users look at their own orders, and five who look at those of others or further: one address in a row,
/// many addresses in turn, one who turns the pages of a list, one who gets a key document after failures, and one who gets
/// it anew every few hours by a host that nobody else names.
fn harvested(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut hits = Vec::new();
    let mut hit = |seconds: usize, client: String, target: String, status: u16, bytes: usize| {
        hits.push(Hit::new(seconds as u64, &client, &target, status, bytes as u64));
    };
    for user in 0..160 {
        let client = format!("10.1.{}.{}", user / 250, user % 250);
        for page in ["/", "/api/me", "/api/settings", "/search", "/cart", "/help", "/api/orders"] {
            hit(dice.below(200_000), client.clone(), page.to_owned(), 200, 9_000 + dice.below(9_000));
        }
        for _ in 0..3 {
            let order = 100_000 + dice.below(90_000);
            hit(dice.below(200_000), client.clone(), format!("/api/orders/{order}"), 200, 1_800 + dice.below(900));
        }
        let list = format!("/api/customers?page={}", 1 + dice.below(2));
        hit(dice.below(200_000), client.clone(), list, 200, 7_000 + dice.below(900));
        let preview = format!("/api/preview?src=http%3A%2F%2Fcdn.example%2F{user}");
        hit(dice.below(200_000), client.clone(), preview, 200, 30_000 + dice.below(9_000));
        hit(dice.below(200_000), client, "/api/labels/render".to_owned(), 200, 40_000 + dice.below(20_000));
    }
    for page in 1..=90 {
        hit(3_000 + page * 50, "203.0.113.6".to_owned(), format!("/api/customers?page={page}"), 200, 7_400);
    }
    for (step, bytes) in [1_318, 1_334, 1_326, 1_330].into_iter().enumerate() {
        let preview = format!("/api/preview?src=http%3A%2F%2Fown.example%2F{step}");
        hit(20_000 + step * 21_600, "203.0.113.8".to_owned(), preview, 200, bytes);
    }
    for step in 0..60 {
        let status = if dice.one_in(6) { 404 } else { 200 };
        hit(1_000 + step * 40, "203.0.113.5".to_owned(), format!("/api/orders/{}", 120_000 + step), status, 1_900);
    }
    for step in 0..120 {
        let status = if dice.one_in(5) { 404 } else { 200 };
        let client = format!("198.51.100.{}", step % 40);
        hit(5_000 + step * 90, client, format!("/api/orders/{}", 150_000 + step), status, 1_900);
    }
    for (step, (status, bytes)) in
        [(422, 90), (422, 91), (422, 95), (422, 90), (200, 1_318), (200, 1_331)].into_iter().enumerate()
    {
        hit(9_000 + step * 700, "203.0.113.9".to_owned(), "/api/labels/render".to_owned(), status, bytes);
    }
    hits.iter().map(|hit| logs::line(hit, Writing::Combined) + "\n").collect::<String>().into_bytes()
}

/// The same log, its orders named by six drawn letters and digits each instead of six digits.
fn with_drawn_names(log: &[u8]) -> Vec<u8> {
    let log = std::str::from_utf8(log).expect("it was made of text");
    let mut pieces = log.split("/api/orders/");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let mut left = Dice::new(piece[..6].parse().expect("an order has six digits")).below(36_usize.pow(6));
        out += "/api/orders/";
        for _ in 0..6 {
            out.push(char::from_digit((left % 36) as u32, 36).expect("a digit of 36"));
            left /= 36;
        }
        out += &piece[6..];
    }
    out.into_bytes()
}

#[test]
fn a_harvest_of_drawn_names_is_told_and_is_the_same_for_every_sharing() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let log = with_drawn_names(&harvested(seed));
        let paths = [written(folder.path(), "access.log", &log)];
        let whole = scanned(&paths, &Config { threads: 1, chunk_bytes: 1 << 24, ..Config::default() });
        for told in ["object-harvest", "/api/orders/*", "203.0.113.5", "198.51.100.7"] {
            assert!(whole.contains(told), "seed {seed}: {told} is told");
        }
        for (threads, chunk_bytes) in [(1, 700), (3, 20_000), (8, 999)] {
            let other = scanned(&paths, &Config { threads, chunk_bytes, ..Config::default() });
            assert_eq!(difference(&whole, &other), None, "seed {seed}, {threads} threads");
        }
        let packed = tempfile::tempdir().unwrap();
        let half = log.len() / 2;
        let paths = [written(packed.path(), "access.log", &gzip(&log, &[half]))];
        let of_packed = scanned(&paths, &Config::default());
        let [whole, of_packed] = [placeless(&whole, folder.path()), placeless(&of_packed, packed.path())];
        assert_eq!(difference(&whole, &of_packed), None, "seed {seed}");
    }
}

#[test]
fn what_a_second_look_shows_is_the_same_for_every_sharing() {
    for seed in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let paths = [written(folder.path(), "access.log", &harvested(seed))];
        let whole = scanned(&paths, &Config { threads: 1, chunk_bytes: 1 << 24, ..Config::default() });
        let signals = ["object-harvest", "odd-reply", "walk-misses", "lone-host", "reply-renewal", "pages of a list"];
        let clients = ["203.0.113.5", "198.51.100.7", "203.0.113.6", "203.0.113.8", "203.0.113.9"];
        for told in signals.into_iter().chain(clients) {
            assert!(whole.contains(told), "seed {seed}: {told} is told");
        }
        for (threads, chunk_bytes) in [(1, 700), (2, 3_000), (3, 20_000), (8, 999)] {
            let other = scanned(&paths, &Config { threads, chunk_bytes, ..Config::default() });
            assert_eq!(difference(&whole, &other), None, "seed {seed}, {threads} threads");
        }
    }
}

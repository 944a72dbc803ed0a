//! The audit as a whole: what it tells of small logs, and that cuts and workers do not change it.

use accesslog::{Census, Chunk, Position, Reading, parse_chunk};

use super::*;

fn take_in(audit: &mut Audit, bytes: &[u8], source: u32, offset: u64, line: u64) {
    let chunk = Chunk { bytes, start: Position { source, offset, line, ..Position::default() } };
    let reading = Reading::listed(accesslog::named("combined").unwrap());
    parse_chunk(chunk, &reading, &mut Census::default(), |at, record| audit.observe(at, record));
}

fn line(minute: u64, client: &str, target: &str) -> String {
    let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
    format!(
        "{client} - - [{day:02}/May/2024:{hour:02}:{minute:02}:00 +0900] \"GET {target} HTTP/1.1\" 200 5 \"-\" \"b\"\n"
    )
}

fn audited(text: &str) -> Audited {
    let mut audit = Audit::default();
    take_in(&mut audit, text.as_bytes(), 0, 0, 1);
    audit.finish(&[vec![0]])
}

/// A log of which everything is told: late lines, copies, a gap, secrets, cut targets.
fn rich() -> String {
    let mut text = String::new();
    let mut dice = 7_u64;
    for step in 0..8000_u64 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let roll = dice >> 40;
        let minute = step * 2 - if roll.is_multiple_of(50) { (roll % 900).min(step) } else { 0 };
        if (5000..5400).contains(&minute) {
            continue;
        }
        let target = match roll % 9 {
            0 => format!("/n?mail=u{}@shop.example", roll % 700),
            1 => format!("/pay/{roll}?n=4111111111111111&password=hunter2{roll}"),
            2 => format!("/{roll:08}{}", "x".repeat(2039)),
            3 => format!("/o?id={}", 4_000_000_000_000_000 + roll),
            _ => format!("/p/{}", roll % 40),
        };
        text.push_str(&line(minute, &format!("10.0.{}.{}", roll % 3, roll % 200), &target));
        if roll.is_multiple_of(30) {
            text.push_str(&line(minute, "10.0.0.1", "/twice"));
            text.push_str(&line(minute, "10.0.0.1", "/twice"));
        }
    }
    text
}

#[test]
fn cuts_and_workers_do_not_change_the_answer() {
    let text = rich();
    let whole = audited(&text);
    assert!(whole.copies.surplus > 0 && whole.gaps.len() == 1 && whole.secrets.len() >= 3, "{whole:?}");
    assert!(whole.sources[0].late.is_some() && whole.sources[0].cuts[0].0 == "target");
    for (seed, workers) in [(1, 2), (2, 3), (3, 5), (4, 8)] {
        let mut dice = seed;
        let mut states = vec![Audit::default(); workers];
        let (mut offset, mut number) = (0, 1);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let mut at = 0;
        let mut chunks = Vec::new();
        while at < lines.len() {
            dice = (dice * 1_103_515_245 + 12_345) % (1 << 31);
            let until = (at + 1 + dice / 65_536 % 400).min(lines.len());
            let chunk = lines[at..until].concat();
            chunks.push((dice / 65_536 % workers, offset, number, chunk.clone()));
            offset += chunk.len() as u64;
            number += (until - at) as u64;
            at = until;
        }
        chunks.reverse();
        for (worker, offset, number, chunk) in chunks {
            take_in(&mut states[worker], chunk.as_bytes(), 0, offset, number);
        }
        let mut merged = Audit::default();
        states.into_iter().rev().for_each(|state| merged.merge(state));
        assert_eq!(format!("{:?}", merged.finish(&[vec![0]])), format!("{whole:?}"), "{workers} workers");
    }
}

#[test]
fn a_line_that_is_late_is_named_with_the_one_before_it() {
    let text = [line(100, "a", "/1"), line(400, "a", "/2"), line(101, "a", "/3"), line(401, "a", "/4")]
        .map(|line| line.replace("\"b\"", &format!("\"{}\"", "b".repeat(300))));
    let late = audited(&text.concat()).sources[0].late.unwrap();
    assert_eq!(late, Late { lines: 1, seconds: 299 * 60, line: 3, behind: 2 });
    let orderly: String = (0..500).map(|minute| line(minute, "a", "/")).collect();
    assert_eq!(audited(&orderly).sources[0].late, None);
}

#[test]
fn copies_are_counted_beyond_the_first() {
    let text = [line(1, "a", "/1"), line(1, "a", "/1"), line(2, "a", "/1"), line(1, "a", "/1")].concat();
    let copies = audited(&text).copies;
    assert_eq!((copies.distinct, copies.surplus, copies.is_whole), (2, 2, true));
    assert_eq!(copies.most.map(|(count, at)| (count, at.line)), Some((3, 1)));
}

/// What two sources tell of lines that were delivered twice, the second read before the first or after it.
fn redelivered(format: &str, sources: [&str; 2]) -> [Redelivered; 2] {
    [[0, 1], [1, 0]].map(|order| {
        let mut audit = Audit::default();
        for source in order {
            let mut one = Audit::default();
            let start = Position { source: source as u32, line: 1, ..Position::default() };
            let chunk = Chunk { bytes: sources[source].as_bytes(), start };
            let reading = Reading::listed(accesslog::named(format).unwrap());
            parse_chunk(chunk, &reading, &mut Census::default(), |at, record| one.observe(at, record));
            audit.merge(one);
        }
        audit.finish(&[vec![0, 1]]).copies.redelivered
    })
}

#[test]
fn a_line_that_names_its_request_was_delivered_twice_where_it_stands_twice() {
    let example = accesslog::named("s3").unwrap().example();
    let other = example.replace("3E57427F3EXAMPLE", "4F68538G4EXAMPLE");
    let first = format!("{example}\n{other}\n{example}\n");
    let [one, reversed] = redelivered("s3", [&first, &format!("{example}\n")]);
    assert_eq!(one, reversed);
    assert_eq!((one.surely, one.perhaps), (2, 0), "once more in its own source, and once in the other");
    let (from, to) = one.example.unwrap();
    assert_eq!((from.source, from.line, to.source, to.line), (0, 1, 1, 1));
    assert_eq!(redelivered("s3", [&format!("{example}\n"), &format!("{other}\n")])[0], Redelivered::default());
}

#[test]
fn a_line_without_an_id_may_have_been_where_two_sources_hold_it() {
    let twice = line(1, "a", "/1");
    let [one, reversed] = redelivered("combined", [&[&twice[..], &twice].concat(), &line(2, "a", "/1")]);
    assert_eq!(one, reversed);
    assert_eq!(one, Redelivered::default(), "twice in one tick of the clock is usual");
    let [one, _] = redelivered("combined", [&[&twice[..], &twice].concat(), &twice]);
    assert_eq!((one.surely, one.perhaps), (0, 1));
}

#[test]
fn lengths_that_end_at_one_limit_are_cut() {
    let lines = |lengths: &[usize]| -> String {
        let lengths = lengths.iter().enumerate();
        lengths.map(|(number, length)| line(1, "a", &format!("/{number:03}{}", "x".repeat(length - 4)))).collect()
    };
    assert_eq!(audited(&lines(&[2048, 2048, 2048, 2048, 2048, 90, 4])).sources[0].cuts, [("target", 2048, 5)]);
    assert_eq!(audited(&lines(&[2048, 2047, 2046, 2048, 2045, 900, 901, 902])).sources[0].cuts, []);
    let one = line(1, "a", &format!("/{}", "x".repeat(2047))).repeat(50);
    assert_eq!(audited(&one).sources[0].cuts, [], "one document, many times");
    assert_eq!(audited(&lines(&[90, 90, 90, 90, 90])).sources[0].cuts, [], "short ones are one document");
}

#[test]
fn zones_clients_and_health_checks_are_counted() {
    let mut text: String = (0..20).map(|minute| line(minute, "10.0.0.7", "/healthz")).collect();
    text += &line(30, "203.0.113.9", "/healthy").replace("+0900", "-0330");
    let audit = audited(&text);
    let source = &audit.sources[0];
    assert_eq!((source.private, source.health, &source.zones[..]), (20, 20, &[(-210, 1), (540, 20)][..]));
    let clients = source.clients.as_ref().unwrap();
    assert_eq!((clients.len(), clients[0].0, &*clients[0].1), (2, 20, &b"10.0.0.7"[..]));
    assert_eq!(source.held[1], ("client", 21));
}

#[test]
fn what_a_field_is_missing_for_is_missing() {
    let source = &audited(&line(1, "a", "/?x=1")).sources[0];
    let held = |name: &str| source.held.iter().find(|(field, _)| *field == name).unwrap().1;
    assert_eq!((held("agent"), held("referer"), held("host"), source.queries, source.posts), (1, 0, 0, 1, 0));
}

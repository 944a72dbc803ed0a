//! Load that somebody makes on purpose.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use super::{Outcome, Place, Row, ensure, row, scanned, total};
use crate::buried;
use crate::logs::{self, Hit, Writing};
use crate::memory;
use crate::program::{Spawned, keytrace, spawned};

pub(super) const ROWS: &[Row] = &[
    row("F48", "clients, paths and agents of which none comes twice", cardinality),
    row("F52", "a true incident among floods of decoys", under_floods),
    row("F53", "growth that is slow", drifting),
    row("F54", "text that is made to be looked at long", looked_at_long),
    row("F55", "documents that are deep, wide or doubled", documents),
    row("F56", "a document of hundreds of megabytes on one line", one_line),
];

/// Ten million lines are too many for a test: `LEDGER.md` has them and the forty million, which add a third of a hundredth. So
/// the bound is made small: then all tables are full at 120,000 lines, and four times as many may add a twentieth. Less than
/// that, and a page of the system's, which are of 2 MiB here, is chance, as an allocator keeps one more or less, and more with
/// each thread: it is asked of one.
fn cardinality() -> Outcome {
    let place = Place::new();
    let least = |lines: u32, threads: &str, runs: u32| {
        let path = place.file("access.log", memory::hostile(lines, 1));
        let runs: Vec<Spawned> = (0..runs).map(|_| memory::within("64MiB", threads, &path)).collect();
        let peak = runs.iter().filter_map(|run| run.peak_bytes).min();
        let out = String::from_utf8_lossy(&runs[0].out).into_owned();
        let told = out.lines().find(|line| line.contains("\"limits_reached\"")).unwrap_or_default().to_owned();
        Some((peak?, told))
    };
    let (Some((some, _)), Some((more, told)), Some((on_two, _))) =
        (least(120_000, "1", 3), least(480_000, "1", 3), least(240_000, "2", 1))
    else {
        return Ok(());
    };
    for peak in [more, on_two] {
        ensure(peak <= (64 << 20) * 11 / 10, || format!("{peak} bytes held of 64 MiB"))?;
    }
    for bound in ["routes", "clients", "odd replies", "documents", "findings", "incidents"] {
        ensure(told.contains(&format!("\"name\":\"{bound}\"")), || format!("nothing is said of {bound}: {told}"))?;
    }
    ensure(more <= some + some / 20 + (2 << 20), || {
        format!("{some} bytes at 120,000 lines, {more} at four times as many")
    })
}

fn drifting() -> Outcome {
    let drift = buried::drift(1);
    ensure(drift.is_loud, || format!("the attacker is loud: no, told: {}", drift.is_told))
}

fn under_floods() -> Outcome {
    let lost = buried::lost_under_floods(1);
    ensure(lost.is_empty(), || lost.join("; "))
}

/// How long a scan of a text takes, the best of three, in seconds.
pub(super) fn seconds(text: &str) -> f64 {
    let place = Place::new();
    let path = place.file("access.log", text);
    let once = || {
        let begin = Instant::now();
        keytrace(["scan".as_ref(), "--threads".as_ref(), "1".as_ref(), path.as_os_str()]);
        begin.elapsed().as_secs_f64()
    };
    (0..3).map(|_| once()).fold(f64::MAX, f64::min)
}

fn looked_at_long() -> Outcome {
    let of = |target: &dyn Fn(u64) -> String| {
        let line = |number: u64| {
            logs::line(
                &Hit::new(number, &format!("203.0.113.{}", number % 250), &target(number), 404, 153),
                Writing::Combined,
            ) + "\n"
        };
        let mut text = String::new();
        let mut number = 0;
        while text.len() < 8 << 20 {
            text.push_str(&line(number));
            number += 1;
        }
        text
    };
    // Words of the catalogue and pieces of attacks in every line, and an attack in none.
    let words = "metadata+credentials+passwd+env+config+169.254+%2e%2e+aHR0cDov";
    let repeated = seconds(&of(&|number| {
        format!("/products/{}?page={}&sort=price&view=grid&colour=blue", number % 900, number % 9)
    }));
    let hostile = seconds(&of(&|number| format!("/search?q={words}+{words}&page={}", number % 97)));
    ensure(hostile < repeated * 4.0 + 0.2, || format!("{hostile:.2} s against {repeated:.2} s where targets repeat"))?;
    // What was seen once is remembered, so no target comes twice. Lines of a shop take half as long again as these quiet ones,
    // and a quarter of their speed is six times as long: eight allow for a machine that others use too.
    let quiet = seconds(&of(&|number| format!("/products/{number}?page={number}&sort=price&view=grid&colour=blue")));
    let looked_at: [&dyn Fn(u64) -> String; 3] = [
        &|number| format!("/search?q={words}+{words}&page={number}"),
        &|number| format!("/search?q={words}+{number}+{words}"),
        &|number| {
            format!("/blog/credentials-of-the-metadata-service-{number}?ref=config-env-passwd-{number}&q=..{number}")
        },
    ];
    for target in looked_at {
        let hostile = seconds(&of(target));
        ensure(hostile < quiet * 8.0 + 0.1, || {
            format!("{hostile:.2} s against {quiet:.2} s where no target comes twice: {}", target(1))
        })?;
    }
    Ok(())
}

fn documents() -> Outcome {
    let place = Place::new();
    let good = logs::line(&Hit::new(1, "198.51.100.7", "/.env", 404, 153), Writing::NginxJson);
    let deep = format!("{{\"request\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let wide = format!("{{{}}}", (0..60_000).map(|key| format!("\"k{key}\":1")).collect::<Vec<_>>().join(","));
    let doubled = good.replacen("\"status\":", "\"status\":\"200\",\"status\":", 1);
    let long = format!("{{\"request\":\"{}\"}}", "a".repeat(900_000));
    let mut text = format!("{good}\n").repeat(30);
    for bomb in [&deep, &wide, &doubled, &long] {
        text.push_str(&format!("{bomb}\n{good}\n"));
    }
    let path = place.file("access.log", text);
    let done = spawned(&["scan".as_ref(), path.as_os_str()], &[]);
    ensure(done.code.is_some_and(|code| code < 2), || format!("{:?} {}", done.code, done.error))?;
    ensure(done.peak_bytes.is_none_or(|peak| peak < 96 << 20), || format!("{:?} bytes held", done.peak_bytes))?;
    let (rows, _) = scanned(&[&path]);
    let records = total(&rows, "records");
    ensure(34 <= records && records + total(&rows, "faults") == 38, || rows[0]["totals"].to_string())
}

fn one_line() -> Outcome {
    let place = Place::new();
    let path = place.path("trail.json");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    let record = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/ops","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"ops"},"eventTime":"2024-06-01T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.15","requestParameters":null,"responseElements":null,"eventID":"00000000-0000-0000-0000-000000000000","eventType":"AwsApiCall","recipientAccountId":"111122223333"}"#;
    write!(out, "{{\"Records\":[{record}").unwrap();
    let records = (160 << 20) / record.len();
    for _ in 1..records {
        write!(out, ",{record}").unwrap();
    }
    out.write_all(b"]}").unwrap();
    out.into_inner().unwrap();
    let done = spawned(&["scan".as_ref(), path.as_os_str()], &[]);
    let out = String::from_utf8_lossy(&done.out).into_owned();
    let count = out.lines().any(|line| line.replace(',', "").contains(&format!("{records} records")));
    ensure(done.code.is_some_and(|code| code < 2) && count, || format!("{:?} {}", done.code, done.error))?;
    ensure(done.peak_bytes.is_none_or(|peak| peak < 128 << 20), || format!("{:?} bytes held", done.peak_bytes))
}

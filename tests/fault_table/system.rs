//! Faults of files, of the system, and of whoever reads the output.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use report::RENDERERS;

use super::{Outcome, Place, Row, ensure, log, requests, row, scanned, total};
use crate::program::{keytrace, parsed, started};

pub(super) const ROWS: &[Row] = &[
    row("F31", "one file of a thousand cannot be read", one_of_many),
    row("F32", "paths that lead nowhere", nowhere),
    row("F33", "pipes and devices in a folder", devices),
    row("F34", "loops and links", links),
    row("F35", "a file changes while it is read", changing),
    row("F36", "a pipe that gives a few bytes at a time", slow),
    row("F37", "a disk that is full", full),
    row("F38", "a reader that goes away", gone),
    row("F39", "signals", signals),
    row("F60", "an environment that lacks what is usual", bare),
];

/// The program in a process of its own, begun by a shell: `"$0"` and its arguments are the program.
fn shell(script: &str, arguments: &[&str]) -> Output {
    let this = std::env::current_exe().expect("this test has a file");
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(this);
    command.args(["--exact", "program::as_program", "--nocapture", "--quiet", "--test-threads=1"]);
    command.env("KEYTRACE_TEST_ARGUMENTS", arguments.join("\n")).stdin(Stdio::null());
    command.output().expect("there is a shell")
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

fn one_of_many() -> Outcome {
    let place = Place::new();
    for number in 0..1_000 {
        place.file(
            &format!("{number}.log"),
            format!("{}{}", log(1), log(2 + number % 3)).replace("198.51", &format!("10.{}", number % 250))
                + &format!("\n{number}\n"),
        );
    }
    std::os::unix::fs::symlink(place.path("gone"), place.path("x.log")).unwrap();
    let (rows, code) = scanned(&[place.folder()]);
    let read = rows[0]["totals"]["inputs"].as_u64();
    ensure(code == 3 && read == Some(1_000), || format!("{code}, {read:?} of 1,000 read"))
}

fn nowhere() -> Outcome {
    let place = Place::new();
    let good = place.file("good.log", log(10));
    let own = place.path("own.log");
    std::os::unix::fs::symlink(&own, &own).unwrap();
    for path in [place.path(&"x".repeat(5_000)), own, good.join("below"), place.path("missing.log")] {
        let run = keytrace([&path, &good]);
        ensure(run.code == 3 && !run.error.is_empty(), || format!("{} {}", run.code, run.error))?;
    }
    Ok(())
}

fn devices() -> Outcome {
    let place = Place::new();
    place.file("good.log", log(10));
    let pipe = place.path("pipe.log");
    ensure(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()), || {
        "no pipe was made".to_owned()
    })?;
    let _socket = std::os::unix::net::UnixListener::bind(place.path("socket.log")).unwrap();
    let (rows, code) = scanned(&[place.folder()]);
    ensure(code < 2 && total(&rows, "records") == 10, || format!("{code} {}", rows[0]["passed"]))?;
    let feeder = pipe.clone();
    let feeder = thread::spawn(move || fs::write(feeder, log(20)));
    let (rows, code) = scanned(&[&pipe]);
    feeder.join().unwrap().unwrap();
    ensure(code < 2 && total(&rows, "records") == 20, || format!("a pipe that is named: {code}"))
}

fn links() -> Outcome {
    let place = Place::new();
    place.file("a.log", log(10));
    fs::hard_link(place.path("a.log"), place.path("b.log")).unwrap();
    std::os::unix::fs::symlink(place.path("a.log"), place.path("c.log")).unwrap();
    std::os::unix::fs::symlink(place.folder(), place.path("loop")).unwrap();
    let (rows, code) = scanned(&[place.folder(), &place.path("a.log")]);
    ensure(code < 2 && total(&rows, "records") == 10, || format!("{code} {}", total(&rows, "records")))
}

fn changing() -> Outcome {
    let place = Place::new();
    let path = place.file("access.log", log(30_000));
    let is_over = AtomicBool::new(false);
    let mut told = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0_u64;
            while !is_over.load(Ordering::Relaxed) {
                round += 1;
                let file = OpenOptions::new().write(true).append(!round.is_multiple_of(3)).open(&path);
                let Ok(mut file) = file else { continue };
                let _ = if round.is_multiple_of(3) {
                    file.set_len(4_000_000 + round % 1_000)
                } else {
                    file.write_all(b"198.51.100.9 - - \n")
                };
                thread::sleep(Duration::from_micros(200));
            }
        });
        for _ in 0..60 {
            let run = keytrace([&path]);
            assert!(run.code <= 3, "{}", run.error);
            told += usize::from(run.code == 3 && run.error.contains("while it was read"));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    ensure(20 <= told, || format!("{told} of 60 scans of a file that changes say so"))
}

/// A run that reads standard input, which `feed` writes.
fn piped(arguments: &[&str], feed: impl FnOnce(&mut dyn Write)) -> (Option<i32>, String) {
    let mut child: Child = started(&arguments.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    feed(&mut child.stdin.take().expect("a pipe"));
    let mut error = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut error).expect("messages are UTF-8");
    (child.wait().expect("it ends").code(), error)
}

fn slow() -> Outcome {
    let place = Place::new();
    let (text, report) = (log(60), place.path("r.ndjson"));
    let plain = requests(&scanned(&[&place.file("access.log", &text)]).0);
    for step in [1, 7, 4_096] {
        let (code, error) = piped(&["scan", "-", "-q", "-o", shown(&report)], |pipe| {
            for piece in text.as_bytes().chunks(step) {
                pipe.write_all(piece).expect("it is read");
            }
        });
        let rows = parsed(&fs::read_to_string(&report).unwrap_or_default());
        ensure(code.is_some_and(|code| code < 2) && requests(&rows) == plain, || {
            format!("{step} bytes at once: {code:?} {error}")
        })?;
    }
    Ok(())
}

fn full() -> Outcome {
    let place = Place::new();
    let log = place.file("access.log", log(3_000));
    for form in RENDERERS {
        let run = keytrace(["scan", "--output-format", form.name(), "-o", "/dev/full", shown(&log)]);
        ensure(run.code == 4, || format!("{} on a full disk: {}", form.name(), run.code))?;
    }
    // A limit on the size of files fails the write that crosses it, whichever that is.
    let report = place.path("r.ndjson");
    for blocks in [0, 1, 2, 3, 8, 40, 200] {
        fs::write(&report, "an old report").unwrap();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let done = shell(&script, &["scan", "-q", "-o", shown(&report), shown(&log)]);
        let kept = fs::read_to_string(&report).unwrap();
        ensure(done.status.code() == Some(4) && kept == "an old report", || {
            format!("{blocks} blocks: {:?}", done.status)
        })?;
        let names = fs::read_dir(place.folder()).unwrap().count();
        ensure(names == 2, || format!("{blocks} blocks: {names} files are left"))?;
    }
    Ok(())
}

fn gone() -> Outcome {
    let place = Place::new();
    let log = place.file("access.log", log(3_000));
    for form in RENDERERS {
        let done = shell(
            "\"$0\" \"$@\" | head -c 100 >/dev/null",
            &["scan", "-q", "--output-format", form.name(), shown(&log)],
        );
        let error = String::from_utf8_lossy(&done.stderr).into_owned();
        ensure(error.is_empty(), || format!("{}: {error}", form.name()))?;
    }
    Ok(())
}

fn signals() -> Outcome {
    let place = Place::new();
    let report = place.path("r.ndjson");
    // What is found stands in the beginning: a report of it all over again would take longer than the scan.
    let (found, quiet) = (
        log(200),
        log(2_000)
            .lines()
            .filter(|line| line.contains("/products/"))
            .fold(String::new(), |text, line| text + line + "\n"),
    );
    for round in 0..12_u64 {
        let signal = if round % 2 == 0 { ("INT", 130, "SIGINT") } else { ("TERM", 143, "SIGTERM") };
        let _ = fs::remove_file(&report);
        let mut child = started(&["scan", "-", "-o", shown(&report)].map(AsRef::as_ref));
        let mut pipe = child.stdin.take().expect("a pipe");
        let (found, quiet) = (found.clone(), quiet.clone());
        let feeder = thread::spawn(move || {
            let _ = pipe.write_all(found.as_bytes());
            while pipe.write_all(quiet.as_bytes()).is_ok() {}
        });
        thread::sleep(Duration::from_millis(300 + round * 17));
        let id = child.id().to_string();
        Command::new("kill").args([&format!("-{}", signal.0), &id]).status().expect("there is kill");
        let code = child.wait().expect("it ends").code();
        feeder.join().expect("the feeder ends");
        let rows = parsed(&fs::read_to_string(&report).unwrap_or_default());
        let is_partial =
            rows.first().is_some_and(|scan| scan["stopped_by"] == signal.2 && scan["is_complete"] == false);
        ensure(code == Some(signal.1) && is_partial && 50 < rows.len(), || {
            format!("round {round}: {code:?}, {} rows", rows.len())
        })?;
    }
    Ok(())
}

fn bare() -> Outcome {
    let place = Place::new();
    let (log, report) = (place.file("access.log", log(200)), place.path("r.ndjson"));
    let words = ["scan", "-q", "-o", shown(&report), shown(&log)];
    for script in [
        "LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 exec \"$0\" \"$@\"",
        "LANG=C exec \"$0\" \"$@\"",
        "TMPDIR=/nowhere exec \"$0\" \"$@\"",
        "exec \"$0\" \"$@\" <&-",
        "ulimit -n 24; exec \"$0\" \"$@\"",
        "ulimit -s 1024; exec \"$0\" \"$@\"",
        "unset HOME PATH; exec \"$0\" \"$@\"",
    ] {
        let _ = fs::remove_file(&report);
        let done = shell(script, &words);
        let rows = parsed(&fs::read_to_string(&report).unwrap_or_default());
        ensure(done.status.code().is_some_and(|code| code < 2) && 1 < rows.len(), || {
            format!("{script}: {:?} {}", done.status, String::from_utf8_lossy(&done.stderr))
        })?;
    }
    Ok(())
}

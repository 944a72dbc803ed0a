//! A scan that is killed, and what it left.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{Outcome, Place, Row, ensure, log, row};
use crate::logs::{self, Dice, Hit, Writing};
use crate::program::{Run, keytrace, skipped, started};
use crate::trials::{cases, told};

pub(super) const ROWS: &[Row] = &[
    row("F40", "a scan that is killed", killed),
    row("F41", "a checkpoint that is torn, or of other logs, options or programs", torn),
    row("F42", "the power goes while a checkpoint is written", in_order),
];

/// A log by the name that tells how it is packed.
fn packed(name: &str, text: &str) -> Vec<u8> {
    match name.rsplit('.').next() {
        Some("gz") => gzipped(text),
        Some("zst") => zstd::encode_all(text.as_bytes(), 1).expect("memory can be written"),
        _ => text.as_bytes().to_vec(),
    }
}

pub(super) fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// A log with much in it that is looked at twice: a service of orders, somebody who walks over them, and others.
pub(super) fn service() -> String {
    let (mut text, mut at) = (String::new(), 0);
    let mut put = |client: &str, target: &str, status: u16, bytes: u64| {
        at += 3;
        text += &logs::line(&Hit::new(at, client, target, status, bytes), Writing::Combined);
        text.push('\n');
    };
    logs::with_orders(&mut put);
    (0..900).for_each(|number| put("198.51.100.7", &format!("/api/orders/{}", 120_000 + number), 200, 1_900));
    text + &log(15_000)
}

fn words<'w>(report: &'w Path, log: &'w Path) -> Vec<&'w str> {
    vec!["scan", "--threads", "2", "-o", shown(report), shown(log)]
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

/// Starts a scan that is kept and kills it after a while, unless it ends before. Gives whether it ended well, and whether
/// it went on from a checkpoint.
fn begun(report: &Path, log: &Path, kept: &Path, life: Option<Duration>) -> Result<(bool, bool), String> {
    let mut words = words(report, log);
    words.extend(["--checkpoint", shown(kept), "--checkpoint-every", "0"]);
    let mut child = started(&words.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    if let Some(life) = life {
        thread::sleep(life);
        // SIGKILL.
        child.kill().expect("it is a child of this process");
    }
    let mut error = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut error).expect("messages are UTF-8");
    let code = child.wait().expect("it ends").code();
    ensure(code.is_none_or(|code| code < 2), || format!("{code:?}: {error}"))?;
    Ok((code.is_some(), error.contains("going on from the checkpoint")))
}

fn killed() -> Outcome {
    let (moments, text) = (cases(4), service());
    let (mut all, mut resumed, mut rounds) = (0, 0, 0);
    for name in ["plain.log", "packed.log.gz", "packed.log.zst"] {
        let place = Place::new();
        let (log, report) = (place.file(name, packed(name, &text)), place.path("report.ndjson"));
        let began = Instant::now();
        begun(&report, &log, &place.path("first"), None)?;
        let whole_takes = began.elapsed();
        ensure(place.path("first.second").is_file(), || "nothing was looked at twice".to_owned())?;
        ensure(keytrace(words(&report, &log)).code < 2, || "a plain scan fails".to_owned())?;
        let whole = fs::read(&report).map_err(|error| error.to_string())?;
        let (mut kills, mut round) = (0, 0);
        while kills < moments {
            let mut dice = Dice::new(round * 977 + 5);
            let kept = place.path(&format!("kept-{round}"));
            fs::remove_file(&report).map_err(|error| error.to_string())?;
            // Of a few kills in a row each leaves more behind; then it is let live.
            for turn in 0..4 {
                let life = whole_takes.mul_f64(dice.below(1_000) as f64 / 1_000.0);
                let (has_ended, has_resumed) = begun(&report, &log, &kept, (turn < 3).then_some(life))?;
                resumed += u32::from(has_resumed);
                kills += u32::from(!has_ended);
                if has_ended {
                    break;
                }
            }
            let again = fs::read(&report).unwrap_or_default();
            ensure(again == whole, || format!("{name}, round {round}: another report"))?;
            round += 1;
        }
        all += kills;
        rounds += round;
    }
    told(&format!("killed: {all} times in {rounds} rounds; {resumed} runs went on from what was left"));
    ensure(all / 4 <= resumed, || format!("{all} kills and {resumed} resumed tell nothing"))
}

/// A finished scan that is kept, and what it is made of.
fn kept(place: &Place) -> (PathBuf, PathBuf) {
    let (log, kept) = (place.file("access.log", log(40)), place.path("kept"));
    let run = keytrace(["scan", "-q", shown(&log), "--checkpoint", shown(&kept)]);
    assert!(run.code < 2, "{}", run.error);
    (log, kept)
}

fn torn() -> Outcome {
    let place = Place::new();
    let (log, kept) = kept(&place);
    let good = fs::read(&kept).map_err(|error| error.to_string())?;
    let again = |more: &[&str]| {
        let words = ["scan", "-q", shown(&log), "--checkpoint", shown(&kept)];
        keytrace(words.iter().chain(more))
    };
    let is_refused = |run: &Run, because: &str| {
        let is = run.code == 2 && run.error.contains(because) && run.error.contains("remove the file to begin anew");
        ensure(is && run.out.is_empty(), || format!("{because}: {} {}", run.code, run.error))
    };
    ensure(again(&[]).code < 2, || "a whole one is refused".to_owned())?;
    // Every byte and bit is tried where the form is read; here some go all the way, more of them if asked for.
    let step = good.len() / (cases(60) as usize).min(good.len());
    for place in (0..good.len()).step_by(step).chain([good.len() - 1]) {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        fs::write(&kept, &bad).map_err(|error| error.to_string())?;
        is_refused(&again(&[]), if place < 22 { "another version" } else { "cut off or was changed" })?;
        ensure(fs::read(&kept).is_ok_and(|bytes| bytes == bad), || "what is refused was written to".to_owned())?;
        fs::write(&kept, &good[..place]).map_err(|error| error.to_string())?;
        is_refused(&again(&[]), "it is")?;
    }
    fs::write(&kept, "").map_err(|error| error.to_string())?;
    is_refused(&again(&[]), "no checkpoint")?;
    fs::write(&kept, &good).map_err(|error| error.to_string())?;
    is_refused(&again(&["--since", "2024-05-01"]), "other options")?;
    is_refused(&again(&[shown(&place.file("more.log", "192.0.2.1\n"))]), "other inputs")?;
    is_refused(&again(&["-"]), "cannot be read again")?;
    let (folder, nowhere) = (place.folder().to_path_buf(), place.path("no/kept"));
    ensure(keytrace(["scan", "-q", shown(&log), "--checkpoint", shown(&nowhere)]).code == 2, || {
        "no folder".to_owned()
    })?;
    let clash = keytrace(["scan", "-q", shown(&log), "--checkpoint", "x.ndjson", "-o", "x.ndjson"]);
    ensure(clash.code == 2 && clash.error.contains("a report is to be written there"), || clash.error.clone())?;
    // What is kept may lie among the logs, though it is none.
    let among = place.path("among");
    let words = ["scan", "-q", "--output-format", "ndjson", shown(&folder), "--checkpoint", shown(&among)];
    let (first, second) = (keytrace(words), keytrace(words));
    ensure(first.code < 2 && first.out == second.out, || format!("{} {}", second.code, second.error))?;
    let text = fs::read_to_string(&log).map_err(|error| error.to_string())?;
    fs::write(&log, text.clone() + &text).map_err(|error| error.to_string())?;
    is_refused(&again(&[]), "access.log is not what it was")
}

fn in_order() -> Outcome {
    let place = Place::new();
    let (log, kept, trace) = (place.file("access.log", log(20_000)), place.path("kept"), place.path("trace"));
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let words = ["scan", "-q", shown(&log), "--checkpoint", shown(&kept), "--checkpoint-every", "0"];
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=write,fsync,fdatasync,rename,renameat,renameat2", "-o", shown(&trace)]);
    command.arg(this).args(["--exact", "program::as_program", "--nocapture", "--quiet", "--test-threads=1"]);
    command.env("KEYTRACE_TEST_ARGUMENTS", words.join("\n"));
    if !command.output().is_ok_and(|done| done.status.code().is_some_and(|code| code < 2)) {
        skipped("strace is not at hand, or may not trace: the order of writes is not tried");
        return Ok(());
    }
    let text = fs::read_to_string(&trace).map_err(|error| error.to_string())?;
    // The name of the file in strace's words; the second pass has one of its own, by the same way.
    let (part, folder) = (format!("<{}.part>", shown(&kept)), format!("<{}>", shown(place.folder())));
    let step = |line: &str| match line {
        _ if line.contains("write(") && line.contains(&part) => Some('w'),
        _ if line.contains("sync(") && line.contains(&part) => Some('s'),
        _ if line.contains("rename") && line.contains("kept.part") => Some('r'),
        _ if line.contains("fsync(") && line.contains(&folder) => Some('f'),
        _ => None,
    };
    let steps: String = text.lines().filter(|line| !line.contains("resumed>")).filter_map(step).collect();
    let turns: Vec<&str> = steps.split_inclusive('f').collect();
    let is_in_order = |turn: &str| turn.trim_start_matches('w') == "srf" && turn.starts_with('w');
    ensure(2 < turns.len() && turns.iter().copied().all(is_in_order), || format!("the order is {steps}"))
}

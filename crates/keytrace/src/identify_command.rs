//! The command `identify`: what a log is, and where a line of it stops fitting.

use std::io::{self, Write};

use accesslog::{Fault, Seen, Value};
use report::records::{ShownField, fields};
use report::show::{Shown, shortened};
use scan::{Met, walk};

use crate::arguments::IdentifyOptions;
use crate::job::Job;
use crate::{Exit, output, say};

/// How many lines are looked at to find one that does not fit.
const LINES_MAX: u64 = 100_000;

/// How much of a line that does not fit is shown, in characters.
const SHOWN_MAX: usize = 100;

/// What is still to be shown of a source.
#[derive(Default)]
struct Wanted {
    has_record: bool,
    has_fault: bool,
    lines: u64,
}

/// Says in which format each log is, splits its first record field by field, and shows its first fault.
pub(crate) fn identify(options: &IdentifyOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = match Job::of(&options.logs) {
        Ok(job) => job,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let mut result: io::Result<()> = Ok(());
    let mut wanted = Wanted::default();
    let account = walk(&job.inputs, &job.config, &mut |met| {
        if matches!(met, Met::Source(_)) {
            wanted = Wanted::default();
        }
        result = match &result {
            Ok(()) => show(met, &mut wanted, stdout),
            Err(_) => return false,
        };
        wanted.lines += 1;
        result.is_ok() && !(wanted.has_record && wanted.has_fault) && wanted.lines < LINES_MAX
    });
    for (path, because) in account.losses() {
        say(stderr, &format!("{}: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())));
    }
    match result {
        Err(error) => output::failed(stderr, "standard output", &error),
        Ok(()) if !account.has_read() => Exit::Usage,
        Ok(()) if account.has_loss() => Exit::Incomplete,
        Ok(()) => Exit::Clean,
    }
}

fn show(met: Met<'_>, wanted: &mut Wanted, out: &mut dyn Write) -> io::Result<()> {
    match met {
        Met::Source(account) => {
            let (read, tried) = account.recognised;
            let path = Shown(account.path.as_os_str().as_encoded_bytes());
            let Some(name) = account.format else { return writeln!(out, "{path}: empty") };
            let about = accesslog::named(name).map_or("", |format| format.about());
            writeln!(out, "{path}: {name}, {read} of {tried} opening lines ({})", sureness(read, tried))?;
            if about.is_empty() { Ok(()) } else { writeln!(out, "  {about}") }
        }
        Met::Line(_, seen) => match &seen.outcome {
            Ok(Some(record)) if !wanted.has_record => {
                wanted.has_record = true;
                writeln!(out, "  line {}, read as {}{}:", seen.line.at.line, seen.format.name(), around(seen))?;
                fields(seen, record).iter().try_for_each(|field| row(field, out))
            }
            Err(fault) if !wanted.has_fault => {
                wanted.has_fault = true;
                writeln!(out, "  line {} does not fit:", seen.line.at.line)?;
                caret(seen, *fault, out)
            }
            _ => Ok(()),
        },
        Met::Torn(_, at, fault) => writeln!(out, "  line {} does not fit: expected {}", at.line, fault.expected),
    }
}

/// What stands around the text that is the server's own, where something does.
fn around(seen: &Seen<'_>) -> String {
    let line = seen.line.bytes;
    let before =
        (seen.text.as_ptr() as usize).checked_sub(line.as_ptr() as usize).filter(|before| *before <= line.len());
    match before {
        _ if seen.text.len() == line.len() => String::new(),
        Some(before) if line[before..].len() == seen.text.len() => {
            format!(", behind `{}`", shortened(line[..before].trim_ascii_end(), SHOWN_MAX))
        }
        _ => ", out of the object around it".to_owned(),
    }
}

/// How sure a guess is, in a word.
fn sureness(read: usize, tried: usize) -> &'static str {
    match (read, tried) {
        (_, 0) => "nothing to go by",
        _ if read == tried && 5 <= tried => "sure",
        _ if tried * 9 <= read * 10 => "nearly sure",
        _ if tried <= read * 2 => "likely",
        _ => "a guess: most lines are something else",
    }
}

fn row(field: &ShownField<'_>, out: &mut dyn Write) -> io::Result<()> {
    let name = &field.name;
    match &field.value {
        Value::Absent => writeln!(out, "    {name:<18} -"),
        Value::Text(text) => writeln!(out, "    {name:<18} {}", shortened(text, SHOWN_MAX)),
        Value::Integer(number) => writeln!(out, "    {name:<18} {number}"),
        Value::Decimal(number) => writeln!(out, "    {name:<18} {number}"),
        Value::Time(time) => writeln!(out, "    {name:<18} {}", report::show::instant(*time)),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| shortened(item, SHOWN_MAX)).collect();
            writeln!(out, "    {name:<18} {}", items.join(" | "))
        }
    }
}

/// Shows a line with a caret under the byte where it stops fitting.
fn caret(seen: &Seen<'_>, fault: Fault, out: &mut dyn Write) -> io::Result<()> {
    let at = fault.at.min(seen.text.len());
    // What stands before the caret may be long: its end is shown.
    let before = Shown(&seen.text[..at]).to_string();
    let cut = before.chars().count().saturating_sub(SHOWN_MAX * 2 / 3);
    let before: String = before.chars().skip(cut).collect();
    let behind = Shown(&seen.text[at..]).to_string();
    let room = SHOWN_MAX.saturating_sub(before.chars().count());
    let behind: String = behind.chars().take(room).collect();
    let mark = if cut == 0 { "" } else { "..." };
    writeln!(out, "    {mark}{before}{behind}")?;
    writeln!(out, "    {:indent$}^ expected {}", "", fault.expected, indent = mark.len() + before.chars().count())
}

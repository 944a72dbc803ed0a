//! The command `formats`: what logs are read, each with a line of it and the fields it gives.

use std::io::{self, Write};

use accesslog::{Census, Chunk, FORMATS, Format, Position, Reading, each_line};
use report::records::fields;

use crate::{Exit, output};

/// Lists the formats.
pub(crate) fn formats(stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let result = FORMATS.iter().try_for_each(|format| entry(*format, stdout));
    match result {
        Ok(()) => Exit::Clean,
        Err(error) => output::failed(stderr, "standard output", &error),
    }
}

fn entry(format: &'static dyn Format, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}", format.name())?;
    if !format.aliases().is_empty() {
        write!(out, " ({})", format.aliases().join(", "))?;
    }
    writeln!(out, "\n    {}", format.about())?;
    if !format.is_recognised() {
        writeln!(out, "    not recognised by itself: name it with --format")?;
    }
    for line in format.example().lines() {
        writeln!(out, "    {}", line.replace('\t', "\\t"))?;
    }
    let names = given(format);
    if !names.is_empty() {
        writeln!(out, "    gives {}", names.join(", "))?;
    }
    writeln!(out)
}

/// The names of the fields that the example gives.
fn given(format: &'static dyn Format) -> Vec<String> {
    let chunk = Chunk { bytes: format.example().as_bytes(), start: Position::default() };
    let mut names = Vec::new();
    each_line(chunk, &Reading::listed(format).strictly(), &mut Census::default(), |seen| {
        if let (Ok(Some(record)), true) = (&seen.outcome, names.is_empty()) {
            let present = fields(seen, record).into_iter().filter(|field| field.value != accesslog::Value::Absent);
            names = present.map(|field| field.name.into_owned()).collect();
        }
    });
    names
}

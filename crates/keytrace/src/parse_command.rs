//! The command `parse`: the parser as a tool of its own.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use report::records::{RecordStyle, write_fault, write_record};
use report::show::{Shown, named};
use scan::{Met, walk};

use crate::arguments::ParseOptions;
use crate::job::Job;
use crate::output;
use crate::{Exit, say};

/// Prints the records of logs, one JSON object a line, and the lines that are none on standard error.
pub(crate) fn parse(options: &ParseOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = match Job::of(&options.logs) {
        Ok(job) => job,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let style = RecordStyle { is_decoded: options.decode, is_ecs: options.ecs };
    let mut file = None;
    if let Some(path) = &options.faults {
        match File::create(path) {
            Ok(created) => file = Some(BufWriter::new(created)),
            Err(error) => return output::failed(stderr, &named(path).to_string(), &error),
        }
    }
    let mut out = BufWriter::with_capacity(1 << 16, stdout);
    let mut written: io::Result<()> = Ok(());
    let mut told: io::Result<()> = Ok(());
    let account = walk(&job.inputs, &job.config, &mut |met| {
        let (source, at, fault) = match met {
            Met::Source(_) => return written.is_ok() && told.is_ok(),
            Met::Line(source, seen) => match seen.outcome {
                Ok(_) => {
                    written = write_record(&mut out, source.path.as_os_str().as_encoded_bytes(), seen, style);
                    return written.is_ok();
                }
                Err(fault) => (source, seen.line.at, fault),
            },
            Met::Torn(source, at, fault) => (source, at, fault),
        };
        let faults: &mut dyn Write = match &mut file {
            Some(file) => file,
            None => stderr,
        };
        told = write_fault(faults, source.path.as_os_str().as_encoded_bytes(), at, fault);
        told.is_ok()
    });
    if let Err(error) = written.and_then(|()| out.flush()) {
        return output::failed(stderr, "standard output", &error);
    }
    if let Err(error) = told.and_then(|()| file.as_mut().map_or(Ok(()), Write::flush)) {
        return output::failed(stderr, "the faults", &error);
    }
    for (path, because) in account.losses() {
        say(stderr, &format!("{}: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())));
    }
    match (account.has_read(), account.has_loss()) {
        (false, _) => Exit::Usage,
        (_, true) => Exit::Incomplete,
        _ => Exit::Clean,
    }
}

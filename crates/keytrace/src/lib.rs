//! The command, as a function: the only place where reading, detecting and reporting meet.
//!
//! What the user asked for is settled before the first byte is read (unknown formats, outputs that cannot be
//! written), so that a scan of hours does not end in a usage error. The exit code says how it went, and of several
//! things the one that matters most to a program that called: 2 before 4 before 3 before 1.

mod arguments;
mod audit_command;
mod check_command;
mod checkpoint;
mod content;
mod delivery;
mod demo;
mod diff_command;
mod draft_command;
mod explain_command;
mod follow_options;
mod formats_command;
mod identify_command;
mod input_values;
mod interrupt;
mod job;
mod manual_command;
mod output;
mod parse_command;
mod performance_options;
mod progress;
mod reading_options;
mod routes_command;
mod scan_command;
mod settings;
mod show_command;
mod trace_command;
mod verify_command;

use std::ffi::OsString;
use std::io::Write;

#[cfg(feature = "mimalloc")]
use mimalloc::MiMalloc;
use report::show::lines;

use crate::arguments::Command;
use crate::interrupt::Interrupt;

pub use crate::interrupt::watch_signals;

/// The detector's tables are large and are asked at random: in pages of 2 MiB, which this allocator asks the system for, most
/// of the look-ups in the processor's table of pages are spared.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing at or above the severity to fail on.
    Clean = 0,
    /// Something.
    Found = 1,
    /// The command makes no sense, or nothing could be read.
    Usage = 2,
    /// Scanned, but some input was incomplete or unreadable.
    Incomplete = 3,
    /// An output could not be written.
    Unwritten = 4,
}

/// Runs the command with its arguments, the program's name first; gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    let exit = match arguments::parse(arguments) {
        Ok(Command::Scan(options)) => scan_command::scan(&options, stdout, stderr),
        Ok(Command::Show(options)) => show_command::show(&options, stdout, stderr),
        Ok(Command::Diff(options)) => diff_command::diff(&options, stdout, stderr),
        Ok(Command::Demo(options)) => demo::demo(&options, stdout, stderr),
        Ok(Command::Parse(options)) => parse_command::parse(&options, stdout, stderr),
        Ok(Command::Identify(options)) => identify_command::identify(&options, stdout, stderr),
        Ok(Command::Audit(options)) => audit_command::audit(&options, stdout, stderr),
        Ok(Command::Trace(options)) => trace_command::trace(&options, stdout, stderr),
        Ok(Command::Draft(options)) => draft_command::draft(&options, stdout, stderr),
        Ok(Command::Routes(options)) => routes_command::routes(&options, stdout, stderr),
        Ok(Command::Explain(options)) => explain_command::explain(&options, stdout, stderr),
        Ok(Command::Completions(options)) => manual_command::completions(&options, stdout, stderr),
        Ok(Command::Man(options)) => manual_command::man(&options, stdout, stderr),
        Ok(Command::Check(options)) => check_command::check(&options, stdout, stderr),
        Ok(Command::Verify(options)) => verify_command::verify(&options, stdout, stderr),
        Ok(Command::Formats) => formats_command::formats(stdout, stderr),
        Err(error) if error.use_stderr() => {
            // Nobody is left to tell if even this cannot be written.
            let _ = write!(stderr, "{}", lines(&error.to_string()));
            Exit::Usage
        }
        Err(help) => match write!(stdout, "{help}") {
            Ok(()) => Exit::Clean,
            Err(error) => output::failed(stderr, "standard output", &error),
        },
    };
    match Interrupt::current().signal() {
        // What a shell says of a program that a signal ended.
        Some((signal, _)) => 128 + signal,
        None => exit as u8,
    }
}

/// Says something on standard error. Names of files, and what an error quotes of them, may stand in it.
pub(crate) fn say(stderr: &mut dyn Write, text: &str) {
    // Nobody is left to tell if even this cannot be written.
    let _ = writeln!(stderr, "keytrace: {}", lines(text));
}

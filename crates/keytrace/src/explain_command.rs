//! The command `explain`: what a signal is, and what looks like it and is innocent.

use std::io::{self, Write};

use detect::{SIGNALS, Signal};

use crate::arguments::ExplainOptions;
use crate::{Exit, output, say};

/// Explains the signals that are named, or lists them all.
pub(crate) fn explain(options: &ExplainOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let result = match &options.signal {
        None => SIGNALS.iter().try_for_each(|signal| row(*signal, stdout)),
        Some(name) => match SIGNALS.iter().find(|signal| signal.name() == name) {
            Some(signal) => whole(*signal, stdout),
            None => {
                let names: Vec<&str> = SIGNALS.iter().map(|signal| signal.name()).collect();
                say(stderr, &format!("explain: no such signal; it is one of {}", names.join(", ")));
                return Exit::Usage;
            }
        },
    };
    match result {
        Ok(()) => Exit::Clean,
        Err(error) => output::failed(stderr, "standard output", &error),
    }
}

fn row(signal: &dyn Signal, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<20} {:<10} {}", signal.name(), signal.role().name(), signal.about())
}

fn whole(signal: &dyn Signal, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  ({})", signal.name(), signal.role().name())?;
    writeln!(out, "  {}", signal.about())?;
    writeln!(out, "  innocent twin: {}", signal.twin())?;
    if let Some(technique) = signal.technique() {
        writeln!(out, "  ATT&CK: {technique}")?;
    }
    let needs: Vec<&str> = signal.needs().names().collect();
    writeln!(out, "  needs: {}", needs.join(", "))
}

//! The command `routes`: what a service can be asked for, as its log shows it.
//!
//! A pass of its own, so that a scan pays nothing for it.

use std::io::Write;
use std::path::PathBuf;

use accesslog::{Position, Record};
use clap::Args;
use detect::routes::Routes;
use report::routes::{RoutesReport, write_ndjson, write_text};
use report::show::{Shown, named};
use scan::{Progress, Relief};

use crate::arguments::LogOptions;
use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::performance_options::PerformanceOptions;
use crate::{Exit, output, say};

/// The options of `routes`.
#[derive(Args, Debug)]
#[command(after_help = "\
A route is a path without its identifiers, that was answered at least once; it is inferred from the log alone. In its
spelling * stands for an identifier, # for a number in a name, {name} for one of many names.

Examples:
  keytrace routes /var/log/nginx/
  keytrace routes access.log --top 500 -o routes.ndjson

Exit codes:
  0  the routes are told
  2  the command makes no sense, or nothing could be read
  3  told, but some input was incomplete or unreadable
  4  the output could not be written")]
pub(crate) struct RoutesOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    /// Show so many routes, the busiest first [default: 40 for people, all for programs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Output")]
    pub(crate) top: Option<u32>,

    /// Write to this file, in the form of its ending (.txt, .ndjson); - for standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// The form, whatever the file's ending
    #[arg(long, value_name = "FORM", value_parser = ["text", "ndjson"], help_heading = "Output")]
    pub(crate) output_format: Option<String>,

    #[command(flatten)]
    pub(crate) performance: PerformanceOptions,
}

/// How many routes are shown to people who do not say how many.
const TOP: usize = 40;

/// Tells the routes of what the paths name.
pub(crate) fn routes(options: &RoutesOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = match Job::of(&options.logs).and_then(|job| job.performing(options.performance)) {
        Ok(job) => job,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let (output, form) = (options.output.as_deref(), options.output_format.as_deref());
    let (place, is_ndjson) = match output::text_or_ndjson(output, form, &job.inputs, "routes") {
        Ok(output) => output,
        Err((because, exit)) => {
            say(stderr, &because);
            return exit;
        }
    };
    let observe = |routes: &mut Routes, at: Position, record: &Record<'_>| routes.observe(at, record);
    let relief = Relief { is_heavy: Routes::is_heavy, hand_over: Routes::hand_over };
    let passed = Interrupt::current().during(|stop| {
        let progress = Progress::stopped_by(stop);
        let empty = Routes::keyed(job.key(&progress)?).within(job.memory, job.workers());
        job.pass(&progress, (empty, Some(relief)), observe, Routes::merge)
    });
    let (routes, account) = match passed {
        Ok(result) => result,
        Err(error) => {
            say(stderr, &error.to_string());
            place.abandon();
            return Exit::Usage;
        }
    };
    for (path, because) in account.losses() {
        say(stderr, &format!("{}: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())));
    }
    if !account.has_read() {
        say(stderr, "nothing could be read");
        place.abandon();
        return Exit::Usage;
    }
    let inferred = routes.finish();
    let usual = if is_ndjson { usize::MAX } else { TOP };
    let top = options.top.map_or(usual, |top| top as usize);
    let report = RoutesReport { version: env!("CARGO_PKG_VERSION"), inferred: &inferred, top };
    let written = place.write(stdout, &mut |out| match is_ndjson {
        true => write_ndjson(out, &report),
        false => write_text(out, &report),
    });
    match written {
        Err(error) => {
            let name = output.map_or("standard output".to_owned(), |path| named(path).to_string());
            output::failed(stderr, &name, &error)
        }
        Ok(()) if account.has_loss() => Exit::Incomplete,
        Ok(()) => Exit::Clean,
    }
}

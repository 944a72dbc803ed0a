//! The command `routes`: what a service can be asked for, as its log shows it.
//!
//! A pass of its own, so that a scan pays nothing for it.

use std::io::Write;

use accesslog::{Position, Record};
use detect::routes::Routes;
use report::routes::{RoutesReport, write_ndjson, write_text};
use report::show::Shown;
use scan::Progress;

use crate::arguments::RoutesOptions;
use crate::interrupt::Interrupt;
use crate::job::Job;
use crate::{Exit, output, say};

/// How many routes are shown to people who do not say how many.
const TOP: usize = 40;

/// Tells the routes of what the paths name.
pub(crate) fn routes(options: &RoutesOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = match Job::of(&options.logs) {
        Ok(job) => job.on_threads(options.threads),
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
    let passed = Interrupt::current()
        .during(|stop| job.pass(&Progress::stopped_by(stop), Routes::default(), observe, Routes::merge));
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
            let name = output.map_or("standard output".to_owned(), |path| path.display().to_string());
            output::failed(stderr, &name, &error)
        }
        Ok(()) if account.has_loss() => Exit::Incomplete,
        Ok(()) => Exit::Clean,
    }
}

//! The command `scan`.

use std::env;
use std::io::{IsTerminal, Write};

use accesslog::Position;
use detect::{Detector, Severity, Verdict};
use report::show::Shown;
use report::{Input, Look, Passed, Report};
use scan::{Account, Condition, Config, Inputs, Progress};

use crate::arguments::{Colour, OutputOptions, ScanOptions};
use crate::{Exit, output, progress, say};

/// Scans what the paths name and writes the reports.
pub(crate) fn scan(options: &ScanOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let reading = match options.reading.reading() {
        Ok(reading) => reading,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let config = Config { reading, threads: options.threads.map_or(0, usize::from), ..Config::default() };
    report_on(&Inputs::find(&options.paths), &config, &options.output, stdout, stderr)
}

/// Scans the inputs and writes the reports.
pub(crate) fn report_on(
    inputs: &Inputs,
    config: &Config,
    options: &OutputOptions,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let paths: Vec<_> = inputs.sources.iter().map(|source| source.path.clone()).collect();
    let outputs = match output::open(options, &paths) {
        Ok(outputs) => outputs,
        Err((because, exit)) => {
            say(stderr, &because);
            return exit;
        }
    };
    let (verdict, account) = match examined(inputs, config, !options.quiet) {
        Ok(result) => result,
        Err(error) => {
            say(stderr, &error.to_string());
            outputs.into_iter().for_each(output::Output::abandon);
            return Exit::Usage;
        }
    };
    let has_read = account.has_read();
    let has_loss = account.has_loss();
    let report = report(account, verdict);
    for lost in report.passed.iter().filter(|passed| passed.is_loss) {
        say(
            stderr,
            &format!("{}: {}", Shown(lost.path.as_os_str().as_encoded_bytes()), Shown(lost.because.as_bytes())),
        );
    }
    for (path, because) in report.inputs.iter().filter_map(|input| Some((&input.path, input.cut_short.as_ref()?))) {
        say(
            stderr,
            &format!("{}: incomplete: {}", Shown(path.as_os_str().as_encoded_bytes()), Shown(because.as_bytes())),
        );
    }
    if !has_read {
        say(stderr, "nothing could be read");
        outputs.into_iter().for_each(output::Output::abandon);
        return Exit::Usage;
    }
    let mut exit = exit(&report, options.fail_on.severity(), has_loss);
    if !options.quiet && outputs.iter().all(|output| !output.is_stdout()) {
        say(stderr, &in_short(&report, &outputs));
    }
    for output in outputs {
        let name = output.name().unwrap_or_else(|| "standard output".to_owned());
        if let Err(error) = output.write(&report, look(options.color), stdout) {
            exit = output::failed(stderr, &name, &error).max(exit);
        }
    }
    exit
}

/// Reads everything and judges it.
fn examined(inputs: &Inputs, config: &Config, has_progress: bool) -> Result<(Verdict, Account), scan::Error> {
    let progress = Progress::default();
    progress::shown(has_progress, inputs.bytes(), &progress, || {
        let observe =
            |detector: &mut Detector, at: Position, record: &accesslog::Record<'_>| detector.observe(at, record);
        let (detector, account) = scan::fold(inputs, config, &progress, Detector::default(), observe, Detector::merge)?;
        Ok((detector.finish(), account))
    })
}

/// What a scan came to, in the shape that reports are made of.
fn report(account: Account, verdict: Verdict) -> Report {
    let not_run = detect::not_run(account.fields());
    let mut passed: Vec<Passed> = account
        .skipped
        .into_iter()
        .map(|skipped| Passed { path: skipped.path, because: skipped.because, is_loss: skipped.is_loss })
        .collect();
    let mut inputs = Vec::new();
    for source in account.sources {
        let mut input = Input {
            path: source.path,
            codec: source.codec.name(),
            format: source.format,
            recognised: source.recognised,
            census: source.census,
            cut_short: None,
        };
        match source.condition {
            Condition::Complete => {}
            Condition::Incomplete(because) => input.cut_short = Some(because),
            Condition::Unread(because) => passed.push(Passed { path: input.path.clone(), because, is_loss: true }),
            Condition::NoLog(because) => passed.push(Passed { path: input.path.clone(), because, is_loss: false }),
        }
        inputs.push(input);
    }
    passed.sort_by(|one, other| one.path.cmp(&other.path));
    Report { version: env!("CARGO_PKG_VERSION"), inputs, passed, verdict, not_run }
}

fn exit(report: &Report, fail_on: Severity, has_loss: bool) -> Exit {
    let is_found = report.verdict.incidents.iter().any(|incident| fail_on <= incident.severity);
    match (has_loss, is_found) {
        (true, _) => Exit::Incomplete,
        (_, true) => Exit::Found,
        _ => Exit::Clean,
    }
}

/// What was found and where it was written, in a line.
fn in_short(report: &Report, outputs: &[output::Output]) -> String {
    let incidents = &report.verdict.incidents;
    let loud = incidents.iter().filter(|incident| Severity::High <= incident.severity).count();
    let names: Vec<String> = outputs.iter().filter_map(output::Output::name).collect();
    format!("{} incidents, {loud} of them high or critical; see {}", incidents.len(), names.join(", "))
}

fn look(colour: Colour) -> Look {
    let has_colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => std::io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    Look { has_colour }
}

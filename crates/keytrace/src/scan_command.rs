//! The command `scan`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::mem;
use std::path::Path;

use detect::Verdict;
use report::document::of_report;
use report::show::Shown;
use report::{Document, Input, Kept, Passed, Report};
use scan::{Account, Condition, Source, SourceAccount, Window};

use crate::arguments::{OutputOptions, ScanOptions};
use crate::interrupt::Interrupt;
use crate::job::{Examined, Job, can_be_read_only_once};
use crate::verify_command::file_of;
use crate::{Exit, delivery, output, say};

/// Scans what the paths name and writes the reports.
pub(crate) fn scan(options: &ScanOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = Job::of(&options.logs).and_then(|job| job.with_content(options.content_root.as_deref()));
    let outputs = &options.output.outputs;
    let clash = options.checkpoint.clashes_with(outputs).or_else(|| options.follow.clashes_with(outputs));
    let job = job.and_then(|job| match clash {
        Some(because) => Err(because),
        None => Ok(job),
    });
    let job = job.and_then(|job| job.within(options.budget).performing(options.performance));
    let job = job.and_then(|job| job.keyed(options.follow));
    let job = job.and_then(|job| job.kept(&options.checkpoint, &options.logs));
    let job = job.and_then(|job| job.following(options.follow, &options.logs.paths));
    match job {
        Ok(job) => report_on(&job, &options.output, stdout, stderr),
        Err(because) => {
            say(stderr, &because);
            Exit::Usage
        }
    }
}

/// Does a job and writes the reports.
pub(crate) fn report_on(job: &Job, options: &OutputOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let paths: Vec<_> = job.inputs.sources.iter().map(|source| source.path.clone()).collect();
    let redactor = match delivery::redactor(options) {
        Ok(redactor) => redactor,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let mut outputs = match output::open(options, &paths) {
        Ok(outputs) => outputs,
        Err((because, exit)) => {
            say(stderr, &because);
            return exit;
        }
    };
    if let Some(note) = job.own.note().filter(|_| !options.quiet) {
        say(stderr, &note);
    }
    if job.following.is_some() && !options.quiet {
        say(stderr, "following; the report is made when SIGINT or SIGTERM comes, or the time is over");
    }
    // A report that is kept is evidence; what a person reads on a terminal is gone with it.
    let has_digests = !options.no_digest && outputs.iter().any(|output| !output.is_for_people());
    let is_renewed = job.following.is_some_and(|follow| follow.every.is_some());
    if is_renewed {
        // They can be written, which is all that is asked now: each writing of them is one of its own.
        mem::take(&mut outputs).into_iter().for_each(output::Output::abandon);
    }
    let mut so_far = |verdict: Verdict, account: Account| {
        let (has_read, has_loss) = (account.has_read(), account.has_loss());
        let document = of_report(report(account, job.config.window, job.settings.clone(), verdict));
        // What cannot be written now may be the next time; at the end it is told.
        if let (true, Ok(outputs)) = (has_read, output::open(options, &paths)) {
            let (stdout, stderr) = (&mut io::sink(), &mut io::sink());
            delivery::deliver(document, redactor.clone(), outputs, options, has_loss, stdout, stderr);
        }
    };
    let made = scan::on_threads(&job.bounded(), || made(job, (!options.quiet, has_digests), &mut so_far));
    let Made { document, has_read, has_loss, notes, unwritten } = match made.and_then(|made| made) {
        Ok(made) => made,
        Err(error) => {
            say(stderr, &error.to_string());
            outputs.into_iter().for_each(output::Output::abandon);
            return Exit::Usage;
        }
    };
    notes.iter().for_each(|note| say(stderr, note));
    if !has_read {
        say(stderr, "nothing could be read");
        outputs.into_iter().for_each(output::Output::abandon);
        return Exit::Usage;
    }
    if is_renewed {
        outputs = match output::open(options, &paths) {
            Ok(outputs) => outputs,
            Err((because, exit)) => {
                say(stderr, &because);
                return exit;
            }
        };
    }
    let exit = delivery::deliver(document, redactor, outputs, options, has_loss, stdout, stderr);
    match unwritten {
        Some(error) => output::failed(stderr, "the checkpoint", &error).max(exit),
        None => exit,
    }
}

/// What a scan came to, written down.
struct Made {
    document: Document,
    has_read: bool,
    /// Whether something of what was asked for was not read.
    has_loss: bool,
    /// What is said on standard error.
    notes: Vec<String>,
    /// Why the checkpoint could not be written, where it could not.
    unwritten: Option<io::Error>,
}

/// Does a job and writes down what it came to.
fn made(job: &Job, how: (bool, bool), so_far: &mut (dyn FnMut(Verdict, Account) + Send)) -> Result<Made, scan::Error> {
    let Examined { verdict, account, resumed, unwritten } = job.examine(how, so_far)?;
    let (has_read, has_loss) = (account.has_read(), account.has_loss());
    let mut report = report(account, job.config.window, job.settings.clone(), verdict);
    let sources: HashMap<&Path, &Source> =
        job.inputs.sources.iter().map(|source| (source.path.as_path(), source)).collect();
    for input in &mut report.inputs {
        input.kept = kept(&sources, &input.path);
    }
    let resumed = ["first", "second"].iter().zip(resumed).filter(|_| how.0);
    let resumed = resumed.map(|(pass, (done, files))| {
        format!("{pass} pass: going on from the checkpoint, {done} of {files} files are read")
    });
    let shown = |path: &Path| Shown(path.as_os_str().as_encoded_bytes()).to_string();
    let lost = report.passed.iter().filter(|passed| passed.is_loss);
    let lost = lost.map(|passed| format!("{}: {}", shown(&passed.path), Shown(passed.because.as_bytes())));
    let short = report.inputs.iter().filter_map(|input| Some((&input.path, input.cut_short.as_ref()?)));
    let short = short.map(|(path, because)| format!("{}: incomplete: {}", shown(path), Shown(because.as_bytes())));
    let notes = resumed.chain(lost).chain(short).collect();
    Ok(Made { document: of_report(report), has_read, has_loss, notes, unwritten })
}

/// What a scan came to, in the shape that reports are made of.
fn report(account: Account, window: Window, settings: Vec<(&'static str, String)>, verdict: Verdict) -> Report {
    let not_run = detect::not_run(account.fields());
    let mut passed: Vec<Passed> = account
        .skipped
        .into_iter()
        .map(|skipped| Passed { path: skipped.path, because: skipped.because, is_loss: skipped.is_loss })
        .collect();
    let mut inputs = Vec::new();
    for source in account.sources {
        let mut input = input(&source);
        match source.condition {
            Condition::Complete => {}
            Condition::Incomplete(because) => input.cut_short = Some(because),
            Condition::Unread(because) => passed.push(Passed { path: input.path.clone(), because, is_loss: true }),
            Condition::NoLog(because) => passed.push(Passed { path: input.path.clone(), because, is_loss: false }),
        }
        inputs.push(input);
    }
    passed.sort_by(|one, other| one.path.cmp(&other.path));
    Report {
        version: env!("CARGO_PKG_VERSION"),
        inputs,
        passed,
        window: (window.since, window.until),
        settings,
        stopped_by: Interrupt::current().signal().map(|(_, name)| name),
        verdict,
        not_run,
    }
}

/// Where a source can be read again, which lies in one of these by its path, or is one.
fn kept(sources: &HashMap<&Path, &Source>, path: &Path) -> Kept {
    let path = path.to_string_lossy();
    match sources.get(Path::new(file_of(&path))) {
        Some(source) if source.built_in.is_some() => Kept::BuiltIn,
        Some(source) if can_be_read_only_once(source) => Kept::Nowhere,
        _ => Kept::InFile,
    }
}

/// A source that was read, to its end as far as this knows.
fn input(source: &SourceAccount) -> Input {
    Input {
        number: source.number,
        path: source.path.clone(),
        codec: source.layers.to_string(),
        format: source.format,
        recognised: source.recognised,
        census: source.census.clone(),
        outside: source.outside,
        undated: source.undated,
        alike: source.alike.clone().map(|alike| (alike.path, alike.is_as_long)),
        is_damaged: source.is_damaged,
        kept: Kept::InFile,
        digest: source.digest,
        is_read: matches!(source.condition, Condition::Complete | Condition::Incomplete(_)),
        cut_short: None,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    /// Runs the command; gives its exit code, and what it wrote to both outputs.
    fn run(arguments: &[&str]) -> (u8, String, String) {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let arguments = std::iter::once("keytrace").chain(arguments.iter().copied()).map(OsString::from);
        let exit = crate::run(arguments, &mut stdout, &mut stderr);
        let text = |bytes| String::from_utf8(bytes).expect("reports are UTF-8");
        (exit, text(stdout), text(stderr))
    }

    fn line(hour: u32) -> String {
        format!("192.0.2.1 - - [01/May/2024:{hour:02}:00:00 +0000] \"GET /{hour} HTTP/1.1\" 200 5 \"-\" \"-\"\n")
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("access.log"), (0..24).map(line).collect::<String>()).unwrap();
        fs::write(path("error.log"), "12:00:00 no access log\n").unwrap();
        let all = folder.path().to_str().unwrap();
        let window = ["--since", "2024-05-01T06:00Z", "--until", "2024-05-01 08:00"];
        let arguments = [&[all, "--include", "access*", "--output-format", "ndjson"][..], &window].concat();
        let (exit, stdout, stderr) = run(&arguments);
        assert_eq!((exit, stderr.as_str()), (0, ""), "{stdout}");
        for expected in [
            r#""window":{"since":"2024-05-01T06:00:00Z","until":"2024-05-01T08:00:00Z"}"#,
            r#""records":24,"faults":0,"blank":0,"directives":0,"outside":22"#,
            r#"error.log","because":"left out by --include","is_loss":false"#,
        ] {
            assert!(stdout.contains(expected), "{expected} in {stdout}");
        }
        let (exit, stdout, _) = run(&[all, "--exclude", "error*", "--since", "2024-05-01", "--until", "2024-05-01"]);
        assert!(exit == 0 && stdout.contains(": 0 are outside"), "the day itself is taken in: {stdout}");
    }

    #[test]
    fn under_the_key_of_a_followed_scan_the_files_come_to_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let reach = |number: u32| line(number).replace("GET /", "GET /.env?").replace(" 200 ", " 404 ");
        fs::write(&path, (0..24).map(|number| [line(number), reach(number)].concat()).collect::<String>()).unwrap();
        let log = path.to_str().unwrap();
        let (exit, followed, error) =
            run(&["scan", "--output-format", "ndjson", "-q", "--follow", "--follow-for", "1s", log]);
        assert_eq!((exit, error.as_str()), (0, ""), "{followed}");
        let (_, rest) = followed.split_once(r#"{"name":"key","value":""#).expect("the key is told");
        let key = &rest[..64];
        assert!(key.bytes().all(|digit| digit.is_ascii_hexdigit()), "{key}");
        let (exit, whole, _) = run(&["scan", "--output-format", "ndjson", "-q", "--key", key, log]);
        assert_eq!(exit, 0);
        let settings = |report: &str| report.split_once("settings_sha256").map(|(before, _)| before.to_owned());
        assert_eq!(settings(&whole), settings(&followed));
        let rows = |report: &str| report.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert!(whole.contains(r#"{"type":"finding""#), "{whole}");
        assert_eq!(rows(&whole), rows(&followed));
        assert_ne!(run(&["scan", "--output-format", "ndjson", "-q", log]).1, whole, "the content makes another key");
    }

    #[test]
    fn what_is_no_key_of_hashes_is_refused() {
        let key = "0123456789abcdefABCDEF".repeat(3);
        for wrong in ["", "ab", &key[..63], &key[..65], &"é".repeat(32), &"+1".repeat(32), &"g".repeat(64)] {
            let (exit, out, error) = run(&["scan", "--key", wrong, "access.log"]);
            assert_eq!((exit, out.as_str()), (2, ""), "{wrong}");
            assert!(error.contains("64 hexadecimal digits") || wrong.is_empty(), "{error}");
        }
    }

    #[test]
    fn choices_that_leave_nothing_make_no_sense() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("access.log"), line(1)).unwrap();
        let all = folder.path().to_str().unwrap();
        assert_eq!(run(&[all, "--since", "2024-05-02", "--until", "2024-05-01"]).0, 2);
        assert_eq!(run(&[all, "--include", "nothing"]).0, 2);
        assert_eq!(run(&[all, "--include", "a["]).0, 2);
        assert_eq!(run(&[all, "--include", "access*"]).0, 0);
    }
}

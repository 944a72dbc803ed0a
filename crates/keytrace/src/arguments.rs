//! What a user can ask for.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use accesslog::Time;
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use detect::Severity;
use report::RENDERERS;

use crate::checkpoint::CheckpointOptions;
use crate::diff_command::{self, DiffOptions};
use crate::draft_command::DraftOptions;
use crate::follow_options::FollowOptions;
use crate::input_values;
use crate::performance_options::PerformanceOptions;
use crate::reading_options::ReadingOptions;
use crate::routes_command::RoutesOptions;
use crate::settings::{BudgetOptions, SettingsOptions};

const AFTER_HELP: &str = "\
Examples:
  keytrace /var/log/nginx/                    every log in a folder, compressed or not
  keytrace scan access.log* -o findings.ndjson
  zcat old.gz | keytrace -                    from standard input
  keytrace show findings.ndjson -o report.md  a saved report in another form
  keytrace demo                               a report on a built-in sample

Exit codes:
  0  nothing at or above --fail-on
  1  something
  2  the command makes no sense, or nothing could be read
  3  scanned, but some input was incomplete or unreadable
  4  an output could not be written
  130  stopped by SIGINT: the report is of what was read until then
  143  stopped by SIGTERM, likewise";

const SCAN_HELP: &str = "\
Examples:
  keytrace scan /var/log/nginx/ -o report.txt -o findings.ndjson -o findings.sarif
  keytrace scan access.log --since 7d --fail-on medium --summary
  keytrace scan access.log --redact --redact-key key.txt -o report.md
  keytrace scan s3-logs/ --config keytrace.toml --content-root copies/ -o findings.ndjson
  keytrace scan --follow /var/log/nginx/access.log -o findings.ndjson";

const SHOW_HELP: &str = "\
Examples:
  keytrace show findings.ndjson --width 160
  keytrace show findings.ndjson -o tables.csv -o indicators.stix.json -o rules.sigma.yml
  keytrace show - --output-format markdown < findings.ndjson
  keytrace show 'access.log.gz@123456'       the line of a log, as a report names it";

const COMPLETIONS_HELP: &str = "\
Examples:
  keytrace completions bash > ~/.local/share/bash-completion/completions/keytrace
  keytrace completions zsh > ~/.zfunc/_keytrace
  keytrace completions fish > ~/.config/fish/completions/keytrace.fish";

/// Finds in access logs the requests that posed as ordinary data fetches to extract access keys, and what they got.
#[derive(Debug, Parser)]
#[command(name = "keytrace", version, about, after_help = AFTER_HELP, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan logs and report incidents, the worst first (`keytrace PATH...` means the same)
    #[command(after_help = SCAN_HELP)]
    Scan(ScanOptions),
    /// Show a saved report (NDJSON) again, in any form
    #[command(after_help = SHOW_HELP)]
    Show(ShowOptions),
    /// Say what is new, changed and gone since an earlier saved report
    #[command(after_help = diff_command::HELP)]
    Diff(DiffOptions),
    /// Show the report on a built-in sample
    Demo(DemoOptions),
    /// Print the records of logs as NDJSON: the parser as a tool of its own
    Parse(ParseOptions),
    /// Say in which format a log is, split a line of it, and show where one stops fitting
    Identify(IdentifyOptions),
    /// List the formats that are read, each with a line of it and the fields it gives
    Formats,
    /// Say whether anything of an incident's kind succeeded since a time, and what would have been overlooked
    Check(CheckOptions),
    /// Check a saved report against the logs: every file, and every line that it names
    Verify(VerifyOptions),
    /// Say what logs fail to record, what is wrong with them, and which secrets stand in them
    Audit(AuditOptions),
    /// Show everything that a client, key, route or incident did, who else did, and every line of it as evidence
    Trace(TraceOptions),
    /// Draft a report to a regulator from a saved report, in English or Japanese
    Draft(DraftOptions),
    /// Say which routes a service has: their kinds, objects, parameters, and who asks for them
    Routes(RoutesOptions),
    /// Explain a signal: what it is, and what looks like it and is innocent
    Explain(ExplainOptions),
    /// Print what makes a shell complete this program's arguments
    #[command(after_help = COMPLETIONS_HELP)]
    Completions(CompletionsOptions),
    /// Print the manual page, or write the pages of all commands to a folder
    Man(ManOptions),
}

/// Which logs are read, and how.
#[derive(Args, Debug)]
pub(crate) struct LogOptions {
    /// Files, folders (walked), patterns, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) reading: ReadingOptions,

    #[command(flatten)]
    pub(crate) input: InputOptions,

    #[command(flatten)]
    pub(crate) settings: SettingsOptions,
}

/// The options of `scan`.
#[derive(Args, Debug)]
pub(crate) struct ScanOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    /// Count the persons inside the objects that left, which lie below this folder as DIR/BUCKET/KEY, DIR/KEY or by their
    /// URL path; keytrace.toml says by [[data]] with `content` how each is read
    #[arg(long, value_name = "DIR", help_heading = "Settings")]
    pub(crate) content_root: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) budget: BudgetOptions,

    #[command(flatten)]
    pub(crate) output: OutputOptions,

    #[command(flatten)]
    pub(crate) checkpoint: CheckpointOptions,

    #[command(flatten)]
    pub(crate) follow: FollowOptions,

    #[command(flatten)]
    pub(crate) performance: PerformanceOptions,
}

/// The options of `show`.
#[derive(Args, Debug)]
pub(crate) struct ShowOptions {
    /// A report that was written as NDJSON (`-o findings.ndjson`), or - for standard input; or FILE@BYTE for the line of a log
    /// that begins there
    #[arg(value_name = "REPORT")]
    pub(crate) report: PathBuf,

    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// The options of `parse`.
#[derive(Args, Debug)]
pub(crate) struct ParseOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    /// Undo the escapes by which the log was written (`\\x22`); values stand as in the log otherwise
    #[arg(long)]
    pub(crate) decode: bool,

    /// Name the fields as the Elastic Common Schema does
    #[arg(long)]
    pub(crate) ecs: bool,

    /// Write the lines that are no record to this file, not to standard error
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
}

/// The options of `identify`.
#[derive(Args, Debug)]
pub(crate) struct IdentifyOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,
}

/// The options of `completions`.
#[derive(Args, Debug)]
pub(crate) struct CompletionsOptions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// The options of `man`.
#[derive(Args, Debug)]
pub(crate) struct ManOptions {
    /// Write a page for the program and for each of its commands to this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// The options of `audit`.
#[derive(Args, Debug)]
#[command(
    long_about = "\
Say what logs fail to record, what is wrong with them, and which secrets stand in them.

Nothing is judged of requests. For each format: the fields that are missing, the signals that cannot run for it, and
what therefore cannot be known. For each log: missing hours, clocks, cut lines and values, copies, faults, clients that
are proxies. Secrets and personal data by kind and place, masked. And what to configure, to be pasted.",
    after_help = "\
Examples:
  keytrace audit /var/log/nginx/
  keytrace audit access.log* -o audit.ndjson

Exit codes:
  0  audited, whatever was found
  2  the command makes no sense, or nothing could be read
  3  audited, but some input was incomplete or unreadable
  4  the output could not be written"
)]
pub(crate) struct AuditOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    /// Write to this file, in the form of its ending (.txt, .ndjson); - for standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// The form, whatever the file's ending
    #[arg(long, value_name = "FORM", value_parser = ["text", "ndjson"], help_heading = "Output")]
    pub(crate) output_format: Option<String>,

    #[command(flatten)]
    pub(crate) performance: PerformanceOptions,
}

/// The options of `trace`.
#[derive(Args, Debug)]
#[command(
    long_about = "\
Show everything that a client, key, route or incident did, who else did, and every line of it as evidence.

Nothing is judged: what is asked for is counted, hour by hour, with what left by route or prefix and month (distinct
objects with both bounds), and with who else had the same address, agent, key or object. Several values of one kind are
alternatives; each kind that is given must fit. A star stands for any text.",
    after_help = "\
Examples:
  keytrace trace --client 203.0.113.7 --since 2024-05-01 /var/log/nginx/
  keytrace trace --incident KT-0123456789 --from findings.ndjson /var/log/nginx/ -o evidence.ndjson
  keytrace trace --principal '*:assumed-role/web/*' --object bucket/photos/ s3-logs/

Exit codes:
  0  nothing of it is in the logs
  1  something is
  2  the command makes no sense, or nothing could be read
  3  traced, but some input was incomplete or unreadable
  4  an output could not be written"
)]
pub(crate) struct TraceOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    #[command(flatten)]
    pub(crate) ask: AskOptions,

    /// Write every line of it, with its place and SHA-256, to this file (.ndjson; - for standard output)
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) performance: PerformanceOptions,
}

/// Options for what is asked of logs.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Question")]
pub(crate) struct AskOptions {
    /// What the clients of this incident did in its time, and whoever used its roles and keys; the logs are scanned for it,
    /// unless --from is given
    #[arg(long, value_name = "ID", conflicts_with = "client")]
    pub(crate) incident: Option<String>,

    /// Take the incident from this saved report
    #[arg(long, value_name = "FILE", requires = "incident")]
    pub(crate) from: Option<PathBuf>,

    /// Requests of this client; may be given again, as all that follow
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Vec<String>,

    /// Of this agent
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Vec<String>,

    /// Signed by the access key of this id
    #[arg(long, value_name = "ID")]
    pub(crate) key: Vec<String>,

    /// Of this principal or user
    #[arg(long, value_name = "NAME")]
    pub(crate) principal: Vec<String>,

    /// For paths that begin so, or that fit as a whole where there is a star
    #[arg(long, value_name = "PATH")]
    pub(crate) route: Vec<String>,

    /// For objects of a storage service whose bucket and key begin so
    #[arg(long, value_name = "BUCKET/PREFIX")]
    pub(crate) object: Vec<String>,

    /// With a parameter of this value, percent-encoding undone
    #[arg(long, value_name = "TEXT")]
    pub(crate) value: Vec<String>,
}

/// The options of `explain`.
#[derive(Args, Debug)]
pub(crate) struct ExplainOptions {
    /// The signal; all are listed if none is named
    #[arg(value_name = "SIGNAL")]
    pub(crate) signal: Option<String>,
}

/// The options of `check`.
#[derive(Args, Debug)]
#[command(after_help = "\
The whole of the logs is read, what is before --since too: it shows what is usual, and what happened.

Example:
  keytrace check --since 2024-05-10 /var/log/nginx/ s3-logs/

Exit codes:
  0  nothing of the kind of the incidents before succeeded since
  1  something did
  2  the command makes no sense, nothing could be read, or there is no incident before
  3  some input was incomplete or unreadable")]
pub(crate) struct CheckOptions {
    #[command(flatten)]
    pub(crate) logs: LogOptions,

    /// Check for the kind of this incident alone; may be given again [default: all that are high or critical]
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Vec<String>,

    #[command(flatten)]
    pub(crate) performance: PerformanceOptions,
}

/// The options of `verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  keytrace scan /var/log/nginx/ -o findings.ndjson && keytrace verify findings.ndjson /var/log/nginx/

Exit codes:
  0  every claim is confirmed
  1  the report, a file or a line changed since
  2  the command makes no sense, or that is no report
  3  something is not there to be checked")]
pub(crate) struct VerifyOptions {
    /// The report, as `scan -o FILE.ndjson` writes it
    #[arg(value_name = "REPORT")]
    pub(crate) report: PathBuf,

    /// Where the logs are now [default: where the report says they were]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Options for what is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputOptions {
    /// Leave out requests before this: 2024-05-01, "2024-05-01 12:00" (UTC), RFC 3339, or 7d for the last seven days
    #[arg(long, value_name = "TIME", value_parser = input_values::since)]
    pub(crate) since: Option<Time>,

    /// Leave out requests from this time on; of a date alone, after its end
    #[arg(long, value_name = "TIME", value_parser = input_values::until)]
    pub(crate) until: Option<Time>,

    /// Read only files and archive members that match; may be given again (no slash: the last part of the path)
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// Leave out files and archive members that match; may be given again
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Stop a compressed file that unpacks to more than so many times its size (and to more than 256 MiB)
    #[arg(long, value_name = "N", default_value_t = scan::RATIO_MAX, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_ratio: u64,

    /// Stop a compressed file that unpacks to more than this [default: 1TiB]
    #[arg(long, value_name = "SIZE", value_parser = input_values::size, default_value_t = scan::UNPACKED_BYTES_MAX, hide_default_value = true)]
    pub(crate) max_bytes: u64,
}

/// The options of `demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoOptions {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
}

/// Options for what comes out.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Write a report to this file, in the form of its ending; may be given again; - for standard output
    #[arg(short, long = "output", value_name = "FILE")]
    pub(crate) outputs: Vec<PathBuf>,

    /// The form of every report, whatever the file's ending
    #[arg(long, value_name = "FORM", value_parser = PossibleValuesParser::new(RENDERERS.iter().map(|render| render.name())))]
    pub(crate) output_format: Option<String>,

    /// Exit with 1 if an incident is at least this severe
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub(crate) fail_on: Threshold,

    /// How wide the report for people is, in columns [default: the terminal's width, and 100 where there is none]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(60..=200))]
    pub(crate) width: Option<u16>,

    /// Tell each incident in one line of the report for people
    #[arg(long)]
    pub(crate) summary: bool,

    /// Put pseudonyms for addresses, users, e-mail, sessions, names and identifiers in every report
    #[arg(long)]
    pub(crate) redact: bool,

    /// Make pseudonyms with the key in this file, so that all reports made with it have the same [default: a key that is
    /// made for this run and kept nowhere]
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub(crate) redact_key: Option<PathBuf>,

    /// Do not take the SHA-256 of what is read, which every report but the one for people holds (it reads files twice)
    #[arg(long)]
    pub(crate) no_digest: bool,

    /// When to colour the report for people
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Colour,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// A severity, as users write it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Threshold {
    /// Any incident.
    Info,
    /// Scans, and what should be tidied up.
    Low,
    /// Attempts aimed at this service, and what may have leaked.
    Medium,
    /// Secrets that were taken.
    High,
    /// Keys that were taken.
    Critical,
}

impl Threshold {
    pub(crate) fn severity(self) -> Severity {
        match self {
            Threshold::Info => Severity::Info,
            Threshold::Low => Severity::Low,
            Threshold::Medium => Severity::Medium,
            Threshold::High => Severity::High,
            Threshold::Critical => Severity::Critical,
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a user can ask for, as help, completions and manual pages are made of it.
pub(crate) fn definition() -> clap::Command {
    Arguments::command()
}

/// Reads the arguments. Where no command is named, `scan` is meant.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let definition = definition();
    let names_command = |argument: &OsStr| {
        ["help", "-h", "--help", "-V", "--version"].iter().any(|name| argument == OsStr::new(name))
            || definition.get_subcommands().any(|command| argument == OsStr::new(command.get_name()))
    };
    if arguments.get(1).is_some_and(|first| !names_command(first)) {
        arguments.insert(1, "scan".into());
    }
    Arguments::try_parse_from(arguments).map(|arguments| arguments.command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, clap::Error> {
        parse(std::iter::once("keytrace").chain(arguments.iter().copied()).map(OsString::from))
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn a_path_alone_means_scan() {
        assert!(matches!(parsed(&["a.log", "b.log"]), Ok(Command::Scan(options)) if options.logs.paths.len() == 2));
        assert!(matches!(parsed(&["-q", "a.log"]), Ok(Command::Scan(options)) if options.output.quiet));
        assert!(matches!(parsed(&["-"]), Ok(Command::Scan(_))));
        assert!(matches!(parsed(&["demo"]), Ok(Command::Demo(_))));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for arguments in [
            &["scan"][..],
            &["a.log", "--threads", "0"],
            &["a.log", "--threads", "x"],
            &["a.log", "--fail-on", "bad"],
            &["a.log", "--since", "soon"],
            &["a.log", "--max-ratio", "0"],
            &["a.log", "--max-bytes", "much"],
            &["a.log", "--output-format", "pdf"],
            &["demo", "a.log"],
            &[],
        ] {
            assert!(parsed(arguments).is_err_and(|error| error.use_stderr()), "{arguments:?}");
        }
    }
}

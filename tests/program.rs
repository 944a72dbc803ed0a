//! Runs the command: in this process, and in one of its own.
//!
//! A test package cannot ask where another package's program was built, and what lies beside it may be an old one. So a
//! process of its own is this test binary again, told by an environment variable to be the program: [`as_program`].

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs};

use serde_json::Value;

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: u8,
    pub(crate) out: Vec<u8>,
    pub(crate) error: String,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("reports are UTF-8")
    }
}

/// Runs `keytrace` with these arguments in this process.
pub(crate) fn keytrace<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let code = keytrace::run(named(arguments), &mut out, &mut error);
    Run { code, out, error: String::from_utf8(error).expect("messages are UTF-8") }
}

fn named<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Vec<OsString> {
    let rest = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
    std::iter::once(OsString::from("keytrace")).chain(rest).collect()
}

/// The rows of an NDJSON report of these paths, and the exit code.
pub(crate) fn rows(paths: &[&Path]) -> (Vec<Value>, u8) {
    let options = ["scan", "--output-format", "ndjson"].map(OsStr::new);
    let run = keytrace(options.into_iter().chain(paths.iter().map(|path| path.as_os_str())));
    (parsed(run.text()), run.code)
}

/// The rows of an NDJSON text.
pub(crate) fn parsed(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// The rows with what goes on in rows of the type `more` put back where it belongs.
pub(crate) fn joined(rows: Vec<Value>) -> Vec<Value> {
    let mut whole: Vec<Value> = Vec::new();
    for mut row in rows {
        if row["type"] != "more" {
            whole.push(row);
            continue;
        }
        let place = format!("/{}", row["key"].as_str().expect("a key").replace('.', "/"));
        match whole.last_mut().and_then(|last| last.pointer_mut(&place)).expect("the key is there") {
            Value::Array(items) => items.append(row["items"].as_array_mut().expect("items")),
            Value::String(text) => text.push_str(row["text"].as_str().expect("text")),
            other => panic!("{other} cannot go on"),
        }
    }
    whole
}

/// The rows of that type.
pub(crate) fn of_type<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row["type"] == name).collect()
}

const ARGUMENTS: &str = "KEYTRACE_TEST_ARGUMENTS";
const WATCHING: &str = "KEYTRACE_TEST_WATCHING";
const PEAK: &str = "KEYTRACE_TEST_PEAK";

/// A run in a process of its own: its exit code, what it wrote to standard error, and the most memory it held, in
/// bytes, where the system tells.
pub(crate) struct Spawned {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) error: String,
    /// The most that it held, without the pages of its file that were there before it began.
    pub(crate) peak_bytes: Option<u64>,
}

/// What each of many things comes to, two of them tried at a time, in their order.
pub(crate) fn two_at_a_time<T: Sync, R: Send>(things: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let places = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < things.len()));
        places.map(|place| (place, each(&things[place]))).collect::<Vec<_>>()
    };
    let mut all = std::thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers.into_iter().flat_map(|worker| worker.join().expect("none panics")).collect::<Vec<_>>()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, what)| what).collect()
}

/// Starts the program in a process of its own that watches signals; its standard input and error are pipes.
pub(crate) fn started(arguments: &[&OsStr]) -> Child {
    let mut command = Command::new(env::current_exe().expect("this test has a file"));
    command.args(["--exact", "program::as_program", "--nocapture", "--quiet", "--test-threads=1"]);
    command.env(ARGUMENTS, arguments.join(OsStr::new("\n"))).env(WATCHING, "1");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs")
}

/// Runs the program in a process of its own, with more in its environment. No argument may hold a line feed.
pub(crate) fn spawned(arguments: &[&OsStr], environment: &[(&str, &str)]) -> Spawned {
    spawned_as(Command::new(env::current_exe().expect("this test has a file")), arguments, environment)
}

/// The same in another working folder.
pub(crate) fn spawned_in(folder: &Path, arguments: &[&OsStr]) -> Spawned {
    let mut command = Command::new(env::current_exe().expect("this test has a file"));
    command.current_dir(folder);
    spawned_as(command, arguments, &[])
}

fn spawned_as(mut command: Command, arguments: &[&OsStr], environment: &[(&str, &str)]) -> Spawned {
    let folder = tempfile::tempdir().expect("a folder");
    let peak = folder.path().join("peak");
    let joined = arguments.join(OsStr::new("\n"));
    command.args(["--exact", "program::as_program", "--nocapture", "--quiet", "--test-threads=1"]);
    command.env(ARGUMENTS, joined).env(PEAK, &peak).envs(environment.iter().copied());
    let done = command.stdin(Stdio::null()).output().expect("the program runs");
    Spawned {
        code: done.status.code(),
        out: done.stdout,
        error: String::from_utf8(done.stderr).expect("messages are UTF-8"),
        peak_bytes: fs::read_to_string(&peak).ok().and_then(|text| text.parse().ok()),
    }
}

/// Nothing, unless [`spawned`] asks this process to be the program.
#[test]
fn as_program() {
    let Some(arguments) = env::var_os(ARGUMENTS) else { return };
    let arguments = arguments.into_string().expect("arguments are UTF-8");
    if env::var_os(WATCHING).is_some() {
        keytrace::watch_signals();
    }
    let of_files = status_bytes("RssFile:");
    let code = keytrace::run(named(arguments.split('\n')), &mut std::io::stdout(), &mut std::io::stderr());
    if let (Some(peak), Some(path)) = (status_bytes("VmHWM:"), env::var_os(PEAK)) {
        let held = peak.saturating_sub(of_files.unwrap_or(0));
        fs::write(path, held.to_string()).expect("the peak is written");
    }
    std::process::exit(i32::from(code));
}

/// What the system tells of this process's memory under a name, in bytes (Linux).
///
/// The peak counts pages of this test's own file, too, which are as many as its tests are, and which the system drops at
/// will. Those that were there before the program began are not what it holds: without them the peak is still no less than
/// that.
fn status_bytes(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kibibytes: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}

/// Whether what is written down is to be renewed.
pub(crate) fn is_blessing() -> bool {
    env::var_os("KEYTRACE_BLESS").is_some_and(|value| value == "1")
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Says that a test has nothing to do, past the capture of test output.
pub(crate) fn skipped(because: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "skipped: {because}").expect("standard error can be written");
}

//! What happens to whoever pastes a command of a report: twenty names in every shell that is here, in a folder and from within it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{Outcome, Place, Row, ensure, row};
use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, of_type, parsed, spawned_in};

pub(super) const ROWS: &[Row] = &[row("F19", "names that a shell would run", pasted)];

/// Names that would make a file called `touched` if a shell ran any part of them.
const NAMES: [&str; 20] = [
    "$(touch touched)",
    "`touch touched`",
    "';touch touched;'",
    "'$(touch touched)'",
    "\"$(touch touched)\"",
    "\\';touch touched;#",
    "''`touch touched`''",
    "-rf; touch touched",
    "--output-format=x",
    "--",
    "-",
    "~",
    "* ? [a-z] {a,b}",
    "a && touch touched &",
    "a | touch touched",
    "a > touched",
    "!!touch touched",
    "$IFS${PATH}",
    "x@12",
    "é 検 logs!x",
];

/// Names of which a terminal would show something else.
const UNSEEN: [&[u8]; 5] =
    [b"a\ntouch touched\n", b"a\rtouch touched", b"a\x1b[2K", "a\u{202e}b".as_bytes(), b"a\xff$(touch touched)"];

/// A log with one theft, which is its third line.
fn theft(number: usize) -> String {
    let client = format!("198.51.100.{number}");
    let line = |second: usize, target: &str| {
        logs::line(&Hit::new(second as u64, &client, target, 200, 900 + number as u64), Writing::Combined) + "\n"
    };
    line(1, "/") + &line(2, "/about") + &line(3, &format!("/.env?{number}")) + &line(4, "/")
}

#[cfg(unix)]
fn named(bytes: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes)
}

#[cfg(not(unix))]
fn named(bytes: &[u8]) -> &OsStr {
    OsStr::new(std::str::from_utf8(bytes).unwrap_or("a"))
}

/// What `keytrace` is to a shell: a script that makes this test the program.
fn program(place: &Place) -> PathBuf {
    let this = std::env::current_exe().expect("this test has a file");
    let script = format!(
        "#!/bin/sh\nKEYTRACE_TEST_ARGUMENTS=$(printf '%s\\n' \"$@\")\nexport KEYTRACE_TEST_ARGUMENTS\n\
         exec '{}' --exact program::as_program --nocapture --quiet --test-threads=1\n",
        this.display()
    );
    let path = place.file("keytrace", script);
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is to be run");
    path
}

fn run(shell: &str, options: &[&str], command: &str, folder: &Path, programs: &Path) -> Option<Output> {
    let path = std::env::join_paths([programs.to_path_buf(), "/usr/bin".into(), "/bin".into()]).ok()?;
    Command::new(shell).args(options).args(["-c", command]).current_dir(folder).env("PATH", path).output().ok()
}

fn pasted() -> Outcome {
    let (logs, programs) = (Place::new(), Place::new());
    program(&programs);
    let is_touched = || logs.path("touched").exists();
    let form = ["scan", "--output-format", "ndjson", "--"].map(OsStr::new);
    for (number, name) in NAMES.iter().enumerate() {
        let path = logs.file(name, theft(number));
        let report = keytrace(form.into_iter().chain([path.as_os_str()]));
        let rows = parsed(report.text());
        shown(&rows, logs.folder(), programs.folder())?;
        for_people(report.text())?;
        // As it stands in the folder itself, where it may begin with a dash; `-` would be standard input.
        if *name != "-" {
            let arguments: Vec<&OsStr> = form.into_iter().chain([OsStr::new(name)]).collect();
            let done = spawned_in(logs.folder(), &arguments);
            let out = String::from_utf8_lossy(&done.out).into_owned();
            let rows: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            shown(&rows, logs.folder(), programs.folder())?;
        }
        ensure(!is_touched(), || format!("a shell ran a part of {name}"))?;
    }
    for (number, name) in UNSEEN.iter().enumerate() {
        let path = logs.folder().join(named(name));
        fs::write(&path, theft(100 + number)).map_err(|error| error.to_string())?;
        let rows = parsed(keytrace(form.into_iter().chain([path.as_os_str()])).text());
        let how = &incident(&rows)?["reproduce"];
        let because = how["because"].as_str().unwrap_or_default();
        let is_refused = how["command"].is_null() && (because.contains("not seen") || because.contains("UTF-8"));
        ensure(is_refused, || how.to_string())?;
    }
    Ok(())
}

/// The one incident.
fn incident(rows: &[Value]) -> Result<&Value, String> {
    match of_type(rows, "incident")[..] {
        [incident] => Ok(incident),
        ref others => Err(format!("{} incidents, not one", others.len())),
    }
}

/// Whether the command of the incident shows its line, in every shell that is here.
fn shown(rows: &[Value], folder: &Path, programs: &Path) -> Outcome {
    let incident = incident(rows)?;
    let command = incident["reproduce"]["command"].as_str();
    let command = command.ok_or_else(|| format!("no command: {}", incident["reproduce"]))?;
    let findings = of_type(rows, "finding");
    let source = &findings.first().ok_or_else(|| "an incident without findings".to_owned())?["source"];
    let (path, digest) = (source["path"].as_str().unwrap_or_default(), source["sha256"].as_str().unwrap_or("none"));
    let log = fs::read_to_string(folder.join(path)).map_err(|error| format!("{path:?}: {error}"))?;
    let line = log.lines().nth(2).unwrap_or_default();
    let mut tried = 0;
    for shell in ["sh", "bash", "dash", "zsh"] {
        let Some(checked) = run(shell, &["-n"], command, folder, programs) else { continue };
        ensure(checked.status.success(), || format!("{shell} -n: {command}"))?;
        let Some(done) = run(shell, &[], command, folder, programs) else { continue };
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        let is_right = out.contains(line) && out.contains(digest);
        ensure(done.status.success() && is_right, || {
            format!("{shell}: {command}: {out}{}", String::from_utf8_lossy(&done.stderr))
        })?;
        tried += 1;
    }
    ensure(0 < tried, || "there is no shell: this proves nothing".to_owned())
}

/// Whether people are shown the same commands, each as it is.
fn for_people(report: &str) -> Outcome {
    let saved = Place::new();
    let saved = saved.file("report.ndjson", report);
    let rows = parsed(report);
    let incidents = of_type(&rows, "incident");
    let commands: Vec<&str> =
        incidents.iter().filter_map(|incident| incident["reproduce"]["command"].as_str()).collect();
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for (form, options) in [("text", &["--width", "200"][..]), ("markdown", &[]), ("html", &[])] {
        let words = [&["show", "--output-format", form], options].concat();
        let run = keytrace(words.into_iter().map(OsStr::new).chain([saved.as_os_str()]));
        let text =
            if form == "html" { run.text().replace("&#39;", "'").replace("&quot;", "\"") } else { run.text().into() };
        let wanted = |command: &str| if form == "html" { escaped(command) } else { command.to_owned() };
        // Markdown has no span for these, and tells where the command is.
        let is_told = |command: &str| {
            text.contains(&wanted(command))
                || form == "markdown" && command.contains(['`', '|']) && text.contains("in the NDJSON report")
        };
        let missed: Vec<&&str> = commands.iter().filter(|command| !is_told(command)).collect();
        ensure(missed.is_empty(), || format!("{form} tells {missed:?} otherwise than they are"))?;
    }
    Ok(())
}

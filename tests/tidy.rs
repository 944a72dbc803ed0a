//! Style that matters, as far as a test can see it.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use accesslog::FORMATS;
use detect::SIGNALS;
use report::RENDERERS;

use crate::program::{is_blessing, root};

/// Files of `crates/*/src` that may be longer than [`LINES_MAX`], and why.
const LONG: [(&str, &str); 0] = [];

/// How long a file of a crate may be, in lines: one idea each.
const LINES_MAX: usize = 600;

/// All files of the repository below a folder, by their paths from the root; what tools make is left out.
fn files(below: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_str().expect("plain names").to_owned();
            match path.is_dir() {
                true if ["target", ".git", "node_modules"].contains(&name.as_str()) => {}
                true => walk(&path, out),
                false if name == ".git" => {}
                false => out.push(path),
            }
        }
    }
    let mut out = Vec::new();
    walk(&root().join(below), &mut out);
    out.sort();
    out
}

/// The path from the root, with `/` between its parts.
fn shown(path: &Path) -> String {
    let parts = path.strip_prefix(root()).expect("it is below the root").components();
    parts.map(|part| part.as_os_str().to_str().expect("plain names")).collect::<Vec<_>>().join("/")
}

fn with_ending(below: &str, ending: &str) -> Vec<(String, String)> {
    files(below)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == ending))
        .map(|path| (shown(&path), fs::read_to_string(&path).expect("text in UTF-8")))
        .collect()
}

#[test]
fn every_source_file_opens_with_its_essay() {
    let sources = ["crates", "tests", "benches"].map(|below| with_ending(below, "rs")).concat();
    assert!(50 < sources.len());
    for (path, text) in sources {
        assert!(text.starts_with("//! "), "{path} says what it is");
    }
    let parts = ["js", "mjs", "css"].map(|ending| with_ending("", ending)).concat();
    assert!(5 < parts.len());
    for (path, text) in parts {
        assert!(text.starts_with("// ") || text.starts_with("/* "), "{path} says what it is");
    }
}

#[test]
fn a_file_holds_one_idea() {
    for (path, text) in ["rs", "js", "css"].map(|ending| with_ending("crates", ending)).concat() {
        let lines = text.lines().count();
        let may = LONG.iter().any(|(long, _)| *long == path);
        assert!(lines <= LINES_MAX || may, "{path} has {lines} lines");
    }
    for (long, because) in LONG {
        let lines = fs::read_to_string(root().join(long)).expect("it is there").lines().count();
        assert!(LINES_MAX < lines && !because.is_empty(), "{long} needs no exception any more");
    }
}

#[test]
fn nothing_unsafe_unfinished_or_left_over_is_in_the_code() {
    let banned = [
        concat!("unsafe", " {"),
        concat!("unsafe", " fn"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[ign", "ore"),
        concat!("FIX", "ME"),
    ];
    let in_crates = [concat!("print", "ln!("), concat!("eprint", "ln!("), concat!("print", "!(")];
    for (path, text) in ["crates", "tests", "benches"].map(|below| with_ending(below, "rs")).concat() {
        let also = if path.starts_with("crates") { &in_crates[..] } else { &[] };
        for word in banned.iter().chain(also) {
            assert!(!text.contains(word), "{path} holds {word}");
        }
    }
}

/// A path is displayed by one door, as its name is a stranger's text; what lies behind that of a text is for two files.
#[test]
fn names_of_files_and_text_of_logs_have_one_door() {
    for (path, text) in ["crates/report", "crates/keytrace"].map(|below| with_ending(below, "rs")).concat() {
        assert!(!text.contains(concat!(".disp", "lay()")), "{path} displays a path by itself");
        let opens = text.contains(concat!(".as_pa", "th()")) || text.contains(concat!(".to_by", "tes()"));
        let may = path.starts_with("crates/keytrace/") || path == "crates/report/src/untrusted.rs";
        assert!(may || !opens, "{path} opens what only an escaper may");
    }
    let untrusted = fs::read_to_string(root().join("crates/report/src/untrusted.rs")).expect("it is there");
    for way in ["fmt::Display for Untrusted", "Deref for Untrusted", "AsRef<str> for Untrusted", "Borrow<str>"] {
        assert!(!untrusted.contains(way), "a way out that escapes nothing: {way}");
    }
}

/// An `allow` says why, in the same line, the line above or by the attribute's `reason`.
#[test]
fn every_exception_from_a_lint_has_its_reason() {
    for (path, text) in with_ending("crates", "rs") {
        let lines: Vec<&str> = text.lines().collect();
        for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("#[allow(")) {
            let before = place.checked_sub(1).map_or("", |before| lines[before].trim_start());
            assert!(line.contains("//") || line.contains("reason") || before.starts_with("//"), "{path}: {line}");
        }
    }
}

/// The names of the dependencies of a crate, those for its tests set aside.
fn dependencies(of: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("crates").join(of).join("Cargo.toml")).expect("a manifest");
    let section = manifest.split("[dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let name = |line: &str| line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    section.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(name).collect()
}

fn crates() -> Vec<String> {
    let folders = fs::read_dir(root().join("crates")).expect("there are crates").map(|entry| entry.expect("an entry"));
    let mut names: Vec<String> = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("plain names"))
        .collect();
    names.sort();
    names
}

#[test]
fn manifests_prove_what_is_absent() {
    assert_eq!(crates(), ["accesslog", "detect", "keytrace", "report", "scan"]);
    let only = |owner: &str, names: &[&str]| {
        for name in names {
            for other in crates().iter().filter(|other| *other != owner) {
                assert!(!dependencies(other).contains(*name), "{other} lists {name}, which is for {owner} alone");
            }
        }
    };
    only("scan", &["rayon", "flate2", "zlib-rs", "zstd", "ruzstd", "bzip2", "bzip2-rs", "xz2", "liblzma", "lzma-rs"]);
    only("scan", &["lz4_flex", "zip", "tar", "ignore", "globset", "memmap2"]);
    only("accesslog", &["nom"]);
    only("report", &["serde_json", "anstyle"]);
    // States say what they are made of (`serde`); how they lie in a file is for who reads and writes files.
    only("scan", &["postcard"]);
    only("keytrace", &["toml"]);
    // Calendars and zones are for who talks to people: what is shown to them, and what they ask for.
    for name in crates().iter().filter(|name| !["report", "keytrace"].contains(&name.as_str())) {
        assert!(!dependencies(name).contains("jiff"), "{name} lists jiff, which is for who talks to people");
    }
    only("keytrace", &["clap", "clap_complete", "clap_mangen", "indicatif", "terminal_size"]);
    only("report", &["csv", "uuid"]);
    let lists = |of: &str, name: &str| dependencies(of).contains(name);
    assert!(lists("scan", "rayon") && lists("scan", "flate2") && lists("accesslog", "nom"), "the test reads manifests");
    for absent in ["scan", "report", "keytrace"] {
        assert!(!lists("detect", absent), "detect knows no {absent}");
    }
    for absent in ["detect", "report", "keytrace"] {
        assert!(!lists("scan", absent), "scan knows no {absent}");
    }
    let own: Vec<String> = crates().into_iter().filter(|name| lists("accesslog", name)).collect();
    assert!(own.is_empty(), "accesslog knows nobody");
}

/// A form is one file that holds its writer, by its name, and one name in the list.
#[test]
fn every_form_of_report_is_one_file_and_one_name() {
    let writers: BTreeSet<String> = with_ending("crates/report/src", "rs")
        .into_iter()
        .flat_map(|(path, text)| {
            let count = text.matches("\nimpl Render for ").count();
            assert!(count <= 1, "{path} holds {count} forms");
            (count == 1).then_some(path)
        })
        .collect();
    let listed: BTreeSet<String> =
        RENDERERS.iter().map(|form| format!("crates/report/src/{}.rs", form.name().replace('-', "_"))).collect();
    assert_eq!(writers, listed);
}

#[test]
fn every_dependency_is_explained() {
    let map = fs::read_to_string(root().join("crates/README.md")).expect("the map");
    for name in crates() {
        for dependency in dependencies(&name).into_iter().filter(|name| !crates().contains(name)) {
            assert!(map.contains(&format!("| `{dependency}` |")), "crates/README.md says why {name} has {dependency}");
        }
    }
}

/// Catalogues that are sorted within their sections. The others are in the order of whose things they name.
const SORTED: [&str; 1] = ["schemes.txt"];

#[test]
fn catalogues_are_tidy() {
    let catalogues = with_ending("crates/detect/catalog", "txt");
    assert!(!catalogues.is_empty());
    for (path, text) in catalogues {
        assert!(text.starts_with("# "), "{path} says what it is");
        let mut section: Vec<&str> = Vec::new();
        for line in text.lines().chain([""]) {
            if line.is_empty() || line.starts_with('#') {
                check_section(&path, &section);
                section.clear();
                continue;
            }
            let (entry, comment) = line.split_once(" # ").unwrap_or_else(|| panic!("{path}: {line}: no comment"));
            assert!(2 <= entry.split_whitespace().count() && !comment.trim().is_empty(), "{path}: {line}");
            assert!(line.trim_end() == line, "{path}: {line}: blanks at its end");
            section.push(entry.split_whitespace().next().expect("an entry"));
        }
    }
}

fn check_section(path: &str, section: &[&str]) {
    let names: BTreeSet<&str> = section.iter().copied().collect();
    assert_eq!(names.len(), section.len(), "{path}: a line twice among {section:?}");
    if SORTED.iter().any(|sorted| path.ends_with(sorted)) {
        assert!(section.is_sorted(), "{path} is sorted");
    }
}

/// Text files of the repository, by their endings or names.
fn texts() -> Vec<(String, Vec<u8>)> {
    let is_text = |path: &Path| {
        let endings = ["rs", "toml", "md", "txt", "lock", "log", "json", "ndjson", "run", "yml", "js", "mjs", "css"];
        let extension = path.extension().and_then(|extension| extension.to_str());
        // What a fuzzer found is bytes, and says nothing.
        let is_input = path.components().any(|part| part.as_os_str() == "regressions");
        !is_input && extension.is_none_or(|extension| endings.contains(&extension))
    };
    let all = files("").into_iter().filter(|path| is_text(path));
    all.map(|path| (shown(&path), fs::read(&path).expect("it can be read"))).collect()
}

#[test]
fn text_files_end_with_a_line_feed() {
    for (path, text) in texts() {
        assert!(text.is_empty() || text.ends_with(b"\n"), "{path}");
    }
}

#[test]
fn the_project_speaks_of_itself_alone() {
    // Written in two, since this file is among those that are read.
    let banned = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/ci"), concat!("issue", " #")];
    for (path, text) in texts().into_iter().filter(|(path, _)| !path.starts_with("samples/")) {
        // What knows the files of servers knows the home of their administrator.
        let may = |word: &str| path.starts_with("crates/detect/") && word.starts_with("/ro");
        for word in banned.into_iter().filter(|word| !may(word)) {
            let found = text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
            assert!(!found, "{path} holds {word}");
        }
    }
}

/// The text between two marks of the README.
fn section(name: &str, wanted: &str) {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).expect("the README");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let start = readme.find(&begin).unwrap_or_else(|| panic!("README.md has a place for {name}")) + begin.len();
    let length = readme[start..].find(&end).unwrap_or_else(|| panic!("{name} has an end"));
    if is_blessing() {
        let renewed = format!("{}{wanted}{}", &readme[..start], &readme[start + length..]);
        fs::write(&path, renewed).expect("the README is renewed");
        return;
    }
    assert!(readme[start..start + length] == *wanted, "README.md's {name} should be:\n{wanted}");
}

/// What stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn formats() -> String {
    let mut table = "| format | what it is |\n| --- | --- |\n".to_owned();
    for format in FORMATS {
        writeln!(table, "| `{}` | {} |", format.name(), cell(format.about())).expect("memory");
    }
    table
}

fn signals() -> String {
    let mut table = "| signal | speaks of | ATT&CK | what it sees | what is innocent |\n".to_owned();
    table.push_str("| --- | --- | --- | --- | --- |\n");
    for signal in SIGNALS {
        let role = signal.role().name();
        let (name, technique) = (signal.name(), signal.technique().unwrap_or(""));
        let (about, twin) = (cell(signal.about()), cell(signal.twin()));
        writeln!(table, "| `{name}` | {role} | {technique} | {about} | {twin} |").expect("memory");
    }
    table
}

fn reports() -> String {
    let mut table = "| form | ending | what it is for |\n| --- | --- | --- |\n".to_owned();
    for form in RENDERERS {
        let endings: Vec<String> = form.extensions().iter().map(|ending| format!("`.{ending}`")).collect();
        writeln!(table, "| `{}` | {} | {} |", form.name(), endings.join(" "), cell(form.about())).expect("memory");
    }
    table
}

/// The exit codes, as the help tells them. Help is as wide as the terminal, so it is asked for where there is none.
fn exit_codes() -> String {
    let help = crate::program::spawned(&["--help".as_ref()], &[("COLUMNS", "100")]);
    let text = String::from_utf8(help.out).expect("help is UTF-8");
    let (_, codes) = text.split_once("Exit codes:\n").expect("the help tells the exit codes");
    let mut table = "| code | means |\n| --- | --- |\n".to_owned();
    for line in codes.lines().take_while(|line| line.starts_with("  ")) {
        let (code, meaning) = line.trim_start().split_once("  ").expect("a code and what it means");
        writeln!(table, "| {code} | {meaning} |").expect("memory");
    }
    table
}

#[test]
fn the_tables_of_the_readme_are_those_of_the_program() {
    section("formats", &formats());
    section("signals", &signals());
    section("reports", &reports());
    section("exit codes", &exit_codes());
}

#[test]
fn the_run_in_the_readme_is_true() {
    let run = crate::program::keytrace(["demo"]);
    let story = run.text().split("\n\n2. ").next().expect("the demo has incidents");
    section("demo", &format!("```text\n{}\n```\n", story.trim_end()));
}

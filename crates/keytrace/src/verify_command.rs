//! The command `verify`: is what a saved report says still there to be seen?
//!
//! A report is evidence if another person, on another day, can take the same logs and see that every claim is in them.
//! Three things are asked: whether the report is as it was written (its seal), whether each file is the one that was
//! read (its digest), and whether each line that the report names stands where it did, byte for byte. What cannot be
//! asked, since a file is not there, is told as such and is no confirmation.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use report::Document;
use report::Untrusted;
use report::document::{Seal, read_with_seal};
use report::show::{Shown, named};
use scan::{Config, Inputs, Met, sha256_of_file, walk};
use sha2::{Digest, Sha256};

use crate::arguments::VerifyOptions;
use crate::{Exit, output, say};

/// How many lines that changed are named.
const CHANGED_MAX: usize = 20;

/// Checks a saved report against the logs.
pub(crate) fn verify(options: &VerifyOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let read = File::open(&options.report).map_err(Into::into).and_then(|file| read_with_seal(BufReader::new(file)));
    let (document, seal) = match read {
        Ok(read) => read,
        Err(error) => {
            say(stderr, &format!("{}: {error}", named(&options.report)));
            return Exit::Usage;
        }
    };
    let inputs = Inputs::find(paths_of(options, &document));
    let checked = Checked { seal, files: files(&document, &inputs), lines: lines(&document, &inputs) };
    match checked.tell(stdout) {
        Ok(()) => checked.exit(),
        Err(error) => output::failed(stderr, "standard output", &error),
    }
}

/// The paths to look at: those that were given, or those that the report names.
fn paths_of(options: &VerifyOptions, document: &Document) -> Vec<PathBuf> {
    if !options.paths.is_empty() {
        return options.paths.clone();
    }
    let paths: BTreeSet<PathBuf> =
        document.scan.inputs.iter().map(|input| file_of(plain(&input.path)).into()).collect();
    paths.into_iter().collect()
}

/// The file that a source lies in: `logs.tar` of `logs.tar!access.log`.
pub(crate) fn file_of(path: &str) -> &str {
    if Path::new(path).is_file() {
        return path;
    }
    path.split_once('!').map_or(path, |(file, _)| file)
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Confirmed,
    Changed,
    /// What it is about is not there.
    Missing,
}

struct Checked {
    seal: Seal,
    /// Each file with a digest, and what became of it.
    files: Vec<(String, Standing)>,
    /// Each line that a finding names, by source, line and record.
    lines: Vec<((Untrusted, u64, u32), Standing)>,
}

/// The paths that are at hand, to be paired with those of a report. The logs may have been moved since: where a path is not
/// there, one of the same name is taken, if there is but one.
struct AtHand<'a> {
    paths: HashSet<&'a str>,
    by_name: HashMap<&'a str, Option<&'a str>>,
    by_unpacked: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> AtHand<'a> {
    fn of(paths: &'a [String]) -> AtHand<'a> {
        let only = |name: fn(&str) -> &str| {
            let mut named: HashMap<&str, Option<&str>> = HashMap::new();
            for path in paths {
                named.entry(name(path)).and_modify(|only| *only = None).or_insert(Some(path));
            }
            named
        };
        AtHand {
            paths: paths.iter().map(String::as_str).collect(),
            by_name: only(name),
            by_unpacked: only(name_unpacked),
        }
    }

    fn find(&self, wanted: &str) -> Option<&'a str> {
        let alike = |named: &HashMap<&'a str, Option<&'a str>>, name| named.get(name).copied().flatten();
        let same = self.paths.get(wanted).copied();
        same.or_else(|| alike(&self.by_name, name(wanted))).or_else(|| alike(&self.by_unpacked, name_unpacked(wanted)))
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The name without the ending of its compression: the text within is the same, and lines stand at the same bytes.
fn name_unpacked(path: &str) -> &str {
    let endings = [".gz", ".zst", ".bz2", ".xz", ".lz4"];
    endings.iter().find_map(|ending| name(path).strip_suffix(ending)).unwrap_or(name(path))
}

fn files(document: &Document, inputs: &Inputs) -> Vec<(String, Standing)> {
    let wanted: BTreeMap<&str, &str> = document
        .scan
        .inputs
        .iter()
        .filter_map(|input| Some((file_of(plain(&input.path)), input.sha256.as_deref()?)))
        .collect();
    let paths: Vec<String> = inputs.sources.iter().map(|source| text(&source.path)).collect();
    let at_hand = AtHand::of(&paths);
    let standing = |path: &str, digest: &str| {
        let now = at_hand
            .find(path)
            .filter(|now| name(now) == name(path))
            .and_then(|path| sha256_of_file(Path::new(path), || true).ok());
        match now.map(|now| report::hex(&now) == digest) {
            Some(true) => Standing::Confirmed,
            Some(false) => Standing::Changed,
            None => Standing::Missing,
        }
    };
    wanted.into_iter().map(|(path, digest)| (path.to_owned(), standing(path, digest))).collect()
}

fn lines(document: &Document, inputs: &Inputs) -> Vec<((Untrusted, u64, u32), Standing)> {
    type Place = (u64, u32);
    let mut wanted: BTreeMap<&str, HashMap<Place, (&str, Option<bool>)>> = BTreeMap::new();
    for (_, finding) in document.findings() {
        let source = &finding.source;
        wanted.entry(plain(&source.path)).or_default().insert((source.offset, source.record), (&source.sha256, None));
    }
    // The sources at hand are known once they are met, those in archives too.
    let met: Vec<String> = {
        let mut met = Vec::new();
        walk(inputs, &Config::default(), &mut |at| {
            if let Met::Source(source) = at {
                met.push(text(&source.path));
            }
            false
        });
        met
    };
    let at_hand = AtHand::of(&met);
    let named: HashMap<String, &str> =
        wanted.keys().filter_map(|path| Some((at_hand.find(path)?.to_owned(), *path))).collect();
    let are_there: HashSet<&str> = named.values().copied().collect();
    walk(inputs, &Config::default(), &mut |at| match at {
        Met::Source(source) => named.contains_key(&text(&source.path)),
        Met::Line(source, seen) => {
            let claims = named.get(&text(&source.path)).and_then(|path| wanted.get_mut(path));
            let Some(claims) = claims else { return false };
            let place = (seen.line.at.offset, seen.line.at.record.max(1));
            if let Some((digest, is_there)) = claims.get_mut(&place) {
                *is_there = Some(report::hex(&Sha256::digest(seen.line.bytes)) == *digest);
            }
            true
        }
        Met::Torn(..) => true,
    });
    let standing = |path: &str, place: &Place| match wanted[path][place].1 {
        // A report with pseudonyms holds no digest of a line.
        _ if wanted[path][place].0.is_empty() => Standing::Missing,
        Some(true) => Standing::Confirmed,
        // The source is there, and no record begins where this one did.
        Some(false) => Standing::Changed,
        None if are_there.contains(path) => Standing::Changed,
        None => Standing::Missing,
    };
    let mut lines: Vec<_> = document
        .findings()
        .map(|(_, finding)| {
            let source = &finding.source;
            let place = (source.path.clone(), source.line, source.record);
            (place, standing(plain(&source.path), &(source.offset, source.record)))
        })
        .collect();
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    lines.dedup();
    lines
}

/// A path as a report writes it, to be compared with one of a report.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A path of a report, to be compared and opened.
fn plain(path: &Untrusted) -> &str {
    path.as_path().to_str().unwrap_or_default()
}

impl Checked {
    fn tell(&self, out: &mut dyn Write) -> io::Result<()> {
        match &self.seal {
            Seal::Whole(digest) => writeln!(out, "report   as it was written (SHA-256 {digest})")?,
            Seal::Broken => writeln!(out, "report   CHANGED since it was written: its rows are not those of its seal")?,
            Seal::Missing => writeln!(out, "report   bears no seal: its end is missing")?,
        }
        for (path, standing) in &self.files {
            let standing = match standing {
                Standing::Confirmed => "as it was read",
                Standing::Changed => "CHANGED since it was read",
                Standing::Missing => "not there to be checked",
            };
            writeln!(out, "file     {}: {standing}", Shown(path.as_bytes()))?;
        }
        let count = |wanted: Standing| self.lines.iter().filter(|(_, standing)| *standing == wanted).count();
        let (confirmed, missing) = (count(Standing::Confirmed), count(Standing::Missing));
        let missing = if missing == 0 { String::new() } else { format!(", {missing} not there to be checked") };
        writeln!(out, "lines    {confirmed} of {} stand where they did, byte for byte{missing}", self.lines.len())?;
        let changed = self.lines.iter().filter(|(_, standing)| *standing == Standing::Changed);
        for ((path, line, record), _) in changed.clone().take(CHANGED_MAX) {
            let record = if *record == 1 { String::new() } else { format!(", record {record}") };
            writeln!(out, "CHANGED  {}:{line}{record}", path.on_terminal())?;
        }
        match changed.count().saturating_sub(CHANGED_MAX) {
            0 => Ok(()),
            more => writeln!(out, "         and {more} more"),
        }
    }

    fn exit(&self) -> Exit {
        let standings = || self.files.iter().map(|file| file.1).chain(self.lines.iter().map(|line| line.1));
        match () {
            () if self.seal == Seal::Broken || standings().any(|standing| standing == Standing::Changed) => Exit::Found,
            () if self.seal == Seal::Missing || standings().any(|standing| standing == Standing::Missing) => {
                Exit::Incomplete
            }
            () => Exit::Clean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_moved_is_found_by_its_name_if_it_has_but_one() {
        let paths = ["/new/a.log", "/new/b.log", "/other/b.log"].map(str::to_owned);
        let at_hand = AtHand::of(&paths);
        assert_eq!(at_hand.find("/old/a.log"), Some("/new/a.log"));
        assert_eq!(at_hand.find("/other/b.log"), Some("/other/b.log"));
        assert_eq!(at_hand.find("/old/b.log"), None, "which of the two?");
        assert_eq!(at_hand.find("/old/c.log"), None);
        assert_eq!(at_hand.find("/old/a.log.gz"), Some("/new/a.log"));
    }
}

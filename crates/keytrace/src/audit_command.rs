//! The command `audit`: what logs fail to record, and what is wrong or dangerous in them.
//!
//! Which logs are parts of one stream is known by their names alone: those of one folder that differ in numbers only
//! (`access.log`, `access.log.2.gz`, `access.log-20240501`). An hour is missing where no part has it, and a part is
//! missing where its neighbours are there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use report::audit::{AuditInput, AuditReport, write_ndjson, write_text};
use report::show::{Shown, named};
use scan::{Account, Condition};

use crate::arguments::AuditOptions;
use crate::job::Job;
use crate::output;
use crate::{Exit, say};

/// How many files may be missing from a rotated log for each to be named.
const MISSING_MAX: usize = 50;

/// Audits what the paths name.
pub(crate) fn audit(options: &AuditOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let job = match Job::of(&options.logs).and_then(|job| job.performing(options.performance)) {
        Ok(job) => job,
        Err(because) => {
            say(stderr, &because);
            return Exit::Usage;
        }
    };
    let (place, is_ndjson) =
        match output::text_or_ndjson(options.output.as_deref(), options.output_format.as_deref(), &job.inputs, "audit")
        {
            Ok(output) => output,
            Err((because, exit)) => {
                say(stderr, &because);
                return exit;
            }
        };
    let (audit, account) = match job.audit() {
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
    let has_loss = account.has_loss();
    let (inputs, kinds) = inputs(account);
    let missing = missing(inputs.iter().map(|input| input.path.as_path()));
    let report = AuditReport::new(env!("CARGO_PKG_VERSION"), inputs, &missing, audit.finish(&kinds));
    let written = place.write(stdout, &mut |out| match is_ndjson {
        true => write_ndjson(out, &report),
        false => write_text(out, &report),
    });
    match written {
        Err(error) => {
            let name = options.output.as_ref().map_or("standard output".to_owned(), |path| named(path).to_string());
            output::failed(stderr, &name, &error)
        }
        Ok(()) if has_loss => Exit::Incomplete,
        Ok(()) => Exit::Clean,
    }
}

/// The logs that were read, and the numbers of those that are of one kind each.
fn inputs(account: Account) -> (Vec<AuditInput>, Vec<Vec<u32>>) {
    let mut kinds: BTreeMap<(Option<&'static str>, String), usize> = BTreeMap::new();
    let mut numbers: Vec<Vec<u32>> = Vec::new();
    let mut inputs = Vec::new();
    for source in account.sources {
        let cut_short = match source.condition {
            Condition::Complete => None,
            Condition::Incomplete(because) => Some(because),
            Condition::Unread(_) | Condition::NoLog(_) => continue,
        };
        let next = numbers.len();
        let kind = *kinds.entry((source.format, stem(&source.path).0)).or_insert(next);
        numbers.resize(numbers.len().max(kind + 1), Vec::new());
        numbers[kind].push(source.number);
        inputs.push(AuditInput {
            number: source.number,
            path: source.path,
            format: source.format,
            census: source.census,
            is_last_line_open: source.is_last_line_open,
            cut_short,
            kind,
        });
    }
    (inputs, numbers)
}

/// A path with its numbers set aside, the endings of compression off, and those numbers.
fn stem(path: &Path) -> (String, Vec<u64>) {
    let text = path.to_string_lossy();
    let bare = ["gz", "zst", "bz2", "xz", "lz4"].iter().find_map(|ending| text.strip_suffix(&format!(".{ending}")));
    let text = bare.unwrap_or(&text);
    let folder = text.rfind('/').map_or(0, |at| at + 1);
    let mut stem = text[..folder].to_owned();
    let mut numbers = Vec::new();
    let mut digits = String::new();
    for letter in text[folder..].chars().chain(['\0']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            stem.push('#');
            numbers.push(digits.parse().unwrap_or(u64::MAX));
            digits.clear();
        }
        stem.push(letter);
    }
    // The newest part of a rotated log has no number: `access.log` beside `access.log.1`.
    let name = stem.trim_end_matches('\0').trim_end_matches(['#', '.', '-', '_']);
    (name.to_owned(), numbers)
}

/// The parts of logs rotated by number that are not there, though later ones are.
fn missing<'p>(paths: impl Iterator<Item = &'p Path>) -> Vec<String> {
    let mut sets: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for path in paths {
        if let (stem, numbers) = stem(path)
            && let [number] = numbers[..]
            && number < 1000
        {
            sets.entry(stem).or_default().insert(number);
        }
    }
    let holes = |(stem, numbers): (&String, &BTreeSet<u64>)| {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Vec::new() };
        // Two of a hundred numbers are no rotation.
        let is_rotation = 3 <= numbers.len() && (last - first) < 2 * numbers.len() as u64;
        let holes = (*first..*last).filter(|number| is_rotation && !numbers.contains(number));
        holes.map(|number| format!("{stem}.{number}")).collect::<Vec<_>>()
    };
    sets.iter().flat_map(holes).take(MISSING_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_log_differ_in_numbers_alone() {
        let of = |path: &str| stem(Path::new(path)).0;
        assert_eq!(of("/l/access.log"), of("/l/access.log.2.gz"));
        assert_eq!(of("/l/access.log"), of("/l/access.log-20240501"));
        assert_ne!(of("/l/access.log"), of("/m/access.log"));
        assert_ne!(of("/l/access.log"), of("/l/error.log"));
    }

    #[test]
    fn a_hole_in_a_rotation_is_a_missing_file() {
        let holes = |names: &[&str]| missing(names.iter().map(Path::new));
        assert_eq!(holes(&["a.log", "a.log.1", "a.log.2.gz", "a.log.4.gz"]), ["a.log.3"]);
        assert_eq!(holes(&["a.log.1", "a.log.2", "a.log.3"]), [] as [&str; 0]);
        assert_eq!(holes(&["blog-2015.log", "shop-2019.log", "x-2016.log"]), [] as [&str; 0]);
        assert_eq!(holes(&["a1.log", "a7.log", "a90.log"]), [] as [&str; 0]);
    }
}

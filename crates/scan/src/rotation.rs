//! The order of the files of a rotated log: the oldest first.
//!
//! Rotation renames. `access.log.2.gz` is older than `access.log.1`, which is older than `access.log`; with dates in
//! names, `access.log-20240501` is older than `access.log-20240502`. Names alone decide, as times of files are changed by
//! whoever copies them.

use std::path::{Path, PathBuf};

/// The endings of compressed files, which say nothing of a log's age.
const PACKED_ENDINGS: [&str; 10] = ["gz", "zst", "bz2", "xz", "lz4", "zip", "tar", "tgz", "tzst", "txz"];

/// How many digits the number of a rotation has at most; longer ones are dates (`20240501`) or seconds since 1970.
const ROTATION_DIGITS_MAX: usize = 5;

/// What sources are sorted by: directory and name of the log as it is written, then age, then the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    log: PathBuf,
    age: Age,
    path: PathBuf,
}

/// Where a file stands among those of one log, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// Put away at a time that the name says: the digits of the time.
    At(u64),
    /// Put away that many rotations ago. Negative, so that more is earlier.
    Rotations(i64),
    /// Still written to.
    Current,
}

impl Order {
    pub(crate) fn of(path: &Path) -> Order {
        let (log, age) = match path.file_name().and_then(|name| name.to_str()) {
            None => (path.to_path_buf(), Age::Current),
            Some(name) => {
                let (log, age) = of_name(without_packing(name));
                (path.with_file_name(log), age)
            }
        };
        Order { log, age, path: path.to_path_buf() }
    }

    /// Whether both are files of one log.
    pub(crate) fn is_of_same_log(&self, other: &Order) -> bool {
        self.log == other.log
    }
}

/// Whether a file is packed, as its name says.
pub(crate) fn is_packed(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| PACKED_ENDINGS.contains(&ending))
}

fn without_packing(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && PACKED_ENDINGS.contains(&ending) => without_packing(stem),
        _ => name,
    }
}

/// The name of the log that a file is a part of, and the part's age.
fn of_name(name: &str) -> (String, Age) {
    // `access.log.3`
    if let Some((log, digits)) = name.rsplit_once('.')
        && (1..=ROTATION_DIGITS_MAX).contains(&digits.len())
        && let Ok(rotations) = digits.parse::<u32>()
    {
        return (log.to_owned(), Age::Rotations(-i64::from(rotations)));
    }
    match time_in(name) {
        Some((start, end, digits)) => (format!("{}{}", &name[..start], &name[end..]), Age::At(digits)),
        None => (name.to_owned(), Age::Current),
    }
}

/// The last run of digits and separators that is a date or longer, the separator before it included, and its digits as
/// one number.
fn time_in(name: &str) -> Option<(usize, usize, u64)> {
    let bytes = name.as_bytes();
    let is_separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.' | b'T' | b':');
    let mut end = bytes.len();
    while let Some(last) = bytes[..end].iter().rposition(u8::is_ascii_digit) {
        let run = bytes[..=last].iter().rposition(|byte| !byte.is_ascii_digit() && !is_separator(*byte));
        let start = run.map_or(0, |before| before + 1);
        let digits: String = name[start..=last].chars().filter(char::is_ascii_digit).collect();
        // Within the year 1970 and the largest number that 64 bits hold.
        if (ROTATION_DIGITS_MAX + 1..=18).contains(&digits.len()) {
            // A date is compared with a date and a time: both are made as long.
            let number = format!("{digits:0<18}").parse().expect("18 digits are a number of 64 bits");
            return Some((start, last + 1, number));
        }
        end = start;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(oldest_first: &[&str]) {
        let mut names: Vec<&str> = oldest_first.to_vec();
        names.sort_unstable();
        names.sort_by_cached_key(|name| Order::of(Path::new(name)));
        assert_eq!(names, oldest_first);
    }

    #[test]
    fn numbered_rotations_come_before_what_is_written_to() {
        check(&["access.log.10.gz", "access.log.2.gz", "access.log.1", "access.log", "error.log.1", "error.log"]);
    }

    #[test]
    fn dates_in_names_are_ages() {
        check(&["access.log-20231231.gz", "access.log-20240501.gz", "access.log-20240502", "access.log"]);
        check(&["access-2024-04-30.log.zst", "access-2024-05-01.log", "access.log"]);
        check(&["access_log.1714521600", "access_log.1714608000", "access_log"]);
        check(&["u_ex240501.log", "u_ex240502.log"]);
        check(&["access.log-20240501-01.gz", "access.log-20240501-13.gz"]);
    }

    #[test]
    fn other_numbers_are_names() {
        check(&["web1.log", "web2.log", "web2.log.gz"]);
        check(&["a/access.log.1", "a/access.log", "b/access.log.1", "b/access.log"]);
        check(&[".gz", "access.log"]);
    }
}

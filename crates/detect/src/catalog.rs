//! What is known beforehand: names of files, hosts, paths and words, each a line in `catalog/*.txt`.
//!
//! The lists are knowledge, this file is mechanism. A line has a pattern, a word that grades it, and after a
//! `#` what it holds, which reports say to people.
//!
//! # Patterns of files
//!
//! A pattern is matched against the end of a path, segment by segment, in lower case. In a segment `*` stands
//! for any bytes, `+` for at least one, `@` for at least one but no dot, `&` for at least one letter and nothing else,
//! `?` for one, `#` for a digit, and `<doc>`, `<cnf>`, `<arc>`, `<bak>`, `<src>` for an ending of that class. A `/` at the beginning ties the pattern to the root; one at the end makes it a
//! folder, which may stand anywhere in the path. `?name=value` is a parameter.

use std::borrow::Cow;
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use crate::host::Reach;

/// How telling it is to reach for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    /// Not at all: the rule exempts what another would catch.
    None,
    /// It is often public on purpose.
    Weak,
    /// It is seldom public on purpose.
    Fair,
    /// It holds secrets, if it is what its name says.
    Likely,
    /// Nobody asks for it in good faith, however many ask.
    Strong,
}

/// A kind of files: one signal, one catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Credential,
    Configuration,
    Backup,
    Repository,
    Debug,
    Log,
}

/// The longest name of a file, in bytes.
const SEGMENT_BYTES_MAX: usize = 255;

/// A rule for names of files, paths or parameters.
#[derive(Debug)]
pub(crate) struct FileRule {
    pub(crate) kind: Kind,
    pub(crate) grade: Grade,
    /// What such a file holds.
    pub(crate) holds: &'static str,
    pattern: Pattern,
}

#[derive(Debug)]
enum Pattern {
    /// The last segments of a path, tied to its root or not, of a file or of a folder.
    Tail { segments: Vec<&'static str>, is_root: bool, is_folder: bool },
    /// A folder anywhere in a path.
    Folder(Vec<&'static str>),
    /// A parameter.
    Param(&'static str),
}

/// A rule for hosts.
#[derive(Debug)]
pub(crate) struct HostRule {
    /// An address, a name, or a zone that begins with a dot.
    pub(crate) pattern: &'static str,
    /// What the host is; [`Reach::Public`] for a zone whose names hold an address.
    pub(crate) reach: Reach,
    /// Whose it is or what it is.
    pub(crate) what: &'static str,
}

/// A text that tells by itself, wherever it stands.
#[derive(Debug)]
pub(crate) struct TextRule {
    pub(crate) text: &'static str,
    pub(crate) grade: Grade,
    pub(crate) what: &'static str,
}

/// What an answer to a path of a metadata service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Answer {
    /// Facts about the machine.
    Inside,
    /// Names of roles; with a name behind the path, the role's keys.
    List,
    /// Keys or tokens.
    Secret,
}

/// A rule for paths of metadata services.
#[derive(Debug)]
pub(crate) struct MetadataRule {
    pub(crate) text: &'static str,
    /// Whether the path is used elsewhere too, so that it tells only beside an internal host.
    pub(crate) is_common: bool,
    pub(crate) answer: Answer,
    pub(crate) what: &'static str,
}

/// What the name of a parameter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParamKind {
    Redirect,
    /// Only in the catalogue: a name with such a word in it is of the kind [`ParamKind::Redirect`].
    RedirectWord,
    Search,
    Select,
}

pub(crate) static HOSTS: LazyLock<Vec<HostRule>> = LazyLock::new(|| {
    entries(include_str!("../catalog/hosts.txt"))
        .map(|(pattern, word, what)| {
            let reach = match word {
                "metadata" => Reach::Metadata,
                "loopback" => Reach::Loopback,
                "internal" => Reach::InternalName,
                "callback" => Reach::Callback,
                "embeds" => Reach::Public,
                _ => unreachable!("hosts.txt: {word} is no word for a host"),
            };
            HostRule { pattern, reach, what }
        })
        .collect()
});

pub(crate) static FILES: LazyLock<Vec<FileRule>> = LazyLock::new(|| {
    let kinds = [
        (Kind::Credential, include_str!("../catalog/credential-files.txt")),
        (Kind::Configuration, include_str!("../catalog/configuration-files.txt")),
        (Kind::Backup, include_str!("../catalog/backup-files.txt")),
        (Kind::Repository, include_str!("../catalog/repository-paths.txt")),
        (Kind::Debug, include_str!("../catalog/debug-paths.txt")),
        (Kind::Log, include_str!("../catalog/log-files.txt")),
    ];
    let rules = |(kind, text)| {
        entries(text).map(move |(text, word, holds)| FileRule {
            kind,
            grade: grade(word),
            holds,
            pattern: pattern(text),
        })
    };
    kinds.into_iter().flat_map(rules).collect()
});

pub(crate) static SYSTEM_FILES: LazyLock<Vec<TextRule>> =
    LazyLock::new(|| text_rules(include_str!("../catalog/system-files.txt")));

pub(crate) static SCHEMES: LazyLock<Vec<TextRule>> =
    LazyLock::new(|| text_rules(include_str!("../catalog/schemes.txt")));

pub(crate) static SECRET_WORDS: LazyLock<Vec<TextRule>> =
    LazyLock::new(|| text_rules(include_str!("../catalog/secret-words.txt")));

pub(crate) static METADATA_PATHS: LazyLock<Vec<MetadataRule>> = LazyLock::new(|| {
    entries(include_str!("../catalog/metadata-paths.txt"))
        .map(|(text, word, what)| {
            let answer = match word {
                "inside" => Answer::Inside,
                "list" => Answer::List,
                "secret" => Answer::Secret,
                _ => unreachable!("metadata-paths.txt: {word} is no word for an answer"),
            };
            MetadataRule { text: text.trim_start_matches('~'), is_common: text.starts_with('~'), answer, what }
        })
        .collect()
});

pub(crate) static PARAMS: LazyLock<Vec<(&'static str, ParamKind)>> = LazyLock::new(|| {
    entries(include_str!("../catalog/params.txt"))
        .map(|(name, word, _)| {
            let kind = match word {
                "redirect" => ParamKind::Redirect,
                "redirect-word" => ParamKind::RedirectWord,
                "search" => ParamKind::Search,
                "select" => ParamKind::Select,
                _ => unreachable!("params.txt: {word} is no kind of parameter"),
            };
            (name, kind)
        })
        .collect()
});

/// What the names of parameters tell, and which words in one tell that it names where to go next.
static PARAM_KINDS: LazyLock<(HashMap<&'static str, ParamKind>, HashSet<&'static str>)> = LazyLock::new(|| {
    let words = PARAMS.iter().filter(|(_, kind)| *kind == ParamKind::RedirectWord).map(|(word, _)| *word).collect();
    let wholes = PARAMS.iter().filter(|(_, kind)| *kind != ParamKind::RedirectWord).rev().copied().collect();
    (wholes, words)
});

/// What the name of a parameter tells, if anything. Brackets of a list (`fields[]`) do not count.
pub(crate) fn param_kind(name: &[u8]) -> Option<ParamKind> {
    let end = memchr::memchr(b'[', name).unwrap_or(name.len());
    let name = std::str::from_utf8(&name[..end]).ok()?;
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let name = if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_ascii_lowercase()) };
    let (wholes, words) = &*PARAM_KINDS;
    let of_word = || name.split(['_', '-', '.']).any(|word| words.contains(word)).then_some(ParamKind::Redirect);
    wholes.get(&*name).copied().or_else(of_word)
}

fn text_rules(text: &'static str) -> Vec<TextRule> {
    entries(text).map(|(text, word, what)| TextRule { text, grade: grade(word), what }).collect()
}

fn grade(word: &str) -> Grade {
    match word {
        "none" => Grade::None,
        "weak" => Grade::Weak,
        "fair" => Grade::Fair,
        "likely" => Grade::Likely,
        "strong" => Grade::Strong,
        _ => unreachable!("{word} is no grade"),
    }
}

/// The lines of a catalogue: pattern, word, comment.
fn entries(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")).map(|line| {
        let (rule, comment) = line
            .split_once("  # ")
            .or_else(|| line.split_once(" # "))
            .unwrap_or_else(|| unreachable!("{line}: no comment"));
        let (pattern, word) = rule.trim().split_once(' ').unwrap_or_else(|| unreachable!("{line}: no word"));
        (pattern, word.trim(), comment.trim())
    })
}

fn pattern(text: &'static str) -> Pattern {
    match text {
        _ if text.starts_with('?') => Pattern::Param(&text[1..]),
        _ if text.starts_with('/') => Pattern::Tail {
            segments: text.trim_matches('/').split('/').collect(),
            is_root: true,
            is_folder: text.ends_with('/'),
        },
        _ if text.ends_with('/') => Pattern::Folder(text[..text.len() - 1].split('/').collect()),
        _ => Pattern::Tail { segments: text.split('/').collect(), is_root: false, is_folder: false },
    }
}

/// The endings of each class that a pattern can name.
const CLASSES: [(&str, &[&str]); 5] = [
    (
        "<doc>",
        &[
            "json",
            "yml",
            "yaml",
            "xml",
            "ini",
            "conf",
            "cfg",
            "cnf",
            "config",
            "properties",
            "toml",
            "txt",
            "dat",
            "inc",
            "csv",
            "cmd",
            "xls",
            "xlsx",
            "sql",
            "db",
            "bak",
            "old",
            "env",
            "log",
        ],
    ),
    ("<cnf>", &["json", "yml", "yaml", "xml", "ini", "conf", "cfg", "cnf", "properties", "toml", "env", "inc"]),
    (
        "<arc>",
        &[
            "zip", "tar", "tgz", "tar.gz", "tar.bz2", "tar.xz", "gz", "bz2", "xz", "7z", "rar", "zst", "lz", "jar",
            "war",
        ],
    ),
    (
        "<bak>",
        &[
            "bak",
            "old",
            "orig",
            "save",
            "swp",
            "swo",
            "copy",
            "backup",
            "bk",
            "bkp",
            "txt",
            "dist",
            "sample",
            "example",
            "local",
            "production",
            "php",
            "yml",
            "zip",
            "tar.gz",
        ],
    ),
    (
        "<src>",
        &[
            "php", "php3", "php5", "php7", "phtml", "asp", "aspx", "ashx", "asmx", "jsp", "jspx", "cfm", "cgi", "pl",
            "py", "rb", "java", "cs", "vb", "lua", "sh", "inc", "sql", "xml", "yml", "yaml", "json", "ini", "conf",
            "env", "htm", "html", "js",
        ],
    ),
];

impl FileRule {
    /// Whether the rule holds for a path, given by its segments, `is_whole` if they begin at its root.
    pub(crate) fn matches(&self, segments: &[&[u8]], is_whole: bool) -> bool {
        // No file system has longer names; and the cost of a pattern grows with the square of the length.
        let fit = |pattern: &str, segment: &[u8]| {
            segment.len() <= SEGMENT_BYTES_MAX
                && ends_alike(pattern.as_bytes(), segment)
                && glob(pattern.as_bytes(), segment)
        };
        let fits = |patterns: &[&str], segments: &[&[u8]]| {
            patterns.iter().zip(segments).all(|(pattern, segment)| fit(pattern, segment))
        };
        match &self.pattern {
            Pattern::Tail { segments: patterns, is_root: true, .. } => {
                is_whole && segments.len() == patterns.len() && fits(patterns, segments)
            }
            Pattern::Tail { segments: patterns, is_root: false, .. } => {
                segments.len().checked_sub(patterns.len()).is_some_and(|start| fits(patterns, &segments[start..]))
            }
            Pattern::Folder(patterns) => segments.windows(patterns.len()).any(|window| fits(patterns, window)),
            Pattern::Param(_) => false,
        }
    }

    /// Whether what the rule knows is a file, and never a folder.
    pub(crate) fn is_of_files(&self) -> bool {
        matches!(self.pattern, Pattern::Tail { is_folder: false, .. })
            && matches!(self.kind, Kind::Backup | Kind::Configuration | Kind::Log)
    }

    /// Whether there is a dot in every path that the rule holds for.
    pub(crate) fn has_dot(&self) -> bool {
        match &self.pattern {
            Pattern::Tail { segments, .. } | Pattern::Folder(segments) => segments.iter().any(|one| one.contains('.')),
            Pattern::Param(_) => false,
        }
    }

    /// Whether what the rule knows is a parameter.
    pub(crate) fn is_of_params(&self) -> bool {
        matches!(self.pattern, Pattern::Param(_))
    }

    /// Whether the rule holds for a parameter.
    pub(crate) fn matches_param(&self, name: &[u8], value: &[u8]) -> bool {
        let Pattern::Param(pattern) = self.pattern else { return false };
        match pattern.split_once('=') {
            Some((want, glob_of_value)) => name == want.as_bytes() && glob(glob_of_value.as_bytes(), value),
            None => name == pattern.as_bytes() || name.is_empty() && value == pattern.as_bytes(),
        }
    }

    /// Literals of which one stands in everything the pattern matches, as long as can be.
    pub(crate) fn needles(&self) -> Vec<String> {
        let text = match &self.pattern {
            Pattern::Tail { segments, is_root, .. } => {
                format!("{}{}", if *is_root { "/" } else { "" }, segments.join("/"))
            }
            Pattern::Folder(segments) => segments.join("/"),
            Pattern::Param(text) => (*text).to_owned(),
        };
        let class = CLASSES.iter().find(|(class, _)| text.contains(class));
        let plain = class.map_or(text.clone(), |(class, _)| text.replace(class, "*"));
        let longest = plain.split(WILD).max_by_key(|run| run.len()).unwrap_or_default().to_owned();
        // `app.<arc>` has but `app.` for a literal, which stands in much; with each ending it is telling.
        let ended: Vec<String> = class
            .and_then(|(class, endings)| Some((text.split_once(class)?.0.rsplit(WILD).next()?, endings)))
            .map(|(before, endings)| endings.iter().map(|ending| format!("{before}{ending}")).collect())
            .unwrap_or_default();
        match ended.iter().map(String::len).min() {
            Some(shortest) if longest.len() < shortest => ended,
            _ => vec![longest],
        }
    }
}

/// What stands for other bytes in a pattern.
const WILD: [char; 6] = ['*', '+', '@', '&', '?', '#'];

/// Whether what stands for itself at the end of a pattern ends the segment: most end otherwise.
fn ends_alike(pattern: &[u8], segment: &[u8]) -> bool {
    let literal = pattern.iter().rposition(|byte| b"*+@&?#>".contains(byte)).map_or(0, |wild| wild + 1);
    segment.ends_with(&pattern[literal..])
}

/// Whether a pattern of one segment matches it whole.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let Some((&lead, rest)) = pattern.split_first() else { return text.is_empty() };
    // What follows can begin only where its first byte stands, if that stands for itself.
    let next = rest.first().filter(|next| !b"*+@&?#<".contains(next));
    let may_begin = |at: &usize| next.is_none_or(|next| text.get(*at) == Some(next));
    match lead {
        b'*' | b'+' if rest.is_empty() => lead == b'*' || !text.is_empty(),
        b'*' => (0..=text.len()).filter(may_begin).any(|skip| glob(rest, &text[skip..])),
        b'+' => (1..=text.len()).filter(may_begin).any(|skip| glob(rest, &text[skip..])),
        b'?' => !text.is_empty() && glob(rest, &text[1..]),
        b'@' => (1..=text.len()).take_while(|&skip| text[skip - 1] != b'.').any(|skip| glob(rest, &text[skip..])),
        b'&' => (1..=text.len())
            .take_while(|&skip| text[skip - 1].is_ascii_alphabetic())
            .any(|skip| glob(rest, &text[skip..])),
        b'#' => text.first().is_some_and(u8::is_ascii_digit) && glob(rest, &text[1..]),
        b'<' => CLASSES.iter().any(|(class, endings)| {
            let rest = pattern.strip_prefix(class.as_bytes());
            rest.is_some_and(|rest| {
                endings.iter().any(|ending| text.strip_prefix(ending.as_bytes()).is_some_and(|text| glob(rest, text)))
            })
        }),
        _ => text.first() == Some(&lead) && glob(rest, &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(path: &str, kind: Kind) -> Option<(Grade, &'static str)> {
        let segments: Vec<&[u8]> = path.split('/').filter(|segment| !segment.is_empty()).map(str::as_bytes).collect();
        FILES
            .iter()
            .filter(|rule| rule.kind == kind && rule.matches(&segments, true))
            .map(|rule| (rule.grade, rule.holds))
            .max_by_key(|(grade, _)| *grade)
    }

    #[test]
    fn patterns_match_the_end_of_a_path() {
        assert!(holds("/a/.env", Kind::Credential).is_some());
        assert!(holds("/.env.production", Kind::Credential).is_some());
        assert!(holds("/.environment-friendly", Kind::Credential).is_none());
        assert!(holds("/x/.git/config", Kind::Repository).is_some());
        assert!(holds("/.gitea/config", Kind::Repository).is_none());
        assert!(holds("/env", Kind::Debug).is_some_and(|(grade, _)| grade == Grade::Strong));
        assert!(holds("/a/env", Kind::Debug).is_some_and(|(grade, _)| grade == Grade::Fair));
        assert!(holds("/backup-2024.tar.gz", Kind::Backup).is_some());
        assert!(holds("/xdotool-2.2.tar.gz", Kind::Backup).is_none());
        assert!(holds("/wp-config.php.bak", Kind::Credential).is_some());
    }

    #[test]
    fn every_line_of_every_catalogue_is_in_use_once_and_in_lower_case() {
        let mut seen = std::collections::HashSet::new();
        for rule in FILES.iter() {
            assert!(seen.insert(format!("{:?} {:?}", rule.kind, rule.pattern)), "{:?} stands twice", rule.pattern);
            for needle in rule.needles() {
                assert!(3 <= needle.len(), "{:?} has too short a literal: {needle}", rule.pattern);
                assert_eq!(needle, needle.to_ascii_lowercase());
            }
        }
        assert!(
            HOSTS.len() > 50
                && SCHEMES.len() > 30
                && SYSTEM_FILES.len() > 30
                && SECRET_WORDS.len() > 30
                && METADATA_PATHS.len() > 20
        );
    }

    #[test]
    fn a_glob_is_a_whole_match() {
        for (pattern, text, want) in [
            ("*.sql", "a.sql", true),
            ("*.sql", "a.sqlx", false),
            ("core.##*", "core.12", true),
            ("core.##*", "core.js", false),
            ("x+", "x", false),
            ("x+", "xy", true),
            ("*.<arc>", "a.tar.gz", true),
            ("*.<arc>", "a.png", false),
            ("*a*b*", "xaxbx", true),
            ("@.&.zip", "example.com.zip", true),
            ("@.&.zip", "example-2.0.zip", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), want, "{pattern} {text}");
            assert!(!want || ends_alike(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }
}

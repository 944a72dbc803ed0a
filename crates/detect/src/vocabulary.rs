//! Everything that the catalogues know, and the marks that want a closer look, found in one pass.
//!
//! All patterns together make one [`sieve`](crate::sieve), so that a request is scanned once for all of them; what it
//! finds are the rules worth a closer look. What the signals find beside the catalogues has its marks here: a signal that accepts a text without one is found out
//! by the tests in `objectives`.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use crate::catalog::{FILES, FileRule, Grade, HOSTS, METADATA_PATHS, PARAMS, ParamKind, SCHEMES, SYSTEM_FILES};
use crate::host::Reach;
use crate::sieve::Sieve;

/// What a needle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needle {
    /// A rule of [`FILES`] for paths.
    File(u16),
    /// One for parameters.
    Param(u16),
    /// A rule of [`SYSTEM_FILES`].
    System(u16),
    /// A rule of [`METADATA_PATHS`].
    Metadata(u16),
    /// A mark that the text wants a closer look.
    Mark(Mark),
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// A URL: cheap to look at, and common.
    Url,
    /// A host that is internal, or a scheme that tells.
    Place,
    /// A host that a catalogue knows.
    Host,
    /// An encoding inside an encoding, or one that only an attacker writes.
    Encoding,
    /// A hidden file or a step up.
    Dots,
    /// A lookup, a template or a statement of a database.
    Injection,
    /// A key in its usual form.
    Key,
    /// A choice of fields.
    Selector,
    /// What may be a query in GraphQL, if a brace follows.
    Graph,
    /// What stands in every injection that names a secret, and in much else: no reason to look, but without it there is none.
    Telltale,
}

/// The endings of programs of a site.
pub(crate) const PROGRAMS: [&str; 9] = [".php", ".asp", ".aspx", ".jsp", ".cfm", ".cgi", ".pl", ".py", ".rb"];

/// Folders of the system; a parameter that begins with one names a file.
pub(crate) const ROOTS: [&str; 11] =
    ["/etc/", "/proc/", "/root/", "/sys/", "/boot/", "/var/", "/usr/", "/opt/", "/srv/", "/tmp/", "/home/"];

/// What may stand before a host without a scheme, or of a number.
const BEFORE_HOSTS: [&str; 5] = ["=", "?", "&", ";", "@"];

/// How addresses inside begin, in the spellings that are taken for a host without a scheme before them.
const INSIDE: [&str; 12] =
    ["127.", "10.", "172.", "192.168.", "0.0.0.0", "[::", "[0", "[fc", "[fd", "[fe", "[2002:", "[64:"];

/// Texts that want a closer look for more than their name. All lower case.
const MARKS: &[(Mark, &[&str])] = &[
    (Mark::Url, &["://", ":/", ":\\", "http:", "https:"]),
    (
        Mark::Place,
        &[
            "=//",
            "=\\",
            "169.254",
            "localhost",
            ":5efe:",
            "/127.",
            "/10.",
            "/172.",
            "/192.168.",
            "/0.0.0.0",
            "/[",
            "\\[",
            "a9fe",
            ".internal",
            "=http?",
            "=https?",
            "=ftp?",
            "=ftps?",
            "=file?",
        ],
    ),
    (Mark::Encoding, &["\\u00", "\\x2", "&#", "&sol", "&period", "&colon"]),
    (Mark::Dots, &["..", "/.", "/ .", "\\.", "=.", "///", "/\\", "\\ .", "?\\", "&\\", ";\\"]),
    (
        Mark::Injection,
        &[
            "${",
            "#{",
            "{{",
            "<%",
            "%{",
            "<!entity",
            "<!doctype",
            "union ",
            "union+",
            "union%",
            "union/",
            "union(",
            "select ",
            "select+",
            "select%",
            "select/",
            "select(",
            "information_schema",
            "load_file",
            "xp_",
            "process.env",
            "getenv",
            "environ",
            "env[",
            "printenv",
            "$_",
            "<?",
            "into outfile",
            "pg_read",
            "utl_",
            "dbms_",
            "[$",
            "\"$",
            "{$",
            "$where",
            "$(",
            "config-create",
            "{php",
        ],
    ),
    (
        Mark::Selector,
        &[
            "\"fields\"",
            "\"include\"",
            "\"select\"",
            "\"attributes\"",
            "secrets=1",
            "secrets=true",
            "credentials=1",
            "credentials=true",
            "passwords=1",
            "passwords=true",
            "password=1",
            "password=true",
            "secret=1",
            "secret=true",
            "keys=1",
            "keys=true",
            "key=true",
            "tokens=1",
            "tokens=true",
            "token=true",
            "_secret",
            "secret_key",
            "_password",
            "_access_key",
            "_private_key",
            "_api_key",
            "database_url",
        ],
    ),
    (Mark::Graph, &["query=", "gql="]),
    (
        Mark::Telltale,
        &[
            "select",
            "{{",
            "<%",
            "#{",
            "${",
            "%{",
            "{%",
            "@(",
            "<!",
            "phpinfo()",
            "$_",
            "{php}",
            "config-create",
            "printenv",
            "getenv",
            "process.env",
            "os.environ",
            "env['",
            "env[\"",
            "/bin/env",
            "(env)",
            ";env",
            "|env",
            "`env`",
            "\nenv",
            "; env",
            "| env",
            "&env",
            "& env",
            "load_file(",
            "pg_read_file(",
            "pg_read_binary_file(",
            "utl_file",
            "xp_cmdshell",
            "openrowset(",
        ],
    ),
    (
        Mark::Key,
        &[
            "akia",
            "asia",
            "ghp_",
            "gho_",
            "ghs_",
            "github_pat_",
            "glpat-",
            "xoxb-",
            "xoxp-",
            "xoxa-",
            "xoxr-",
            "xapp-",
            "sk_live_",
            "rk_live_",
            "sk-proj-",
            "sk-ant-",
            "npm_",
            "pypi-age",
            "dop_v1_",
            "shpat_",
            "shpss_",
            "hvs.",
            "ya29.",
            "ghu_",
            "ghr_",
            "accountkey=",
            "age-secret-key-1",
            "aiza",
            "begin ",
            "begin+",
            "begin%20",
            "x-amz-security-token",
        ],
    ),
];

/// Bytes that begin what is read as plain letters and is not written so: overlong UTF-8, and what Unicode holds equal to
/// plain letters (enclosed, full-width and mathematical letters and digits, the full stops of other scripts).
const LOOKALIKES: &[&[u8]] = &[
    // ASCII in more bytes than it needs.
    b"\xC0",
    b"\xC1",
    b"\xE0\x80",
    b"\xF0\x80\x80",
    b"\xE2\x91",
    b"\xE2\x92",
    b"\xE2\x93",
    b"\xE2\x80\xA4",
    b"\xE2\x80\xA5",
    b"\xE2\x81\x84",
    b"\xE2\x88\x95",
    b"\xE2\x88\x96",
    b"\xE3\x80\x82",
    b"\xEF\xBC\x8E",
    b"\xEF\xBC\x8F",
    b"\xEF\xBC\x9A",
    b"\xEF\xBD\xA1",
    b"\xF0\x9D\x9F",
];

/// The ranges of last bytes of full-width digits and letters behind their first two.
const FULL_WIDTH: &[(&[u8], std::ops::RangeInclusive<u8>)] =
    &[(b"\xEF\xBC", 0x90..=0x99), (b"\xEF\xBC", 0xA1..=0xBA), (b"\xEF\xBD", 0x81..=0x9A)];

/// All needles, and what each stands for.
pub(crate) struct Vocabulary {
    sieve: Sieve,
    /// How long each needle is, in bytes.
    lengths: Vec<usize>,
    needles: Vec<Vec<Needle>>,
    /// The marks of each needle, as bits; [`NAMED`] or [`DOTTED`] where it is a rule's.
    masks: Vec<u16>,
}

/// Bit of a needle that belongs to a rule.
pub(crate) const NAMED: u16 = 1 << 15;

/// Bit of a needle that tells even in a header, where nobody asks for documents.
pub(crate) const TELLING: u16 = 1 << 14;

/// Bit of a needle that belongs to a rule for something else than the paths of files.
const ELSEWHERE: u16 = 1 << 13;

/// Bit of a needle that belongs to rules for names with a dot in them: `users` is the needle of `*users*.csv`, and a word of
/// every other service. Where no dot is, they hold for nothing.
pub(crate) const DOTTED: u16 = 1 << 12;

pub(crate) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::new);

impl Vocabulary {
    fn new() -> Vocabulary {
        let mut all: Vec<(Vec<u8>, Needle)> = Vec::new();
        for (mark, texts) in MARKS {
            all.extend(texts.iter().map(|text| (text.as_bytes().to_vec(), Needle::Mark(*mark))));
        }
        all.extend(LOOKALIKES.iter().map(|text| (text.to_vec(), Needle::Mark(Mark::Encoding))));
        for (lead, range) in FULL_WIDTH {
            all.extend(range.clone().map(|last| ([lead, &[last][..]].concat(), Needle::Mark(Mark::Encoding))));
        }
        all.extend(
            HOSTS
                .iter()
                .filter(|rule| rule.reach != Reach::InternalName)
                .map(|rule| (rule.pattern.trim_start_matches('.').into(), Needle::Mark(Mark::Host))),
        );
        all.extend(SCHEMES.iter().map(|rule| (format!("{}:", rule.text).into(), Needle::Mark(Mark::Place))));
        let selectors = || PARAMS.iter().filter(|(_, kind)| *kind == ParamKind::Select).map(|(name, _)| name);
        all.extend(selectors().map(|name| (format!("[{name}]").into(), Needle::Mark(Mark::Selector))));
        for end in ["=", "["] {
            all.extend(selectors().map(|name| (format!("?{name}{end}").into(), Needle::Mark(Mark::Selector))));
            all.extend(selectors().map(|name| (format!("&{name}{end}").into(), Needle::Mark(Mark::Selector))));
        }
        for before in BEFORE_HOSTS {
            all.extend(INSIDE.map(|inside| (format!("{before}{inside}").into(), Needle::Mark(Mark::Place))));
            // With a digit behind it, as `200x200` is the size of many a picture.
            all.extend(
                "0123456789abcdef".chars().map(|hex| (format!("{before}0x{hex}").into(), Needle::Mark(Mark::Place))),
            );
        }
        all.extend(["@[", "@0"].map(|text| (text.into(), Needle::Mark(Mark::Place))));
        for program in PROGRAMS {
            all.extend(["&", ";"].map(|end| (format!("{program}{end}").into(), Needle::Mark(Mark::Dots))));
        }
        all.extend(["=/&", "=/;", ";."].map(|text| (text.into(), Needle::Mark(Mark::Dots))));
        for root in ROOTS {
            all.extend(["=", "?", "&", ";"].map(|lead| (format!("{lead}{root}").into(), Needle::Mark(Mark::Dots))));
        }
        let of_rule = |(at, rule): (usize, &FileRule)| {
            let stands_for = if rule.is_of_params() { Needle::Param } else { Needle::File };
            rule.needles().into_iter().map(move |needle| (needle.into(), stands_for(at as u16)))
        };
        all.extend(FILES.iter().enumerate().flat_map(of_rule));
        all.extend(SYSTEM_FILES.iter().enumerate().map(|(at, rule)| (rule.text.into(), Needle::System(at as u16))));
        all.extend(METADATA_PATHS.iter().enumerate().map(|(at, rule)| (rule.text.into(), Needle::Metadata(at as u16))));
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut texts: Vec<Vec<u8>> = Vec::new();
        let mut needles: Vec<Vec<Needle>> = Vec::new();
        for (text, needle) in all {
            if texts.last() != Some(&text) {
                texts.push(text);
                needles.push(Vec::new());
            }
            needles.last_mut().expect("a needle was pushed").push(needle);
        }
        let mask = |needle: &Needle| match needle {
            Needle::Mark(mark) => bit(*mark),
            Needle::File(rule) => {
                let rule = &FILES[usize::from(*rule)];
                let named = if rule.has_dot() { DOTTED } else { NAMED };
                if rule.grade < Grade::Strong { named } else { named | TELLING }
            }
            Needle::Param(rule) if FILES[usize::from(*rule)].grade < Grade::Strong => NAMED | ELSEWHERE,
            Needle::Param(_) | Needle::System(_) | Needle::Metadata(_) => NAMED | ELSEWHERE | TELLING,
        };
        let masks = needles.iter().map(|needles| needles.iter().map(mask).fold(0, |sum, bit| sum | bit)).collect();
        Vocabulary { sieve: Sieve::new(&texts), lengths: texts.iter().map(Vec::len).collect(), needles, masks }
    }

    /// The marks of everything that stands in the text, as bits of [`Mark`], [`NAMED`] and [`DOTTED`]: of more than one of those that
    /// are enough perhaps the first alone.
    pub(crate) fn mask(&self, text: &[u8], enough: u16) -> u16 {
        let mut mask = 0;
        let _ = self.sieve.find(text, &mut |needle, _| {
            mask |= self.masks[needle];
            if mask & enough == 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        mask
    }

    /// Everything that stands in a text, whose first bytes are the name of a parameter and no more than that. Rules for the
    /// paths of files are left out where it holds none.
    pub(crate) fn words(&self, text: &[u8], name_bytes: usize, holds_paths: bool) -> Words {
        let mut words = Words::default();
        let mut found = Vec::new();
        let kept = if holds_paths { NAMED | DOTTED } else { ELSEWHERE };
        let _ = self.sieve.find(text, &mut |needle, end| {
            words.mask |= self.masks[needle];
            if self.masks[needle] & kept == 0 {
                return ControlFlow::Continue(());
            }
            let is_whole = name_bytes + self.lengths[needle] <= end;
            for &rule in &self.needles[needle] {
                match rule {
                    Needle::File(_) if !holds_paths => {}
                    Needle::File(rule) | Needle::Param(rule) => {
                        if words.files.is_empty() {
                            words.files.reserve(FILES_USUAL);
                        }
                        words.files.push(rule);
                    }
                    Needle::System(_) | Needle::Metadata(_) if is_whole => {
                        found.push((end - name_bytes, Reverse(self.lengths[needle]), needle, rule));
                    }
                    _ => {}
                }
            }
            ControlFlow::Continue(())
        });
        words.files.sort_unstable();
        words.files.dedup();
        found.sort_unstable();
        words.places.extend(found.into_iter().map(|(end, _, _, rule)| (rule, end)));
        words
    }

    #[cfg(test)]
    fn found(&self, text: &[u8]) -> Vec<(usize, Reverse<usize>, usize)> {
        let mut found = Vec::new();
        let _ = self.sieve.find(text, &mut |needle, end| {
            found.push((end, Reverse(self.lengths[needle]), needle));
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found
    }
}

/// For how many rules there is room at first where one is found.
const FILES_USUAL: usize = 32;

/// Everything of the vocabulary that stands in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    mask: u16,
    /// The rules of [`FILES`] whose needles stand in it, or in the name before it, ascending.
    pub(crate) files: Vec<u16>,
    /// The other rules whose needles stand in it, and where these end: in the order of their ends, the longer first.
    pub(crate) places: Vec<(Needle, usize)>,
}

impl Words {
    /// Whether a mark stands in the text, or in the name before it.
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.mask & bit(mark) != 0
    }
}

/// The bit of a mark.
pub(crate) const fn bit(mark: Mark) -> u16 {
    1 << mark as u16
}

#[cfg(test)]
mod tests {
    use aho_corasick::automaton::Automaton;
    use aho_corasick::dfa::DFA;
    use aho_corasick::{Anchored, MatchKind};
    use proptest::prelude::*;

    use super::*;

    /// The same needles, in their order, as one automaton.
    static AUTOMATON: LazyLock<DFA> = LazyLock::new(|| {
        let sieve = &VOCABULARY.sieve;
        let mut texts: Vec<&[u8]> = sieve.needles().collect();
        texts.sort_unstable();
        texts.dedup();
        DFA::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(&texts)
            .expect("the needles make an automaton")
    });

    proptest! {
        #[test]
        fn the_sieve_finds_what_the_automaton_finds(
            pieces in prop::collection::vec((0..20_usize, any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let texts: Vec<&[u8]> = VOCABULARY.sieve.needles().collect();
            let mut text = Vec::new();
            for (kind, needle, byte) in pieces {
                let needle = needle.get(&texts);
                let cut = usize::from(byte) % (needle.len() + 1);
                match kind {
                    0..6 => text.extend_from_slice(needle),
                    6..9 => text.extend(needle.to_ascii_uppercase()),
                    9..12 => text.extend_from_slice(&needle[cut..]),
                    12..15 => text.extend_from_slice(&needle[..cut]),
                    15 => text.extend_from_slice(b"/products/1107-starter?page="),
                    _ => text.push(byte),
                }
            }
            let mut state = AUTOMATON.start_state(Anchored::No).unwrap();
            let (mut found, mut mask) = (Vec::new(), 0);
            for (at, &byte) in text.iter().enumerate() {
                state = AUTOMATON.next_state(Anchored::No, state, byte);
                if AUTOMATON.is_match(state) {
                    let needles = (0..AUTOMATON.match_len(state)).map(|index| AUTOMATON.match_pattern(state, index).as_usize());
                    found.extend(needles.map(|needle| (at + 1, needle)));
                }
            }
            found.iter().for_each(|(_, needle)| mask |= VOCABULARY.masks[*needle]);
            let sifted: Vec<(usize, usize)> = VOCABULARY.found(&text).into_iter().map(|(end, _, needle)| (end, needle)).collect();
            prop_assert_eq!(sifted, found, "{}", text.escape_ascii());
            prop_assert_eq!(VOCABULARY.mask(&text, 0), mask, "{}", text.escape_ascii());
            let (some, enough) = (VOCABULARY.mask(&text, NAMED), mask & NAMED);
            prop_assert!(some & !mask == 0 && some & NAMED == enough, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_a_rule_matches_holds_its_needle() {
        for path in [
            "/a/.env.local",
            "/x.sql.gz",
            "/app/config/database.yml",
            "/.git/HEAD",
            "/actuator/env/x",
            "/backup.zip",
            "/logs/error.log",
        ] {
            let rules = VOCABULARY.words(path.as_bytes(), 0, true).files;
            let segments: Vec<&[u8]> =
                path.split('/').filter(|segment| !segment.is_empty()).map(str::as_bytes).collect();
            for (at, rule) in FILES.iter().enumerate().filter(|(_, rule)| rule.matches(&segments, true)) {
                assert!(rules.contains(&(at as u16)), "{path}: {:?}", rule.holds);
            }
        }
    }
}

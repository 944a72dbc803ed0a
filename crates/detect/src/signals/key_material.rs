//! Keys that stand in the log itself.
//!
//! Not an attack: a leak that goes on wherever the log goes. A key is known by the form its issuer gives it, and is
//! never shown whole, not even here.

use std::sync::LazyLock;

use crate::catalog::Grade;
use crate::request::Request;
use crate::sieve::Phrases;
use crate::signal::{Evidence, Role, Signal, Way};
use crate::vocabulary::Mark;

/// A key in the form of its issuer.
struct Form {
    prefix: &'static [u8],
    /// How many bytes follow the prefix, at least.
    length: usize,
    is_digit: fn(u8) -> bool,
    grade: Grade,
    what: &'static str,
}

const FORMS: &[Form] = &[
    Form {
        prefix: b"AKIA",
        length: 16,
        is_digit: is_upper,
        grade: Grade::Weak,
        what: "the id of an access key of AWS",
    },
    Form {
        prefix: b"ASIA",
        length: 16,
        is_digit: is_upper,
        grade: Grade::Weak,
        what: "the id of a temporary key of AWS",
    },
    Form { prefix: b"ghp_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"gho_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"ghs_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"github_pat_", length: 40, is_digit: is_word, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"glpat-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of GitLab" },
    Form { prefix: b"xoxb-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of Slack" },
    Form { prefix: b"xoxp-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of Slack" },
    Form {
        prefix: b"sk_live_",
        length: 20,
        is_digit: is_alphanumeric,
        grade: Grade::Fair,
        what: "a secret key of Stripe",
    },
    Form {
        prefix: b"rk_live_",
        length: 20,
        is_digit: is_alphanumeric,
        grade: Grade::Fair,
        what: "a restricted key of Stripe",
    },
    Form { prefix: b"ghu_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"ghr_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of GitHub" },
    Form { prefix: b"xoxa-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of Slack" },
    Form { prefix: b"xoxr-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of Slack" },
    Form { prefix: b"xapp-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "a token of Slack" },
    Form { prefix: b"sk-proj-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "an API key of OpenAI" },
    Form { prefix: b"sk-ant-", length: 20, is_digit: is_word, grade: Grade::Fair, what: "an API key of Anthropic" },
    Form { prefix: b"npm_", length: 36, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of npm" },
    Form {
        prefix: b"pypi-AgE",
        length: 40,
        is_digit: is_word,
        grade: Grade::Fair,
        what: "a token of the Python registry",
    },
    Form {
        prefix: b"dop_v1_",
        length: 64,
        is_digit: is_alphanumeric,
        grade: Grade::Fair,
        what: "a token of DigitalOcean",
    },
    Form { prefix: b"shpat_", length: 32, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a token of Shopify" },
    Form { prefix: b"shpss_", length: 32, is_digit: is_alphanumeric, grade: Grade::Fair, what: "a secret of Shopify" },
    Form { prefix: b"hvs.", length: 24, is_digit: is_word, grade: Grade::Fair, what: "a token of HashiCorp Vault" },
    Form { prefix: b"ya29.", length: 30, is_digit: is_word, grade: Grade::Fair, what: "an access token of Google" },
    Form {
        prefix: b"AGE-SECRET-KEY-1",
        length: 50,
        is_digit: is_upper,
        grade: Grade::Fair,
        what: "a private key of age",
    },
    Form {
        prefix: b"AccountKey=",
        length: 40,
        is_digit: is_base64,
        grade: Grade::Fair,
        what: "a key of Azure storage",
    },
    Form { prefix: b"AIza", length: 35, is_digit: is_word, grade: Grade::Weak, what: "an API key of Google" },
    Form {
        prefix: b"-----BEGIN ",
        length: 10,
        is_digit: is_printable,
        grade: Grade::Fair,
        what: "a private key or certificate",
    },
];

/// All prefixes, letters of either case being equal.
static PREFIXES: LazyLock<Phrases<{ FORMS.len() }>> = LazyLock::new(|| {
    let prefixes: Vec<String> =
        FORMS.iter().map(|form| String::from_utf8_lossy(form.prefix).to_ascii_lowercase()).collect();
    Phrases::new(std::array::from_fn(|form| prefixes[form].as_str()))
});

/// A key that stands in the log.
pub(crate) struct KeyMaterial;

impl Signal for KeyMaterial {
    fn name(&self) -> &'static str {
        "key-material"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.001")
    }

    fn about(&self) -> &'static str {
        "A key stands in the log itself, readable for whoever reads the log."
    }

    fn twin(&self) -> &'static str {
        "The id of an access key in a signed URL is no secret by itself."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        if request.is_own_storage {
            return;
        }
        for part in &request.parts {
            // Each prefix is a mark.
            let mut readings = part.readings.iter().filter(|reading| reading.words.has(Mark::Key));
            let found = readings.find_map(|reading| Some((reading, key(&reading.text)?)));
            if let Some((reading, (form, key))) = found {
                let evidence =
                    Evidence::new(form.grade, Way::Leak, part, &reading.trail, &masked(form, key), form.what);
                out.push(evidence);
            }
        }
    }
}

/// The first key in a text.
fn key(text: &[u8]) -> Option<(&'static Form, &[u8])> {
    let mut first: Option<(usize, (&'static Form, &[u8]))> = None;
    PREFIXES.find(text, |form, at| {
        let form = &FORMS[form];
        let is_apart = at.checked_sub(1).is_none_or(|before| !text[before].is_ascii_alphanumeric());
        let Some(rest) = text[at..].strip_prefix(form.prefix).filter(|_| is_apart) else { return };
        let length = rest.iter().take_while(|byte| (form.is_digit)(**byte)).count();
        let is_whole =
            form.length <= length && (form.prefix.len() != 4 || form.length == length || form.grade == Grade::Fair);
        if is_whole && first.is_none_or(|(other, _)| at < other) {
            first = Some((at, (form, &text[at..at + form.prefix.len() + length])));
        }
    });
    first.map(|(_, key)| key)
}

/// Where keys stand in a text.
pub(crate) fn key_ranges(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some((_, found)) = key(&text[from..]) {
        let start = found.as_ptr() as usize - text.as_ptr() as usize;
        from = start + found.len();
        ranges.push(start..from);
    }
    ranges
}

/// The key with all but its prefix hidden.
fn masked(form: &Form, key: &[u8]) -> Vec<u8> {
    [form.prefix, format!("\u{2026} ({} bytes)", key.len()).as_bytes()].concat()
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_printable(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' '
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::VOCABULARY;

    #[test]
    fn keys_are_known_by_their_form_and_never_shown() {
        let secret = "q".repeat(36);
        let text = format!("token=ghp_{secret}&x");
        let (form, found) = key(text.as_bytes()).unwrap();
        assert_eq!(form.what, "a token of GitHub");
        assert_eq!(found.len(), 40);
        assert!(!masked(form, found).windows(5).any(|window| window == &secret.as_bytes()[..5]));
    }

    #[test]
    fn every_prefix_is_a_mark() {
        for form in FORMS {
            assert!(VOCABULARY.words(form.prefix, 0, true).has(Mark::Key), "{}", form.prefix.escape_ascii());
        }
    }

    #[test]
    fn words_are_no_keys() {
        for text in ["/asia/travel", "AKIAabc", "XAKIA1234567890ABCDEF", "AKIA1234567890ABCDEFGHIJ", "ghp_short"] {
            assert!(key(text.as_bytes()).is_none(), "{text}");
        }
    }
}

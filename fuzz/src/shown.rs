//! Any text on its way out by the one door: in each medium nothing in it is obeyed, and it is still that text.
//!
//! The first byte chooses the medium. A medium that can be undone gives the text back; on a terminal, a letter stands for itself
//! or is spelt. Secrets are left out of the comparison, as `masked` asks after those.

use report::Untrusted;

use super::plain::{assert_plain, is_plain};

/// How wide a text is at most that is shortened.
const WIDTH_MAX: usize = 80;

/// The shortest width that has room for dots and a letter.
const WIDTH_MIN: usize = 8;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [choice, width, text @ ..] = bytes else { return };
    let text = String::from_utf8_lossy(text).into_owned();
    let held = Untrusted::from(&*text);
    let shown = || held.on_terminal().to_string();
    match choice % 9 {
        0 => {
            let shown = shown();
            assert_line("a terminal", &shown);
            if matches!(detect::masked(text.as_bytes()), std::borrow::Cow::Borrowed(_)) {
                assert!(is_spelling(&shown, &text), "{shown:?} is not {text:?}");
            }
        }
        1 => {
            let width = usize::from(*width) % (WIDTH_MAX - WIDTH_MIN) + WIDTH_MIN;
            let short = held.shortened(width);
            assert_line("a cut text", &short);
            assert!(short.chars().count() <= width, "{short:?} is wider than {width}");
        }
        2 => {
            let html = held.in_html();
            assert_line("a page", &html);
            assert!(!html.contains(['<', '>', '"', '\'']), "markup: {html:?}");
            let undone = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
                .iter()
                .fold(html, |text, (written, letter)| text.replace(written, letter));
            assert_eq!(undone, shown(), "a page says what a terminal does");
        }
        3 => {
            let cell = held.in_cell();
            assert_line("a cell", &cell);
            for part in cell.split(';') {
                let begun = part.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '"');
                assert!(!begun.starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠']), "a formula: {cell:?}");
            }
            let unquoted = |text: &str| text.replace('\'', "");
            assert_eq!(unquoted(&cell), unquoted(&shown()), "a cell says what a terminal does");
        }
        4 => address(&held.in_uri(), &text),
        5 => {
            let code = held.in_code();
            assert_line("a code span", &code);
            let inner = code.strip_prefix('`').and_then(|code| code.strip_suffix('`')).unwrap_or(&code);
            assert!(!inner.contains(['`', '|']), "the span ends: {code:?}");
            let again = shown().replace('`', "\\x60").replace('|', "\\x7c");
            assert_eq!(inner, if again.is_empty() { "-" } else { &again }, "a span says what a terminal does");
        }
        6 => prose(&held.in_prose()),
        7 => {
            let scalar = held.in_yaml();
            assert_line("a scalar", &scalar);
            assert_eq!(unquoted(&scalar, '"').as_deref(), Some(&*text), "a scalar is read back: {scalar:?}");
        }
        _ => {
            let literal = held.in_pattern();
            assert_eq!(unquoted(&literal, '\'').as_deref(), Some(&*text), "a literal is read back: {literal:?}");
        }
    }
}

/// Asserts that a text is one line in which every letter does nothing but show itself.
fn assert_line(what: &str, text: &str) {
    assert_plain(what, text.as_bytes());
    assert!(!text.contains('\n'), "{what} is one line");
}

/// Whether a text is another, some letters of which are spelt by their numbers.
fn is_spelling(shown: &str, text: &str) -> bool {
    let mut rest = shown;
    text.chars().all(|letter| {
        let spelt = [format!("\\x{:02x}", u32::from(letter)), format!("<U+{:04X}>", u32::from(letter))];
        let itself = letter.encode_utf8(&mut [0; 4]).to_owned();
        let is_own = is_plain(letter) && letter != '\n';
        let found =
            is_own.then_some(&itself).into_iter().chain(&spelt).find_map(|form| rest.strip_prefix(form.as_str()));
        rest = found.unwrap_or(rest);
        found.is_some()
    }) && rest.is_empty()
}

/// A reference to a URI is one, of no scheme but that of files, and names that path.
fn address(uri: &str, path: &str) {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=:@%".contains(&byte);
    assert!(uri.bytes().all(is_known), "{uri:?} holds what an address does not");
    let own = match uri.strip_prefix("file://") {
        Some(own) => own,
        None => {
            let first = uri.split('/').next().unwrap_or_default();
            assert!(!first.contains(':') && !uri.starts_with("//"), "{uri:?} has a scheme or a host");
            uri.strip_prefix("./").filter(|_| !path.starts_with("./") || path.contains(':')).unwrap_or(uri)
        }
    };
    let undone = super::decode::undone(own.as_bytes()).unwrap_or_else(|| own.as_bytes().to_vec());
    assert_eq!(undone.escape_ascii().to_string(), path.as_bytes().escape_ascii().to_string(), "{uri:?} is that path");
}

/// What is no code in a sentence is words.
fn prose(sentence: &str) {
    assert_line("a sentence", sentence);
    let pieces: Vec<&str> = sentence.split('`').collect();
    assert!(pieces.len() % 2 == 1, "every span is closed: {sentence:?}");
    let is_word = |letter: char| letter.is_alphanumeric() || " .,;:'()/-%?+".contains(letter);
    for words in pieces.iter().step_by(2) {
        assert!(words.chars().all(is_word) && !words.contains("://"), "markup: {sentence:?}");
    }
}

/// What stands between quotes, its escapes by a back-slash undone; `None` if it ends before its end.
fn unquoted(quoted: &str, quote: char) -> Option<String> {
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let (mut out, mut letters) = (String::new(), inner.chars());
    while let Some(letter) = letters.next() {
        let digits = match letter {
            '\\' => match letters.next()? {
                'x' if quote == '"' => 2,
                'u' if quote == '"' => 4,
                'U' if quote == '"' => 8,
                escaped if escaped == quote || escaped == '\\' => {
                    out.push(escaped);
                    continue;
                }
                _ => return None,
            },
            letter if letter == quote => return None,
            letter => {
                out.push(letter);
                continue;
            }
        };
        let digits: String = letters.by_ref().take(digits).collect();
        out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
    }
    Some(out)
}

//! Commands that a reader pastes into a shell.
//!
//! The name of a file is text of strangers too: in an upload, in a folder that somebody else may write to. A shell runs what
//! stands in a line between two kinds of quotes, and in none between single ones (POSIX, 2.2.2). So a name stands between
//! those, and a name of which a line could show something else than it holds stands in no command: the reader must see
//! what he pastes, and paste what he sees.

use std::path::Path;

use detect::masked;

use crate::show::is_unseen;

/// What shows a line: the rest is one word.
const SHOW: &str = "keytrace show ";

/// The command that shows the line of a file that begins at a byte.
///
/// # Errors
///
/// Why there is none.
pub(crate) fn show(path: &Path, offset: u64) -> Result<String, &'static str> {
    let Some(name) = path.to_str() else { return Err("the name of the file is no UTF-8") };
    if name.contains(is_unseen) {
        return Err("the name of the file holds characters that are not seen");
    }
    if *masked(name.as_bytes()) != *name.as_bytes() {
        return Err("the name of the file holds what looks like a secret");
    }
    // A word that begins with a dash would be an option.
    let folder = if name.starts_with('-') { "./" } else { "" };
    Ok(format!("{SHOW}{}", quoted(&format!("{folder}{name}@{offset}"))))
}

/// Whether a text is such a command and nothing else.
pub(crate) fn is_show(text: &str) -> bool {
    let word = text.strip_prefix(SHOW).map(|quoted| quoted.replace("'\\''", "\u{0}"));
    let word = word.as_deref().and_then(|word| word.strip_prefix('\'')?.strip_suffix('\''));
    word.is_some_and(|word| !word.starts_with('-') && !word.contains('\'') && !text.contains(is_unseen))
}

/// A text as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Result<String, &'static str> {
        show(Path::new(name), 7)
    }

    #[test]
    fn a_name_is_one_word_whatever_it_holds() {
        for (name, wanted) in [
            ("access.log", "'access.log@7'"),
            ("$(touch x)`id`", "'$(touch x)`id`@7'"),
            ("it's \"so\"", "'it'\\''s \"so\"@7'"),
            ("-rf", "'./-rf@7'"),
            ("a\\'", "'a\\'\\''@7'"),
        ] {
            let command = of(name).unwrap();
            assert_eq!(command, format!("{SHOW}{wanted}"));
            assert!(is_show(&command));
        }
    }

    #[test]
    fn what_cannot_be_seen_stands_in_no_command() {
        for name in ["a\nb", "a\u{1b}[2Jb", "a\u{202e}gol", "a\u{200b}", "a\u{7f}"] {
            assert!(of(name).unwrap_err().contains("not seen"), "{name:?}");
        }
        assert!(of("token=ghp_0123456789abcdefghijABCDEFGHIJ012345.log").unwrap_err().contains("secret"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_stands_in_no_command() {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"a\xff.log");
        assert!(show(Path::new(name), 7).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn what_is_no_such_command_is_told_from_it() {
        for text in
            ["", "rm 'x'", "keytrace show 'a' b'", "keytrace show 'a'; id '", "keytrace show a", "keytrace show '-x'"]
        {
            assert!(!is_show(text), "{text}");
        }
    }
}

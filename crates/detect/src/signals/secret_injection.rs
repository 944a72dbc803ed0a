//! Injections that read secrets by name: into a database, a template, a shell, an XML parser.
//!
//! Injection as such is another tool's trade. What counts here is an injection whose text names what it is after:
//! a table or column of secrets, the environment, the configuration.

use std::sync::LazyLock;

use memchr::memmem;

use super::secret_by_name::secret_word;
use crate::catalog::Grade;
use crate::decode::{self, Reading};
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::sieve::Phrases;
use crate::signal::{Evidence, Role, Signal, Way};
use crate::vocabulary::Mark;

/// An injection that names a secret.
pub(crate) struct SecretInjection;

impl Signal for SecretInjection {
    fn name(&self) -> &'static str {
        "secret-injection"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Injects a statement, a template or a command that reads secrets by their names."
    }

    fn twin(&self) -> &'static str {
        "A search for a sentence that holds such words: it has no syntax around them."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for part in &request.parts {
            let mut readings = part.readings.iter().filter(|reading| reading.words.has(Mark::Telltale));
            let found = readings.find_map(|reading| Some((reading, injection(&reading.text)?)));
            if let Some((reading, (grade, at, what))) = found {
                out.push(Evidence::new(grade, Way::Inject, part, &reading.trail, &reading.text[at..], what));
            } else if let Some(evidence) = operator(part).or_else(|| order(part)) {
                out.push(evidence);
            }
        }
    }
}

/// The functions by which databases read files.
const FILE_READERS: [&str; 6] =
    ["load_file(", "pg_read_file(", "pg_read_binary_file(", "utl_file", "xp_cmdshell", "openrowset("];

/// What a template reads that names it.
pub(crate) const OF_TEMPLATE: &str = "configuration or environment, through a template";

/// By what templates and expressions are opened.
const OPENERS: [&str; 7] = ["{{", "<%", "#{", "${", "%{", "{%", "@("];

/// What templates and expressions read the configuration or the environment by.
const CONFIGURATIONS: [&str; 19] = [
    "config",
    "settings.",
    "secret_key",
    "environ",
    "getenv",
    "process.env",
    "env[",
    "env.",
    "system.getproperties",
    "request.application",
    "self.__",
    "__globals__",
    "__subclasses__",
    "app.request.server",
    "_server",
    "_env",
    "application.properties",
    "/etc/",
    "getruntime",
];

/// How an entity of XML is made.
const ENTITIES: [&str; 2] = ["<!entity", "<!doctype"];

/// Commands, and pieces of programs, that print the environment.
const COMMANDS: [&str; 14] = [
    "printenv",
    "getenv(",
    "process.env",
    "os.environ",
    "system.getenv",
    "$_env",
    "env['",
    "env[\"",
    "/bin/env",
    "phpinfo()",
    "print_r($_",
    "var_dump($_",
    "{php}",
    "config-create",
];

/// How many phrases tell an injection: all of these, and `select`.
const PHRASES: usize = 1 + FILE_READERS.len() + OPENERS.len() + CONFIGURATIONS.len() + ENTITIES.len() + COMMANDS.len();

static ALL: LazyLock<Phrases<PHRASES>> = LazyLock::new(|| {
    let lists = [&FILE_READERS[..], &ENTITIES, &COMMANDS, &OPENERS, &CONFIGURATIONS, &["select"]].concat();
    Phrases::new(lists.try_into().expect("they are as many as they are"))
});

/// What stands in a text of the phrases that tell an injection, so that most texts cost one pass.
#[derive(Default)]
struct Stands {
    /// The first function in the list that reads files, and so on: their places in the list, and where they first stand.
    file_reader: Option<(usize, usize)>,
    entity: Option<(usize, usize)>,
    command: Option<(usize, usize)>,
    /// Where a template is first opened.
    opened: Option<usize>,
    /// Where the configuration or the environment is last named.
    configuration: Option<usize>,
    has_select: bool,
}

impl Stands {
    fn new(text: &[u8]) -> Stands {
        let mut stands = Stands::default();
        let of_list = |first: &mut Option<(usize, usize)>, met: (usize, usize)| {
            *first = Some(first.map_or(met, |first| first.min(met)));
        };
        ALL.find(text, |place, at| {
            let lists = [FILE_READERS.len(), ENTITIES.len(), COMMANDS.len(), OPENERS.len(), CONFIGURATIONS.len(), 1];
            let mut place = place;
            let list = lists.iter().position(|length| {
                let is_of = place < *length;
                place -= if is_of { 0 } else { *length };
                is_of
            });
            match list {
                Some(0) => of_list(&mut stands.file_reader, (place, at)),
                Some(1) => of_list(&mut stands.entity, (place, at)),
                Some(2) => of_list(&mut stands.command, (place, at)),
                // `<%2e` is a bracket and an escape.
                Some(3) if decode::has_percent(&text[at..(at + 4).min(text.len())]) => {}
                Some(3) => stands.opened = Some(stands.opened.map_or(at, |first| first.min(at))),
                Some(4) => stands.configuration = stands.configuration.max(Some(at)),
                _ => stands.has_select = true,
            }
        });
        stands
    }
}

/// The injection in a text: how telling, where it begins, and what it reads.
fn injection(text: &[u8]) -> Option<(Grade, usize, &'static str)> {
    let plain = plain_words(text);
    let stands = Stands::new(&plain);
    let template = || {
        let opened = stands.opened.filter(|opened| Some(*opened) <= stands.configuration)?;
        Some((Grade::Likely, opened, OF_TEMPLATE))
    };
    let command = || stands.command.map(|(_, at)| (Grade::Likely, at, "the environment, through a command"));
    statement(&plain, &stands).or_else(template).or_else(|| entity(&plain, &stands)).or_else(command)
}

/// The text in lower case, comments of databases and `+` turned to blanks, byte for byte as long.
fn plain_words(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> =
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }).collect();
    let mut from = 0;
    while let Some(start) = memmem::find(&out[from..], b"/*").map(|at| from + at) {
        let end = memmem::find(&out[start..], b"*/").map_or(out.len(), |at| start + at + 2);
        // What stands in `/*!50000 … */` is no comment to MySQL.
        let digits = out[start..end].iter().skip(3).take_while(|byte| byte.is_ascii_digit()).count();
        match out.get(start + 2) {
            Some(b'!') => {
                out[start..(start + 3 + digits).min(end)].fill(b' ');
                out[end.saturating_sub(2).max(start)..end].fill(b' ');
            }
            _ => out[start..end].fill(b' '),
        }
        from = end;
    }
    out
}

/// A statement of a database that reads a table or column of secrets, or a file.
fn statement(text: &[u8], stands: &Stands) -> Option<(Grade, usize, &'static str)> {
    if let Some((_, at)) = stands.file_reader {
        return Some((Grade::Likely, at, "a file, through a database"));
    }
    let at = if stands.has_select { word_at(text, b"select")? } else { return None };
    let from = word_at(&text[at..], b"from")? + at;
    let words = || text[at..].split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let names_secret = words().any(|word| secret_word(word).is_some_and(|rule| Grade::Fair <= rule.grade));
    let names_accounts = words().any(|word| {
        matches!(
            word,
            b"users"
                | b"wp_users"
                | b"accounts"
                | b"information_schema"
                | b"pg_shadow"
                | b"mysql"
                | b"sysobjects"
                | b"sqlite_master"
        )
    });
    let is_joined = word_at(text, b"union").is_some()
        || text[..at].contains(&b'\'')
        || text[..at].contains(&b'(')
        || text[from..].contains(&b'\'');
    match (names_secret, names_accounts && is_joined) {
        (true, _) => Some((Grade::Likely, at, "secrets in a database")),
        (_, true) => Some((Grade::Fair, at, "accounts in a database")),
        _ => None,
    }
}

/// An entity of XML that reads a file or a page.
fn entity(text: &[u8], stands: &Stands) -> Option<(Grade, usize, &'static str)> {
    let (_, at) = stands.entity?;
    let is_reader =
        [&b"system"[..], b"public", b"file:", b"php:"].iter().any(|reader| memmem::find(&text[at..], reader).is_some());
    is_reader.then_some((Grade::Likely, at, "a file, through an entity of XML"))
}

/// An operator of a document database on a field that holds a secret: by it the secret is guessed, letter by letter.
fn operator(part: &Part) -> Option<Evidence> {
    let evidence = |reading: &Reading, seen: &[u8]| {
        Evidence::new(Grade::Likely, Way::Inject, part, &reading.trail, seen, "a secret in a database, by guesses")
    };
    if part.field != Field::Param {
        return None;
    }
    if part.name.contains(&b'$') && memmem::find(&part.name, b"[$").is_some() && names_secret(&part.name) {
        return Some(evidence(&part.readings[0], &part.name));
    }
    // Each mark of these is one of the vocabulary.
    part.readings.iter().filter(|reading| reading.words.has(Mark::Injection)).find_map(|reading| {
        memchr::memchr(b'$', &reading.text)?;
        let at = [&b"\"$"[..], b"{$", b"[$", b"$where"].iter().find_map(|mark| memmem::find(&reading.text, mark))?;
        let is_query = reading.text.contains(&b'{') || reading.text.contains(&b'[');
        (is_query && names_secret(&reading.text))
            .then(|| evidence(reading, &reading.text[at.min(reading.text.len())..]))
    })
}

/// Whether a word of a text is that of a secret.
fn names_secret(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .any(|word| secret_word(word).is_some_and(|rule| Grade::Fair <= rule.grade))
}

/// The names of commands that print the environment, alone in a parameter that is run, or in a shell's own syntax.
fn order(part: &Part) -> Option<Evidence> {
    if part.field != Field::Param {
        return None;
    }
    let is_run = ["cmd", "exec", "command", "run", "shell", "code"].iter().any(|name| part.name == name.as_bytes());
    part.readings.iter().find_map(|reading| {
        if !reading.words.has(Mark::Telltale) && !is_run {
            return None;
        }
        let text = reading.folded.trim_ascii();
        let is_alone = is_run && matches!(text, b"env" | b"set" | b"export");
        let at = ordered(&reading.folded);
        let is_order = at.is_some_and(|(at, length)| {
            reading.folded.get(at + length).is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
        });
        let seen = &reading.text[at.map_or(0, |(at, _)| at)..];
        (is_alone || is_order).then(|| {
            Evidence::new(Grade::Likely, Way::Inject, part, &reading.trail, seen, "the environment, through a command")
        })
    })
}

/// How an order to print the environment stands in a shell's own syntax, and how much of it stands before `env`.
const ORDERS: [(&str, usize); 9] = [
    ("$(env)", 2),
    (";env", 1),
    ("|env", 1),
    ("`env`", 1),
    ("\nenv", 1),
    ("; env", 2),
    ("| env", 2),
    ("&&env", 2),
    ("&& env", 3),
];

/// Where the first order of the list that stands in a text first does, and how long it is.
fn ordered(text: &[u8]) -> Option<(usize, usize)> {
    let envs = || {
        memchr::memchr_iter(b'v', text).filter_map(|at| at.checked_sub(2).filter(|at| text[*at..].starts_with(b"env")))
    };
    ORDERS.iter().find_map(|(order, before)| {
        let mut begins = envs().filter_map(|env| env.checked_sub(*before));
        Some((begins.find(|begin| text[*begin..].starts_with(order.as_bytes()))?, order.len()))
    })
}

/// Where a word stands, no letter or digit beside it.
fn word_at(text: &[u8], word: &[u8]) -> Option<usize> {
    memmem::find_iter(text, word).find(|&at| {
        let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        !is_part(at.checked_sub(1).and_then(|at| text.get(at))) && !is_part(text.get(at + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::VOCABULARY;

    #[test]
    fn injections_that_name_a_secret_are_known() {
        for text in [
            "1 union select api_key from settings",
            "1'/**/UNION/**/SELECT/**/password,2/**/FROM/**/users--",
            "x') or (select+token+from+sessions)='",
            "1 and load_file('/etc/passwd')",
            "{{config}}",
            "{{ config.SECRET_KEY }}",
            "${T(java.lang.System).getenv()}",
            "<%= ENV['AWS_SECRET'] %>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
            ";printenv",
            "#{process.env.KEY}",
        ] {
            assert!(injection(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn whatever_tells_an_injection_is_a_telltale() {
        let orders = ORDERS.map(|(order, _)| order);
        let lists = [&FILE_READERS[..], &OPENERS, &ENTITIES, &COMMANDS, &orders, &["select"]].concat();
        for phrase in lists {
            assert!(VOCABULARY.words(phrase.as_bytes(), 0, true).has(Mark::Telltale), "{phrase}");
        }
        for mark in ["\"$", "{$", "[$", "$where"] {
            assert!(VOCABULARY.words(mark.as_bytes(), 0, true).has(Mark::Injection), "{mark}");
        }
        for (order, before) in ORDERS {
            assert_eq!(order.find("env"), Some(before));
        }
    }

    #[test]
    fn words_without_syntax_are_none() {
        for text in [
            "select a password",
            "union square",
            "how to configure {{mustache}}",
            "select from menu",
            "token",
            "selected=1",
            "{{name}}",
            "from select password",
        ] {
            assert_eq!(injection(text.as_bytes()), None, "{text}");
        }
    }
}

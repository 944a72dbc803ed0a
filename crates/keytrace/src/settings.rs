//! `keytrace.toml`: what the owner of a service knows and a log does not.
//!
//! Whom they allow, and why; which requests give out which data of whom; which proxies are theirs. The file is read
//! strictly: a word that is not known is refused with its line, since a condition that were passed over would allow
//! more than was meant. What it holds changes the answer, so its SHA-256 is among the report's settings. Instants in
//! it are absolute, for the same reason.

mod data;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesslog::{Networks, Time};
use clap::Args;
use detect::{Allow, Budget, DataMap, Pattern, Policy, SIGNALS};
use report::show::named;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::{Spanned, Value};

use crate::input_values;

use data::{DataTable, data_map};

/// The file that is read where none is named.
const USUAL: &str = "keytrace.toml";

/// How large the file may be, in bytes.
const BYTES_MAX: u64 = 1 << 20;

/// Options that say which settings hold.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct SettingsOptions {
    /// Read what is allowed, which data is whose, and your proxies from this file [default: keytrace.toml, if it is here]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Do not read keytrace.toml
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

/// How many incidents that rest on rarity alone may be loud.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub(crate) struct BudgetOptions {
    /// Let at most N incidents that rest on rarity alone (harvests, odd replies) be loud for each million records begun;
    /// the rest is told as medium [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(Budget::MAX)))]
    pub(crate) budget: Option<u32>,
}

/// What a file of settings says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The file, and its SHA-256; none where none was read.
    pub(crate) source: Option<(PathBuf, String)>,
    /// What is allowed.
    pub(crate) policy: Policy,
    /// Which requests give out which data of whom.
    pub(crate) map: Arc<DataMap>,
    /// The networks of one's own proxies.
    pub(crate) proxies: Vec<String>,
    /// How many incidents that rest on rarity alone may be loud.
    pub(crate) budget: Budget,
}

impl Settings {
    /// The settings that were asked for, or those of the working folder.
    ///
    /// # Errors
    ///
    /// What makes no sense and where it stands, for people.
    pub(crate) fn of(options: &SettingsOptions) -> Result<Settings, String> {
        match &options.config {
            _ if options.no_config => Ok(Settings::default()),
            Some(path) => Settings::read(path),
            None if Path::new(USUAL).exists() => Settings::read(Path::new(USUAL)),
            None => Ok(Settings::default()),
        }
    }

    fn read(path: &Path) -> Result<Settings, String> {
        let said = |because: String| format!("{}: {because}", named(path));
        let metadata = fs::metadata(path).map_err(|error| said(error.to_string()))?;
        if BYTES_MAX < metadata.len() {
            return Err(said(format!("expected a file of at most {BYTES_MAX} bytes")));
        }
        let bytes = fs::read(path).map_err(|error| said(error.to_string()))?;
        let text = str::from_utf8(&bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            format!("{}:{line}: expected text in UTF-8", named(path))
        })?;
        let settings = Settings::parse(text).map_err(|Wrong { at, because }| {
            let line = 1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
            format!("{}:{line}: {because}", named(path))
        })?;
        let digest = report::hex(&Sha256::digest(&bytes));
        Ok(Settings { source: Some((path.to_owned(), digest)), ..settings })
    }

    fn parse(text: &str) -> Result<Settings, Wrong> {
        let file: File = toml::from_str(text).map_err(|error| Wrong {
            at: error.span().map_or(0, |span| span.start),
            because: error.message().replace('\n', ", "),
        })?;
        let entries = file.allow.into_iter().map(allow).collect::<Result<_, _>>()?;
        let proxies = file.proxies.map_or(Vec::new(), |proxies| proxies.trusted);
        networks(&proxies)?;
        let budget = file.budget.map_or(Ok(Budget::default()), budget)?;
        Ok(Settings {
            source: None,
            budget,
            policy: Policy { entries },
            map: Arc::new(data_map(file.data)?),
            proxies: proxies.into_iter().map(Spanned::into_inner).collect(),
        })
    }

    /// What is said of the file that is used; nothing if there is none.
    pub(crate) fn note(&self) -> Option<String> {
        let (path, _) = self.source.as_ref()?;
        let counts = [
            (self.policy.entries.len(), "[[allow]]"),
            (self.map.rules.len() + self.map.contents.len(), "[[data]]"),
            (self.proxies.len(), "trusted in [proxies]"),
        ];
        let counts = counts.iter().filter(|(count, _)| 0 < *count).map(|(count, name)| format!("{count} {name}"));
        let counts: Vec<String> = counts.collect();
        let what = if counts.is_empty() { "nothing is set in it".to_owned() } else { counts.join(", ") };
        Some(format!("the settings in {} are used: {what}", named(path)))
    }
}

/// What makes no sense, and where: in bytes from the file's beginning.
#[derive(Debug)]
struct Wrong {
    at: usize,
    because: String,
}

impl Wrong {
    fn at<T>(value: &Spanned<T>, because: impl ToString) -> Wrong {
        Wrong { at: value.span().start, because: because.to_string() }
    }
}

/// The file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    budget: Option<Spanned<i64>>,
    #[serde(default)]
    allow: Vec<Spanned<AllowTable>>,
    #[serde(default)]
    data: Vec<Spanned<DataTable>>,
    proxies: Option<ProxiesTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowTable {
    reason: Spanned<String>,
    #[serde(default)]
    client: Vec<Spanned<String>>,
    agent: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    principal: Option<Spanned<String>>,
    #[serde(default)]
    signals: Vec<Spanned<String>>,
    since: Option<Spanned<Value>>,
    until: Option<Spanned<Value>>,
    #[serde(default)]
    even_if_successful: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProxiesTable {
    #[serde(default)]
    trusted: Vec<Spanned<String>>,
}

fn budget(number: Spanned<i64>) -> Result<Budget, Wrong> {
    let known = u32::try_from(*number.get_ref()).ok().filter(|number| *number <= Budget::MAX);
    let because = || format!("expected a budget of 0 to {} incidents for a million records", Budget::MAX);
    known.map(Budget).ok_or_else(|| Wrong::at(&number, because()))
}

fn networks(texts: &[Spanned<String>]) -> Result<Networks, Wrong> {
    for text in texts {
        Networks::parse([text.get_ref().as_str()]).map_err(|error| Wrong::at(text, error))?;
    }
    Networks::parse(texts.iter().map(|text| text.get_ref().as_str()))
        .map_err(|error| Wrong { at: 0, because: error.to_string() })
}

fn pattern(text: &Spanned<String>) -> Result<Pattern, Wrong> {
    Pattern::parse(text.get_ref()).map_err(|error| Wrong::at(text, error))
}

/// A text that says something.
fn said(text: Spanned<String>, what: &str) -> Result<String, Wrong> {
    match text.get_ref().trim() {
        "" => Err(Wrong::at(&text, format!("expected {what}, found nothing"))),
        _ => Ok(text.into_inner()),
    }
}

/// An instant: a date or time of TOML, or the same as a text.
fn instant(value: &Spanned<Value>, read: fn(&str) -> Result<Time, String>) -> Result<Time, Wrong> {
    let text = match value.get_ref() {
        Value::Datetime(time) => time.to_string(),
        // A span before now would mean something else each day.
        Value::String(text) if text.trim().len() < 10 => String::new(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    let is_absolute = text.as_bytes().get(..4).is_some_and(|year| year.iter().all(u8::is_ascii_digit));
    let time = if is_absolute { read(&text).ok() } else { None };
    time.ok_or_else(|| Wrong::at(value, "expected a date (2024-05-01) or a time (2024-05-01T12:00:00Z)"))
}

fn allow(entry: Spanned<AllowTable>) -> Result<Allow, Wrong> {
    let at = entry.span().start;
    let entry = entry.into_inner();
    let signal = |name: &Spanned<String>| {
        let known = SIGNALS.iter().map(|signal| signal.name()).find(|known| known == name.get_ref());
        known.ok_or_else(|| {
            let because =
                format!("expected the name of a signal, found {:?}: keytrace explain lists them", name.get_ref());
            Wrong::at(name, because)
        })
    };
    let allow = Allow {
        clients: networks(&entry.client)?,
        agent: entry.agent.map(|text| said(text, "a text that the agent contains")).transpose()?,
        path: entry.path.as_ref().map(pattern).transpose()?,
        principal: entry.principal.map(|text| said(text, "a text that the principal contains")).transpose()?,
        signals: entry.signals.iter().map(signal).collect::<Result<_, _>>()?,
        since: entry.since.as_ref().map(|time| instant(time, input_values::since)).transpose()?,
        until: entry.until.as_ref().map(|time| instant(time, input_values::until)).transpose()?,
        is_even_if_successful: entry.even_if_successful,
        reason: said(entry.reason, "why it is allowed")?,
    };
    if let (Some(since), Some(until)) = (allow.since, allow.until)
        && until <= since
    {
        return Err(Wrong { at, because: "until is not after since: no request can be between them".to_owned() });
    }
    let is_about_all = Allow { since: None, until: None, is_even_if_successful: false, ..allow.clone() }
        == Allow { reason: allow.reason.clone(), ..Allow::default() };
    match is_about_all {
        true => {
            let because =
                "expected at least one of client, agent, path, principal, signals: this would allow everything";
            Err(Wrong { at, because: because.to_owned() })
        }
        false => Ok(allow),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keytrace.toml");
        fs::write(&path, text).unwrap();
        let said = Settings::read(&path).unwrap_err();
        said.split_once("keytrace.toml:").unwrap().1.to_owned()
    }

    #[test]
    fn what_makes_no_sense_says_where_and_what_was_expected() {
        let allow = "# ours\n[[allow]]\nreason = \"a pentest\"\n";
        for (text, line, expected) in [
            ("x = 1\n".to_owned(), 1, "expected one of `budget`, `allow`, `data`, `proxies`"),
            ("\nbudget = -1\n".to_owned(), 2, "expected a budget of 0 to 1000000"),
            (format!("{allow}clients = []\n"), 4, "unknown field `clients`"),
            (format!("{allow}client = [\"192.0.2.0/40\"]\n"), 4, "192.0.2.0/40"),
            (format!("{allow}signals = [\"no-such\"]\n"), 4, "keytrace explain lists them"),
            (format!("{allow}path = \"\"\n"), 4, "expected a pattern"),
            (format!("{allow}agent = \" \"\n"), 4, "expected a text that the agent contains"),
            (format!("{allow}agent = \"a\"\nsince = \"7d\"\n"), 5, "expected a date"),
            (format!("{allow}agent = \"a\"\nsince = 7\n"), 5, "expected a date"),
            (format!("{allow}agent = \"a\"\nsince = 2024-05-02\nuntil = 2024-05-01\n"), 2, "until is not after since"),
            (allow.to_owned(), 2, "this would allow everything"),
            ("[[allow]]\nagent = \"a\"\n".to_owned(), 1, "missing field `reason`"),
            ("[[allow]]\nagent = \"a\"\nreason = \"\"\n".to_owned(), 3, "expected why it is allowed"),
            ("[proxies]\ntrusted = [\n\"10.0.0.0/8\",\n\"proxy\"]\n".to_owned(), 4, "proxy"),
            ("[[data]]\nitems = [\"name\"]\n".to_owned(), 1, "expected either path or object"),
            ("[[data]]\npath = \"/a/*\"\nitems = [\"name\"]\n".to_owned(), 2, "expected {subject}"),
            ("[[data]]\npath = \"/a/{subject}\"\nitems = []\n".to_owned(), 3, "expected the items"),
            ("[[data]]\npath = \"/a/{subject}\"\n\nitems = [\n\"\"]\n".to_owned(), 5, "expected the name of an item"),
            ("[[data]]\ncontent = \"a/*\"\ncolumn = \"a\"\n".to_owned(), 1, "missing field `items`"),
            ("[[data]]\ncontent = \"a/{subject}\"\nitems = [\"a\"]\n".to_owned(), 2, "expected no {subject}"),
            (
                "[[data]]\ncontent = \"a\"\ncolumn = \"a\"\nfield = \"b\"\nitems = [\"a\"]\n".to_owned(),
                1,
                "expected either column or field",
            ),
            ("[[data]]\ncontent = \"a\"\nkind = \"b\"\nitems = [\"a\"]\n".to_owned(), 1, "expected column or field"),
            ("[[data]]\ncontent = \"a\"\nfield = \"a..b\"\nitems = [\"a\"]\n".to_owned(), 3, "a key is empty"),
            (
                "[[data]]\ncontent = \"a\"\npath = \"/a/{subject}\"\nitems = [\"a\"]\n".to_owned(),
                1,
                "expected either path or object",
            ),
            (
                "[[data]]\npath = \"/a/{subject}\"\ncolumn = \"b\"\nitems = [\"a\"]\n".to_owned(),
                1,
                "column, field and held_in",
            ),
            ("[[allow]\n".to_owned(), 1, ""),
        ] {
            let said = error(&text);
            assert!(said.starts_with(&format!("{line}: ")) && said.contains(expected), "{text}\n{said}");
            assert!(!said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn a_file_says_what_is_allowed_and_whose_the_data_is() {
        let settings = Settings::parse(
            "[[allow]]\nreason = \"pentest\"\nclient = [\"192.0.2.0/24\"]\nsince = 2024-05-01\nuntil = \"2024-05-31\"\n\
             [[data]]\npath = \"/api/orders/{subject}\"\nkind = \"order\"\nitems = [\"name\", \"address\"]\n\
             [[data]]\nobject = \"photos/{subject}/**\"\nitems = [\"photo\", \"name\"]\n\
             [proxies]\ntrusted = [\"10.0.0.0/8\"]\n",
        )
        .unwrap();
        let allow = &settings.policy.entries[0];
        assert!(allow.clients.hold(b"192.0.2.9") && !allow.is_even_if_successful);
        assert_eq!(allow.until.unwrap().0 - allow.since.unwrap().0, 31 * 86_400 * 1_000_000_000, "the last day is in");
        assert_eq!(settings.map.items, ["name", "address", "photo"]);
        assert_eq!(settings.map.rules.iter().map(|rule| rule.items).collect::<Vec<_>>(), [0b011, 0b101]);
        assert_eq!(settings.proxies, ["10.0.0.0/8"]);
        let many: Vec<String> = (0..65).map(|number| format!("\"i{number}\"")).collect();
        let text = format!("[[data]]\npath = \"/a/{{subject}}\"\nitems = [{}]\n", many.join(", "));
        assert!(Settings::parse(&text).unwrap_err().because.contains("at most 64"));
    }
}

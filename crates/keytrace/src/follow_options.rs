//! `--follow`: a scan of logs that are still written to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use scan::Following;

use crate::input_values;

/// Options for logs that are still written to.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Following")]
pub(crate) struct FollowOptions {
    /// Read on while the logs are written to, through rotations, until SIGINT or SIGTERM; then judge all of it and report
    #[arg(long, conflicts_with_all = ["checkpoint", "include", "exclude"])]
    pub(crate) follow: bool,

    /// Follow for this long: 90s, 10m, 24h
    #[arg(long, value_name = "DURATION", requires = "follow", value_parser = input_values::duration)]
    pub(crate) follow_for: Option<Duration>,

    /// Write the report anew each time so long is over, of what was read so far and without a second look at it (needs -o FILE)
    #[arg(long, value_name = "DURATION", requires = "follow", value_parser = input_values::duration)]
    pub(crate) follow_every: Option<Duration>,

    /// Take a last line as it is that has not gone on for this long [default: it is waited for, and is no line at the end]
    #[arg(long, value_name = "DURATION", requires = "follow", value_parser = input_values::duration)]
    pub(crate) partial_timeout: Option<Duration>,

    /// Put all hashes under this key, which the report of a followed scan tells among its settings: a scan of the same files then
    /// comes to the same [default: a key that the content makes; with --follow one that nobody knows before]
    #[arg(long, value_name = "HEX", value_parser = input_values::key)]
    pub(crate) key: Option<HashKey>,
}

/// A key of hashes.
pub(crate) type HashKey = [u8; 32];

/// How logs are followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follow {
    pub(crate) how: Following,
    /// After how long the report is written anew, if it is.
    pub(crate) every: Option<Duration>,
}

impl FollowOptions {
    /// That a report is to be written again and again where it cannot be.
    pub(crate) fn clashes_with(self, outputs: &[PathBuf]) -> Option<String> {
        let is_file =
            |path: &PathBuf| path.as_path() != Path::new("-") && path.metadata().map_or(true, |now| now.is_file());
        let is_whole = !outputs.is_empty() && outputs.iter().all(is_file);
        let because = "--follow-every: a report is written anew only where it is a file: name all of them with -o";
        (self.follow_every.is_some() && !is_whole).then(|| because.to_owned())
    }

    /// The key of all hashes where it is not the content that makes it: one that is given, or, as with logs that are followed the
    /// content is not there yet, one that nobody foresees.
    ///
    /// # Errors
    ///
    /// Why there is no key, for people.
    pub(crate) fn key(self) -> Result<Option<HashKey>, String> {
        if self.key.is_some() || !self.follow {
            return Ok(self.key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| format!("--follow: no key can be made: {error}"))?;
        Ok(Some(key))
    }

    /// How logs are to be followed, if they are.
    pub(crate) fn follow(self) -> Option<Follow> {
        let how = Following { length: self.follow_for, partial: self.partial_timeout };
        self.follow.then_some(Follow { how, every: self.follow_every })
    }
}

//! `--checkpoint`: a scan that goes on where it was when it was killed.
//!
//! What is kept is of use only for whoever would have made the same: the program to its last byte, as a version says
//! little of a build, and every option that the answer is a function of, with what the files hold that options name.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use clap::Args;
use report::show::named;
use scan::{Checkpoint, sha256_of_file};

/// How many seconds it is until a pass is kept again, unless configured otherwise.
const EVERY_SECONDS: u64 = 10;

/// Options for scans that take long.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Long runs")]
pub(crate) struct CheckpointOptions {
    /// Keep in this file how far the scan is, and go on from there if it was killed; it holds what the logs hold
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// Keep it about every so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = EVERY_SECONDS, requires = "checkpoint")]
    pub(crate) checkpoint_every: u64,
}

impl CheckpointOptions {
    /// That a report is to be written where the scan is kept, if one is.
    pub(crate) fn clashes_with(&self, outputs: &[PathBuf]) -> Option<String> {
        let path = self.checkpoint.as_ref().filter(|path| outputs.contains(path))?;
        Some(format!("--checkpoint {}: a report is to be written there", named(path)))
    }

    /// The checkpoint that is asked for, of a scan by these options; a file that they name beside the settings among them.
    ///
    /// # Errors
    ///
    /// What cannot be read or written, for people.
    pub(crate) fn checkpoint(
        &self,
        settings: &[(&'static str, String)],
        layout: Option<&str>,
    ) -> Result<Option<Checkpoint>, String> {
        let Some(path) = self.checkpoint.clone() else { return Ok(None) };
        let mut options: Vec<_> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if let Some(layout) = layout.map(Path::new).filter(|layout| layout.is_file()) {
            options.push(("log-format-sha256".to_owned(), digest(layout)?));
        }
        let program = PROGRAM.clone()?;
        let every = Duration::from_secs(self.checkpoint_every);
        let checkpoint = Checkpoint { path, program, options, every };
        checkpoint.try_out().map_err(|error| format!("--checkpoint {}: {error}", named(&checkpoint.path)))?;
        Ok(Some(checkpoint))
    }
}

/// The version of this program, and the digest of its bytes.
static PROGRAM: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let own = env::current_exe().map_err(|error| format!("--checkpoint: this program is not known: {error}"))?;
    Ok(format!("{}, SHA-256 {}", env!("CARGO_PKG_VERSION"), digest(&own)?))
});

fn digest(path: &Path) -> Result<String, String> {
    sha256_of_file(path, || true)
        .map(|digest| report::hex(&digest))
        .map_err(|error| format!("--checkpoint: {}: {error}", named(path)))
}

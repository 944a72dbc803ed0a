//! A pass that is kept in a file, so that one that was killed goes on where it was.
//!
//! **What is in it.** A line with the version of the form. Then by what it was made: the program, the options, the inputs
//! (path, size, time of change, opening) and the key of their contents. Then what became of the files so far, and the state
//! of the caller. Last a seal: the BLAKE3 of all before it.
//!
//! **When it is believed.** Only whole, and only by who would have made the same: a byte that is changed or missing breaks
//! the seal; another program, other options or other inputs are told by name. What is refused is never mixed with what is read
//! now, and never begun anew in silence: a person who wants that removes the file. The seal is no secret; who can write
//! the file can write another. So its bytes are read as a stranger's are: nothing of what they say is believed without
//! its bound.
//!
//! **How it is written.** Beside its name, then forced to disk, then moved to its name, then the folder is forced to disk: at
//! every moment there is the old one or the new one, whole, whatever is killed or unplugged. It is for its owner's eyes
//! alone, as it holds what the logs hold.
//!
//! **What is not in it.** The digest of a file that is half taken: taking it anew costs less than keeping it would. And
//! memory of what is quick to learn again.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use blake3::Hasher;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::fold::{Error, content_key};
use crate::{Config, Inputs, Skipped, Source, kept};

/// What a checkpoint begins with: the version of its form.
const VERSION: &[u8] = b"keytrace checkpoint 2\n";

/// How large a checkpoint may be, in bytes: more than one of full tables and a million members of archives.
const CHECKPOINT_BYTES_MAX: u64 = 4 << 30;

/// How many bytes of its seal end it.
const SEAL_BYTES: usize = blake3::OUT_LEN;

/// How much of a file's beginning tells whether it is the same, in bytes.
const OPENING_BYTES: u64 = 4 << 10;

/// How much is written at once, in bytes.
const WRITE_BYTES: usize = 256 << 10;

/// Where a pass is kept, and by what it is made.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The file.
    pub path: PathBuf,
    /// What names the program that reads, to the last byte of it.
    pub program: String,
    /// The options that the answer is a function of.
    pub options: Vec<(String, String)>,
    /// How long it is until the pass is kept again.
    pub every: Duration,
}

/// By what a checkpoint was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    program: String,
    options: Vec<(String, String)>,
    inputs: Vec<Input>,
    skipped: Vec<Skipped>,
    key: [u8; 32],
}

/// A file, as far as it tells whether it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    #[serde(with = "kept::path")]
    path: PathBuf,
    bytes: u64,
    /// When it was written to, since 1970.
    modified: Option<Duration>,
    /// The digest of its first bytes, where they can be read.
    opening: Option<[u8; 32]>,
}

impl Input {
    fn of(source: &Source) -> Input {
        let metadata = fs::metadata(&source.path);
        let modified = metadata.as_ref().ok().and_then(|metadata| metadata.modified().ok());
        let opening = || {
            let (mut opening, mut hasher) = (File::open(&source.path)?.take(OPENING_BYTES), Hasher::new());
            io::copy(&mut opening, &mut hasher)?;
            Ok::<_, io::Error>(hasher.finalize().into())
        };
        Input {
            path: source.path.clone(),
            bytes: metadata.map_or(source.size, |metadata| metadata.len()),
            modified: modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok()),
            opening: opening().ok(),
        }
    }
}

impl Checkpoint {
    /// By what a checkpoint of these inputs is made.
    pub(crate) fn terms(&self, inputs: &Inputs, config: &Config) -> Result<Terms, Error> {
        Ok(Terms {
            program: self.program.clone(),
            options: self.options.clone(),
            inputs: inputs.sources.iter().map(Input::of).collect(),
            skipped: inputs.skipped.clone(),
            key: content_key(inputs, config)?,
        })
    }

    /// What is kept of an earlier run on the same terms; `None` where there is no file.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`].
    pub(crate) fn read<K: DeserializeOwned>(&self, terms: &Terms) -> Result<Option<K>, Error> {
        let bytes = match bytes_of(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.refused(error.to_string())),
        };
        unsealed(&bytes, terms).map(Some).map_err(|because| self.refused(because))
    }

    /// The checkpoint of a second pass over the same, which lies beside it.
    #[must_use]
    pub fn second(&self) -> Checkpoint {
        let mut second = self.clone();
        second.path = with_ending(&self.path, ".second");
        second.options.push(("pass".to_owned(), "second".to_owned()));
        second
    }

    /// Whether a file can be written beside it, which is where what is kept stands first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_out(&self) -> io::Result<()> {
        let beside = beside(&self.path);
        created(&beside).and_then(|_| fs::remove_file(&beside))
    }

    /// Refuses what an earlier run left, if this one cannot go on from it: better now than when it is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], and what [`content_key`] gives.
    pub fn check(&self, inputs: &Inputs, config: &Config) -> Result<(), Error> {
        let terms = self.terms(inputs, config)?;
        match bytes_of(&self.path) {
            Ok(bytes) => opened(&bytes, &terms).map(drop).map_err(|because| self.refused(because)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.refused(error.to_string())),
        }
    }

    /// That it is of no use, and why.
    pub(crate) fn refused(&self, because: String) -> Error {
        Error::Refused { path: self.path.clone(), because }
    }

    /// Writes what is kept, in place of what was kept before.
    pub(crate) fn write(&self, terms: &Terms, kept: &impl Serialize) -> io::Result<()> {
        let beside = beside(&self.path);
        let mut out = BufWriter::with_capacity(WRITE_BYTES, Sealing { file: created(&beside)?, hasher: Hasher::new() });
        out.write_all(VERSION)?;
        postcard::to_io(terms, &mut out).map_err(io::Error::other)?;
        postcard::to_io(kept, &mut out).map_err(io::Error::other)?;
        let Sealing { mut file, hasher } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.write_all(hasher.finalize().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        synced_folder(&self.path)
    }
}

impl Inputs {
    /// The same without a checkpoint of theirs and what it is written to before.
    #[must_use]
    pub fn without_checkpoint(mut self, path: &Path) -> Inputs {
        let second = with_ending(path, ".second");
        let own = [beside(path), beside(&second), path.to_path_buf(), second].map(|path| fs::canonicalize(path).ok());
        let is_own = |source: &Source| fs::canonicalize(&source.path).is_ok_and(|path| own.contains(&Some(path)));
        self.sources.retain(|source| !is_own(source));
        self
    }
}

/// The name under which a checkpoint is written before it is whole: always the same, so that nothing piles up.
fn beside(path: &Path) -> PathBuf {
    with_ending(path, ".part")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// A new file for its owner's eyes alone. What has its name is taken away first: it may be open to others, or lead elsewhere.
fn created(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Forces to disk that a file has its name.
fn synced_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A file, and the digest of what was written to it.
struct Sealing {
    file: File,
    hasher: Hasher,
}

impl Write for Sealing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let (mut bytes, file) = (Vec::new(), File::open(path)?);
    file.take(CHECKPOINT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What is kept in these bytes on the same terms.
///
/// # Errors
///
/// Why they are not believed, for people.
pub(crate) fn unsealed<K: DeserializeOwned>(bytes: &[u8], terms: &Terms) -> Result<K, String> {
    match postcard::take_from_bytes(opened(bytes, terms)?) {
        Ok((kept, [])) => Ok(kept),
        _ => Err(DAMAGED.to_owned()),
    }
}

/// What is said where the seal does not hold, or what is sealed is no checkpoint.
const DAMAGED: &str = "it is cut off or was changed";

/// What stands behind the terms, where these are the same and the seal holds.
fn opened<'b>(bytes: &'b [u8], terms: &Terms) -> Result<&'b [u8], String> {
    if !bytes.starts_with(VERSION) {
        return Err("it is no checkpoint, or one of another version of keytrace".to_owned());
    }
    let (rest, seal) = bytes.split_last_chunk::<SEAL_BYTES>().ok_or(DAMAGED)?;
    if blake3::hash(rest) != *seal {
        return Err(DAMAGED.to_owned());
    }
    let rest = rest.strip_prefix(VERSION).ok_or(DAMAGED)?;
    let (made, rest): (Terms, _) = postcard::take_from_bytes(rest).map_err(|_| DAMAGED)?;
    terms.difference(&made).map_or(Ok(rest), Err)
}

impl Terms {
    /// What these differ in from those that a checkpoint was made by, for people.
    fn difference(&self, made: &Terms) -> Option<String> {
        if self.program != made.program {
            return Some(format!("it was made by another keytrace ({}), and this is {}", made.program, self.program));
        }
        if self.options != made.options {
            let shown = |options: &[(String, String)]| match options {
                [] => "none".to_owned(),
                some => some.iter().map(|(name, value)| format!("--{name} {value}")).collect::<Vec<_>>().join(" "),
            };
            return Some(format!(
                "it was made with other options ({}; now {})",
                shown(&made.options),
                shown(&self.options)
            ));
        }
        if let Some(path) = changed(&self.inputs, &made.inputs) {
            return Some(format!("it was made of other inputs: {} is not what it was", path.display()));
        }
        (self != made).then(|| "it was made of other inputs".to_owned())
    }
}

/// The first input that is not in both alike.
fn changed<'a>(now: &'a [Input], made: &'a [Input]) -> Option<&'a Path> {
    let differs = |pair: &(&Input, &Input)| pair.0 != pair.1;
    let first = now.iter().zip(made).find(differs).map(|(now, _)| now);
    first.or_else(|| now.get(made.len())).or_else(|| made.get(now.len())).map(|input| input.path.as_path())
}

#[cfg(test)]
mod tests;

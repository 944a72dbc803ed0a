//! The sources behind the paths that a person gives.
//!
//! A path is a file, a directory (walked, everything in it), a pattern with `*`, `?`, `[` or `{`, or `-` for
//! standard input. What is not read is never left out in silence: it becomes a [`Skipped`] with its reason.
//!
//! A walk takes regular files alone; a pipe or a device in a log folder would block the run for ever. Links to
//! files are followed, since log collectors make them; links to directories are not, since they make loops. A
//! file that is reached twice, by a hard link, a link or a repeated path, is read once.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use globset::{GlobBuilder, GlobMatcher};
use ignore::{DirEntry, WalkBuilder};
use serde::{Deserialize, Serialize};

use crate::rotation::Order;
use crate::survey::Survey;
use crate::{Selection, kept};

/// What a scan reads, in the order by which its records are numbered, and what it does not.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The sources, sorted by log and age, so that the order in which paths are given changes nothing.
    pub sources: Vec<Source>,
    /// What was met but is not read.
    pub skipped: Vec<Skipped>,
    /// Which of the members of archives are wanted.
    pub(crate) selection: Selection,
    /// Whether each source is a log that is followed, and not a file.
    pub(crate) is_followed: bool,
    /// What a look at the opening of each source told; taken once, so that all passes number alike.
    pub(crate) survey: OnceLock<Survey>,
}

/// One log to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path; `-` for standard input.
    pub path: PathBuf,
    /// Its size on disk in bytes; 0 where that is unknown.
    pub size: u64,
    /// How it came to be read.
    pub origin: Origin,
    /// Its bytes, where they are not on disk but in the program.
    pub built_in: Option<&'static [u8]>,
}

/// Whether a person named a source, or a walk met it.
///
/// A file named by a person that is no log is an error; one that lies in a folder of logs is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Named by its own path.
    Named,
    /// Met in a directory or through a pattern.
    Met,
}

/// Something that is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// Its path.
    #[serde(with = "kept::path")]
    pub path: PathBuf,
    /// Why, to be read after a colon.
    pub because: String,
    /// Whether something is missing for it: a file that could not be opened, not a device in a folder.
    pub is_loss: bool,
}

impl Inputs {
    /// Finds the sources behind paths.
    pub fn find<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Inputs {
        Inputs::select(paths, Selection::default())
    }

    /// Finds the sources behind paths that are wanted.
    pub fn select<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>, selection: Selection) -> Inputs {
        let mut finder = Finder { inputs: Inputs { selection, ..Inputs::default() }, ..Finder::default() };
        for path in paths {
            finder.path(path.as_ref());
        }
        let mut inputs = finder.inputs;
        inputs.sources.sort_by_cached_key(|source| Order::of(&source.path));
        inputs.skipped.sort_unstable();
        inputs.skipped.dedup();
        inputs
    }

    /// Logs that are written to. Each is named by its path, and need not be there yet.
    ///
    /// # Errors
    ///
    /// What cannot be followed, for people.
    pub fn followed<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Inputs, String> {
        let mut inputs = Inputs { is_followed: true, ..Inputs::default() };
        for path in paths {
            let path = path.as_ref();
            let is_other = path == Path::new("-") || path.metadata().is_ok_and(|metadata| !metadata.is_file());
            if is_other || (!path.exists() && is_pattern(path)) {
                return Err(
                    "expected the paths of logs that are written to; a folder, a pattern or a pipe is none".to_owned()
                );
            }
            let source = Source { path: path.to_path_buf(), size: 0, origin: Origin::Named, built_in: None };
            inputs.sources.push(source);
        }
        inputs.sources.sort_by_cached_key(|source| Order::of(&source.path));
        inputs.sources.dedup();
        Ok(inputs)
    }

    /// One source whose bytes are in the program.
    pub fn built_in(name: &str, bytes: &'static [u8]) -> Inputs {
        let source = Source {
            path: PathBuf::from(name),
            size: bytes.len() as u64,
            origin: Origin::Named,
            built_in: Some(bytes),
        };
        Inputs { sources: vec![source], ..Inputs::default() }
    }

    /// The size of all sources on disk, in bytes.
    pub fn bytes(&self) -> u64 {
        self.sources.iter().map(|source| source.size).sum()
    }
}

#[derive(Default)]
struct Finder {
    inputs: Inputs,
    seen: HashSet<(u64, u64)>,
    has_stdin: bool,
}

impl Finder {
    fn path(&mut self, path: &Path) {
        if path == Path::new("-") {
            return self.stdin();
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.walk(path, None),
            Ok(metadata) => self.file(path, &metadata, Origin::Named),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_pattern(path) => self.pattern(path),
            Err(error) => self.loss(path, &error),
        }
    }

    fn stdin(&mut self) {
        if !self.has_stdin {
            self.has_stdin = true;
            self.inputs.sources.push(Source {
                path: PathBuf::from("-"),
                size: 0,
                origin: Origin::Named,
                built_in: None,
            });
        }
    }

    fn pattern(&mut self, path: &Path) {
        let text = path.to_string_lossy();
        match GlobBuilder::new(&text).literal_separator(true).build() {
            Err(error) => self.loss(path, &error),
            Ok(glob) => {
                let before = self.inputs.sources.len();
                self.walk(&fixed_part(path), Some(&glob.compile_matcher()));
                if self.inputs.sources.len() == before {
                    self.loss(path, &"no file matches the pattern");
                }
            }
        }
    }

    fn walk(&mut self, root: &Path, only: Option<&GlobMatcher>) {
        // The filters of a source-code search (ignore files, hidden files) would hide logs.
        for entry in WalkBuilder::new(root).standard_filters(false).follow_links(false).build() {
            match entry {
                Ok(entry) => self.entry(&entry, only),
                Err(error) => self.loss(root, &error),
            }
        }
    }

    fn entry(&mut self, entry: &DirEntry, only: Option<&GlobMatcher>) {
        let path = entry.path().strip_prefix("./").unwrap_or(entry.path());
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_dir || only.is_some_and(|only| !only.is_match(path)) {
            return;
        }
        match fs::metadata(path) {
            Err(error) => self.loss(path, &error),
            Ok(metadata) if metadata.is_dir() => self.pass_over(path, "a link to a directory, not followed"),
            Ok(metadata) if metadata.is_file() => self.file(path, &metadata, Origin::Met),
            Ok(_) => self.pass_over(path, "no regular file"),
        }
    }

    fn file(&mut self, path: &Path, metadata: &Metadata, origin: Origin) {
        if self.inputs.selection.excludes(path) {
            return self.pass_over(path, "left out by --exclude");
        }
        if metadata.is_file() && !self.seen.insert(identity(path, metadata)) {
            return self.pass_over(path, "the same file as another that is read");
        }
        self.inputs.sources.push(Source { path: path.to_path_buf(), size: metadata.len(), origin, built_in: None });
    }

    fn pass_over(&mut self, path: &Path, because: &str) {
        self.inputs.skipped.push(Skipped { path: path.to_path_buf(), because: because.to_owned(), is_loss: false });
    }

    fn loss(&mut self, path: &Path, because: &impl ToString) {
        self.inputs.skipped.push(Skipped { path: path.to_path_buf(), because: because.to_string(), is_loss: true });
    }
}

/// What two names of one file have in common.
#[cfg(unix)]
pub(crate) fn identity(_: &Path, metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// What two names of one file have in common, where the system has no inode numbers: nothing but the path.
#[cfg(not(unix))]
pub(crate) fn identity(path: &Path, _: &Metadata) -> (u64, u64) {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    (0, hasher.finish())
}

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

/// The directory above the first part of a pattern that is a pattern.
fn fixed_part(path: &Path) -> PathBuf {
    let fixed: PathBuf = path.components().take_while(|part| !is_pattern(part.as_ref())).collect();
    if fixed.as_os_str().is_empty() { PathBuf::from(".") } else { fixed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(names: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for name in names {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        root
    }

    fn names(inputs: &Inputs, root: &Path) -> Vec<String> {
        inputs.sources.iter().map(|source| source.path.strip_prefix(root).unwrap().display().to_string()).collect()
    }

    #[test]
    fn directories_are_walked_hidden_files_included() {
        let root = tree(&["b/access.log", "a/.hidden.log", "a/x.gz"]);
        let inputs = Inputs::find([root.path()]);
        assert_eq!(names(&inputs, root.path()), ["a/.hidden.log", "a/x.gz", "b/access.log"]);
    }

    #[test]
    fn the_order_of_the_paths_changes_nothing() {
        let root = tree(&["a.log.gz", "b.log", "c.log"]);
        let path = |name: &str| root.path().join(name);
        let one = Inputs::find([path("c.log"), path("a.log.gz"), path("b.log")]);
        let two = Inputs::find([path("b.log"), path("c.log"), path("a.log.gz")]);
        assert_eq!(one.sources, two.sources);
        assert_eq!(names(&one, root.path()), ["a.log.gz", "b.log", "c.log"]);
    }

    #[test]
    fn a_pattern_matches_in_its_own_directory() {
        let root = tree(&["x/a.log", "x/b.log", "x/c.txt", "x/y/d.log"]);
        let inputs = Inputs::find([root.path().join("x/*.log")]);
        assert_eq!(names(&inputs, root.path()), ["x/a.log", "x/b.log"]);
        let inputs = Inputs::find([root.path().join("x/*.zip")]);
        assert!(inputs.skipped[0].is_loss);
    }

    #[test]
    fn what_is_missing_is_a_loss() {
        let inputs = Inputs::find(["/no/such/file"]);
        assert!(inputs.skipped[0].is_loss && inputs.sources.is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_read_once_and_loops_are_not_followed() {
        use std::os::unix::fs::symlink;
        let root = tree(&["a/access.log"]);
        symlink(root.path(), root.path().join("a/loop")).unwrap();
        symlink(root.path().join("a/access.log"), root.path().join("a/current.log")).unwrap();
        fs::hard_link(root.path().join("a/access.log"), root.path().join("a/hard.log")).unwrap();
        let inputs = Inputs::find([root.path()]);
        assert_eq!(inputs.sources.len(), 1);
        assert_eq!(inputs.skipped.len(), 3);
        assert!(inputs.skipped.iter().all(|skipped| !skipped.is_loss));
    }
}

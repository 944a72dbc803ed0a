//! Which of the files and members that were found are wanted.
//!
//! A pattern without a slash is matched with the last part of a path, so that `access*` takes it wherever it lies; one
//! with a slash is matched with the whole. The path of a member is that of its archive, `!`, and its name within; to a
//! pattern, the archive may be a folder too. What takes an archive takes all its members; what leaves one out leaves out all of them.

use std::path::Path;

use globset::{Glob, GlobSet, GlobSetBuilder};

/// The patterns by which sources are chosen. The default takes all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    include: Option<Patterns>,
    exclude: Option<Patterns>,
}

#[derive(Clone, Debug)]
struct Patterns {
    of_names: GlobSet,
    of_paths: GlobSet,
}

impl Selection {
    /// The selection of what one of `include` matches, or all if there is none, and none of `exclude`.
    ///
    /// # Errors
    ///
    /// What is wrong with a pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Selection, String> {
        Ok(Selection { include: Patterns::new(include)?, exclude: Patterns::new(exclude)? })
    }

    /// Whether a path, or a member's, is left out by a pattern.
    pub(crate) fn excludes(&self, path: &Path) -> bool {
        self.exclude.as_ref().is_some_and(|patterns| patterns.match_path(path))
    }

    /// Whether a log is taken in by a pattern, where there are any.
    pub(crate) fn includes(&self, path: &Path) -> bool {
        self.include.as_ref().is_none_or(|patterns| patterns.match_path(path))
    }
}

impl Patterns {
    fn new(patterns: &[String]) -> Result<Option<Patterns>, String> {
        if patterns.is_empty() {
            return Ok(None);
        }
        let (of_paths, of_names) = patterns.iter().partition::<Vec<&String>, _>(|pattern| pattern.contains('/'));
        Ok(Some(Patterns { of_names: set(&of_names)?, of_paths: set(&of_paths)? }))
    }

    fn match_path(&self, path: &Path) -> bool {
        // A member at the top of its archive has no slash before it but an exclamation mark.
        let whole = path.as_os_str().to_string_lossy();
        let name = whole.rsplit('/').next().unwrap_or_default();
        let member = name.rsplit('!').next().unwrap_or_default();
        let within = whole.replace('!', "/");
        self.of_paths.is_match(path)
            || self.of_paths.is_match(within)
            || self.of_names.is_match(name)
            || self.of_names.is_match(member)
    }
}

fn set(patterns: &[&String]) -> Result<GlobSet, String> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    builder.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>();
        Selection::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn a_pattern_without_a_slash_is_of_the_last_part() {
        let selection = selection(&["access*"], &["*.bak"]);
        assert!(selection.includes(Path::new("logs/access.log")));
        assert!(selection.includes(Path::new("logs.tar!access.log")));
        assert!(!selection.includes(Path::new("access/error.log")), "the near miss");
        assert!(selection.excludes(Path::new("logs/access.log.bak")));
    }

    #[test]
    fn a_pattern_with_a_slash_is_of_the_whole() {
        let selection = selection(&[], &["**/old/*"]);
        assert!(selection.excludes(Path::new("logs/old/access.log")));
        assert!(selection.excludes(Path::new("logs.tar!old/access.log")));
        assert!(!selection.excludes(Path::new("logs/older/access.log")));
    }

    #[test]
    fn a_pattern_that_is_none_is_refused() {
        assert!(Selection::new(&["a[".to_owned()], &[]).is_err());
    }
}

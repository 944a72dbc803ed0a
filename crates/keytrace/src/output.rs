//! Where reports go.
//!
//! A file is written beside its name and moved there when it is whole: an old report is replaced by a complete new one
//! or not at all, and a full disk leaves no half of one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

use report::show::named;
use report::{Document, Look, RENDERERS, Render};
use scan::Inputs;

use crate::arguments::OutputOptions;
use crate::{Exit, say};

/// A report that is to be written.
pub(crate) struct Output {
    render: &'static dyn Render,
    place: Place,
}

/// Where it goes.
pub(crate) enum Place {
    /// Standard output.
    Stdout,
    /// A file that is moved to its name when it is whole.
    Beside { file: File, temporary: PathBuf, path: PathBuf },
    /// A device or pipe, which cannot be replaced.
    Direct { file: File, path: PathBuf },
}

/// Why an output is refused, and the exit code for it.
pub(crate) type Refusal = (String, Exit);

/// Opens all outputs that were asked for; standard output for people if none was.
///
/// # Errors
///
/// A form that is not known, an output named twice or among the inputs: the command makes no sense. A file that
/// cannot be made: it could not be written.
pub(crate) fn open(options: &OutputOptions, inputs: &[PathBuf]) -> Result<Vec<Output>, Refusal> {
    let usage = |text: String| (text, Exit::Usage);
    let forced =
        options.output_format.as_deref().and_then(|name| RENDERERS.iter().find(|render| render.name() == name));
    if options.outputs.is_empty() {
        let render = *forced.unwrap_or(&RENDERERS[0]);
        if options.summary && !is_for_people(render) {
            return Err(usage(NO_SUMMARY.to_owned()));
        }
        return Ok(vec![Output { render, place: Place::Stdout }]);
    }
    // All that may be refused comes first: a command that makes no sense leaves no file behind.
    let mut renders: Vec<&'static dyn Render> = Vec::new();
    for (number, path) in options.outputs.iter().enumerate() {
        if options.outputs[..number].contains(path) {
            return Err(usage(format!("the output {} is named twice", named(path))));
        }
        if inputs.iter().any(|input| is_same(input, path)) {
            return Err(usage(format!("the output {} is one of the inputs", named(path))));
        }
        renders.push(match forced {
            Some(render) => *render,
            None if path == Path::new("-") => RENDERERS[0],
            None => of_ending(path).ok_or_else(|| usage(unknown_form(path)))?,
        });
    }
    let mut outputs = Vec::new();
    if options.summary && !renders.iter().any(|render| is_for_people(*render)) {
        return Err(usage(NO_SUMMARY.to_owned()));
    }
    for (path, render) in options.outputs.iter().zip(renders) {
        match place(path) {
            Ok(place) => outputs.push(Output { render, place }),
            Err(error) => {
                outputs.into_iter().for_each(Output::abandon);
                return Err((format!("{}: {error}", named(path)), Exit::Unwritten));
            }
        }
    }
    Ok(outputs)
}

const NO_SUMMARY: &str = "--summary is for the report for people (text), and none is asked for";

fn is_for_people(render: &dyn Render) -> bool {
    render.name() == RENDERERS[0].name()
}

pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// The form that the ending of a name stands for: of several endings that fit the longest, so that `x.timesketch.csv` is
/// a time line and `x.csv` a table.
fn of_ending(path: &Path) -> Option<&'static dyn Render> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let fits = |ending: &str| match name.strip_suffix(ending) {
        // `stix.json` is named as clearly as `x.stix.json`; `csv` is a name without an ending.
        Some("") => ending.contains('.'),
        Some(stem) => 1 < stem.len() && stem.ends_with('.'),
        None => false,
    };
    let fitting = RENDERERS.iter().flat_map(|render| {
        render.extensions().iter().filter(|ending| fits(ending)).map(|ending| (ending.len(), *render))
    });
    fitting.max_by_key(|(length, _)| *length).map(|(_, render)| render)
}

fn unknown_form(path: &Path) -> String {
    let own = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let all: Vec<&str> = RENDERERS.iter().flat_map(|render| render.extensions().iter().copied()).collect();
    let longer: Vec<&str> =
        all.iter().copied().filter(|ending| !own.is_empty() && ending.ends_with(&format!(".{own}"))).collect();
    let (why, known) = match longer[..] {
        [] => ("stands for no form of report".to_owned(), all),
        _ => (format!("stands for no one form of report, as .{own} may be any of several"), longer),
    };
    let known: Vec<String> = known.iter().map(|ending| format!(".{ending}")).collect();
    format!("the ending of {} {why}: use one of {}, or --output-format", named(path), known.join(", "))
}

/// Where something goes that has a form for people and one for programs only, and whether it is for programs. `what` names it.
///
/// # Errors
///
/// An ending that is not known, or one of the inputs: the command makes no sense. A file that cannot be made: it could
/// not be written.
pub(crate) fn text_or_ndjson(
    path: Option<&Path>,
    form: Option<&str>,
    inputs: &Inputs,
    what: &str,
) -> Result<(Place, bool), Refusal> {
    let Some(path) = path else { return Ok((Place::Stdout, form == Some("ndjson"))) };
    let ending = path.extension().and_then(|extension| extension.to_str());
    let is_ndjson = match (form, ending) {
        (Some(form), _) => form == "ndjson",
        (None, Some("ndjson" | "jsonl")) => true,
        (None, Some("txt")) => false,
        (None, _) if path == Path::new("-") => false,
        (None, _) => {
            let because = format!(
                "the ending of {} stands for no form of {what}: use one of .txt, .ndjson, or --output-format",
                named(path)
            );
            return Err((because, Exit::Usage));
        }
    };
    if inputs.sources.iter().any(|source| is_same(&source.path, path)) {
        return Err((format!("the output {} is one of the inputs", named(path)), Exit::Usage));
    }
    let place = place(path).map_err(|error| (format!("{}: {error}", named(path)), Exit::Unwritten))?;
    Ok((place, is_ndjson))
}

/// Opens what is written to.
pub(crate) fn place(path: &Path) -> io::Result<Place> {
    if path == Path::new("-") {
        return Ok(Place::Stdout);
    }
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let file = File::options().write(true).open(path)?;
        return Ok(Place::Direct { file, path: path.to_path_buf() });
    }
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".tmp-{}", process::id()));
    let temporary = PathBuf::from(temporary);
    let file = File::create(&temporary)?;
    Ok(Place::Beside { file, temporary, path: path.to_path_buf() })
}

impl Output {
    /// Whether the report goes to standard output.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Whether it is the report for people.
    pub(crate) fn is_for_people(&self) -> bool {
        is_for_people(self.render)
    }

    /// The name of the file, for people; `None` for standard output.
    pub(crate) fn name(&self) -> Option<String> {
        match &self.place {
            Place::Stdout => None,
            Place::Beside { path, .. } | Place::Direct { path, .. } => Some(named(path).to_string()),
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What went wrong; then no trace of a new file is left. That a reader of standard output went away is none.
    pub(crate) fn write(self, document: &Document, look: Look, stdout: &mut dyn Write) -> io::Result<()> {
        let look = Look { has_colour: look.has_colour && self.is_stdout(), ..look };
        self.place.write(stdout, &mut |out| self.render.render(document, look, out))
    }

    /// Gives the output up, leaving no trace of it.
    pub(crate) fn abandon(self) {
        self.place.abandon();
    }
}

impl Place {
    /// Gives the place up, leaving no trace of it.
    pub(crate) fn abandon(self) {
        if let Place::Beside { temporary, .. } = self {
            let _ = fs::remove_file(temporary);
        }
    }

    /// Writes what `render` gives.
    ///
    /// # Errors
    ///
    /// What went wrong; then no trace of a new file is left. That a reader of standard output went away is none.
    pub(crate) fn write(
        self,
        stdout: &mut dyn Write,
        render: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Place::Stdout => {
                let mut out = BufWriter::new(stdout);
                match render(&mut out).and_then(|()| out.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                    result => result,
                }
            }
            Place::Direct { file, .. } => {
                let mut out = BufWriter::new(file);
                render(&mut out)?;
                out.flush()
            }
            Place::Beside { file, temporary, path } => {
                let mut out = BufWriter::new(file);
                let written = render(&mut out).and_then(|()| out.flush()).and_then(|()| out.get_ref().sync_all());
                let moved = written.and_then(|()| fs::rename(&temporary, &path));
                if moved.is_err() {
                    // The error that is told is the first one; this file is of no use any more.
                    let _ = fs::remove_file(&temporary);
                }
                moved
            }
        }
    }
}

/// Says that something could not be written.
pub(crate) fn failed(stderr: &mut dyn Write, name: &str, error: &io::Error) -> Exit {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Exit::Clean;
    }
    say(stderr, &format!("{name}: {error}"));
    Exit::Unwritten
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_endings_the_longest_counts() {
        let form = |name: &str| of_ending(Path::new(name)).map(Render::name);
        for (name, wanted) in [
            ("a.csv", Some("csv")),
            ("a.timesketch.csv", Some("timesketch-csv")),
            ("timesketch.csv", Some("timesketch-csv")),
            ("a.B.NDJSON", Some("ndjson")),
            ("out/a.md", Some("markdown")),
            ("a.json", None),
            (".csv", None),
            ("csv", None),
            ("a.", None),
        ] {
            assert_eq!(form(name), wanted, "{name}");
        }
    }

    #[test]
    fn no_ending_stands_for_two_forms() {
        let mut all: Vec<&str> = RENDERERS.iter().flat_map(|render| render.extensions()).copied().collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}

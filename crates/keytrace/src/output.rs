//! Where reports go.
//!
//! A file is written beside its name and moved there when it is whole: an old report is replaced by a complete new one
//! or not at all, and a full disk leaves no half of one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;

use report::{Document, Look, RENDERERS, Render};

use crate::Exit;
use crate::arguments::OutputOptions;

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
        return Ok(vec![Output { render: *forced.unwrap_or(&RENDERERS[0]), place: Place::Stdout }]);
    }
    // All that may be refused comes first: a command that makes no sense leaves no file behind.
    let mut renders: Vec<&'static dyn Render> = Vec::new();
    for (number, path) in options.outputs.iter().enumerate() {
        if options.outputs[..number].contains(path) {
            return Err(usage(format!("the output {} is named twice", path.display())));
        }
        if inputs.iter().any(|input| is_same(input, path)) {
            return Err(usage(format!("the output {} is one of the inputs", path.display())));
        }
        renders.push(match forced {
            Some(render) => *render,
            None if path == Path::new("-") => RENDERERS[0],
            None => of_extension(path).ok_or_else(|| usage(unknown_form(path)))?,
        });
    }
    let mut outputs = Vec::new();
    for (path, render) in options.outputs.iter().zip(renders) {
        match place(path) {
            Ok(place) => outputs.push(Output { render, place }),
            Err(error) => {
                outputs.into_iter().for_each(Output::abandon);
                return Err((format!("{}: {error}", path.display()), Exit::Unwritten));
            }
        }
    }
    Ok(outputs)
}

pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::canonicalize(one), fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn of_extension(path: &Path) -> Option<&'static dyn Render> {
    let extension = path.extension()?.to_str()?;
    RENDERERS.iter().copied().find(|render| render.extensions().contains(&extension))
}

fn unknown_form(path: &Path) -> String {
    let known: Vec<String> = RENDERERS
        .iter()
        .flat_map(|render| render.extensions().iter().map(|extension| format!(".{extension}")))
        .collect();
    format!(
        "the ending of {} stands for no form of report: use one of {}, or --output-format",
        path.display(),
        known.join(", ")
    )
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
        self.render.name() == RENDERERS[0].name()
    }

    /// The name of the file, for people; `None` for standard output.
    pub(crate) fn name(&self) -> Option<String> {
        match &self.place {
            Place::Stdout => None,
            Place::Beside { path, .. } | Place::Direct { path, .. } => Some(path.display().to_string()),
        }
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// What went wrong; then no trace of a new file is left. That a reader of standard output went away is none.
    pub(crate) fn write(self, document: &Document, look: Look, stdout: &mut dyn Write) -> io::Result<()> {
        let look = if self.is_stdout() { look } else { Look::default() };
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
    // Nobody is left to tell if even this cannot be written.
    let _ = writeln!(stderr, "keytrace: {name}: {error}");
    Exit::Unwritten
}

//! The commands `completions` and `man`: what shells and manuals know of this program.
//!
//! Both are made of the one definition of the arguments, so neither can tell of an option that is not there.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap_mangen::Man;
use report::show::named;

use crate::arguments::{CompletionsOptions, ManOptions, definition};
use crate::{Exit, output};

/// Prints what makes a shell complete the arguments.
pub(crate) fn completions(options: &CompletionsOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut definition(), "keytrace", &mut script);
    match stdout.write_all(&script) {
        Ok(()) => Exit::Clean,
        Err(error) => output::failed(stderr, "standard output", &error),
    }
}

/// Prints the manual page, or writes all pages.
pub(crate) fn man(options: &ManOptions, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Exit {
    let (name, result) = match &options.out {
        None => ("standard output".to_owned(), Man::new(definition()).render(&mut &mut *stdout)),
        Some(folder) => (named(folder).to_string(), pages(folder)),
    };
    match result {
        Ok(()) => Exit::Clean,
        Err(error) => output::failed(stderr, &name, &error),
    }
}

/// Writes the page of the program, and one for each of its commands.
fn pages(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(definition().disable_help_subcommand(true), folder)
}

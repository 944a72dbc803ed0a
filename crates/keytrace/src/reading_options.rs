//! How logs are read, where a person says it.

use accesslog::{FORMATS, Reading};
use clap::Args;

/// Options that say how logs are read.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Input")]
pub(crate) struct ReadingOptions {
    /// Read every log in this format instead of recognising each one's own (`keytrace formats` lists them)
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Option<String>,
}

impl ReadingOptions {
    /// The reading that is asked for; none where logs are to be recognised.
    ///
    /// # Errors
    ///
    /// What makes no sense, for people.
    pub(crate) fn reading(&self) -> Result<Option<Reading>, String> {
        let Some(name) = &self.format else { return Ok(None) };
        let format = accesslog::named(name).ok_or_else(|| unknown(name))?;
        Ok(Some(Reading { is_strict: true, ..Reading::listed(format) }))
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    format!("--format {name}: no such format; it is one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_one_of_its_others_will_do() {
        for name in ["combined", "ncsa_combined"] {
            let options = ReadingOptions { format: Some(name.to_owned()) };
            assert_eq!(options.reading().unwrap().unwrap().format.name(), "combined");
        }
        let options = ReadingOptions { format: Some("nothing".to_owned()) };
        assert!(options.reading().unwrap_err().contains("combined"));
    }
}

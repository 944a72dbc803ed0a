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

    /// Read every log by this layout of a server's configuration: nginx `log_format`, Apache `LogFormat`, and the like
    #[arg(long, value_name = "STRING")]
    pub(crate) log_format: Option<String>,
}

impl ReadingOptions {
    /// The reading that is asked for; none where logs are to be recognised.
    ///
    /// # Errors
    ///
    /// What makes no sense, for people.
    pub(crate) fn reading(&self) -> Result<Option<Reading>, String> {
        let named = |name: &String| accesslog::named(name).ok_or_else(|| unknown(name));
        if let Some(layout) = &self.log_format {
            // The name says whose layout it is: the same string means another thing to another server.
            let server = self.format.as_ref().map(named).transpose()?.map_or("", |format| format.name());
            let format = accesslog::log_format_of(server, layout).map_err(|error| format!("--log-format: {error}"))?;
            return Ok(Some(Reading { is_strict: true, ..Reading::made(format) }));
        }
        let Some(name) = &self.format else { return Ok(None) };
        Ok(Some(Reading { is_strict: true, ..Reading::listed(named(name)?) }))
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
            let options = ReadingOptions { format: Some(name.to_owned()), log_format: None };
            assert_eq!(options.reading().unwrap().unwrap().format.name(), "combined");
        }
        let options = ReadingOptions { format: Some("nothing".to_owned()), ..ReadingOptions::default() };
        assert!(options.reading().unwrap_err().contains("combined"));
    }

    #[test]
    fn a_layout_is_a_format_and_its_error_says_where() {
        let options =
            |layout: &str| ReadingOptions { log_format: Some(layout.to_owned()), ..ReadingOptions::default() };
        assert!(options("$remote_addr $status").reading().unwrap().unwrap().is_strict);
        assert!(options("%h %").reading().unwrap_err().contains("byte 3"));
    }
}

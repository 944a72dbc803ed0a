//! How logs are read, where a person says it.
//!
//! A person may name a format of the list, give the string by which a server lays its lines out, point to the
//! server's own configuration, or say under which keys a JSON log holds what. Of these one is enough; of two, the name
//! of a format says only in whose notation the string is written.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use accesslog::{FORMATS, Format, Reading, TrustedProxies};
use clap::Args;
use report::show::named;

/// Options that say how logs are read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Input")]
pub(crate) struct ReadingOptions {
    /// Read every log in this format instead of recognising each one's own (`keytrace formats` lists them)
    #[arg(long, value_name = "NAME")]
    pub(crate) format: Option<String>,

    /// Read every log by this layout: an nginx `log_format`, an Apache `LogFormat`, a `#Fields:` line or CSV header, or
    /// the like; or by the layouts of this nginx.conf or httpd.conf
    #[arg(long, value_name = "STRING|FILE")]
    pub(crate) log_format: Option<String>,

    /// Read JSON lines whose keys are these: a field, and the path to it (`client=http.client.ip`); may be given again
    #[arg(long, value_name = "FIELD=PATH", conflicts_with = "log_format")]
    pub(crate) json_map: Vec<String>,

    /// Take the client from X-Forwarded-For where the peer is this proxy of yours; may be given again
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<String>,
}

impl ReadingOptions {
    /// The reading that is asked for; none where logs are to be recognised.
    ///
    /// # Errors
    ///
    /// What makes no sense, for people.
    pub(crate) fn reading(&self) -> Result<Option<Reading>, String> {
        let listed = match &self.format {
            Some(name) => Some(accesslog::named(name).ok_or_else(|| unknown(name))?),
            None => None,
        };
        let reading = match (&self.log_format, &self.json_map[..], listed) {
            (Some(layout), ..) => Reading::made(self.laid_out(layout)?),
            (None, [_, ..], _) => Reading::made(mapped(&self.json_map)?),
            (None, [], Some(format)) => Reading::listed(format),
            (None, [], None) => return Ok(None),
        };
        Ok(Some(reading.strictly()))
    }

    /// The proxies whose word is taken for who the client is: those that are named here, and more.
    ///
    /// # Errors
    ///
    /// The first text that names no network, for people.
    pub(crate) fn proxies(&self, more: &[String]) -> Result<TrustedProxies, String> {
        TrustedProxies::parse(self.trusted_proxy.iter().chain(more).map(String::as_str))
            .map_err(|error| format!("--trusted-proxy: {error}"))
    }

    fn laid_out(&self, layout: &str) -> Result<Arc<dyn Format>, String> {
        if Path::new(layout).is_file() {
            return configured(Path::new(layout));
        }
        if let Ok(format) = accesslog::w3c_fields(layout) {
            return Ok(format);
        }
        let server = self.format.as_deref().unwrap_or_default();
        accesslog::log_format_of(server, layout).map_err(|error| format!("--log-format: {error}"))
    }
}

/// The layouts of a server's configuration: those that it writes logs by, or all if it names no log.
fn configured(path: &Path) -> Result<Arc<dyn Format>, String> {
    let shown = named(path);
    let text = fs::read(path).map_err(|error| format!("--log-format: {shown}: {error}"))?;
    let all = accesslog::config_formats(&String::from_utf8_lossy(&text));
    let has_logs = all.iter().any(|format| !format.logs.is_empty());
    let wanted = all.iter().filter(|format| !has_logs || !format.logs.is_empty());
    let formats = wanted
        .map(|format| {
            let name = format.name.as_deref().unwrap_or("its log");
            format.format().map_err(|error| format!("--log-format: {shown}: {name}: {error}"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    accesslog::any_of(formats)
        .ok_or_else(|| format!("--log-format: {shown}: expected a log_format or LogFormat directive, found none"))
}

fn mapped(pairs: &[String]) -> Result<Arc<dyn Format>, String> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((field, path)) => Ok((field.to_owned(), path.to_owned())),
        None => Err(format!("--json-map {pair}: expected a field, `=` and a path")),
    };
    let pairs = pairs.iter().map(split).collect::<Result<Vec<_>, _>>()?;
    accesslog::json_map(&pairs).map_err(|error| format!("--json-map: {error}"))
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    format!("--format {name}: no such format; it is one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(layout: &str) -> Result<Option<Reading>, String> {
        ReadingOptions { log_format: Some(layout.to_owned()), ..ReadingOptions::default() }.reading()
    }

    #[test]
    fn a_name_or_one_of_its_others_will_do() {
        for name in ["combined", "ncsa_combined"] {
            let options = ReadingOptions { format: Some(name.to_owned()), ..ReadingOptions::default() };
            assert_eq!(options.reading().unwrap().unwrap().format.name(), "combined");
        }
        let options = ReadingOptions { format: Some("nothing".to_owned()), ..ReadingOptions::default() };
        assert!(options.reading().unwrap_err().contains("combined"));
    }

    #[test]
    fn a_layout_is_a_format_and_its_error_says_where() {
        assert!(laid_out("$remote_addr $status").unwrap().unwrap().others.is_empty());
        assert!(laid_out("#Fields: date time c-ip cs-method cs-uri-stem sc-status").unwrap().is_some());
        assert!(laid_out("%h %").unwrap_err().contains("byte 3"));
    }

    #[test]
    fn a_configuration_gives_the_layouts_that_its_logs_are_written_by() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nginx.conf");
        let text = "http {\n  log_format main '$remote_addr [$time_local] \"$request\" $status';\n  \
                    log_format other '$status';\n  access_log /var/log/a.log main;\n}\n";
        fs::write(&path, text).unwrap();
        let reading = laid_out(path.to_str().unwrap()).unwrap().unwrap();
        assert!(reading.format.parse(br#"192.0.2.7 [01/May/2024:00:02:15 +0900] "GET /a HTTP/1.1" 200"#).is_ok());
        assert!(reading.format.parse(b"200").is_err(), "no log is written by that layout");
        fs::write(&path, "events {}\n").unwrap();
        assert!(laid_out(path.to_str().unwrap()).unwrap_err().contains("nginx.conf: expected a log_format"));
    }

    #[test]
    fn what_makes_no_sense_says_so() {
        let map = |pair: &str| ReadingOptions { json_map: vec![pair.to_owned()], ..ReadingOptions::default() };
        assert!(map("client").reading().unwrap_err().contains("expected a field, `=` and a path"));
        let proxy = ReadingOptions { trusted_proxy: vec!["10.0.0.0/99".to_owned()], ..ReadingOptions::default() };
        assert!(proxy.proxies(&[]).unwrap_err().starts_with("--trusted-proxy"));
    }
}

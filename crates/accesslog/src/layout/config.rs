//! The layouts that a server's configuration holds: nginx's `log_format`, Apache's `LogFormat`.
//!
//! Only what describes an access log is read. A configuration may name files to be included: whoever has the files reads
//! them and asks again.

use std::sync::Arc;

use super::nginx::words;
use super::{LayoutError, apache, log_format};
use crate::Format;

/// A layout that a configuration holds, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFormat {
    /// The name; none where a log names its layout itself.
    pub name: Option<String>,
    /// The layout as a whole directive, for [`log_format`](crate::log_format).
    pub directive: String,
    /// The string of the layout, quotes and escapes undone.
    pub layout: String,
    /// The logs that are written by it.
    pub logs: Vec<String>,
}

impl ConfigFormat {
    /// The format that it describes.
    ///
    /// # Errors
    ///
    /// The [`LayoutError`] counts from the beginning of the directive.
    pub fn format(&self) -> Result<Arc<dyn Format>, LayoutError> {
        log_format(&self.directive)
    }
}

/// The layouts in the text of an `nginx.conf` or `httpd.conf`, and which logs are written by which.
pub fn config_formats(text: &str) -> Vec<ConfigFormat> {
    let mut formats = Vec::new();
    let mut logs: Vec<(String, String)> = Vec::new();
    for directive in directives(text) {
        match directive.split_whitespace().next().unwrap_or_default() {
            "log_format" => formats.extend(nginx_format(directive)),
            "access_log" => logs.extend(nginx_log(directive)),
            word if word.eq_ignore_ascii_case("LogFormat") => formats.extend(apache_format(directive)),
            word if ["CustomLog", "GlobalLog", "TransferLog"].iter().any(|name| name.eq_ignore_ascii_case(word)) => {
                apache_log(directive, &mut formats, &mut logs);
            }
            _ => {}
        }
    }
    for (log, name) in logs {
        match formats.iter_mut().find(|format| format.name.as_deref() == Some(&name[..])) {
            Some(format) => format.logs.push(log),
            // A name that the configuration does not explain is the server's own: `combined`.
            None => formats.push(ConfigFormat {
                directive: name.clone(),
                layout: name.clone(),
                name: Some(name),
                logs: vec![log],
            }),
        }
    }
    formats
}

/// The directives of a configuration that may be of interest: those of nginx to their semicolon, those of Apache to the
/// end of their line, lines behind a back-slash taken with it.
fn directives(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let begin = line.trim_start();
        let length = if begin.starts_with("log_format") || begin.starts_with("access_log") {
            nginx_length(rest)
        } else {
            apache_length(rest)
        };
        // Several directives of nginx may share a line: `server { access_log off; }`.
        match line.find("access_log").filter(|&at| line[..at].trim_end().ends_with(['{', ';'])) {
            Some(at) => {
                found.push(&rest[at..at + nginx_length(&rest[at..])]);
                rest = &rest[at + nginx_length(&rest[at..])..];
            }
            None => {
                found.push(rest[..length].trim());
                rest = &rest[length..];
            }
        }
    }
    found
}

fn nginx_length(text: &str) -> usize {
    let mut quote = 0;
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' | b'\'' if quote == 0 => quote = byte,
            _ if byte == quote => quote = 0,
            b';' if quote == 0 => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn apache_length(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    end
}

fn nginx_format(directive: &str) -> Option<ConfigFormat> {
    let mut words = words(directive).ok()?.into_iter().map(text_of).skip(1);
    let name = words.next()?;
    let layout = words.filter(|word| !word.starts_with("escape=")).collect();
    Some(ConfigFormat { name: Some(name), directive: directive.to_owned(), layout, logs: Vec::new() })
}

/// The path of a log and the name of its layout.
fn nginx_log(directive: &str) -> Option<(String, String)> {
    let mut words = words(directive).ok()?.into_iter().map(text_of).skip(1);
    let path = words.next().filter(|path| path != "off")?;
    let name = words.find(|word| !word.contains('=') && word != "gzip").unwrap_or_else(|| "combined".to_owned());
    Some((path, name))
}

fn text_of(characters: Vec<(usize, u8)>) -> String {
    String::from_utf8_lossy(&characters.into_iter().map(|(_, byte)| byte).collect::<Vec<u8>>()).into_owned()
}

fn apache_format(directive: &str) -> Option<ConfigFormat> {
    let words = apache_words(directive)?;
    let [_, layout, rest @ ..] = &words[..] else { return None };
    let name = rest.first().cloned();
    Some(ConfigFormat { name, directive: joined(directive), layout: layout.clone(), logs: Vec::new() })
}

fn apache_log(directive: &str, formats: &mut Vec<ConfigFormat>, logs: &mut Vec<(String, String)>) {
    let Some(words) = apache_words(directive) else { return };
    match &words[..] {
        [_, path, layout, ..] if layout.contains('%') => formats.push(ConfigFormat {
            name: None,
            directive: joined(directive),
            layout: layout.clone(),
            logs: vec![path.clone()],
        }),
        [_, path, name, ..] => logs.push((path.clone(), name.clone())),
        // `TransferLog` takes the last `LogFormat` that has no name, or the common one.
        [_, path] => match formats.iter_mut().rfind(|format| format.name.is_none() && format.logs.is_empty()) {
            Some(format) => format.logs.push(path.clone()),
            None => logs.push((path.clone(), "common".to_owned())),
        },
        _ => {}
    }
}

/// A directive that goes on behind back-slashes at the ends of its lines, in one line.
fn joined(directive: &str) -> String {
    directive.replace("\\\r\n", "").replace("\\\n", "")
}

/// The words of a directive, those in double quotes undone.
fn apache_words(directive: &str) -> Option<Vec<String>> {
    let directive = joined(directive);
    let strings = apache::quoted_strings(&directive).ok()?;
    let mut words = Vec::new();
    let mut at = 0;
    let bare = |words: &mut Vec<String>, text: &str| words.extend(text.split_whitespace().map(str::to_owned));
    for (begin, string) in strings {
        bare(&mut words, &directive[at..begin - 1]);
        words.push(text_of(super::nginx::unescaped(string, 0)));
        at = begin + string.len() + 1;
    }
    bare(&mut words, &directive[at..]);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nginx_conf() {
        let text = r#"
http {
    # log_format commented '$remote_addr';
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status ; "$http_referer"';
    log_format  json escape=json "{\"c\":\"$remote_addr\"}";
    access_log /var/log/nginx/access.log main buffer=32k;
    server { access_log off; }
    server { access_log /var/log/nginx/b.log; location / { access_log syslog:server=x json; } }
}
"#;
        let formats = config_formats(text);
        assert_eq!(formats.len(), 3);
        assert_eq!(
            formats[0].layout,
            r#"$remote_addr - $remote_user [$time_local] "$request" $status ; "$http_referer""#
        );
        assert_eq!(formats[0].logs, ["/var/log/nginx/access.log"]);
        assert_eq!(
            (formats[1].layout.as_str(), &formats[1].logs[..]),
            (r#"{"c":"$remote_addr"}"#, &["syslog:server=x".to_owned()][..])
        );
        assert_eq!(
            (formats[2].name.as_deref(), &formats[2].logs[..]),
            (Some("combined"), &["/var/log/nginx/b.log".to_owned()][..])
        );
        assert!(formats.iter().all(|format| format.format().is_ok()));
    }

    #[test]
    fn an_httpd_conf() {
        let text = "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b\" short\n#LogFormat \"%h\" no\nlogformat \"%v \\\n%h\" host\n  CustomLog \"logs/access_log\" short env=!x\nCustomLog logs/ssl \"%t %h \\\"%r\\\" %b\"\nTransferLog logs/t\n";
        let formats = config_formats(text);
        let names: Vec<_> = formats.iter().map(|format| format.name.as_deref()).collect();
        assert_eq!(names, [Some("short"), Some("host"), None, Some("common")]);
        assert_eq!(formats[0].layout, "%h %l %u %t \"%r\" %>s %b");
        assert_eq!(formats[0].logs, ["logs/access_log"]);
        assert_eq!(formats[1].layout, "%v %h");
        assert_eq!(formats[2].logs, ["logs/ssl"]);
        assert!(formats.iter().all(|format| format.format().is_ok()));
    }
}
